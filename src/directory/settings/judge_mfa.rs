//! Which policies for second factors are refused: those that nobody who could take them back would meet, those of methods
//! that reach nobody, and those that make no sense (IR-18).

use crate::access::{Actor, Permit, Place, SettingsWrite, role};
use crate::clock::Instant;
use crate::directory::factors::Method;
use crate::error::{Error, Fault, Reason, Result, Segment};
use crate::ids::{TenantId, UserId};
use crate::store::{Tx, accounts, roles};

use super::effect_mfa::{administrators, concerns};
use super::{Channels, Mfa, Requirement};

/// The longest wait before factors are reset, in hours: thirty days.
const LONGEST_WAIT: i64 = 30 * 24;

/// Judges a policy that is to hold from now on. What it asks of people is judged when that changes.
///
/// # Errors
/// [`Error::Unprocessable`] for what makes no sense; [`Error::Conflict`] with `no_channel` when no allowed method reaches
/// anybody, with `locks_out` when neither the person who asks nor any administrator of the tenant meets it: with the ids of
/// those who do not.
pub(super) fn judge(
    tx: &mut Tx<'_>,
    permit: &Permit<SettingsWrite>,
    (before, policy): (&Mfa, &Mfa),
    (channels, now): (Channels, Instant),
) -> Result<()> {
    sensible(policy)?;
    let demands = |policy: &Mfa| (policy.requirement, policy.roles.clone(), policy.methods.clone());
    if demands(before) == demands(policy) {
        return Ok(());
    }
    known_roles(tx, permit.tenant(), before, policy)?;
    reachable(policy, channels)?;
    match is_met_by_nobody(tx, permit.actor(), permit.place(), policy, now)? {
        None => Ok(()),
        Some(short) => {
            let why = "nobody who administers the tenant meets this policy: set up what it asks for first";
            let short: Vec<String> = short.iter().map(ToString::to_string).collect();
            Err(Error::Conflict(Reason::new("locks_out", why).with("user_ids", short)))
        }
    }
}

/// Refuses a demand of a role that the tenant does not have: by a name that was mistyped, nobody would be asked for anything.
/// What was set before its role was deleted may stay.
fn known_roles(tx: &mut Tx<'_>, tenant: TenantId, before: &Mfa, policy: &Mfa) -> Result<()> {
    let own = roles::list(tx, tenant)?;
    let known = |key: &str| role::built_in(key).is_some() || own.iter().any(|role| role.key == key);
    match policy.roles.keys().find(|key| !before.roles.contains_key(*key) && !known(key)) {
        Some(key) => {
            let place = ["body", "mfa", "roles"].map(Segment::from).into_iter().chain([Segment::from(key.as_str())]);
            Err(Error::Unprocessable(vec![Fault::at(place, "value_error", "is no role of this tenant")]))
        }
        None => Ok(()),
    }
}

/// Those who could take a policy back, when none of them meets it: whoever asks, and the administrators of the tenant. Whoever
/// stands above the tenant can take it back whatever it asks of the tenant's people.
pub(super) fn is_met_by_nobody(
    tx: &mut Tx<'_>,
    actor: &Actor,
    place: &Place,
    policy: &Mfa,
    now: Instant,
) -> Result<Option<Vec<UserId>>> {
    let all = Method::FACTORS.iter().all(|method| policy.allows(*method));
    let asker = actor.person().filter(|person| person.tenant == place.tenant);
    let Some(asker) = asker.filter(|_| !(all && strictest(policy) < Requirement::Required)) else { return Ok(None) };
    let mut short = Vec::new();
    let others = administrators(tx, place, now)?;
    for user in std::iter::once(asker.user).chain(others.into_iter().filter(|other| *other != asker.user)) {
        let is_active = |account: accounts::Account| account.status_at(now) == "ACTIVE";
        // Whoever asks has signed in.
        let able = user == asker.user || accounts::find(tx, place.tenant, user)?.is_some_and(is_active);
        if able && !concerns(tx, place, policy, user, now)? {
            return Ok(None);
        }
        short.push(user);
    }
    Ok(Some(short))
}

/// Refuses a policy whose allowed methods reach nobody: without a gateway, a mail server, or a name that browsers know us by.
///
/// # Errors
/// [`Error::Conflict`] with those methods.
pub(super) fn reachable(policy: &Mfa, channels: Channels) -> Result<()> {
    let any = policy.methods.iter().any(|method| channels.reach(*method));
    let possible = match strictest(policy) {
        Requirement::Off => true,
        Requirement::Optional => any || policy.methods.is_empty(),
        Requirement::Required => any,
        Requirement::PhishingResistant => policy.allows(Method::Passkey) && channels.reach(Method::Passkey),
    };
    if possible {
        return Ok(());
    }
    let why = "no method that this policy allows and asks for has a channel here: configure one, or allow others";
    let silent = policy.methods.iter().filter(|method| !channels.reach(**method)).map(|method| method.as_str());
    Err(Error::Conflict(Reason::new("no_channel", why).with("methods", silent.collect::<Vec<_>>())))
}

fn strictest(policy: &Mfa) -> Requirement {
    policy.roles.values().copied().fold(policy.requirement, Requirement::max)
}

/// Refuses what makes no sense.
///
/// # Errors
/// [`Error::Unprocessable`] with all of it.
pub(super) fn sensible(policy: &Mfa) -> Result<()> {
    let numbers = [
        ("grace_days", policy.grace_days, 365),
        ("step_up_minutes", policy.step_up_minutes, 24 * 60),
        ("remember_days", policy.remember_days, 365),
    ];
    let mut faults: Vec<Fault> = numbers
        .into_iter()
        .filter(|(_, value, most)| !(0..=*most).contains(value))
        .map(|(name, _, most)| fault(name, format!("must be 0 to {most}")))
        .collect();
    if !(0..=LONGEST_WAIT).contains(&policy.reset.wait_hours) {
        let place = ["body", "mfa", "reset", "wait_hours"].map(Segment::from);
        faults.push(Fault::at(place, "value_error", format!("must be 0 to {LONGEST_WAIT}")));
    }
    let possible = match strictest(policy) {
        Requirement::Off | Requirement::Optional => true,
        Requirement::Required => !policy.methods.is_empty(),
        Requirement::PhishingResistant => policy.allows(Method::Passkey),
    };
    if !possible || policy.methods.iter().any(|method| !Method::FACTORS.contains(method)) {
        faults.push(fault("methods", "must be factors, and hold one that meets what is asked for".to_owned()));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Unprocessable(faults)) }
}

fn fault(name: &str, message: String) -> Fault {
    Fault::at(["body", "mfa", name].map(Segment::from), "value_error", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(policy: &Mfa, channels: Channels) -> Option<&'static str> {
        match reachable(policy, channels) {
            Ok(()) => None,
            Err(Error::Conflict(reason)) => Some(reason.code),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn ir18_methods_without_a_channel_are_neither_asked_for_nor_allowed_alone() {
        let none = Channels::default();
        let of = |requirement, methods: &[Method]| Mfa { requirement, methods: methods.to_vec(), ..Mfa::default() };
        let sent = [Method::Sms, Method::Email];
        for requirement in [Requirement::Optional, Requirement::Required] {
            assert_eq!(code(&of(requirement, &sent), none), Some("no_channel"));
            assert_eq!(code(&of(requirement, &sent), Channels { sms: true, ..none }), None);
            assert_eq!(code(&of(requirement, &[Method::Sms, Method::Totp]), none), None);
        }
        assert_eq!(code(&of(Requirement::Off, &sent), none), None);
        let strict = of(Requirement::PhishingResistant, &Method::FACTORS);
        assert_eq!(code(&strict, none), Some("no_channel"));
        assert_eq!(code(&strict, Channels { passkeys: true, ..none }), None);
    }
}
