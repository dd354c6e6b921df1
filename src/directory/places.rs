//! Where something is done: the tenant that a path or a user names. Finding it tells nobody that it exists; whether the
//! actor may know is decided with the permit.

use crate::access::{Place, Span};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::store::tenants as rows;

use super::Directory;

/// The tenant of that id or slug.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, id_or_slug: &str) -> Result<Place> {
    let (slug, id) = (id_or_slug.to_owned(), TenantId::in_any_case(id_or_slug));
    let found = directory.store.read_one(move |tx| rows::place(tx, &slug, id)).await?;
    place(directory, found.ok_or(Error::Missing("tenant"))?).await
}

/// The whole tenants that somebody reaches, by slug.
///
/// # Errors
/// [`Error::LacksScope`] when it can be none, but some org units at the most.
pub async fn within(directory: &Directory, span: &Span) -> Result<Vec<Place>> {
    if matches!(span, Span::Within { partners, tenants, .. } if partners.is_empty() && tenants.is_empty()) {
        return Err(Error::LacksScope);
    }
    let mut found = Vec::new();
    for (tenant, partner, schema_version) in directory.store.read(rows::places).await? {
        let reached = match span {
            Span::Everywhere => true,
            Span::Within { partners, tenants, units: _ } => {
                tenants.contains(&tenant) || partner.is_some_and(|partner| partners.contains(&partner))
            }
        };
        if reached {
            found.push(place(directory, (tenant, partner, schema_version)).await?);
        }
    }
    Ok(found)
}

/// The tenant of a user, deleted or not.
///
/// # Errors
/// [`Error::Missing`] when there is no such user.
pub async fn of_user(directory: &Directory, user: UserId) -> Result<Place> {
    let found = directory.store.read_one(move |tx| rows::place_of_user(tx, user)).await?;
    place(directory, found.ok_or(Error::Missing("user"))?).await
}

async fn place(directory: &Directory, (tenant, partner, schema_version): rows::Place) -> Result<Place> {
    Ok(Place { tenant, partner, types: directory.types(tenant, schema_version).await? })
}
