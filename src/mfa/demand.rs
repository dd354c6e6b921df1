//! What a sign-in asks for beside the password: decided from what the user has, what the tenant's policy wants, and how the
//! password came to be (IR-17, IR-18). Pure but for [`read`].

use crate::access::Holdings;
use crate::clock::Instant;
use crate::directory::factors::{Method, Owned, owned};
use crate::directory::settings::{self, Mfa as Policy, Requirement};
use crate::error::Result;
use crate::store::Tx;
use crate::store::accounts::Account;
use crate::store::factors::{self as rows, Record};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// Nothing more: the device stands in for the factor that was proven there.
    Remembered,
    /// One of these, the one that is liked best or is strongest first.
    Prove(Vec<Method>),
    /// One of these, and then nothing but another factor may be set up.
    ProveAndEnrol(Vec<Method>),
    /// Nothing, and then nothing but a factor may be set up.
    Enrol,
}

/// All that decides.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// What the user has.
    pub owned: &'a Owned,
    /// What else is known of it.
    pub record: &'a Record,
    /// The tenant's policy.
    pub policy: &'a Policy,
    /// What is asked of this user.
    pub asked: Requirement,
    /// Whether the user administers tenants.
    pub protected: bool,
    /// What was proven on the device that is used, if it is remembered.
    pub remembered: Option<Method>,
    /// Now.
    pub now: Instant,
}

/// What a sign-in of a user asks for, on a device where `remembered` was proven. Notes since when a policy asks for what is
/// lacking. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn read(
    tx: &mut Tx<'_>,
    account: &Account,
    holdings: &Holdings,
    remembered: Option<Method>,
    now: Instant,
) -> Result<Demand> {
    let policy = settings::of(tx, account.tenant_id)?.mfa;
    let (owned, mut record) = (owned(tx, account.id)?, rows::record(tx, account.id)?);
    let asked = policy.asked(holdings.iter().map(|held| &*held.role));
    let lacks = policy.is_lacking(&owned, asked);
    if lacks != record.asked_since.is_some() {
        record.asked_since = lacks.then_some(now);
        rows::put_record(tx, &record)?;
    }
    let protected = holdings.is_protected();
    let facts = Facts { owned: &owned, record: &record, policy: &policy, asked, protected, remembered, now };
    Ok(decide(&facts))
}

/// How a user proves anew who they are: by the strongest factors that they have, else by the password (IR-18).
///
/// # Errors
/// When the database cannot be asked.
pub fn strongest(tx: &mut Tx<'_>, account: &Account) -> Result<Vec<Method>> {
    let owned = owned(tx, account.id)?;
    let strongest = owned.strongest();
    let best = Method::FACTORS.into_iter().filter(|one| owned.factors.contains(one) && one.strength() == strongest);
    Ok(if owned.any() { best.collect() } else { vec![Method::Password] })
}

/// When the time ends that a user has to set up what is asked of them.
pub fn due(record: &Record, policy: &Policy) -> Option<Instant> {
    record.asked_since.map(|since| since.plus_seconds(policy.grace_days.saturating_mul(DAY)))
}

/// What a sign-in asks for.
pub fn decide(facts: &Facts<'_>) -> Demand {
    if facts.asked == Requirement::Off {
        return Demand::Nothing;
    }
    let late = due(facts.record, facts.policy).is_some_and(|due| due <= facts.now);
    let usable = usable(facts);
    if facts.record.code_required && usable.is_empty() {
        return Demand::ProveAndEnrol(vec![Method::EnrolmentCode]);
    }
    if late && facts.asked == Requirement::PhishingResistant {
        // Whoever should have a passkey and has none is let in by somebody who knows them, not by what may be phished.
        return Demand::ProveAndEnrol(vec![Method::EnrolmentCode]);
    }
    match (usable.is_empty(), late) {
        (true, false) => Demand::Nothing,
        (true, true) => Demand::Enrol,
        (false, false) if stands_in(facts, &usable) => Demand::Remembered,
        (false, false) => Demand::Prove(usable),
        (false, true) => Demand::ProveAndEnrol(usable),
    }
}

/// Whether the device stands in for a factor: for the one that was proven there, as long as that could be proven now. Where
/// phishing is to be resisted, for a passkey alone.
fn stands_in(facts: &Facts<'_>, usable: &[Method]) -> bool {
    let resists = |method: &Method| facts.asked != Requirement::PhishingResistant || *method == Method::Passkey;
    facts.remembered.filter(resists).is_some_and(|method| usable.contains(&method))
}

/// What a user can prove in a sign-in, in the order in which it is offered.
fn usable(facts: &Facts<'_>) -> Vec<Method> {
    let reset = facts.record.mailed_reset.is_some_and(|at| at.plus_seconds(DAY) > facts.now);
    // Whoever reads the mails that reset passwords reads these codes too.
    let mail_counts = !reset && !facts.protected;
    let has = |method: &Method| facts.owned.factors.contains(method) && facts.policy.allows(*method);
    let has_passkey = has(&Method::Passkey);
    let counts = |method: &Method| match method {
        // Who is to resist phishing and can is not asked for anything weaker.
        _ if facts.asked == Requirement::PhishingResistant && has_passkey => *method == Method::Passkey,
        Method::Email => mail_counts,
        _ => true,
    };
    let mut methods: Vec<Method> = Method::FACTORS.into_iter().filter(|method| has(method) && counts(method)).collect();
    let preferred = facts.record.preferred.as_deref().and_then(|word| word.parse().ok());
    methods.sort_by_key(|method| Some(*method) != preferred);
    if facts.asked != Requirement::PhishingResistant && facts.owned.any() && facts.owned.recovery_codes > 0 {
        methods.push(Method::RecoveryCode);
    }
    if methods.is_empty() && facts.owned.any() {
        // Factors are there and none of them may be used: somebody must let the user in.
        methods.push(Method::EnrolmentCode);
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;

    const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

    struct Case {
        owned: Owned,
        record: Record,
        policy: Policy,
        asked: Requirement,
        protected: bool,
        remembered: Option<Method>,
    }

    fn case(factors: &[Method]) -> Case {
        Case {
            owned: Owned { factors: factors.iter().copied().collect(), recovery_codes: 0 },
            record: Record::none(UserId::from(uuid::Uuid::nil())),
            policy: Policy::default(),
            asked: Requirement::Optional,
            protected: false,
            remembered: None,
        }
    }

    fn decided(case: &Case) -> Demand {
        let Case { owned, record, policy, asked, protected, remembered } = case;
        let (asked, protected, remembered) = (*asked, *protected, *remembered);
        decide(&Facts { owned, record, policy, asked, protected, remembered, now: NOW })
    }

    #[test]
    fn ir18_what_is_there_is_asked_for_unless_the_policy_is_off() {
        assert_eq!(decided(&case(&[])), Demand::Nothing);
        let both = case(&[Method::Totp, Method::Passkey]);
        assert_eq!(decided(&both), Demand::Prove(vec![Method::Passkey, Method::Totp]));
        assert_eq!(decided(&Case { asked: Requirement::Off, ..both }), Demand::Nothing);
        let mut preferred = case(&[Method::Totp, Method::Passkey]);
        preferred.record.preferred = Some("totp".to_owned());
        preferred.owned.recovery_codes = 1;
        let methods = vec![Method::Totp, Method::Passkey, Method::RecoveryCode];
        assert_eq!(decided(&preferred), Demand::Prove(methods));
    }

    #[test]
    fn ir18_a_required_factor_has_its_grace_and_is_then_set_up_first() {
        let mut none = Case { asked: Requirement::Required, ..case(&[]) };
        none.record.asked_since = Some(NOW.plus_seconds(-14 * DAY + 1));
        assert_eq!(decided(&none), Demand::Nothing);
        none.record.asked_since = Some(NOW.plus_seconds(-14 * DAY));
        assert_eq!(decided(&none), Demand::Enrol);
        let mut weak = Case { asked: Requirement::PhishingResistant, ..case(&[Method::Totp]) };
        assert_eq!(decided(&weak), Demand::Prove(vec![Method::Totp]));
        weak.record.asked_since = Some(NOW.plus_seconds(-15 * DAY));
        assert_eq!(decided(&weak), Demand::ProveAndEnrol(vec![Method::EnrolmentCode]));
        let strong = Case { asked: Requirement::PhishingResistant, ..case(&[Method::Totp, Method::Passkey]) };
        assert_eq!(decided(&strong), Demand::Prove(vec![Method::Passkey]));
    }

    #[test]
    fn ir5_a_remembered_device_stands_in_for_what_was_proven_there_and_nothing_else() {
        let on = |remembered, case: Case| Case { remembered: Some(remembered), ..case };
        let both = || case(&[Method::Totp, Method::Passkey]);
        assert_eq!(decided(&on(Method::Totp, both())), Demand::Remembered);
        assert_eq!(decided(&on(Method::Sms, both())), Demand::Prove(vec![Method::Passkey, Method::Totp]));
        let strict = |of: Case| Case { asked: Requirement::PhishingResistant, ..of };
        assert_eq!(decided(&strict(on(Method::Totp, both()))), Demand::Prove(vec![Method::Passkey]));
        assert_eq!(decided(&strict(on(Method::Passkey, both()))), Demand::Remembered);
        let weak = strict(on(Method::Totp, case(&[Method::Totp])));
        assert_eq!(decided(&weak), Demand::Prove(vec![Method::Totp]), "not even within the grace");
        let mut late = on(Method::Totp, case(&[Method::Totp]));
        late.record.asked_since = Some(NOW.plus_seconds(-15 * DAY));
        assert_eq!(decided(&late), Demand::ProveAndEnrol(vec![Method::Totp]));
        let mut mail = on(Method::Email, case(&[Method::Email]));
        mail.protected = true;
        assert_eq!(decided(&mail), Demand::Prove(vec![Method::EnrolmentCode]));
        assert_eq!(decided(&on(Method::Totp, case(&[]))), Demand::Nothing);
    }

    #[test]
    fn ir17_after_a_reset_an_enrolment_code_comes_first() {
        let mut reset = case(&[]);
        reset.record.code_required = true;
        assert_eq!(decided(&reset), Demand::ProveAndEnrol(vec![Method::EnrolmentCode]));
    }

    #[test]
    fn ir18_a_mailed_code_is_no_second_factor_after_a_mailed_reset_nor_for_administrators_of_tenants() {
        let mut mail = case(&[Method::Email]);
        assert_eq!(decided(&mail), Demand::Prove(vec![Method::Email]));
        mail.record.mailed_reset = Some(NOW.plus_seconds(-DAY + 1));
        assert_eq!(decided(&mail), Demand::Prove(vec![Method::EnrolmentCode]));
        mail.record.mailed_reset = Some(NOW.plus_seconds(-DAY));
        assert_eq!(decided(&mail), Demand::Prove(vec![Method::Email]));
        mail.protected = true;
        assert_eq!(decided(&mail), Demand::Prove(vec![Method::EnrolmentCode]));
    }
}
