//! Partners: whoever looks after several tenants. Only administrators of the platform see and change them.

use serde_json::{Map, Value, json};

use crate::access::{Actor, PartnersRead, PartnersWrite, Tier, WidePermit};
use crate::context::Cx;
use crate::error::{Error, Reason, Result};
use crate::ids::{PartnerId, SubjectId, TenantId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Tx, partners as rows, tenants as tenant_rows};

pub use crate::store::partners::Partner;

use super::tenants::{PLATFORM, judge_name, judge_slug};
use super::{Directory, grants};

/// One page of the partners, by slug, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    directory: &Directory,
    permit: &WidePermit<PartnersRead>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Partner>, i64)> {
    permit.everywhere()?;
    directory.store.read(move |tx| rows::page(tx, offset, limit)).await
}

/// The partner of that id.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, permit: &WidePermit<PartnersRead>, id: PartnerId) -> Result<Partner> {
    permit.everywhere()?;
    directory.store.read_one(move |tx| rows::find(tx, id)?.ok_or(Error::Missing("partner"))).await
}

/// Asks that there is a partner of that id.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn check(directory: &Directory, permit: &WidePermit<PartnersWrite>, id: PartnerId) -> Result<()> {
    permit.everywhere()?;
    directory.store.read_one(move |tx| rows::find(tx, id)?.map(drop).ok_or(Error::Missing("partner"))).await
}

/// Makes a partner.
///
/// # Errors
/// [`Error::Taken`] for a slug in use; [`Error::Invalid`] for a slug or name that is none.
pub async fn create(
    directory: &Directory,
    permit: &WidePermit<PartnersWrite>,
    cx: &Cx,
    slug: &str,
    name: &str,
) -> Result<Partner> {
    permit.everywhere()?;
    judge_slug(slug)?;
    let id = PartnerId::new(cx.now, directory.sources.random()?);
    let fresh = Partner { id, slug: slug.to_owned(), name: judge_name(name)?, created: cx.now };
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            rows::insert(tx, &fresh)?;
            record(tx, permit.actor(), &cx, None, Some(&fresh))?;
            Ok(fresh.clone())
        })
        .await
}

/// Gives a partner another name.
///
/// # Errors
/// [`Error::Missing`] when there is none of that id; [`Error::Invalid`] for a name that is none.
pub async fn rename(
    directory: &Directory,
    permit: &WidePermit<PartnersWrite>,
    cx: &Cx,
    id: PartnerId,
    name: Option<&str>,
) -> Result<Partner> {
    permit.everywhere()?;
    let name = name.map(judge_name).transpose()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let before = rows::find(tx, id)?.ok_or(Error::Missing("partner"))?;
            let after = Partner { name: name.clone().unwrap_or_else(|| before.name.clone()), ..before.clone() };
            if after != before {
                rows::update(tx, id, &after.name)?;
                record(tx, permit.actor(), &cx, Some(&before), Some(&after))?;
            }
            Ok(after)
        })
        .await
}

/// Deletes a partner who looks after no tenant. Roles over the partner go with it.
///
/// # Errors
/// [`Error::Missing`] when there is none of that id; [`Error::Conflict`] while it has tenants.
pub async fn remove(directory: &Directory, permit: &WidePermit<PartnersWrite>, cx: &Cx, id: PartnerId) -> Result<()> {
    permit.everywhere()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let before = rows::find(tx, id)?.ok_or(Error::Missing("partner"))?;
            let tenants = rows::tenants(tx, id)?;
            if tenants > 0 {
                let detail = "the partner looks after tenants: give them to another one first";
                return Err(Error::Conflict(Reason::new("in_use", detail).with("tenants", tenants)));
            }
            grants::forget_scope(tx, permit.actor(), &cx, Tier::Partner, SubjectId::from(id.uuid()))?;
            rows::delete(tx, id)?;
            record(tx, permit.actor(), &cx, Some(&before), None)
        })
        .await
}

fn recorded(partner: &Partner) -> Map<String, Value> {
    json!({ "slug": partner.slug, "name": partner.name }).as_object().cloned().unwrap_or_default()
}

fn record(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, before: Option<&Partner>, after: Option<&Partner>) -> Result<()> {
    let Some(subject) = before.or(after) else { return Ok(()) };
    let operation = match (before, after) {
        (None, _) => Operation::Create,
        (Some(_), Some(_)) => Operation::Update,
        (Some(_), None) => Operation::Delete,
    };
    let values = |partner: Option<&Partner>| partner.map(recorded).unwrap_or_default();
    let change = Change {
        resource_type: "Partner",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&values(before), &values(after)),
        identity_source: None,
        reason: None,
    };
    let tenant = home(tx, actor)?;
    journal::record(tx, Author { actor, cx, tenant }, change)
}

/// Where the record of something is kept that belongs to no tenant: with its author, else with the platform.
fn home(tx: &mut Tx<'_>, actor: &Actor) -> Result<TenantId> {
    if let Some(person) = actor.person() {
        return Ok(person.tenant);
    }
    let platform = tenant_rows::find(tx, PLATFORM)?;
    Ok(platform.map_or_else(|| TenantId::from(uuid::Uuid::nil()), |tenant| tenant.id))
}
