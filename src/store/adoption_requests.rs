//! The `adoption_request` table: which users connections asked to adopt, and what was decided.

use std::collections::HashMap;

use diesel::prelude::*;

use super::names;
use super::schema::{adoption_request, connection, users};
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ConnectionId, TenantId, UserId};

/// Administrators let the connection adopt the user.
pub const APPROVED: &str = "approved";
/// Administrators do not let it.
pub const REFUSED: &str = "refused";

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = adoption_request, treat_none_as_default_value = false)]
pub struct Request {
    /// The connection that asked.
    pub connection_id: ConnectionId,
    /// The user it asked for.
    pub user_id: UserId,
    /// When it first did.
    pub requested: Instant,
    /// [`APPROVED`] or [`REFUSED`]; `None` while nobody decided.
    pub decision: Option<String>,
    /// When that was decided.
    pub decided: Option<Instant>,
    /// By whom: kind and id.
    pub decided_by: Option<String>,
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Those of one connection.
    pub connection: Option<ConnectionId>,
    /// Those with this decision; `Some(None)` is those nobody decided.
    pub decision: Option<Option<&'static str>>,
}

/// A request with what its connection and its user are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The request.
    pub request: Request,
    /// The name of the connection.
    pub connection: String,
    /// The name of the user.
    pub user: String,
}

/// Records a request; one that is there stays as it is. Ends the transaction's use when it was there already: nothing else
/// may stand in it.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Request) -> Result<bool> {
    if find(tx, new.connection_id, new.user_id)?.is_some() {
        return Ok(false);
    }
    match diesel::insert_into(adoption_request::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Err(crate::error::Error::Taken("the request is there already".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// What a connection asked for a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, of: ConnectionId, user: UserId) -> Result<Option<Request>> {
    let request = adoption_request::table.filter(adoption_request::connection_id.eq(of));
    let request = request.filter(adoption_request::user_id.eq(user)).select(Request::as_select());
    Ok(request.get_result(tx.conn).optional()?)
}

/// How many requests there are in a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, tenant: TenantId, which: Which) -> Result<i64> {
    Ok(of(tenant, which).count().get_result(tx.conn)?)
}

/// A page of the requests of a tenant, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, which: Which, offset: i64, limit: i64) -> Result<Vec<Named>> {
    let page = of(tenant, which).order((adoption_request::requested, adoption_request::user_id));
    let found: Vec<Request> = page.offset(offset).limit(limit).select(Request::as_select()).load(tx.conn)?;
    let users: Vec<UserId> = found.iter().map(|request| request.user_id).collect();
    let connections: Vec<ConnectionId> = found.iter().map(|request| request.connection_id).collect();
    let users: HashMap<_, _> = names::users(tx, &users)?.into_iter().collect();
    let connections: HashMap<_, _> = names::connections(tx, &connections)?.into_iter().collect();
    let named = |request: Request| Named {
        connection: connections.get(&request.connection_id).cloned().unwrap_or_default(),
        user: users.get(&request.user_id).cloned().unwrap_or_default(),
        request,
    };
    Ok(found.into_iter().map(named).collect())
}

/// The requests of a tenant that are asked for, about users that live.
fn of(tenant: TenantId, which: Which) -> adoption_request::BoxedQuery<'static, super::conn::MultiBackend> {
    let connections = connection::table.filter(connection::tenant_id.eq(tenant)).select(connection::id);
    let living = users::table.filter(users::tenant_id.eq(tenant).and(users::deleted.is_null())).select(users::id);
    let mut query = adoption_request::table.into_boxed::<super::conn::MultiBackend>();
    query = query.filter(adoption_request::connection_id.eq_any(connections));
    query = query.filter(adoption_request::user_id.eq_any(living));
    if let Some(connection) = which.connection {
        query = query.filter(adoption_request::connection_id.eq(connection));
    }
    match which.decision {
        None => query,
        Some(None) => query.filter(adoption_request::decision.is_null()),
        Some(Some(decision)) => query.filter(adoption_request::decision.eq(decision)),
    }
}

/// Writes what was decided.
///
/// # Errors
/// When the database cannot be asked.
pub fn decide(tx: &mut Tx<'_>, request: &Request) -> Result<()> {
    let row = adoption_request::table.filter(adoption_request::connection_id.eq(request.connection_id));
    diesel::update(row.filter(adoption_request::user_id.eq(request.user_id)))
        .set((
            adoption_request::decision.eq(&request.decision),
            adoption_request::decided.eq(request.decided),
            adoption_request::decided_by.eq(&request.decided_by),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets a request that was fulfilled.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, of: ConnectionId, user: UserId) -> Result<()> {
    let row = adoption_request::table.filter(adoption_request::connection_id.eq(of));
    diesel::delete(row.filter(adoption_request::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}
