//! Users as administrators see them: who is in reach, filtered, sorted, in pages, over one tenant or many. The account is
//! read beside the document; nothing here writes.
//!
//! `reach::holds` is the one place where the reach of a permit becomes SQL. Every query of this module goes through it.

mod condition;
mod marks;
mod order;
mod pages;
mod reach;
mod units;

use diesel::prelude::*;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::conn::{MultiBackend, directly};
use super::schema::{
    application_assignment, connection, groups, identity, identity_provider, partner, password, session, users,
};
use super::tx::Tx;
use super::types::Document;
use super::{counters, users as user_rows};
use crate::access::Span;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ApplicationId, ConnectionId, GroupId, PartnerId, ProviderId, SessionId, SubjectId, TenantId, UserId};

pub use condition::{Filter, UnitFilter};
#[cfg(test)]
pub(in crate::store) use marks::behind;
pub use marks::{Having, by_marks, by_tenant, marked, reached_by_mail, to_remind};
pub use order::{Column, Order, STATUSES};
#[cfg(test)]
pub(in crate::store) use pages::queries;
pub use pages::{Window, page};
pub use reach::reached_tenants;
pub use units::{Home, Unit, homes, unit};

/// A user with its account.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The number that index rows use.
    pub seq: i64,
    /// The id.
    pub id: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// The name, as it was sent.
    pub user_name: String,
    /// Its display name.
    pub display_name: Option<String>,
    /// Where the user comes from.
    pub identity_source: String,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
    /// Whether it ever changed.
    pub version: i64,
    /// The account's e-mail.
    pub email: Option<String>,
    /// Whether that is confirmed.
    pub email_verified: bool,
    /// What the account is, as long as that holds.
    pub status: String,
    /// When the status ends by itself.
    pub status_until: Option<Instant>,
    /// What it is then.
    pub status_after: Option<String>,
    /// Whether any factor is confirmed.
    pub mfa_enabled: bool,
    /// When the user last signed in.
    pub last_login: Option<Instant>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    seq: i64,
    id: UserId,
    tenant_id: TenantId,
    user_name: String,
    display_name: Option<String>,
    identity_source: String,
    created: Instant,
    modified: Instant,
    version: i64,
    email: Option<String>,
    email_verified: bool,
    status: String,
    status_until: Option<Instant>,
    status_after: Option<String>,
    mfa_enabled: bool,
    last_login: Option<Instant>,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            id: row.id,
            tenant: row.tenant_id,
            user_name: row.user_name,
            display_name: row.display_name,
            identity_source: row.identity_source,
            created: row.created,
            modified: row.modified,
            version: row.version,
            email: row.email,
            email_verified: row.email_verified,
            status: row.status,
            status_until: row.status_until,
            status_after: row.status_after,
            mfa_enabled: row.mfa_enabled,
            last_login: row.last_login,
        }
    }
}

impl Person {
    /// The status as it is now: a timed one ends without anybody writing it.
    pub fn status_at(&self, now: Instant) -> &str {
        match (&self.status_after, self.status_until) {
            (Some(after), Some(until)) if until <= now => after,
            _ => &self.status,
        }
    }
}

pub(super) type Boxed = users::BoxedQuery<'static, MultiBackend>;

/// The living users in reach that the filter holds for.
fn visible(span: &Span, filter: &Filter, now: Instant) -> Boxed {
    let mut query = users::table.filter(users::deleted.is_null()).into_boxed::<MultiBackend>();
    // A bare comparison, where it can be: it leads to the indexes that begin with the tenant.
    if let Some(tenant) = filter.tenant {
        query = query.filter(users::tenant_id.eq(tenant));
    }
    if let Some(sql) = reach::holds(span, filter.tenant) {
        query = query.filter(sql);
    }
    for sql in condition::of(filter, now) {
        query = query.filter(sql);
    }
    query
}

/// How many users in reach the filter holds for.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, span: &Span, filter: &Filter, now: Instant) -> Result<i64> {
    if let Some(total) = counted(tx, span, filter)? {
        return Ok(total);
    }
    // Most users are active, and no index leads to those: it leads to all others, who are fewer.
    if let Some(all) = filter.but_active()
        && let Some(tenants) = reach::whole_tenants(tx, span, &all)?
    {
        let others: i64 = others(span, &all, now).count().get_result(tx.conn)?;
        return Ok(counters::users_of(tx, tenants.as_deref())?.saturating_sub(others));
    }
    Ok(visible(span, filter, now).count().get_result(tx.conn)?)
}

/// Those of the users in reach that the filter holds for who are not active now.
pub(super) fn others(span: &Span, filter: &Filter, now: Instant) -> Boxed {
    visible(span, filter, now).filter(condition::is_not_active(now))
}

/// What counters say of users in reach, where the filter asks for tenants alone.
fn counted(tx: &mut Tx<'_>, span: &Span, filter: &Filter) -> Result<Option<i64>> {
    if !filter.is_only_place() {
        return Ok(None);
    }
    let tenants = reach::whole_tenants(tx, span, filter)?;
    tenants.map(|tenants| counters::users_of(tx, tenants.as_deref())).transpose()
}

/// A user in reach, with its document.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, span: &Span, id: UserId) -> Result<Option<(Person, Map<String, Value>)>> {
    let living = users::table.filter(users::id.eq(id).and(users::deleted.is_null()));
    let found = directly!(tx.conn, inner => living.select((Row::as_select(), users::doc)).get_result(inner));
    let Some((row, document)): Option<(Row, Document)> = found.optional()? else {
        return Ok(None);
    };
    let in_reach = within(tx, span, row.tenant_id, id)?;
    Ok(in_reach.then(|| (row.into(), user_rows::object(document))))
}

/// Whether a user of a tenant is in reach.
///
/// # Errors
/// When the database cannot be asked.
pub fn within(tx: &mut Tx<'_>, span: &Span, tenant: TenantId, id: UserId) -> Result<bool> {
    let Some(sql) = reach::holds(span, Some(tenant)) else {
        return Ok(true);
    };
    let living = users::table.filter(users::id.eq(id).and(users::tenant_id.eq(tenant)));
    let found: Option<i64> = living.filter(sql).select(users::seq).get_result(tx.conn).optional()?;
    Ok(found.is_some())
}

/// Whether there is such a partner.
///
/// # Errors
/// When the database cannot be asked.
pub fn partner_exists(tx: &mut Tx<'_>, id: PartnerId) -> Result<bool> {
    let found: Option<PartnerId> =
        partner::table.filter(partner::id.eq(id)).select(partner::id).get_result(tx.conn).optional()?;
    Ok(found.is_some())
}

/// When the user's password was last changed; `None` without a password.
///
/// # Errors
/// When the database cannot be asked.
pub fn password_changed(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Instant>> {
    let of_user = password::table.filter(password::user_id.eq(user)).select(password::changed);
    Ok(directly!(tx.conn, inner => of_user.get_result(inner)).optional()?)
}

/// A session as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created: Instant,
    /// When it was last used.
    pub last_used: Instant,
    /// When it ends.
    pub expires: Instant,
    /// From where it was last used.
    pub address: Option<String>,
    /// By what.
    pub user_agent: Option<String>,
}

/// The living sessions of a user, the last used first.
///
/// # Errors
/// When the database cannot be asked.
pub fn sessions(tx: &mut Tx<'_>, user: UserId, now: Instant) -> Result<Vec<Session>> {
    let epoch = users::table.filter(users::id.eq(user)).select(users::epoch).single_value();
    let living = session::table
        .filter(session::user_id.eq(user).and(session::revoked.is_null()).and(session::expires.gt(now)))
        .filter(session::epoch.nullable().eq(epoch))
        .order((session::last_used.desc(), session::id))
        .select((
            session::id,
            session::created,
            session::last_used,
            session::expires,
            session::address,
            session::user_agent,
        ));
    Ok(living.load(tx.conn)?)
}

/// A claim on a user as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// OIDC, SAML, SCIM or LDAP.
    pub protocol: String,
    /// The provider, or the connection of a SCIM link.
    pub provider: Option<(Uuid, String)>,
    /// What the other side calls the user.
    pub subject: Option<String>,
    /// When it was made.
    pub first_seen: Instant,
    /// When the other side last wrote.
    pub last_seen: Instant,
}

/// Every claim on a user, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn claims(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Claim>> {
    let by_provider = identity_provider::table.on(identity_provider::id.nullable().eq(identity::provider_id));
    let by_connection = connection::table.on(connection::id.nullable().eq(identity::connection_id));
    let rows: Vec<ClaimRow> = identity::table
        .left_join(by_provider)
        .left_join(by_connection)
        .filter(identity::user_id.eq(user).and(identity::hidden.eq(false)))
        .order((identity::first_seen, identity::id))
        .select((
            (identity::protocol, identity::subject, identity::first_seen, identity::last_seen),
            (identity_provider::id.nullable(), identity_provider::name.nullable()),
            (connection::id.nullable(), connection::name.nullable()),
        ))
        .load(tx.conn)?;
    let claim = |((protocol, subject, first_seen, last_seen), provider, connection): ClaimRow| Claim {
        protocol,
        provider: match (provider, connection) {
            ((Some(id), Some(name)), _) => Some((id.uuid(), name)),
            (_, (Some(id), Some(name))) => Some((id.uuid(), name)),
            _ => None,
        },
        subject,
        first_seen,
        last_seen,
    };
    Ok(rows.into_iter().map(claim).collect())
}

type ClaimRow = (
    (String, Option<String>, Instant, Instant),
    (Option<ProviderId>, Option<String>),
    (Option<ConnectionId>, Option<String>),
);

/// Whether a tenant has that group.
///
/// # Errors
/// When the database cannot be asked.
pub fn has_group(tx: &mut Tx<'_>, tenant: TenantId, id: GroupId) -> Result<bool> {
    let found = groups::table.filter(groups::id.eq(id).and(groups::tenant_id.eq(tenant))).select(groups::seq);
    Ok(found.get_result::<i64>(tx.conn).optional()?.is_some())
}

/// Whether any of these users and groups is assigned to an application.
///
/// # Errors
/// When the database cannot be asked.
pub fn assigned(tx: &mut Tx<'_>, application: ApplicationId, subjects: &[SubjectId]) -> Result<bool> {
    for some in subjects.chunks(super::members::CHUNK) {
        let assignments = application_assignment::table
            .filter(application_assignment::application_id.eq(application))
            .filter(application_assignment::subject_id.eq_any(some.to_vec()));
        let found: Option<SubjectId> =
            assignments.select(application_assignment::subject_id).first(tx.conn).optional()?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Which of these users of a tenant are in reach, deleted or not.
///
/// # Errors
/// When the database cannot be asked.
pub fn reached(tx: &mut Tx<'_>, span: &Span, tenant: TenantId, ids: &[UserId]) -> Result<Vec<UserId>> {
    let Some(sql) = reach::holds(span, Some(tenant)) else {
        return Ok(ids.to_vec());
    };
    let named = users::table.filter(users::tenant_id.eq(tenant).and(users::id.eq_any(ids.to_vec())));
    Ok(named.filter(sql).select(users::id).load(tx.conn)?)
}
