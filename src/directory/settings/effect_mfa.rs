//! What a policy for second factors would do to the people of a tenant: who lacks what it asks for, from when on that matters,
//! and who could take it back. What a sign-in then asks for is decided in the same words by `mfa::demand`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::access::{Permission, Place};
use crate::clock::Instant;
use crate::directory::factors::{self, Method, Owned};
use crate::directory::grants;
use crate::error::Result;
use crate::ids::UserId;
use crate::store::{Tx, factors as factor_rows, mfa_standing as rows};

use super::{Mfa, Requirement};

const DAY: i64 = 24 * 3600;

/// What becomes of somebody who lacks what a policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Signing in leads to setting up a factor, and to nothing else.
    MustEnrol,
    /// Signing in needs an enrolment code from another administrator.
    LockedOut,
}

impl Effect {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MustEnrol => "must_enrol",
            Self::LockedOut => "locked_out",
        }
    }
}

/// Somebody whom a policy would concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concerned {
    /// Who.
    pub user: UserId,
    /// What is asked of them.
    pub asked: Requirement,
    /// What becomes of them.
    pub effect: Effect,
    /// Whether that is so at the next sign-in; else when the grace is over, which begins with that sign-in.
    pub at_once: bool,
    /// When the grace is over that runs already.
    pub due: Option<Instant>,
    /// Whether they could take the policy back.
    pub administrator: bool,
}

/// What is known of somebody, for one policy.
struct Person<'a> {
    owned: &'a Owned,
    asked: Requirement,
    since: Option<Instant>,
}

/// What becomes of somebody under a policy; nothing of who has what it asks for.
fn effect(policy: &Mfa, person: &Person<'_>, now: Instant) -> Option<(Effect, bool, Option<Instant>)> {
    let Person { owned, asked, since } = person;
    let may_use = owned.factors.iter().any(|method| policy.allows(*method));
    if *asked != Requirement::Off && owned.any() && !may_use {
        // Factors are there and none of them may be used: somebody must let the user in.
        return Some((Effect::LockedOut, true, None));
    }
    if !policy.is_lacking(owned, *asked) {
        return None;
    }
    let due = since.map(|since| since.plus_seconds(policy.grace_days.saturating_mul(DAY)));
    let at_once = policy.grace_days == 0 || due.is_some_and(|due| due <= now);
    let effect = if *asked == Requirement::PhishingResistant { Effect::LockedOut } else { Effect::MustEnrol };
    Some((effect, at_once, due.filter(|_| !at_once)))
}

/// How many people were looked at, and whom of them a policy would concern, in the order in which they were made.
pub(super) fn of_policy(tx: &mut Tx<'_>, place: &Place, policy: &Mfa, now: Instant) -> Result<(usize, Vec<Concerned>)> {
    let mut owned: HashMap<UserId, Owned> = HashMap::new();
    for (user, kind) in rows::kinds(tx, place.tenant)? {
        if let Ok(method) = kind.parse::<Method>() {
            owned.entry(user).or_default().factors.insert(method);
        }
    }
    let administrators = administrators(tx, place, now)?;
    let asked = asked_of_roles(tx, place, policy, now)?;
    let (people, nothing) = (rows::people(tx, place.tenant)?, Owned::default());
    let one = |(user, since): &(UserId, Option<Instant>)| {
        let asked = asked.get(user).copied().unwrap_or(policy.requirement);
        let person = Person { owned: owned.get(user).unwrap_or(&nothing), asked, since: *since };
        let (effect, at_once, due) = effect(policy, &person, now)?;
        let administrator = administrators.contains(user);
        Some(Concerned { user: *user, asked, effect, at_once, due, administrator })
    };
    Ok((people.len(), people.iter().filter_map(one).collect()))
}

/// Whether a policy would concern one user.
pub(super) fn concerns(tx: &mut Tx<'_>, place: &Place, policy: &Mfa, user: UserId, now: Instant) -> Result<bool> {
    let holdings = Arc::new(grants::of_user(tx, place.tenant, user)?).at(now);
    let asked = policy.asked(holdings.iter().map(|held| &*held.role));
    let (owned, since) = (factors::owned(tx, user)?, factor_rows::record(tx, user)?.asked_since);
    Ok(effect(policy, &Person { owned: &owned, asked, since }, now).is_some())
}

/// What is asked of those who have a role that asks for more than is asked of everybody.
fn asked_of_roles(tx: &mut Tx<'_>, place: &Place, policy: &Mfa, now: Instant) -> Result<BTreeMap<UserId, Requirement>> {
    let mut asked = BTreeMap::new();
    if policy.roles.is_empty() {
        return Ok(asked);
    }
    for grant in rows::living_grants(tx, place.tenant, now)? {
        let Some(more) = policy.roles.get(&grant.role).filter(|more| **more > policy.requirement) else { continue };
        for user in rows::holders(tx, &grant.subject_kind, grant.subject_id)? {
            let before = asked.entry(user).or_insert(policy.requirement);
            *before = (*before).max(*more);
        }
    }
    Ok(asked)
}

/// The people of a tenant who could take a policy back: who may decide about it in the whole tenant, by whatever role.
pub(super) fn administrators(tx: &mut Tx<'_>, place: &Place, now: Instant) -> Result<BTreeSet<UserId>> {
    let (mut all, whole) = (BTreeSet::new(), place.scope());
    for grant in rows::living_grants(tx, place.tenant, now)? {
        let (kind, id) = (grant.subject_kind.clone(), grant.subject_id);
        let held = grants::of_grants(tx, place.tenant, vec![grant])?;
        if held.holds_over(Permission::MfaPolicyWrite, &whole) && held.holds_over(Permission::SettingsWrite, &whole) {
            all.extend(rows::holders(tx, &kind, id)?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

    fn decided(policy: &Mfa, factors: &[Method], asked: Requirement, since: Option<i64>) -> Option<(Effect, bool)> {
        let owned = Owned { factors: factors.iter().copied().collect(), recovery_codes: 0 };
        let since = since.map(|days| NOW.plus_seconds(-days * DAY));
        effect(policy, &Person { owned: &owned, asked, since }, NOW).map(|(effect, at_once, _)| (effect, at_once))
    }

    #[test]
    fn ir18_a_policy_concerns_who_lacks_what_it_asks_for_when_the_grace_is_over() {
        let policy = Mfa::default();
        let required = |factors: &[Method], since| decided(&policy, factors, Requirement::Required, since);
        assert_eq!(required(&[Method::Totp], None), None);
        assert_eq!(required(&[], None), Some((Effect::MustEnrol, false)));
        assert_eq!(required(&[], Some(13)), Some((Effect::MustEnrol, false)));
        assert_eq!(required(&[], Some(14)), Some((Effect::MustEnrol, true)));
        let strict = |factors: &[Method]| decided(&policy, factors, Requirement::PhishingResistant, None);
        assert_eq!(strict(&[Method::Totp]), Some((Effect::LockedOut, false)));
        assert_eq!(strict(&[Method::Totp, Method::Passkey]), None);
        assert_eq!(decided(&policy, &[], Requirement::Optional, None), None);
        let at_once = Mfa { grace_days: 0, ..Mfa::default() };
        assert_eq!(decided(&at_once, &[], Requirement::Required, None), Some((Effect::MustEnrol, true)));
    }

    #[test]
    fn ir18_whose_factors_may_not_be_used_any_more_is_locked_out_at_once() {
        let policy = Mfa { methods: vec![Method::Passkey], ..Mfa::default() };
        let decided = |factors: &[Method], asked| decided(&policy, factors, asked, None);
        assert_eq!(decided(&[Method::Totp], Requirement::Optional), Some((Effect::LockedOut, true)));
        assert_eq!(decided(&[Method::Totp, Method::Passkey], Requirement::Optional), None);
        assert_eq!(decided(&[Method::Totp], Requirement::Off), None);
        assert_eq!(decided(&[], Requirement::Optional), None);
    }
}
