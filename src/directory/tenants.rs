//! Tenants: whose data is kept apart from whose.

use serde_json::{Map, Value};

use crate::access::Actor;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Tx, tenants as rows};

pub use crate::store::tenants::Tenant;

use super::Directory;
use scim_core::error::Invalid;

/// Makes a tenant.
///
/// # Errors
/// [`Error::Invalid`] for a slug that is none, [`Error::Taken`] for one in use.
pub async fn create(directory: &Directory, actor: &Actor, cx: &Cx, slug: &str) -> Result<Tenant> {
    operators_only(actor)?;
    let tenant = new(directory, cx, slug)?;
    let (actor, cx, made) = (actor.clone(), cx.clone(), tenant.clone());
    directory.store.write(move |tx| add(tx, &actor, &cx, &made)).await?;
    Ok(tenant)
}

/// All tenants, by slug.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, actor: &Actor) -> Result<Vec<Tenant>> {
    operators_only(actor)?;
    directory.store.read_one(rows::list).await
}

/// The tenant of that slug.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, actor: &Actor, slug: &str) -> Result<Tenant> {
    operators_only(actor)?;
    let slug = slug.to_owned();
    let found = directory.store.read_one(move |tx| rows::find(tx, &slug)).await?;
    found.ok_or(Error::Missing("tenant"))
}

/// Installation-wide work is the command line's and the jobs'.
pub(super) fn operators_only(actor: &Actor) -> Result<()> {
    match actor {
        Actor::System(_) => Ok(()),
        Actor::Connection(_) => Err(Error::Denied("only an operator of the installation may do this".to_owned())),
    }
}

pub(super) fn new(directory: &Directory, cx: &Cx, slug: &str) -> Result<Tenant> {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let first = slug.chars().next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    if !first || slug.len() > 63 || slug.ends_with('-') || !slug.chars().all(allowed) {
        return Err(Error::Invalid(Invalid::value(
            "slug",
            "must be 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -",
        )));
    }
    Ok(Tenant { id: TenantId::new(cx.now, directory.sources.random()?), slug: slug.to_owned(), created: cx.now })
}

pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tenant: &Tenant) -> Result<()> {
    rows::insert(tx, tenant)?;
    let mut after = Map::new();
    after.insert("slug".to_owned(), Value::from(tenant.slug.as_str()));
    let change = Change {
        resource_type: "Tenant",
        resource_id: tenant.id.to_string(),
        operation: Operation::Create,
        diff: journal::between(&Map::new(), &after),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor, cx, tenant: tenant.id }, change)
}
