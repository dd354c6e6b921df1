//! A new user.

use std::sync::Arc;

use scim_core::unique_values::{self, UniqueValue};
use serde_json::Map;

use crate::access::{Permit, Profile, Types, UsersWrite};
use crate::context::Cx;
use crate::directory::{Directory, limits, links, names, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::identities::{self, Identity};
use crate::store::users::{self as rows, Viewer};
use crate::store::{Tx, schemas, unique};

use super::{Draft, Manager, User, index_of, judge_manager, manager_of, manager_value};

/// Makes a user, linked with the connection that makes it.
///
/// # Errors
/// [`Error::Taken`] when the name is in use, be it by a user that the connection does not see; [`Error::Invalid`] for a
/// name that is none.
pub async fn create(directory: &Directory, permit: &Permit<UsersWrite>, cx: &Cx, draft: Draft) -> Result<User> {
    let connection = permit.connection().map(|actor| actor.connection.clone());
    let profile = connection.as_ref().map(|connection| connection.profile);
    names::judge_user_name(&draft.user_name, profile.is_some_and(Profile::keeps_bidi_rule))?;
    names::judge_external_id(draft.external_id.as_deref())?;
    let viewer = view::viewer(permit);
    let row = rows::User {
        seq: 0,
        id: UserId::new(cx.now, directory.sources.random()?),
        user_name: draft.user_name,
        active: draft.active,
        identity_source: if connection.is_some() { identities::SCIM } else { "LOCAL" }.to_owned(),
        created_by: viewer.connection,
        version: 1,
        document: draft.document,
        created: cx.now,
        modified: cx.now,
    };
    let link = match &connection {
        Some(connection) => Some(links::new(directory, cx, row.id, connection, draft.external_id)?),
        None => None,
    };
    let author = Author { actor: permit.actor(), cx, tenant: viewer.tenant };
    let new = Arc::new(New::of(Arc::clone(permit.types()), author, row, link)?);
    let work = Arc::clone(&new);
    let checks_manager = profile.is_some_and(Profile::checks_managers);
    let made = directory.store.write(move |tx| work.write(tx, viewer, checks_manager)).await;
    let New { user, new_name, .. } =
        Arc::try_unwrap(new).map_err(|_| Error::internal("a user is written and still held"))?;
    match made {
        Err(Error::Taken(detail)) => Err(explain(directory, viewer, new_name, detail).await),
        made => Ok(User { manager: made?, ..user }),
    }
}

/// A new user with all that its transaction writes: made before, because only one transaction at a time can write.
struct New {
    user: User,
    new_name: String,
    row: rows::New,
    types: Arc<Types>,
    index: Vec<rows::IndexRow>,
    unique: Vec<UniqueValue>,
    link: Option<Identity>,
    record: journal::Record,
}

impl New {
    fn of(types: Arc<Types>, author: Author<'_>, row: rows::User, link: Option<Identity>) -> Result<Self> {
        let (ready, new_name) = (rows::New::of(author.tenant, &row)?, row.user_name.clone());
        let seen = link.as_ref().map(|link| rows::Link { external_id: link.subject.clone(), hidden: false });
        let user = User::from_seen(rows::Seen { user: row, link: seen });
        let change = Change {
            resource_type: "User",
            resource_id: user.id.to_string(),
            operation: Operation::Create,
            diff: journal::between(&Map::new(), &user.recorded()).without_values_of(types.user.secrets()),
            identity_source: Some(&user.identity_source),
            reason: None,
        };
        let record = journal::Record::of(author, change)?;
        let index = index_of(&types.user, 0, &user.document);
        let unique = unique_values::values(&types.user, &user.document);
        Ok(Self { user, new_name, row: ready, types, index, unique, link, record })
    }

    /// Writes it all; answers the manager, if the document names one that exists.
    fn write(&self, tx: &mut Tx<'_>, viewer: Viewer, checks_manager: bool) -> Result<Option<Manager>> {
        // First what may take the tenant's row for itself alone: who shares it already could wait for another such.
        limits::document(&limits::one_more_user(tx, viewer.tenant)?, &self.user.document)?;
        schemas::keep(tx, viewer.tenant, self.types.version)?;
        let manager = manager_value(&self.user.document);
        if checks_manager {
            judge_manager(tx, viewer, manager)?;
        }
        let seq = rows::insert(tx, &self.row)?;
        rows::insert_index(tx, &rows::numbered(&self.index, seq))?;
        unique::replace(tx, "User", self.user.id.uuid(), &self.unique, true)?;
        if let Some(link) = &self.link {
            identities::insert(tx, link)?;
        }
        self.record.write(tx)?;
        manager_of(tx, viewer, manager)
    }
}

/// Says more of a taken name when the one who asks cannot find its holder.
async fn explain(directory: &Directory, viewer: rows::Viewer, user_name: String, detail: String) -> Error {
    let name = user_name.clone();
    let holder = directory.store.read_one(move |tx| rows::holder(tx, viewer, &name)).await;
    let told = holder.ok().flatten().and_then(|holder| links::describe_holder(viewer, &holder, &user_name));
    Error::Taken(told.unwrap_or(detail))
}
