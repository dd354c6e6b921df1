//! Recorded sources corrected.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::access::{IdentitySourceFix, Permit};
use crate::context::Cx;
use crate::directory::{Directory, grants};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::identities::{self as rows, Suspect};
use crate::store::{Lock, Tx};

use super::{Judgement, LOCAL, Mismatch, Verdict, examine};

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
        /// The users; one named twice counts once.
        users: Vec<UserId>,
        /// The source to record; must be among those that claim the user, or LOCAL for one without a link.
        source: Option<String>,
        /// Whether only to tell what would be done.
        dry_run: bool,
    },
}

/// Corrects the recorded source of users, each in a row of the journal; answers all that were looked at, what source each is
/// to have, and which were corrected. All chosen users are looked at before the first is written, so that one who refuses
/// the call leaves nothing half done.
///
/// # Errors
/// [`Error::Missing`] for a user that the tenant does not have; [`Error::Forbidden`] for one with permissions that the
/// actor does not hold; [`Error::Denied`] when the permit holds in some org units only.
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
            let seen = check(directory, permit, users, source.clone()).await?;
            if dry_run {
                return Ok(seen);
            }
            let mut done = Vec::with_capacity(seen.len());
            for some in seen.chunks(AT_ONCE) {
                done.extend(these(directory, permit, cx, some.to_vec(), source.clone()).await?);
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
                    fixed.push(record(tx, &permit, &cx, mismatch)?);
                }
            }
            Ok(fixed)
        });
        done.extend(fixed.await?);
        after = last;
    }
    Ok(done)
}

/// The chosen users whose source and links differ, in the order in which they were named, each with what the choice comes
/// to. Refused when one of them is not there or not to be touched.
async fn check(
    directory: &Directory,
    permit: &Permit<IdentitySourceFix>,
    mut users: Vec<UserId>,
    source: Option<String>,
) -> Result<Vec<Mismatch>> {
    let mut named = HashSet::new();
    users.retain(|user| named.insert(*user));
    let (permit, tenant) = (permit.clone(), permit.tenant());
    let work = move |tx: &mut Tx<'_>| {
        let found = rows::chosen(tx, tenant, &users)?;
        let of = |user| found.iter().find(|suspect| suspect.id == user).cloned().ok_or(Error::Missing("user"));
        let suspects = users.iter().copied().map(of).collect::<Result<Vec<Suspect>>>()?;
        let seen = examine(tx, tenant, suspects)?;
        for mismatch in &seen {
            grants::touch(tx, &permit, tenant, mismatch.user)?;
        }
        Ok(seen.into_iter().map(|mismatch| choose(mismatch, source.as_deref())).collect())
    };
    directory.store.scan(work).await
}

async fn these(
    directory: &Directory,
    permit: &Permit<IdentitySourceFix>,
    cx: &Cx,
    seen: Vec<Mismatch>,
    source: Option<String>,
) -> Result<Vec<Mismatch>> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let correct =
        move |tx: &mut Tx<'_>| seen.iter().map(|before| correct(tx, &permit, &cx, before, source.as_deref())).collect();
    directory.store.write(correct).await
}

/// Corrects one of those who were looked at, where that may still be. Others may be written by now, so what came between
/// is told and does not refuse the call.
fn correct(
    tx: &mut Tx<'_>,
    permit: &Permit<IdentitySourceFix>,
    cx: &Cx,
    before: &Mismatch,
    source: Option<&str>,
) -> Result<Mismatch> {
    let Some(mismatch) = look(tx, permit.tenant(), before.user)? else {
        return Ok(passed_over(before, "The user was deleted or corrected meanwhile."));
    };
    match grants::touch(tx, permit, permit.tenant(), mismatch.user) {
        Ok(()) => record(tx, permit, cx, choose(mismatch, source)),
        Err(Error::Forbidden(why)) => Ok(passed_over(&mismatch, &format!("Not corrected: {}.", why.detail))),
        Err(error) => Err(error),
    }
}

/// A user who could be corrected when the call began, and no longer can.
fn passed_over(mismatch: &Mismatch, reason: &str) -> Mismatch {
    let judgement = Judgement { expected: None, reason: reason.to_owned(), ..mismatch.judgement.clone() };
    Mismatch { judgement, ..mismatch.clone() }
}

/// The mismatch with the wanted source as the expected one; with none, and why, when nothing stands behind the wanted one.
fn choose(mut mismatch: Mismatch, wanted: Option<&str>) -> Mismatch {
    let Some(wanted) = wanted else { return mismatch };
    let claims = mismatch.links.iter().any(|link| link.identity.protocol == wanted);
    let possible = claims || wanted == LOCAL && mismatch.links.is_empty();
    mismatch.judgement.expected = possible.then(|| wanted.to_owned());
    if !possible {
        let why = match wanted {
            LOCAL => " LOCAL is for users without a link.".to_owned(),
            _ => format!(" The user has no link of {wanted}."),
        };
        mismatch.judgement.reason.push_str(&why);
    }
    mismatch
}

/// The user as it is now, whom nobody else changes meanwhile; `None` when it is gone or there is nothing to correct.
fn look(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Option<Mismatch>> {
    tx.lock(Lock::User(user))?;
    let Some(suspect) = rows::suspect(tx, tenant, user)? else { return Ok(None) };
    Ok(examine(tx, tenant, vec![suspect])?.into_iter().next())
}

/// Writes the expected source, where there is one and it is not so already.
fn record(tx: &mut Tx<'_>, permit: &Permit<IdentitySourceFix>, cx: &Cx, mismatch: Mismatch) -> Result<Mismatch> {
    let expected = mismatch.judgement.expected.clone().filter(|to| *to != mismatch.recorded);
    let Some(to) = expected else { return Ok(mismatch) };
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
