//! `GET /admin/users/identity-source/mismatches` and its `POST .../fix`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{
    Actor, IdentitiesRead, IdentitySourceFix, Permission, PermissionType, Permit, Place, decide, decide_widely,
};
use crate::directory::mismatches::{self, Choice, Link, Listing, MOST_A_CALL, Mismatch, Summary, Verdict};
use crate::directory::{people, places};
use crate::error::{Error, Result};
use crate::http::rest::body::{self, Words};
use crate::http::rest::{Fields, Meta, Pagination, Parameters, present};
use crate::http::{Exchange, Reply};

use super::super::users::IdentitySource;

/// The longest slug or id of a tenant, in characters.
const LONGEST_NAME: usize = 100;

/// What a user's source, and so that of a change, is recorded as.
pub(in crate::admin::v1) const SOURCES: &Words<&str> =
    &[("LOCAL", "LOCAL"), ("OIDC", "OIDC"), ("SAML", "SAML"), ("SCIM", "SCIM"), ("LDAP", "LDAP")];

/// What to correct.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct MismatchFix {
    /// The tenant of the users: its id or slug.
    tenant_id: String,
    /// The users, at most 1,000; one named twice counts once.
    user_ids: Vec<String>,
    /// The source to record, where nothing else decides: one that claims the user.
    identity_source: Option<IdentitySource>,
    /// Whether only to tell what would be done.
    #[schema(required = false, default = false)]
    dry_run: bool,
}

/// A link of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct MismatchLink {
    protocol: String,
    #[schema(format = "uuid")]
    provider_id: Option<String>,
    provider: Option<String>,
    subject: Option<String>,
    #[schema(format = DateTime)]
    first_seen: String,
    #[schema(format = DateTime)]
    last_seen: String,
}

/// A user whose recorded source and links differ.
#[derive(Serialize, ToSchema)]
pub(super) struct MismatchItem {
    #[schema(format = "uuid")]
    user_id: String,
    #[schema(format = "uuid")]
    tenant_id: String,
    email: String,
    identity_source: String,
    links: Vec<MismatchLink>,
    /// `explained`, `fixable`, `ambiguous` or `protected`.
    verdict: &'static str,
    /// The source that should be recorded, where that is certain or was chosen.
    expected_source: Option<String>,
    reason: String,
    fixed: bool,
}

/// How many there are of each kind.
#[derive(Serialize, ToSchema)]
pub(super) struct MismatchSummary {
    mismatches: u64,
    fixable: u64,
    ambiguous: u64,
    protected: u64,
    fixed: u64,
    remaining: u64,
}

/// Users whose recorded source and links differ.
#[derive(Serialize, ToSchema)]
pub(super) struct MismatchReport {
    data: Vec<MismatchItem>,
    pagination: Pagination,
    summary: MismatchSummary,
    meta: Meta,
}

/// `GET`: finds, and with `fix=true` corrects.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let reads = decide_widely::<IdentitiesRead>(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let tenant = parameters.text("tenant_id", LONGEST_NAME);
    let fix = parameters.boolean("fix").unwrap_or(false) && !exchange.is_head;
    let explained = parameters.boolean("include_explained").unwrap_or(false);
    let paging = parameters.paging();
    let places = match &tenant {
        Some(tenant) => vec![places::find(directory, tenant).await?],
        None => places::within(directory, reads.span()).await?,
    };
    parameters.finish()?;
    if fix && !exchange.actor()?.holds(Permission::IdentitySourceFix) {
        return Err(Error::LacksScope);
    }
    // Whatever is refused is refused before anything is written.
    let readable = permits::<IdentitiesRead>(exchange.actor()?, &places)?;
    let correctable = if fix { permits(exchange.actor()?, &places)? } else { Vec::new() };
    let fixed = correct(&exchange, &correctable).await?;
    let (mut items, mut summary) = (Vec::new(), Summary::default());
    let listing = Listing { skip: paging.offset(), limit: u64::from(paging.per_page), explained };
    for mismatch in fixed {
        if summary.mismatches >= listing.skip && (items.len() as u64) < listing.limit {
            items.push(mismatch.clone());
        }
        summary.count(&mismatch);
    }
    for permit in &readable {
        mismatches::find(directory, permit, listing, &mut items, &mut summary).await?;
    }
    answer(&exchange, items, Pagination::of(paging, summary.mismatches), summary)
}

/// Permits for the whole of each of these tenants.
fn permits<P: PermissionType>(actor: &Actor, places: &[Place]) -> Result<Vec<Permit<P>>> {
    let whole = |place| decide(actor, place).and_then(|permit: Permit<P>| permit.whole().map(|()| permit));
    places.iter().map(whole).collect()
}

/// Corrects what can be corrected, up to what one call may.
async fn correct(exchange: &Exchange, permits: &[Permit<IdentitySourceFix>]) -> Result<Vec<Mismatch>> {
    let mut fixed = Vec::new();
    for permit in permits {
        let choice = Choice::Fixable { most: MOST_A_CALL - fixed.len() };
        fixed.extend(mismatches::fix(&exchange.services.directory, permit, &exchange.cx, choice).await?);
    }
    Ok(fixed)
}

/// `POST .../fix`: corrects chosen users.
pub(super) async fn fix(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let tenant = fields.required("tenant_id", body::text(1..=LONGEST_NAME));
    let users = fields.required("user_ids", body::list(MOST_A_CALL, body::uuid));
    let source = fields.nullable("identity_source", body::word(SOURCES)).value().map(str::to_owned);
    let dry_run = fields.optional("dry_run", body::boolean).unwrap_or(false);
    fields.finish()?;
    let directory = &exchange.services.directory;
    let place = places::find(directory, &present(tenant)?).await?;
    let permit = decide::<IdentitySourceFix>(exchange.actor()?, &place)?;
    let choice = Choice::Users { users: present(users)?, source, dry_run };
    let items = mismatches::fix(directory, &permit, &exchange.cx, choice).await?;
    let mut summary = Summary::default();
    items.iter().for_each(|mismatch| summary.count(mismatch));
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let pagination = Pagination { page: 1, per_page: count.max(1), total_items: count.into(), total_pages: 1 };
    answer(&exchange, items, pagination, summary)
}

fn answer(exchange: &Exchange, items: Vec<Mismatch>, pagination: Pagination, summary: Summary) -> Result<Reply> {
    let report = MismatchReport {
        data: items.into_iter().map(item).collect(),
        pagination,
        summary: MismatchSummary {
            mismatches: summary.mismatches,
            fixable: summary.fixable,
            ambiguous: summary.ambiguous,
            protected: summary.protected,
            fixed: summary.fixed,
            remaining: summary.remaining(),
        },
        meta: Meta::of(&exchange.cx),
    };
    let body = serde_json::to_vec(&report).map_err(Error::internal)?;
    Ok(Reply::new(200, "application/json", body))
}

fn item(mismatch: Mismatch) -> MismatchItem {
    debug_assert!(mismatch.judgement.verdict != Verdict::Agrees, "what agrees is not listed");
    MismatchItem {
        email: people::shown_email(mismatch.email.as_deref(), &mismatch.user_name, mismatch.user),
        user_id: mismatch.user.to_string(),
        tenant_id: mismatch.tenant.to_string(),
        identity_source: mismatch.recorded,
        links: mismatch.links.into_iter().map(link).collect(),
        verdict: mismatch.judgement.verdict.as_str(),
        expected_source: mismatch.judgement.expected,
        reason: mismatch.judgement.reason,
        fixed: mismatch.fixed,
    }
}

fn link(Link { identity, provider }: Link) -> MismatchLink {
    MismatchLink {
        protocol: identity.protocol,
        provider_id: identity.provider_id.map(|id| id.to_string()),
        provider,
        subject: identity.subject,
        first_seen: identity.first_seen.to_string(),
        last_seen: identity.last_seen.to_string(),
    }
}
