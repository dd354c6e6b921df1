//! What decides at every request of a person whether their session counts and as whom they act: one row, and no more of it
//! than that takes, because nothing else is read as often. What changes sessions reads all of them (`credentials`).

use diesel::prelude::*;

use super::accounts::Account;
use super::conn::directly;
use super::credentials::{Home, Seen};
use super::schema::{session, tenant, users};
use super::sessions::Session;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{PartnerId, SessionId, TenantId, UserId};

/// What decides at a request.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The id of the session.
    pub id: SessionId,
    /// The session.
    pub session: PresentSession,
    /// Its user.
    pub account: PresentAccount,
    /// The user's tenant.
    pub tenant: PresentTenant,
}

/// What of a [`Session`] decides at every request.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = session)]
pub struct PresentSession {
    /// When it was last refreshed.
    pub last_used: Instant,
    /// When it ends at the latest.
    pub expires: Instant,
    /// How long it lives without being refreshed.
    pub idle_seconds: i64,
    /// The user's epoch when it began.
    pub epoch: i64,
    /// How the person proved who they are.
    pub methods: String,
    /// How strong that was.
    pub strength: String,
    /// When they did.
    pub authenticated: Instant,
    /// What alone it may do.
    pub limited_to: Option<String>,
    /// When it was ended.
    pub revoked: Option<Instant>,
    /// How long its proof counts as fresh for what is sensitive.
    pub fresh_seconds: i64,
}

/// What of an [`Account`] decides at every request.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct PresentAccount {
    /// The user.
    pub id: UserId,
    /// The name, as it was sent.
    pub user_name: String,
    /// The status, as it was when the row was last written.
    pub status: String,
    /// When that ends by itself ...
    pub status_until: Option<Instant>,
    /// ... and what it is then.
    pub status_after: Option<String>,
    /// Rises when everything that was issued to the user must end.
    pub epoch: i64,
    /// Rises when the user's own grants change.
    pub grants_version: i64,
    /// How strong the strongest second factor is.
    pub strongest_factor: i32,
}

/// What of a [`Home`] decides at every request.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = tenant)]
pub struct PresentTenant {
    /// Its id.
    pub id: TenantId,
    /// Its partner.
    pub partner_id: Option<PartnerId>,
    /// Whether it lets nobody in.
    pub suspended: bool,
    /// The version of its schemas.
    pub schema_version: i64,
    /// The version of the grants of all its users.
    pub grants_version: i64,
}

impl Seen {
    /// What of it decides at every request.
    pub fn presence(&self) -> Presence {
        let (session, account) = (PresentSession::from(&self.session), PresentAccount::from(&self.account));
        Presence { id: self.session.id, session, account, tenant: PresentTenant::from(&self.tenant) }
    }
}

impl From<&Session> for PresentSession {
    fn from(session: &Session) -> Self {
        Self {
            last_used: session.last_used,
            expires: session.expires,
            idle_seconds: session.idle_seconds,
            epoch: session.epoch,
            methods: session.methods.clone(),
            strength: session.strength.clone(),
            authenticated: session.authenticated,
            limited_to: session.limited_to.clone(),
            revoked: session.revoked,
            fresh_seconds: session.fresh_seconds,
        }
    }
}

impl From<&Account> for PresentAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            user_name: account.user_name.clone(),
            status: account.status.clone(),
            status_until: account.status_until,
            status_after: account.status_after.clone(),
            epoch: account.epoch,
            grants_version: account.grants_version,
            strongest_factor: account.strongest_factor,
        }
    }
}

impl From<&Home> for PresentTenant {
    fn from(home: &Home) -> Self {
        Self {
            id: home.id,
            partner_id: home.partner_id,
            suspended: home.suspended,
            schema_version: home.schema_version,
            grants_version: home.grants_version,
        }
    }
}

/// The one of the session of that id; none of a deleted user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Presence>> {
    let row = session::table
        .inner_join(users::table.on(users::id.eq(session::user_id)))
        .inner_join(tenant::table.on(tenant::id.eq(users::tenant_id)))
        .filter(session::id.eq(id).and(users::deleted.is_null()));
    let found: QueryResult<(PresentSession, PresentAccount, PresentTenant)> = directly!(tx.conn, inner => {
        let columns = (PresentSession::as_select(), PresentAccount::as_select(), PresentTenant::as_select());
        row.select(columns).get_result(inner)
    });
    Ok(found.optional()?.map(|(session, account, tenant)| Presence { id, session, account, tenant }))
}
