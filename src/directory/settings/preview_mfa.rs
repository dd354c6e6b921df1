//! A policy for second factors looked at before it is set: judged as if it were set, and who would be short of it (IR-18).

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::access::{MfaPolicyWrite, Permit};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::{Error, Fault, Result, Segment};
use crate::ids::UserId;
use crate::store::{Tx, mfa_standing as rows};

use super::effect_mfa::{Concerned, Effect, of_policy};
use super::judge_mfa::{self, is_met_by_nobody};
use super::{change, of};

/// Somebody whom a policy would concern, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// What becomes of them.
    pub concerned: Concerned,
    /// The user name.
    pub user_name: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The e-mail of the account.
    pub email: Option<String>,
}

/// What a policy would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// People who were looked at: living, and not disabled.
    pub people: usize,
    /// Of them, those who would be led to set up a factor at their next sign-in ...
    pub must_enrol_at_once: usize,
    /// ... and when their grace is over.
    pub must_enrol_later: usize,
    /// Those who would need an enrolment code at their next sign-in ...
    pub locked_out_at_once: usize,
    /// ... and when their grace is over.
    pub locked_out_later: usize,
    /// The administrators among all of them.
    pub administrators: Vec<UserId>,
    /// Whether it would be refused, because nobody who could take it back meets it.
    pub refused: bool,
    /// A page of all of them.
    pub page: Vec<Short>,
    /// How many there are on all pages.
    pub total: usize,
}

/// Tells what a policy would do, laid over the one that holds; nothing changes.
///
/// # Errors
/// [`Error::Unprocessable`] for what makes no sense; [`Error::Conflict`] for methods without a channel.
pub async fn preview(
    directory: &Directory,
    permit: &Permit<MfaPolicyWrite>,
    cx: &Cx,
    wanted: Map<String, Value>,
    (offset, limit): (usize, usize),
) -> Result<Preview> {
    permit.whole()?;
    let (permit, now, channels) = (permit.clone(), cx.now, directory.channels());
    let wanted = Map::from_iter([("mfa".to_owned(), Value::Object(wanted))]);
    let look = move |tx: &mut Tx<'_>| {
        let policy = change::laid_over(&of(tx, permit.tenant())?, &wanted)?.mfa;
        judge_mfa::sensible(&policy)?;
        judge_mfa::reachable(&policy, channels)?;
        let (people, all) = of_policy(tx, permit.place(), &policy, now)?;
        let mut preview = summary(people, &all);
        preview.refused = is_met_by_nobody(tx, permit.actor(), permit.place(), &policy, now)?.is_some();
        preview.page = named(tx, all.iter().skip(offset).take(limit).copied().collect())?;
        Ok(preview)
    };
    directory.store.scan(look).await.map_err(seen_from_the_policy)
}

fn summary(people: usize, all: &[Concerned]) -> Preview {
    let count = |effect, at_once| all.iter().filter(|one| one.effect == effect && one.at_once == at_once).count();
    Preview {
        people,
        must_enrol_at_once: count(Effect::MustEnrol, true),
        must_enrol_later: count(Effect::MustEnrol, false),
        locked_out_at_once: count(Effect::LockedOut, true),
        locked_out_later: count(Effect::LockedOut, false),
        administrators: all.iter().filter(|one| one.administrator).map(|one| one.user).collect(),
        total: all.len(),
        ..Preview::default()
    }
}

fn named(tx: &mut Tx<'_>, page: Vec<Concerned>) -> Result<Vec<Short>> {
    let ids: Vec<UserId> = page.iter().map(|one| one.user).collect();
    let called = rows::called(tx, &ids)?.into_iter().map(|(id, name, display, email)| (id, (name, display, email)));
    let mut called: HashMap<_, _> = called.collect();
    let one = |concerned: Concerned| {
        let (user_name, display_name, email) = called.remove(&concerned.user).unwrap_or_default();
        Short { concerned, user_name, display_name, email }
    };
    Ok(page.into_iter().map(one).collect())
}

/// The body is the policy itself, which stands below `mfa` among the settings.
fn seen_from_the_policy(error: Error) -> Error {
    let outer = Segment::from("mfa");
    let lifted = |fault: Fault| Fault {
        location: fault.location.into_iter().filter(|segment| *segment != outer).collect(),
        ..fault
    };
    match error {
        Error::Unprocessable(faults) => Error::Unprocessable(faults.into_iter().map(lifted).collect()),
        other => other,
    }
}
