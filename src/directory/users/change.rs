//! A user changed: by replacement or by PATCH, which differ only in how the draft is made.

use std::sync::Arc;

use crate::access::{Actor, Connection, Permit, PersonActor, Profile, Types, UsersWrite};
use crate::context::Cx;
use crate::directory::accounts::{Outcome, Rewritten};
use crate::directory::schemas::write_unique;
use crate::directory::source_lock::{self, Overruled};
use crate::directory::units::Rehoming;
use crate::directory::{Directory, Precondition, adoption, limits, links, names, owners, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::users::{self as rows, Seen, Viewer};
use crate::store::{Lock, Tx, identities, schemas};

use super::{Changed, Draft, User, Want, completed, index_of, judge_manager, manager_value, recorded};

/// Makes the draft of a changed user from what it is. May be called more than once.
pub type Edit = Arc<dyn Fn(&User) -> Result<Draft> + Send + Sync>;

/// Changes a user. The first change by a connection that has no link with the user is its adoption.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach; [`Error::Stale`] for another version than expected;
/// [`Error::Denied`] when the connection may not adopt it; [`Error::Taken`] for a name in use; [`Error::Conflict`] with
/// `source_locked` for what the user's source alone may write; [`Error::StepUp`] when an e-mail, a name or a telephone number
/// is to change and the person who asks must first prove anew who they are; those of `edit`.
pub async fn change(
    directory: &Directory,
    permit: &Permit<UsersWrite>,
    cx: &Cx,
    id: &str,
    precondition: Precondition,
    want: Want,
    edit: Edit,
) -> Result<Changed> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    Work::by(directory, permit, cx).run((id, precondition), want, edit, None).await
}

/// Changes a user and moves it to another home, both or nothing.
///
/// # Errors
/// As [`change`]; those of whoever moves a user to an org unit.
pub async fn change_and_move(
    directory: &Directory,
    permit: &Permit<UsersWrite>,
    cx: &Cx,
    id: &str,
    edit: Edit,
    rehoming: Rehoming,
) -> Result<Changed> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    let whole = (id, Precondition::None);
    Work::by(directory, permit, cx).run(whole, Want { groups: false }, edit, Some(rehoming)).await
}

/// Changes the user who asks, which needs no permission.
///
/// # Errors
/// As [`change`].
pub async fn change_oneself(directory: &Directory, person: &PersonActor, cx: &Cx, edit: Edit) -> Result<Changed> {
    Work::of(directory, person, cx).run((person.user, Precondition::None), Want { groups: false }, edit, None).await
}

struct Work {
    directory: Directory,
    types: Arc<Types>,
    actor: Actor,
    /// What reaches the user; whoever changes themselves needs none.
    permit: Option<Permit<UsersWrite>>,
    cx: Cx,
    viewer: Viewer,
}

impl Work {
    fn by(directory: &Directory, permit: &Permit<UsersWrite>, cx: &Cx) -> Self {
        Self {
            directory: directory.clone(),
            types: Arc::clone(permit.types()),
            actor: permit.actor().clone(),
            permit: Some(permit.clone()),
            cx: cx.clone(),
            viewer: view::viewer(permit),
        }
    }

    fn of(directory: &Directory, person: &PersonActor, cx: &Cx) -> Self {
        Self {
            directory: directory.clone(),
            types: Arc::clone(&person.types),
            actor: Actor::Person(person.clone()),
            permit: None,
            cx: cx.clone(),
            viewer: Viewer { tenant: person.tenant, connection: None, own_only: false },
        }
    }

    async fn run(
        self,
        (id, precondition): (UserId, Precondition),
        want: Want,
        edit: Edit,
        rehoming: Option<Rehoming>,
    ) -> Result<Changed> {
        let (directory, cx) = (self.directory.clone(), self.cx.clone());
        let write = move |tx: &mut Tx<'_>| {
            match &rehoming {
                Some(rehoming) => rehoming.begin(tx)?,
                None => schemas::keep(tx, self.viewer.tenant, self.types.version)?,
            }
            tx.lock(Lock::User(id))?;
            let seen = self.find(tx, id)?;
            precondition.check(seen.user.version)?;
            let email = seen.user.email.clone();
            let changed = self.apply(tx, seen, &edit, want)?;
            if let Some(rehoming) = &rehoming {
                rehoming.write(tx, &self.cx, id)?;
            }
            if changed.user.email != email {
                owners::keep_email_apart(tx, id, changed.user.email.as_deref())?;
            }
            Ok(changed)
        };
        let written = directory.store.write(write).await;
        adoption::noted(&directory, &cx, written).await
    }

    fn author(&self) -> Author<'_> {
        Author { actor: &self.actor, cx: &self.cx, tenant: self.viewer.tenant }
    }

    fn connection(&self) -> Option<&Connection> {
        match &self.actor {
            Actor::Connection(actor) => Some(&actor.connection),
            Actor::Person(_) | Actor::Application(_) | Actor::System(_) => None,
        }
    }

    fn find(&self, tx: &mut Tx<'_>, id: UserId) -> Result<Seen> {
        match &self.permit {
            Some(permit) => view::user(tx, permit, id),
            None => rows::find(tx, self.viewer, id)?.ok_or(Error::Missing("User")),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>, seen: Seen, edit: &Edit, want: Want) -> Result<Changed> {
        let seen = self.adopt(tx, seen)?;
        let row = seen.user.clone();
        let before = User::from_seen(seen);
        let draft = self.without_foreign_active(edit(&before)?, &before);
        self.judge(tx, &before, &draft)?;
        let rewritten = Rewritten { author: self.author(), user: &row, draft: &draft };
        let outcome = rewritten.judge(tx)?;
        let after = recorded(&draft.document, draft.external_id.as_deref(), draft.active);
        let mut diff = journal::between(&before.recorded(), &after).without_values_of(self.types.user.secrets());
        let notes = outcome.notes.clone();
        if diff.is_empty() && !outcome.changes() {
            let user = completed(tx, self.viewer, want, before)?;
            return Ok(Changed { user, changed: false, notes, overruled: None });
        }
        let overruled = self.judge_source(tx, &row, &diff, &outcome)?;
        let (name, active) = (draft.user_name.clone(), draft.active);
        let row = rows::User { email: outcome.email(row.email), ..row };
        let user = self.write(tx, row, &before, draft)?;
        outcome.write(tx, self.author(), (&name, active), &mut diff)?;
        self.record(tx, &user, diff, overruled.as_ref())?;
        Ok(Changed { user: completed(tx, self.viewer, want, user)?, changed: true, notes, overruled })
    }

    /// Judges whether the user's source lets others write what is to change.
    fn judge_source(
        &self,
        tx: &mut Tx<'_>,
        user: &rows::User,
        diff: &Diff,
        outcome: &Outcome,
    ) -> Result<Option<Overruled>> {
        let email = outcome.moves_email().then_some("emails");
        let paths = diff.paths.iter().map(String::as_str).chain(email);
        source_lock::judge(tx, self.viewer.tenant, user, self.connection(), paths)
    }

    /// `active` is the provisioners' word: whoever else changes a user leaves it as it is.
    fn without_foreign_active(&self, draft: Draft, before: &User) -> Draft {
        if self.connection().is_some() { draft } else { Draft { active: before.active, ..draft } }
    }

    /// Links a user that the connection has no link with, or refuses to; answers what it sees from then on.
    fn adopt(&self, tx: &mut Tx<'_>, seen: Seen) -> Result<Seen> {
        let (Some(connection), None) = (self.connection(), &seen.link) else {
            return Ok(seen);
        };
        links::adopt(tx, &self.directory, self.author(), connection, &[seen.user.id])?;
        self.find(tx, seen.user.id)
    }

    /// Judges what the draft changes; what stays as it was is never refused.
    fn judge(&self, tx: &mut Tx<'_>, before: &User, draft: &Draft) -> Result<()> {
        let profile = self.connection().map(|connection| connection.profile);
        let old_name = before.document.get("userName").and_then(serde_json::Value::as_str);
        if old_name != Some(&draft.user_name) {
            names::judge_user_name(&draft.user_name, profile.is_some_and(Profile::keeps_bidi_rule))?;
        }
        if before.external_id != draft.external_id {
            names::judge_external_id(draft.external_id.as_deref())?;
        }
        limits::changed_document(tx, self.viewer.tenant, &before.document, &draft.document)?;
        let manager = manager_value(&draft.document);
        if profile.is_some_and(Profile::checks_managers) && manager != manager_value(&before.document) {
            judge_manager(tx, self.viewer, manager)?;
        }
        Ok(())
    }

    fn write(&self, tx: &mut Tx<'_>, row: rows::User, before: &User, draft: Draft) -> Result<User> {
        let changed = rows::User {
            user_name: draft.user_name,
            active: draft.active,
            version: row.version + 1,
            document: draft.document,
            modified: self.cx.now.max(row.modified.plus_micros(1)),
            ..row
        };
        rows::update(tx, &changed)?;
        if changed.document != before.document {
            let index = index_of(&self.types.user, changed.seq, &changed.document);
            rows::replace_index(tx, changed.seq, &index)?;
            write_unique(tx, &self.types.user, changed.id.uuid(), &changed.document, false)?;
        }
        if let Some(connection) = self.connection()
            && before.external_id != draft.external_id
        {
            identities::set_subject(tx, changed.id, connection.id, draft.external_id.as_deref(), self.cx.now)?;
        }
        let link = rows::Link { external_id: draft.external_id, hidden: false };
        Ok(User::from_seen(Seen { user: changed, link: Some(link) }))
    }

    fn record(&self, tx: &mut Tx<'_>, user: &User, diff: Diff, overruled: Option<&Overruled>) -> Result<()> {
        let change = Change {
            resource_type: "User",
            resource_id: user.id.to_string(),
            operation: Operation::Update,
            diff,
            identity_source: Some(&user.identity_source),
            reason: overruled.map(Overruled::reason),
        };
        journal::record(tx, self.author(), change)
    }
}
