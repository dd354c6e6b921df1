//! Reminding many users of their second factors by mail: each at most once in a week, whoever asks and how often.

use serde_json::json;

use crate::access::{MfaPolicyWrite, Permit};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::Result;
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::notify::{Purpose as Letter, outbox};
use crate::store::people::{self as rows, Filter};
use crate::store::{Lock, Tx, factors};

use super::Question;

/// Users that one request reminds at the most.
pub const MOST: i64 = 1_000;
/// Days in which nobody is reminded twice.
const PAUSE_DAYS: i64 = 7;
/// Users that are reminded in one transaction.
const SLICE: usize = 100;

/// Whom to remind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whom {
    /// Those of whom this holds.
    pub question: Question,
    /// Of these alone, when they are named.
    pub users: Option<Vec<UserId>>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminded {
    /// Users who are meant.
    pub matched: i64,
    /// Mails that are on their way.
    pub queued: i64,
    /// Whether another request would find more.
    pub more: bool,
}

/// Puts reminders into the outbox for those who are meant, whom a mail reaches, and who were not reminded within a week.
///
/// # Errors
/// [`crate::error::Error::Missing`] for an org unit out of reach; [`crate::error::Error::TooMany`] when it takes too long to
/// find whom to remind.
pub async fn remind(directory: &Directory, permit: &Permit<MfaPolicyWrite>, cx: &Cx, whom: Whom) -> Result<Reminded> {
    let (own, now) = (permit.clone(), cx.now);
    let since = now.plus_seconds(-PAUSE_DAYS * 24 * 3600);
    let find = move |tx: &mut Tx<'_>| {
        let filter = Filter { ids: whom.users.clone(), ..whom.question.filter(tx, &own)? };
        let matched: i64 = rows::by_marks(tx, &own.span(), &filter, now)?.iter().map(|(_, amount)| amount).sum();
        Ok((matched, rows::to_remind(tx, &own.span(), &filter, (since, now), MOST + 1)?))
    };
    let (matched, found) = directory.store.scan(find).await?;
    let more = i64::try_from(found.len()).is_ok_and(|found| found > MOST);
    let mut queued = 0;
    for some in found.chunks(SLICE).take(usize::try_from(MOST).unwrap_or_default().div_ceil(SLICE)) {
        let (permit, cx, some) = (permit.clone(), cx.clone(), some.to_vec());
        let work = move |tx: &mut Tx<'_>| {
            let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
            put(tx, author, &some, since)
        };
        queued += directory.store.write(work).await?;
    }
    Ok(Reminded { matched, queued, more })
}

/// Reminds these users, but those whom somebody else just reminded; answers how many.
fn put(tx: &mut Tx<'_>, author: Author<'_>, users: &[UserId], since: crate::clock::Instant) -> Result<i64> {
    let (tenant, due) = (author.tenant, author.cx.now);
    let mut queued = 0;
    for user in users {
        tx.lock(Lock::User(*user))?;
        if factors::note_reminder(tx, *user, since, due)? {
            let (user, purpose) = (*user, Letter::MfaReminder);
            outbox::put(tx, &outbox::Message { tenant, user, purpose, payload: json!({}), due })?;
            queued += 1;
        }
    }
    if queued > 0 {
        let mut diff = Diff::default();
        diff.tell("mfa.reminders", &queued.to_string());
        let change = Change {
            resource_type: "Settings",
            resource_id: tenant.to_string(),
            operation: Operation::Update,
            diff,
            identity_source: None,
            reason: None,
        };
        journal::record(tx, author, change)?;
    }
    Ok(queued)
}
