//! Which policies for second factors are refused: those that nobody who could take them back would meet, and those that make
//! no sense (IR-18).

use crate::access::{Permit, SettingsWrite};
use crate::directory::factors::{Method, owned};
use crate::directory::{grants, settings};
use crate::error::{Error, Fault, Reason, Result, Segment};
use crate::ids::UserId;
use crate::store::Tx;
use crate::store::accounts;
use crate::store::grants::{self as rows, Filter};

use super::{Mfa, Requirement};

/// Administrators that are looked at, at the most.
const MOST: i64 = 1_000;

/// Judges a policy that is to hold from now on.
///
/// # Errors
/// [`Error::Unprocessable`] for what makes no sense; [`Error::Conflict`] with `locks_out` when neither the person who asks nor
/// any administrator of the tenant meets it: with the ids of those who do not.
pub(super) fn judge(tx: &mut Tx<'_>, permit: &Permit<SettingsWrite>, policy: &Mfa) -> Result<()> {
    sensible(policy)?;
    let strictest = policy.roles.values().copied().fold(policy.requirement, Requirement::max);
    if strictest < Requirement::Required {
        return Ok(());
    }
    let tenant = permit.tenant();
    let asker = permit.actor().person();
    if asker.is_none_or(|person| person.tenant != tenant) {
        // Who stands above the tenant can take the policy back, whatever it asks of the tenant's people.
        return Ok(());
    }
    let filter = Filter { role: Some("tenant_admin".to_owned()), ..Filter::default() };
    let (admins, _) = rows::page(tx, tenant, &filter, 0, MOST)?;
    let users = admins.iter().filter(|grant| grant.subject_kind == "user");
    let admins = users.map(|grant| UserId::from(grant.subject_id.uuid()));
    let mut short = Vec::new();
    for user in asker.map(|person| person.user).into_iter().chain(admins) {
        if meets(tx, permit, policy, user)? {
            return Ok(());
        }
        short.push(user.to_string());
    }
    let why = "nobody who administers the tenant meets this policy: set up what it asks for first";
    Err(Error::Conflict(Reason::new("locks_out", why).with("user_ids", short)))
}

/// Whether an able user has what the policy asks of them.
fn meets(tx: &mut Tx<'_>, permit: &Permit<SettingsWrite>, policy: &Mfa, user: UserId) -> Result<bool> {
    let account = accounts::find(tx, permit.tenant(), user)?;
    if account.is_none_or(|account| account.status != "ACTIVE") {
        return Ok(false);
    }
    let holdings = grants::of_user(tx, permit.tenant(), user)?;
    let asked = policy.asked(holdings.iter().map(|held| &*held.role));
    Ok(!policy.is_lacking(&owned(tx, user)?, asked))
}

fn sensible(policy: &settings::Mfa) -> Result<()> {
    let numbers = [("grace_days", policy.grace_days, 365), ("step_up_minutes", policy.step_up_minutes, 24 * 60)];
    let mut faults: Vec<Fault> = numbers
        .into_iter()
        .filter(|(_, value, most)| !(0..=*most).contains(value))
        .map(|(name, _, most)| fault(name, format!("must be 0 to {most}")))
        .collect();
    let strictest = policy.roles.values().copied().fold(policy.requirement, Requirement::max);
    let possible = match strictest {
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
