//! A new user.

use serde_json::Map;

use crate::access::{Permit, Profile, UsersWrite};
use crate::context::Cx;
use crate::directory::{Directory, limits, links, names, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::identities;
use crate::store::users as rows;

use super::{Draft, User, Want, completed, index_of, judge_manager, manager_value};

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
    let user_name = row.user_name.clone();
    let (work, permit, cx) = (directory.clone(), permit.clone(), cx.clone());
    let made = directory
        .store
        .write(move |tx| {
            limits::document(&limits::one_more_user(tx, viewer.tenant)?, &row.document)?;
            if profile.is_some_and(Profile::checks_managers) {
                judge_manager(tx, viewer, manager_value(&row.document))?;
            }
            let seq = rows::insert(tx, viewer.tenant, &row)?;
            rows::insert_index(tx, &index_of(work.user_type(), seq, &row.document))?;
            if let Some(link) = &link {
                identities::insert(tx, link)?;
            }
            let user = User::from_seen(rows::Seen {
                user: row.clone(),
                link: link.as_ref().map(|link| rows::Link { external_id: link.subject.clone(), hidden: false }),
            });
            let change = Change {
                resource_type: "User",
                resource_id: user.id.to_string(),
                operation: Operation::Create,
                diff: journal::between(&Map::new(), &user.recorded()),
                identity_source: Some(&user.identity_source),
                reason: None,
            };
            journal::record(tx, Author { actor: permit.actor(), cx: &cx, tenant: viewer.tenant }, change)?;
            completed(tx, viewer, Want { groups: false }, user)
        })
        .await;
    match made {
        Err(Error::Taken(detail)) => Err(explain(directory, viewer, user_name, detail).await),
        made => made,
    }
}

/// Says more of a taken name when the one who asks cannot find its holder.
async fn explain(directory: &Directory, viewer: rows::Viewer, user_name: String, detail: String) -> Error {
    let name = user_name.clone();
    let holder = directory.store.read_one(move |tx| rows::holder(tx, viewer, &name)).await;
    let told = holder.ok().flatten().and_then(|holder| links::describe_holder(viewer, &holder, &user_name));
    Error::Taken(told.unwrap_or(detail))
}
