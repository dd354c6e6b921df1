//! What there is to say about the security of one account, in one place (S0-18): factors, recovery codes, sessions, remembered
//! devices, and what somebody guessed lately.

use crate::access::{MfaRead, Permit, PersonActor, SessionsRead, decide};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::accounts::guesses;
use crate::directory::factors::devices::{self, Shown};
use crate::directory::people;
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::store::accounts::{self, Account};
use crate::store::people::{self as people_rows, Session};
use crate::store::{Tx, guesses as guess_rows, login_ids};

use super::overview::{self, Overview};
use super::{Keys, Mfa, budget};

/// What there is to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Security {
    /// The account.
    pub account: Account,
    /// The factors, and what is asked of the user.
    pub overview: Overview,
    /// When a factor was last used.
    pub last_used: Option<Instant>,
    /// The living sessions; `None` for whoever may not see them.
    pub sessions: Option<Vec<Session>>,
    /// Where the user is remembered.
    pub devices: Shown,
    /// What somebody guessed.
    pub failures: Failures,
}

/// What somebody guessed, as far as it counts still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Wrong passwords since the last right one, within a quarter of an hour.
    pub passwords: i32,
    /// When the last of them was.
    pub last_password: Option<Instant>,
    /// Until when the account is locked because of them.
    pub locked_until: Option<Instant>,
    /// Wrong codes since the last right one.
    pub codes: i32,
    /// Wrong codes within a day.
    pub codes_today: i32,
}

/// The security information of a user, as an administrator sees it.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user.
pub async fn of(mfa: &Mfa, permit: &Permit<MfaRead>, cx: &Cx, id: UserId) -> Result<Security> {
    people::check(mfa.directory(), permit, id).await?;
    let sessions = decide::<SessionsRead>(permit.actor(), permit.place()).is_ok();
    read(mfa, (permit.tenant(), id), cx, sessions).await
}

/// The same of whoever asks.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(mfa: &Mfa, cx: &Cx, person: &PersonActor) -> Result<Security> {
    read(mfa, (person.tenant, person.user), cx, true).await
}

async fn read(mfa: &Mfa, (tenant, user): (TenantId, UserId), cx: &Cx, with_sessions: bool) -> Result<Security> {
    let (keys, now) = (mfa.keys().await?, cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let account = accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
        let overview = overview::of(tx, tenant, user)?;
        let of_factors = overview.factors.iter().filter_map(|factor| factor.last_used);
        let last_used = of_factors.chain(overview.passkeys.iter().filter_map(|passkey| passkey.last_used)).max();
        Ok(Security {
            last_used,
            sessions: with_sessions.then(|| people_rows::sessions(tx, user, now)).transpose()?,
            devices: devices::shown(tx, &account, now)?,
            failures: failures(tx, &keys, &account, now)?,
            overview,
            account,
        })
    };
    mfa.directory().store.read(work).await
}

fn failures(tx: &mut Tx<'_>, keys: &Keys, account: &Account, now: Instant) -> Result<Failures> {
    let (codes, codes_today) = budget::spent(tx, keys, account.id, now)?;
    let locked = account.status_at(now) == "LOCKED";
    let locked_until = account.status_until.filter(|_| locked);
    let mut failures = Failures { codes, codes_today, locked_until, ..Failures::default() };
    let tenant = account.tenant_id.to_string();
    for login in login_ids::of(tx, account.id)? {
        let name = guesses::anywhere(keys.guesses.bytes(), &tenant, &login.value_folded);
        let found = guess_rows::find(tx, &name)?.filter(|guess| guess.last.plus_seconds(WINDOW) > now);
        if let Some(guess) = found.filter(|guess| guess.failures > 0) {
            failures.passwords = failures.passwords.saturating_add(guess.failures);
            failures.last_password = failures.last_password.max(Some(guess.last));
        }
    }
    Ok(failures)
}

/// Seconds within which wrong passwords count together.
const WINDOW: i64 = 15 * 60;
