//! Look-ups before anyone is known: one row each, by a credential's public part, never a list. No tenant limits them,
//! because it is they that say which tenant a request belongs to.

use diesel::prelude::*;

use super::accounts::Account;
use super::conn::directly;
use super::connections::Row as ConnectionRow;
use super::one_time_links::Link;
use super::passkeys::Passkey;
use super::passwords::Password;
use super::schema::{
    application, application_token, connection, domain, login_id, one_time_link, passkey, password, role_grant,
    scim_token, session, tenant, users,
};
use super::sessions::Session;
use super::text;
use super::tokens::Token;
use super::tx::Tx;
use crate::access::{Connection, Tier, role};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ApplicationId, PartnerId, SessionId, TenantId, UserId};

/// The SCIM token of that public id, its connection, and the version of its tenant's schemas. A suspended tenant has none.
///
/// # Errors
/// When the database cannot be asked.
pub fn scim_token(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Token, Connection, i64)>> {
    let token = scim_token::table.inner_join(connection::table.inner_join(tenant::table)).filter(scim_token::id.eq(id));
    let token = token.filter(tenant::suspended.eq(false));
    let found: QueryResult<(Token, ConnectionRow, i64)> = directly!(tx.conn, inner => {
        token.select((Token::as_select(), ConnectionRow::as_select(), tenant::schema_version)).get_result(inner)
    });
    let found = found.optional()?;
    found.map(|(token, row, version)| Ok((token, Connection::try_from(row)?, version))).transpose()
}

/// A session with all that is known of it, its user and their tenant, as it is changed.
#[derive(Clone, Debug, Queryable)]
pub struct Seen {
    /// The session.
    pub session: Session,
    /// Its user.
    pub account: Account,
    /// The user's tenant.
    pub tenant: Home,
}

/// The tenant of whoever signs in.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tenant)]
pub struct Home {
    /// Its id.
    pub id: TenantId,
    /// Its short name.
    pub slug: String,
    /// Its partner.
    pub partner_id: Option<PartnerId>,
    /// Whether it lets nobody in.
    pub suspended: bool,
    /// The version of its schemas.
    pub schema_version: i64,
    /// The version of the grants of all its users.
    pub grants_version: i64,
}

/// The session of that id; none of a deleted user.
///
/// # Errors
/// When the database cannot be asked.
pub fn session(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Seen>> {
    let row = session::table
        .inner_join(users::table.on(users::id.eq(session::user_id)))
        .inner_join(tenant::table.on(tenant::id.eq(users::tenant_id)))
        .filter(session::id.eq(id).and(users::deleted.is_null()));
    let found: QueryResult<(Session, Account, Home)> = directly!(tx.conn, inner => {
        row.select((Session::as_select(), Account::as_select(), Home::as_select())).get_result(inner)
    });
    Ok(found.optional()?.map(|(session, account, tenant)| Seen { session, account, tenant }))
}

/// The tenant of that id or slug.
///
/// # Errors
/// When the database cannot be asked.
pub fn home(tx: &mut Tx<'_>, id_or_slug: &str) -> Result<Option<Home>> {
    let found = match TenantId::in_any_case(id_or_slug) {
        Some(id) => tenant::table.filter(tenant::id.eq(id)).select(Home::as_select()).get_result(tx.conn),
        None => tenant::table.filter(tenant::slug.eq(id_or_slug)).select(Home::as_select()).get_result(tx.conn),
    };
    Ok(found.optional()?)
}

/// The tenant of the platform owner who signs in by that e-mail, which must be proven to be theirs.
///
/// # Errors
/// When the database cannot be asked.
pub fn home_of_owner(tx: &mut Tx<'_>, email: &str) -> Result<Option<Home>> {
    let owns = role_grant::role.eq(role::PLATFORM_OWNER).and(role_grant::scope_kind.eq(Tier::Platform.as_str()));
    let row = login_id::table
        .inner_join(users::table.on(users::id.eq(login_id::user_id)))
        .inner_join(role_grant::table.on(role_grant::subject_id.eq(users::id)))
        .inner_join(tenant::table.on(tenant::id.eq(users::tenant_id)))
        .filter(login_id::value_folded.eq(text::key(email)).and(owns))
        .filter(users::email_verified.eq(true).and(users::deleted.is_null()))
        .order(users::seq)
        .select((Home::as_select(), users::email));
    let found: Vec<(Home, Option<String>)> = row.load(tx.conn)?;
    // A user name may look like somebody else's e-mail.
    let by_email = |(home, own): (Home, Option<String>)| {
        own.is_some_and(|own| text::key(&own) == text::key(email)).then_some(home)
    };
    Ok(found.into_iter().find_map(by_email))
}

/// The tenant that proved that a mail domain is its own.
///
/// # Errors
/// When the database cannot be asked.
pub fn home_of_domain(tx: &mut Tx<'_>, name: &str) -> Result<Option<Home>> {
    let row = domain::table
        .inner_join(tenant::table.on(tenant::id.eq(domain::tenant_id)))
        .filter(domain::name.eq(name).and(domain::verified.is_not_null()))
        .select(Home::as_select());
    Ok(row.get_result(tx.conn).optional()?)
}

/// Who signs in by that in a tenant, and the password, if there is one.
///
/// # Errors
/// When the database cannot be asked.
pub fn login(tx: &mut Tx<'_>, of: TenantId, value: &str) -> Result<Option<(Account, Option<Password>)>> {
    let row = login_id::table
        .inner_join(users::table.on(users::id.eq(login_id::user_id)))
        .left_join(password::table.on(password::user_id.eq(users::id)))
        .filter(login_id::tenant_id.eq(of).and(login_id::value_folded.eq(text::key(value))))
        .filter(users::deleted.is_null())
        .select((Account::as_select(), Option::<Password>::as_select()));
    Ok(row.get_result(tx.conn).optional()?)
}

/// The account of a living user, with its tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn account(tx: &mut Tx<'_>, user: UserId) -> Result<Option<(Account, Home)>> {
    let row = users::table
        .inner_join(tenant::table)
        .filter(users::id.eq(user).and(users::deleted.is_null()))
        .select((Account::as_select(), Home::as_select()));
    Ok(row.get_result(tx.conn).optional()?)
}

/// The one-time link of that public id.
///
/// # Errors
/// When the database cannot be asked.
pub fn one_time_link(tx: &mut Tx<'_>, id: &str) -> Result<Option<Link>> {
    let row = one_time_link::table.filter(one_time_link::id.eq(id)).select(Link::as_select());
    Ok(row.get_result(tx.conn).optional()?)
}

/// The passkey that an authenticator calls so, of a living user.
///
/// # Errors
/// When the database cannot be asked.
pub fn passkey(tx: &mut Tx<'_>, credential_id: &[u8]) -> Result<Option<Passkey>> {
    let row = passkey::table
        .inner_join(users::table.on(users::id.eq(passkey::user_id)))
        .filter(passkey::credential_id.eq(credential_id).and(users::deleted.is_null()))
        .select(Passkey::as_select());
    Ok(row.get_result(tx.conn).optional()?)
}

/// The token of an application.
#[derive(Clone, Debug, Queryable)]
pub struct ApplicationToken {
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// When it ends, if ever.
    pub expires: Option<Instant>,
    /// When it was revoked, if it was.
    pub revoked: Option<Instant>,
    /// About when it was last used.
    pub last_used: Option<Instant>,
    /// Its application.
    pub application: ApplicationId,
    /// Whether that is enabled.
    pub enabled: bool,
}

/// The application token of that public id, and its tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn application_token(tx: &mut Tx<'_>, id: &str) -> Result<Option<(ApplicationToken, Home)>> {
    let row = application_token::table
        .inner_join(application::table.on(application::id.eq(application_token::application_id)))
        .inner_join(tenant::table.on(tenant::id.eq(application::tenant_id)))
        .filter(application_token::id.eq(id))
        .select((
            (
                application_token::secret_hash,
                application_token::expires,
                application_token::revoked,
                application_token::last_used,
                application::id,
                application::enabled,
            ),
            Home::as_select(),
        ));
    Ok(row.get_result(tx.conn).optional()?)
}
