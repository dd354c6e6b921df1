//! What a user has to prove who they are with, and what is asked of them.

use crate::access::PersonActor;
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::factors::{Event, owned};
use crate::directory::grants;
use crate::directory::settings::{self, Requirement};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::store::factors::{self as rows, Record};
use crate::store::passkeys::{self, Passkey};
use crate::store::{Tx, recovery_codes};

use super::demand::due;
use super::enrol::{noted, own_account};
use super::{Method, Mfa};

pub use crate::store::factors::Factor;

/// What a user has, and what is asked of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Whether any factor is confirmed.
    pub enabled: bool,
    /// The method that the user likes best.
    pub preferred: Option<Method>,
    /// The factors that are secrets or addresses.
    pub factors: Vec<Factor>,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
    /// What is asked of the user.
    pub asked: Requirement,
    /// Whether something is asked for and lacking.
    pub lacking: bool,
    /// Until when it must be set up.
    pub due: Option<Instant>,
    /// The factors that the tenant allows.
    pub allowed: Vec<Method>,
}

/// What a person has, and what is asked of them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(mfa: &Mfa, person: &PersonActor) -> Result<Overview> {
    let (tenant, user) = (person.tenant, person.user);
    mfa.directory().store.read(move |tx| of(tx, tenant, user)).await
}

/// What a user has, and what is asked of them.
///
/// # Errors
/// When the database cannot be asked.
pub fn of(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Overview> {
    let policy = settings::of(tx, tenant)?.mfa;
    let holdings = grants::of_user(tx, tenant, user)?;
    let asked = policy.asked(holdings.iter().map(|held| &*held.role));
    let (owned, record) = (owned(tx, user)?, rows::record(tx, user)?);
    let lacking = policy.is_lacking(&owned, asked);
    Ok(Overview {
        enabled: owned.any(),
        preferred: record.preferred.as_deref().and_then(|word| word.parse().ok()),
        factors: rows::of_user(tx, user)?,
        passkeys: passkeys::of_user(tx, user)?,
        recovery_codes: recovery_codes::left(tx, user)?,
        asked,
        lacking,
        due: due(&record, &policy).filter(|_| lacking),
        allowed: policy.methods,
    })
}

/// Notes which method a person likes best; nothing forgets it.
///
/// # Errors
/// [`Error::Unprocessable`] for one that is not set up.
pub async fn prefer(mfa: &Mfa, cx: &Cx, person: &PersonActor, preferred: Option<Method>) -> Result<Overview> {
    let (person, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &person)?;
        if preferred.is_some_and(|method| !owned(tx, person.user).is_ok_and(|owned| owned.factors.contains(&method))) {
            return Err(Error::fault(["body", "preferred"], "value_error", "is no factor that you set up"));
        }
        let record = rows::record(tx, person.user)?;
        let word = preferred.map(|method| method.as_str().to_owned());
        if record.preferred != word {
            rows::put_record(tx, &Record { preferred: word, ..record })?;
            noted(tx, &cx, (&person, &account), Event::Preferred(preferred))?;
        }
        of(tx, person.tenant, person.user)
    };
    mfa.directory().store.write(work).await
}
