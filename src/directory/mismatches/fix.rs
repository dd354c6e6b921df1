//! Recorded sources corrected.

use serde_json::{Map, Value};

use crate::access::{IdentitySourceFix, Permit};
use crate::context::Cx;
use crate::directory::{Directory, grants};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::identities::{self as rows, Suspect};
use crate::store::{Lock, Tx};

use super::{LOCAL, Mismatch, Verdict, examine};

/// Users that one call corrects at the most.
pub const MOST_A_CALL: usize = 1000;

/// Suspects that are looked at in one transaction; each of them is a few rows.
const AT_ONCE: usize = 50;

/// Which users are to be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// All of the tenant that one other source alone claims and that have no role, up to so many.
    Fixable {
        /// How many at the most.
        most: usize,
    },
    /// These users, with a role or without, to a source where they name one: then to that one.
    Users {
        /// The users.
        users: Vec<UserId>,
        /// The source to record; must be among those that claim the user, or LOCAL for one that nobody claims.
        source: Option<String>,
        /// Whether only to tell what would be done.
        dry_run: bool,
    },
}

/// Corrects the recorded source of users, each in a row of the journal; answers all that were looked at, and which of them
/// were corrected. A user of another tenant is [`Error::Missing`], and then nothing more is done.
///
/// # Errors
/// [`Error::Missing`] for a user that the tenant does not have; [`Error::Denied`] for one with permissions that the actor
/// does not hold, or when the permit holds in some org units only.
pub async fn fix(
    directory: &Directory,
    permit: &Permit<IdentitySourceFix>,
    cx: &Cx,
    choice: Choice,
) -> Result<Vec<Mismatch>> {
    permit.whole()?;
    match choice {
        Choice::Fixable { most } => all(directory, permit, cx, most).await,
        Choice::Users { users, source, dry_run } => {
            let mut done = Vec::with_capacity(users.len());
            for some in users.chunks(AT_ONCE) {
                done.extend(these(directory, permit, cx, some.to_vec(), source.clone(), dry_run).await?);
            }
            Ok(done)
        }
    }
}

async fn all(directory: &Directory, permit: &Permit<IdentitySourceFix>, cx: &Cx, most: usize) -> Result<Vec<Mismatch>> {
    let (tenant, mut after, mut done) = (permit.tenant(), 0, Vec::new());
    while done.len() < most {
        let limit = i64::try_from(AT_ONCE.min(most - done.len())).unwrap_or(1);
        let suspects = directory.store.scan(move |tx| rows::suspects(tx, tenant, after, limit)).await?;
        let Some(last) = suspects.last().map(|suspect| suspect.seq) else { break };
        let (permit, cx) = (permit.clone(), cx.clone());
        let fixed = directory.store.write(move |tx| {
            let mut fixed = Vec::new();
            for suspect in &suspects {
                let found = look(tx, tenant, suspect.id)?;
                if let Some(mismatch) = found.filter(|found| found.judgement.verdict == Verdict::Fixable) {
                    fixed.push(record(tx, &permit, &cx, mismatch, None)?);
                }
            }
            Ok(fixed)
        });
        done.extend(fixed.await?);
        after = last;
    }
    Ok(done)
}

async fn these(
    directory: &Directory,
    permit: &Permit<IdentitySourceFix>,
    cx: &Cx,
    users: Vec<UserId>,
    source: Option<String>,
    dry_run: bool,
) -> Result<Vec<Mismatch>> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let mut looked_at = Vec::with_capacity(users.len());
        for user in &users {
            let Some(mismatch) = look(tx, permit.tenant(), *user)? else { continue };
            grants::touch(tx, &permit, permit.tenant(), *user)?;
            let to = target(&mismatch, source.as_deref());
            looked_at.push(match to {
                Some(to) if !dry_run => record(tx, &permit, &cx, mismatch, Some(to))?,
                _ => mismatch,
            });
        }
        Ok(looked_at)
    };
    directory.store.write(work).await
}

/// What a chosen user's source is to be, where that may be said and is not so already.
fn target(mismatch: &Mismatch, wanted: Option<&str>) -> Option<String> {
    let Some(wanted) = wanted else { return mismatch.judgement.expected.clone() };
    let claims = mismatch.links.iter().any(|link| link.identity.protocol == wanted);
    let allowed = claims || wanted == LOCAL && mismatch.links.is_empty();
    (allowed && wanted != mismatch.recorded).then(|| wanted.to_owned())
}

/// The user as it is now, whom nobody else changes meanwhile; `None` when there is nothing to correct.
fn look(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Option<Mismatch>> {
    tx.lock(Lock::User(user))?;
    let suspect: Suspect = rows::suspect(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
    Ok(examine(tx, tenant, vec![suspect])?.into_iter().next())
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<IdentitySourceFix>,
    cx: &Cx,
    mismatch: Mismatch,
    to: Option<String>,
) -> Result<Mismatch> {
    let Some(to) = to.or_else(|| mismatch.judgement.expected.clone()) else { return Ok(mismatch) };
    rows::set_source(tx, mismatch.user, &to)?;
    let value = |source: &str| Map::from_iter([("identitySource".to_owned(), Value::from(source))]);
    let change = Change {
        resource_type: "User",
        resource_id: mismatch.user.to_string(),
        operation: Operation::Update,
        diff: journal::between(&value(&mismatch.recorded), &value(&to)),
        identity_source: Some(&to),
        reason: Some(mismatch.judgement.reason.clone()),
    };
    journal::record(tx, Author { actor: permit.actor(), cx, tenant: mismatch.tenant }, change)?;
    Ok(Mismatch { fixed: true, ..mismatch })
}
