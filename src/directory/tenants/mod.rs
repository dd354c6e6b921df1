//! Tenants: whose data is kept apart from whose.

mod change;
mod remove;

use serde_json::{Map, Value};

use crate::access::{Actor, Permit, Span, TenantsRead, TenantsWrite, WidePermit, decide_widely};
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::{PartnerId, TenantId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Tx, partners as partner_rows, tenants as rows};

pub use crate::store::tenants::Tenant;
pub use change::{LimitsChange, TenantChange, change, set_limits};
pub use remove::remove;

use super::Directory;
use scim_core::error::Invalid;

/// The slug of the tenant in which the first owner of the platform lives. It is reserved: it is not deleted, suspended or
/// renamed, and no connection, provider or application is made in it (IR-1).
pub const PLATFORM: &str = "platform";

/// What a tenant is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its short name, unique over the installation.
    pub slug: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The partner who looks after it. Whoever may make tenants of one partner alone need not name it.
    pub partner: Option<PartnerId>,
}

/// Makes a tenant.
///
/// # Errors
/// [`Error::Invalid`] for a slug that is none, [`Error::Taken`] for one in use; [`Error::Missing`] for a partner that the
/// permit does not reach; [`Error::Conflict`] for the slug of the platform's tenant, which the program makes.
pub async fn create(directory: &Directory, permit: &WidePermit<TenantsWrite>, cx: &Cx, draft: Draft) -> Result<Tenant> {
    let mut tenant = new(directory, cx, &draft.slug)?;
    if !matches!(permit.actor(), Actor::System(_)) {
        not_reserved(&tenant)?;
    }
    tenant.name = draft.name.as_deref().map(judge_name).transpose()?;
    tenant.partner_id = partner_of(permit.span(), draft.partner)?;
    let (actor, cx, made) = (permit.actor().clone(), cx.clone(), tenant.clone());
    directory
        .store
        .write(move |tx| {
            stands(tx, made.partner_id)?;
            add(tx, &actor, &cx, &made)
        })
        .await?;
    Ok(tenant)
}

/// The partner of a new tenant: the one that is named, if it is in reach, else the only one that is.
fn partner_of(span: &Span, named: Option<PartnerId>) -> Result<Option<PartnerId>> {
    let Span::Within { partners, .. } = span else { return Ok(named) };
    match (named, partners.as_slice()) {
        (Some(named), _) if partners.contains(&named) => Ok(Some(named)),
        (Some(_), _) => Err(Error::Missing("partner")),
        (None, [only]) => Ok(Some(*only)),
        (None, []) => Err(Error::LacksScope),
        (None, _) => Err(Error::Invalid(Invalid::value("partner_id", "is required: you may make tenants of several"))),
    }
}

fn stands(tx: &mut Tx<'_>, partner: Option<PartnerId>) -> Result<()> {
    match partner.map(|partner| partner_rows::find(tx, partner)).transpose()? {
        Some(None) => Err(Error::Missing("partner")),
        Some(Some(_)) | None => Ok(()),
    }
}

/// One page of the tenants in reach, by slug, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    directory: &Directory,
    permit: &WidePermit<TenantsRead>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Tenant>, i64)> {
    let span = permit.span().clone();
    directory.store.read(move |tx| rows::page(tx, &span, offset, limit)).await
}

/// The tenant that the permit holds in.
///
/// # Errors
/// [`Error::Missing`] when it is gone.
pub async fn find(directory: &Directory, permit: &Permit<TenantsRead>) -> Result<Tenant> {
    permit.whole()?;
    let id = permit.tenant();
    directory.store.read_one(move |tx| rows::of_id(tx, id)?.ok_or(Error::Missing("tenant"))).await
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

/// Asks that whoever holds the permit may do the same in every tenant, for what decides between them.
fn platform_only(permit: &Permit<TenantsWrite>) -> Result<()> {
    decide_widely::<TenantsWrite>(permit.actor())?.everywhere()
}

/// Refuses what does not belong into the tenant of the platform.
///
/// # Errors
/// [`Error::Conflict`] with the code `reserved`.
pub(super) fn not_platform(tx: &mut Tx<'_>, id: TenantId) -> Result<()> {
    match rows::of_id(tx, id)? {
        Some(tenant) => not_reserved(&tenant),
        None => Err(Error::Missing("tenant")),
    }
}

fn not_reserved(tenant: &Tenant) -> Result<()> {
    if tenant.slug == PLATFORM {
        return Err(Error::conflict("reserved", "the tenant of the platform is reserved"));
    }
    Ok(())
}

/// Refuses a short name that could not stand in a path.
///
/// # Errors
/// [`Error::Invalid`] when it is none.
pub(super) fn judge_slug(slug: &str) -> Result<()> {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let first = slug.chars().next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    if !first || slug.len() > 63 || slug.ends_with('-') || !slug.chars().all(allowed) {
        return Err(Error::Invalid(Invalid::value(
            "slug",
            "must be 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -",
        )));
    }
    Ok(())
}

pub(super) fn judge_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        let detail = "must be 1 to 200 characters without control characters";
        return Err(Error::Invalid(Invalid::value("name", detail)));
    }
    Ok(name.to_owned())
}

pub(super) fn new(directory: &Directory, cx: &Cx, slug: &str) -> Result<Tenant> {
    judge_slug(slug)?;
    // In a path, {t} is an id or a slug: one that reads as an id would never be found.
    if slug.parse::<TenantId>().is_ok() {
        return Err(Error::Invalid(Invalid::value("slug", "must not be a UUID")));
    }
    Ok(Tenant::new(TenantId::new(cx.now, directory.sources.random()?), slug.to_owned(), cx.now))
}

pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tenant: &Tenant) -> Result<()> {
    rows::insert(tx, tenant)?;
    let author = Author { actor, cx, tenant: tenant.id };
    record(tx, author, Operation::Create, None, Some(tenant))
}

fn record(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    operation: Operation,
    before: Option<&Tenant>,
    after: Option<&Tenant>,
) -> Result<()> {
    let Some(subject) = before.or(after) else { return Ok(()) };
    let change = Change {
        resource_type: "Tenant",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&before.map(settings).unwrap_or_default(), &after.map(settings).unwrap_or_default()),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}

fn settings(tenant: &Tenant) -> Map<String, Value> {
    let limits = tenant.limits;
    let mut settings = Map::new();
    settings.insert("slug".to_owned(), Value::from(tenant.slug.as_str()));
    settings.extend(tenant.name.as_deref().map(|name| ("name".to_owned(), Value::from(name))));
    settings.extend(tenant.partner_id.map(|partner| ("partner".to_owned(), Value::from(partner.to_string()))));
    settings.extend(tenant.suspended.then(|| ("suspended".to_owned(), Value::from(true))));
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
