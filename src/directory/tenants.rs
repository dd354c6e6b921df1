//! Tenants: whose data is kept apart from whose.

use serde_json::{Map, Value};

use crate::access::Actor;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Lock, Tx, limits as limit_rows, tenants as rows};

pub use crate::store::tenants::Tenant;

use super::Directory;
use super::limits::{LEAST_DOCUMENT_BYTES, Limits};
use scim_core::error::Invalid;

/// The short name of the tenant in which the first owners of the platform live.
pub const PLATFORM: &str = "platform";

/// Makes a tenant.
///
/// # Errors
/// [`Error::Invalid`] for a slug that is none, [`Error::Taken`] for one in use.
pub async fn create(directory: &Directory, actor: &Actor, cx: &Cx, slug: &str) -> Result<Tenant> {
    operators_only(actor)?;
    if slug == PLATFORM {
        return Err(Error::Taken("`platform` is the tenant of those who own the platform".to_owned()));
    }
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

/// Limits to change; the outer `None` leaves one as it is, the inner lifts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsChange {
    /// Users.
    pub users: Option<Option<i64>>,
    /// Groups.
    pub groups: Option<Option<i64>>,
    /// Members of a group.
    pub members: Option<Option<i64>>,
    /// Attributes of all schemas of the tenant's own, parts included.
    pub attributes: Option<Option<i64>>,
    /// Bytes of a resource as it is kept.
    pub document_bytes: Option<Option<i64>>,
}

impl LimitsChange {
    fn of(self, before: Limits) -> Limits {
        Limits {
            max_users: self.users.unwrap_or(before.max_users),
            max_groups: self.groups.unwrap_or(before.max_groups),
            max_members: self.members.unwrap_or(before.max_members),
            max_attributes: self.attributes.unwrap_or(before.max_attributes),
            max_document_bytes: self.document_bytes.unwrap_or(before.max_document_bytes),
        }
    }
}

/// Changes what a tenant may hold. What it holds already stays, be it more.
///
/// # Errors
/// [`Error::Missing`] when there is no tenant of that slug; [`Error::Invalid`] for a limit that is none.
pub async fn set(directory: &Directory, actor: &Actor, cx: &Cx, slug: &str, change: LimitsChange) -> Result<Tenant> {
    operators_only(actor)?;
    judge(change)?;
    let (actor, cx, slug) = (actor.clone(), cx.clone(), slug.to_owned());
    directory
        .store
        .write(move |tx| {
            let before = rows::find(tx, &slug)?.ok_or(Error::Missing("tenant"))?;
            // Those who are about to add wait, and then see the new limits.
            tx.lock(Lock::Tenant(before.id))?;
            let before = rows::find(tx, &slug)?.ok_or(Error::Missing("tenant"))?;
            let after = Tenant { limits: change.of(before.limits), ..before.clone() };
            if after != before {
                limit_rows::update(tx, after.id, after.limits)?;
                record(tx, &actor, &cx, Operation::Update, Some(&before), &after)?;
            }
            Ok(after)
        })
        .await
}

fn judge(change: LimitsChange) -> Result<()> {
    let counts = [change.users, change.groups, change.members, change.attributes];
    if counts.into_iter().flatten().flatten().any(|limit| limit < 0) {
        return Err(Error::Invalid(Invalid::value("limit", "must be a number from 0 on, or none")));
    }
    match change.document_bytes.flatten() {
        Some(limit) if limit < LEAST_DOCUMENT_BYTES => Err(Error::Invalid(Invalid::value(
            "max-document-bytes",
            format!("must be a number from {LEAST_DOCUMENT_BYTES} on, or none"),
        ))),
        _ => Ok(()),
    }
}

/// Installation-wide work is the command line's and the jobs'.
pub(super) fn operators_only(actor: &Actor) -> Result<()> {
    match actor {
        Actor::System(_) => Ok(()),
        Actor::Connection(_) | Actor::Person(_) | Actor::Application(_) => {
            Err(Error::Denied("only an operator of the installation may do this".to_owned()))
        }
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
    Ok(Tenant::new(TenantId::new(cx.now, directory.sources.random()?), slug.to_owned(), cx.now))
}

pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tenant: &Tenant) -> Result<()> {
    rows::insert(tx, tenant)?;
    record(tx, actor, cx, Operation::Create, None, tenant)
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    cx: &Cx,
    operation: Operation,
    before: Option<&Tenant>,
    after: &Tenant,
) -> Result<()> {
    let change = Change {
        resource_type: "Tenant",
        resource_id: after.id.to_string(),
        operation,
        diff: journal::between(&before.map(settings).unwrap_or_default(), &settings(after)),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor, cx, tenant: after.id }, change)
}

fn settings(tenant: &Tenant) -> Map<String, Value> {
    let limits = tenant.limits;
    let mut settings = Map::new();
    settings.insert("slug".to_owned(), Value::from(tenant.slug.as_str()));
    for (name, limit) in [
        ("maxUsers", limits.max_users),
        ("maxGroups", limits.max_groups),
        ("maxMembers", limits.max_members),
        ("maxAttributes", limits.max_attributes),
        ("maxDocumentBytes", limits.max_document_bytes),
    ] {
        settings.extend(limit.map(|limit| (name.to_owned(), Value::from(limit))));
    }
    settings
}
