//! A new user.

use std::sync::Arc;

use scim_core::unique_values::{self, UniqueValue};
use serde_json::Map;

use crate::access::{Permit, Profile, UsersWrite};
use crate::context::Cx;
use crate::directory::accounts::status::{Activation, Facts};
use crate::directory::accounts::{self, Email, Note};
use crate::directory::{Directory, limits, links, names, settings, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Operation};
use crate::notify::Purpose;
use crate::store::identities::{self, Identity};
use crate::store::login_ids::Login;
use crate::store::users::{self as rows, Viewer};
use crate::store::{Tx, schemas, unique};

use super::{Beginning, Changed, Draft, Manager, User, beginning, index_of, judge_manager, manager_of, manager_value};

/// Makes a user, by whatever door. A connection's is linked with it, and its account is in use at once.
///
/// # Errors
/// [`Error::Taken`] when the name is in use, be it by a user that the connection does not see, or as an e-mail; or when
/// the e-mail was asked for in so many words and is in use; [`Error::Invalid`] for a name that is none;
/// [`Error::Denied`] when the user would get permissions by its groups or org unit that whoever makes it does not have.
pub async fn create(
    directory: &Directory,
    permit: &Permit<UsersWrite>,
    cx: &Cx,
    draft: Draft,
    beginning: Beginning,
) -> Result<Changed> {
    let profile = permit.connection().map(|actor| actor.connection.profile);
    names::judge_user_name(&draft.user_name, profile.is_some_and(Profile::keeps_bidi_rule))?;
    names::judge_external_id(draft.external_id.as_deref())?;
    beginning::judge(permit, &beginning)?;
    let first = New::of(directory, permit, cx, draft.clone(), beginning.clone())?;
    match make(directory, New { may_wait: true, ..first }).await? {
        Made::As(changed) => Ok(*changed),
        // Only its tenant's row says so, which is read in the transaction; then all that follows from it is made anew.
        Made::Waits(activation, mail) => {
            let beginning = Beginning { activation, mail, ..beginning };
            match make(directory, New::of(directory, permit, cx, draft, beginning)?).await? {
                Made::As(changed) => Ok(*changed),
                Made::Waits(..) => Err(Error::internal("a user waits who was not to be asked")),
            }
        }
    }
}

/// What became of a new user.
enum Made {
    /// It is there.
    As(Box<Changed>),
    /// Nothing is written: the tenant wants it to wait for something, and to be written to about that.
    Waits(Activation, Option<Purpose>),
}

async fn make(directory: &Directory, new: New) -> Result<Made> {
    let new = Arc::new(new);
    let work = Arc::clone(&new);
    let written = directory.store.write(move |tx| work.write(tx)).await;
    let New { user, viewer, .. } =
        Arc::try_unwrap(new).map_err(|_| Error::internal("a user is written and still held"))?;
    match written {
        Ok(Written::There(manager, notes)) => {
            let email = user.email.filter(|_| !notes.contains(&Note::EmailParked));
            let user = User { manager, email, ..user };
            Ok(Made::As(Box::new(Changed { user, changed: true, notes, overruled: None })))
        }
        Ok(Written::Waits(activation, mail)) => Ok(Made::Waits(activation, mail)),
        Err(Error::Taken(detail)) => Err(explain(directory, viewer, user.user_name().to_owned(), detail).await),
        Err(error) => Err(error),
    }
}

/// A new user with all that its transaction writes: made before, because only one transaction at a time can write.
struct New {
    user: User,
    permit: Permit<UsersWrite>,
    cx: Cx,
    viewer: Viewer,
    row: rows::New,
    index: Vec<rows::IndexRow>,
    unique: Vec<UniqueValue>,
    logins: Vec<Login>,
    link: Option<Identity>,
    record: journal::Record,
    beginning: Beginning,
    /// Whether an e-mail that is in use refuses it all.
    insists: bool,
    /// Whether the tenant is to be asked what new users wait for.
    may_wait: bool,
}

/// What came of the transaction.
enum Written {
    /// The manager, if the document names one that exists, and what was asked for and is not so.
    There(Option<Manager>, Vec<Note>),
    /// As [`Made::Waits`].
    Waits(Activation, Option<Purpose>),
}

impl New {
    fn of(
        directory: &Directory,
        permit: &Permit<UsersWrite>,
        cx: &Cx,
        draft: Draft,
        beginning: Beginning,
    ) -> Result<Self> {
        let viewer = view::viewer(permit);
        let (external_id, insists) = (draft.external_id.clone(), matches!(draft.email, Email::Is(_)));
        let row = row(directory, permit, cx, draft, &beginning)?;
        let link = match permit.connection() {
            Some(actor) => Some(links::new(directory, cx, row.id, &actor.connection, external_id)?),
            None => None,
        };
        let ready = rows::New::of(viewer.tenant, &row)?.waiting(beginning.activation.as_str());
        let logins = accounts::logins(viewer.tenant, row.id, &row.user_name, row.email.as_deref());
        let seen = link.as_ref().map(|link| rows::Link { external_id: link.subject.clone(), hidden: false });
        let user = User::from_seen(rows::Seen { user: row, link: seen });
        let types = permit.types();
        let record = record(permit, cx, &user)?;
        let index = index_of(&types.user, 0, &user.document);
        let unique = unique_values::values(&types.user, &user.document);
        let (permit, cx) = (permit.clone(), cx.clone());
        Ok(Self {
            user,
            permit,
            cx,
            viewer,
            row: ready,
            index,
            unique,
            logins,
            link,
            record,
            beginning,
            insists,
            may_wait: false,
        })
    }

    /// Writes it all.
    fn write(&self, tx: &mut Tx<'_>) -> Result<Written> {
        let (viewer, user) = (self.viewer, &self.user);
        // First what may take the tenant's row for itself alone: who shares it already could wait for another such.
        let tenant = limits::one_more_user(tx, viewer.tenant)?;
        limits::document(&tenant.limits, &user.document)?;
        if self.may_wait
            && let Some((activation, mail)) =
                beginning::waits(settings::new_users(&tenant.settings)?, &self.permit, &self.beginning)
        {
            return Ok(Written::Waits(activation, mail));
        }
        schemas::keep(tx, viewer.tenant, self.permit.types().version)?;
        let manager = manager_value(&user.document);
        if self.permit.connection().is_some_and(|actor| actor.connection.profile.checks_managers()) {
            judge_manager(tx, viewer, manager)?;
        }
        let seq = rows::insert(tx, &self.row)?;
        rows::insert_index(tx, &rows::numbered(&self.index, seq))?;
        unique::replace(tx, "User", user.id.uuid(), &self.unique, true)?;
        if let Some(link) = &self.link {
            identities::insert(tx, link)?;
        }
        let parked = self.reserve(tx)?;
        self.record.write(tx)?;
        let author = Author { actor: self.permit.actor(), cx: &self.cx, tenant: viewer.tenant };
        beginning::write(tx, &self.permit, author, user.id, &self.beginning)?;
        let notes = parked.into_iter().chain(self.held()).collect();
        Ok(Written::There(manager_of(tx, viewer, manager)?, notes))
    }

    /// A connection that did not disable its user takes it for active.
    fn held(&self) -> Option<Note> {
        let waits = self.link.is_some() && self.beginning.activation != Activation::Done;
        (waits && self.user.active != Some(false)).then_some(Note::Held)
    }

    /// Takes the logins. An e-mail that only follows from the document is left out when somebody has it.
    fn reserve(&self, tx: &mut Tx<'_>) -> Result<Option<Note>> {
        if accounts::reserve(tx, &self.logins, self.user.user_name())? {
            return Ok(None);
        }
        let email = self.user.email.as_deref().unwrap_or_default();
        if self.insists {
            return Err(accounts::email_taken(email));
        }
        accounts::park_taken(tx, self.user.id, email)?;
        Ok(Some(Note::EmailParked))
    }
}

/// The row of a new user: what its draft says, and what that comes to for the account.
fn row(
    directory: &Directory,
    permit: &Permit<UsersWrite>,
    cx: &Cx,
    draft: Draft,
    beginning: &Beginning,
) -> Result<rows::User> {
    let connection = permit.connection().map(|actor| actor.connection.id);
    let source_active = connection.is_none() || draft.active != Some(false);
    let status = Facts { activation: beginning.activation, source_active, ..Facts::default() }.status(cx.now);
    Ok(rows::User {
        seq: 0,
        id: UserId::new(cx.now, directory.sources.random()?),
        active: if connection.is_some() { draft.active } else { Some(status.shows_active()) },
        identity_source: if connection.is_some() { identities::SCIM } else { "LOCAL" }.to_owned(),
        created_by: connection,
        version: 1,
        created: cx.now,
        modified: cx.now,
        email: match draft.email {
            Email::Follows => accounts::primary(&draft.document).map(str::to_owned),
            Email::Is(email) => email,
        },
        source_active,
        status: status.to_string(),
        user_name: draft.user_name,
        document: draft.document,
    })
}

fn record(permit: &Permit<UsersWrite>, cx: &Cx, user: &User) -> Result<journal::Record> {
    let change = Change {
        resource_type: "User",
        resource_id: user.id.to_string(),
        operation: Operation::Create,
        diff: journal::between(&Map::new(), &user.recorded()).without_values_of(permit.types().user.secrets()),
        identity_source: Some(&user.identity_source),
        reason: None,
    };
    journal::Record::of(Author { actor: permit.actor(), cx, tenant: permit.tenant() }, change)
}

/// Says more of a taken name when the one who asks cannot find its holder.
async fn explain(directory: &Directory, viewer: rows::Viewer, user_name: String, detail: String) -> Error {
    let name = user_name.clone();
    let holder = directory.store.read_one(move |tx| rows::holder(tx, viewer, &name)).await;
    let told = holder.ok().flatten().and_then(|holder| links::describe_holder(viewer, &holder, &user_name));
    Error::Taken(told.unwrap_or(detail))
}
