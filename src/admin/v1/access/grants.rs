//! Grants: who has which roles, and how far they reach.

use crate::access::{GrantsWrite, RolesRead, Tier};
use crate::directory::grants::{self, Draft, Filter, Reaching, Subject};
use crate::error::{Error, Result};
use crate::http::rest::body::{self, Words};
use crate::http::rest::{self, Fields, Parameters, present};
use crate::http::{Exchange, Looked, Reply};
use crate::ids::{GrantId, SubjectId, TenantId, UserId};
use uuid::Uuid;

use super::permit;
use super::shown::{EffectiveGrantResponse, GrantResponse};

/// What a role is granted to, by its word.
#[derive(Clone, Copy)]
enum Kind {
    User,
    Group,
    Unit,
}

const KINDS: &Words<Kind> = &[("user", Kind::User), ("group", Kind::Group), ("org_unit", Kind::Unit)];
const TIERS: &Words<Tier> =
    &[("platform", Tier::Platform), ("partner", Tier::Partner), ("tenant", Tier::Tenant), ("org_unit", Tier::Unit)];
/// The longest key of a role, in characters.
const ROLE: usize = 63;

/// `GET /tenants/{tenant_id}/grants`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<RolesRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let paging = parameters.paging();
    let (subject, role) = (parameters.id::<SubjectId>("subject_id"), parameters.text("role", ROLE));
    let (tier, scope) = (parameters.word("scope_type", TIERS), parameters.id::<SubjectId>("scope_id"));
    let scope = match (tier, scope) {
        (Some(Tier::Platform), None) => Some((Tier::Platform, Uuid::nil().into())),
        (Some(tier), Some(scope)) => Some((tier, scope)),
        (None, None) => None,
        (Some(_), None) => {
            parameters.refuse("scope_id", "missing", "is required with scope_type");
            None
        }
        (None, Some(_)) => {
            parameters.refuse("scope_type", "missing", "is required with scope_id");
            None
        }
    };
    parameters.finish()?;
    let offset = i64::try_from(paging.offset()).unwrap_or(i64::MAX);
    let window = (offset, i64::from(paging.per_page));
    let filter = Filter { subject, role, scope };
    let (listed, total) = grants::list(&exchange.services.directory, &permit, exchange.cx.now, filter, window).await?;
    let items = listed.into_iter().map(GrantResponse::of).collect();
    rest::page(&rest::Page { items, total: u64::try_from(total).unwrap_or(0) }, paging, &exchange.cx)
}

/// `POST /tenants/{tenant_id}/grants`.
pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<GrantsWrite>(&exchange).await?;
    let draft = draft(&exchange.body, permit.tenant())?;
    let granted = grants::grant(&exchange.services.directory, &permit, &exchange.cx, draft).await?;
    rest::data(201, &GrantResponse::fresh(&granted), &exchange.cx)
}

/// Reads what is to be granted; over the tenant of the path when nothing else is said.
fn draft(text: &[u8], tenant: TenantId) -> Result<Draft> {
    let mut fields = Fields::of_body(text)?;
    let subject = fields.required(
        "subject",
        body::object(|fields| {
            let (kind, id) = (fields.required("type", body::word(KINDS)), fields.required("id", body::uuid::<Uuid>));
            Some(subject(kind?, id?))
        }),
    );
    let role = fields.required("role", body::text(1..=ROLE));
    let scope = fields.nullable(
        "scope",
        body::object(|fields| {
            let (tier, id) = (fields.required("type", body::word(TIERS)), fields.nullable("id", body::uuid::<Uuid>));
            let scope = reaching(tier?, id.value(), tenant);
            if scope.is_none() {
                fields.refuse("id", "missing", "is required for this type");
            }
            scope
        }),
    );
    let expires = fields.nullable("expires_at", body::instant).value();
    fields.finish()?;
    Ok(Draft {
        subject: present(subject)?,
        role: present(role)?,
        scope: scope.value().unwrap_or(Reaching::Tenant(tenant)),
        expires,
        origin: "direct",
    })
}

fn subject(kind: Kind, id: Uuid) -> Subject {
    match kind {
        Kind::User => Subject::User(id.into()),
        Kind::Group => Subject::Group(id.into()),
        Kind::Unit => Subject::Unit(id.into()),
    }
}

/// `None` for a scope that lacks its id.
fn reaching(tier: Tier, id: Option<Uuid>, tenant: TenantId) -> Option<Reaching> {
    match tier {
        Tier::Platform => Some(Reaching::Platform),
        Tier::Partner => id.map(|id| Reaching::Partner(id.into())),
        Tier::Tenant => Some(Reaching::Tenant(id.map_or(tenant, TenantId::from))),
        Tier::Unit => id.map(|id| Reaching::Unit(id.into())),
    }
}

/// `DELETE /tenants/{tenant_id}/grants/{grant_id}`.
pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<GrantsWrite>(&exchange).await?;
    let id = rest::id::<GrantId>(&exchange, "grant_id", "grant")?;
    grants::revoke(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    Ok(Reply::empty(204))
}

/// `GET /tenants/{tenant_id}/users/{user_id}/grants`.
pub(super) async fn of_user(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<RolesRead>(&exchange).await?;
    let user = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let held = grants::effective(&exchange.services.directory, &permit, exchange.cx.now, user).await;
    let held = held.map_err(|error| match error {
        Error::Missing(_) => Error::Missing("user"),
        other => other,
    })?;
    exchange.note.within(permit.tenant());
    exchange.note.looked(Looked { user: Some(user), what: "grants", count: u64::try_from(held.len()).ok() });
    let shown: Vec<EffectiveGrantResponse> = held.into_iter().map(EffectiveGrantResponse::of).collect();
    rest::data(200, &shown, &exchange.cx)
}
