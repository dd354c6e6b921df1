//! The table `mfa_reset`: what administrators asked for that lets somebody past the second factors of a user, and what
//! became of it. Who may ask, agree and carry out is decided above.

use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::conn::MultiBackend;
use super::people;
use super::schema::{mfa_reset, users};
use super::tx::Tx;
use crate::access::Span;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{MfaResetId, PasskeyId, TenantId, UserId};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mfa_reset, treat_none_as_default_value = false)]
pub struct MfaReset {
    /// Its id.
    pub id: MfaResetId,
    /// The tenant of the user.
    pub tenant_id: TenantId,
    /// Whose factors it is about.
    pub user_id: UserId,
    /// `factors`, `passkey` or `enrolment_code`.
    pub what: String,
    /// The passkey, when it is about one.
    pub passkey_id: Option<PasskeyId>,
    /// Whether passkeys stay.
    pub keep_passkeys: bool,
    /// `mail` or `show`.
    pub deliver: String,
    /// Why.
    pub reason: Option<String>,
    /// Whether it must say why.
    pub reason_required: bool,
    /// Whether somebody else must agree.
    pub approver_required: bool,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested: Instant,
    /// When it may be carried out at the earliest.
    pub due: Instant,
    /// From when on it may not.
    pub expires: Instant,
    /// Who agreed.
    pub approved_by: Option<UserId>,
    /// The tenant of whoever did.
    pub approver_tenant: Option<TenantId>,
    /// When.
    pub approved: Option<Instant>,
    /// [`REJECTED`], [`CANCELLED`] or [`DONE`]; nothing while it is open.
    pub outcome: Option<String>,
    /// Who closed it.
    pub closed_by: Option<UserId>,
    /// When.
    pub closed: Option<Instant>,
}

/// An administrator did not agree.
pub const REJECTED: &str = "rejected";
/// The user objected.
pub const CANCELLED: &str = "cancelled";
/// It was carried out.
pub const DONE: &str = "done";

/// How far a request is, in the words of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does not say why, and must.
    ReasonMissing,
    /// Somebody must agree.
    Pending,
    /// The time did not come yet.
    Waiting,
    /// It may be carried out.
    Ready,
    /// Nobody carried it out in time.
    Expired,
    /// An administrator did not agree.
    Rejected,
    /// The user objected.
    Cancelled,
    /// It was carried out.
    Done,
}

impl Status {
    /// Every status with its word.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("reason_missing", Self::ReasonMissing),
        ("pending", Self::Pending),
        ("waiting", Self::Waiting),
        ("ready", Self::Ready),
        ("expired", Self::Expired),
        (REJECTED, Self::Rejected),
        (CANCELLED, Self::Cancelled),
        (DONE, Self::Done),
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, status)| *status == self).map_or("", |(word, _)| word)
    }

    /// Whether anything can still become of the request.
    pub fn is_open(self) -> bool {
        matches!(self, Self::ReasonMissing | Self::Pending | Self::Waiting | Self::Ready)
    }
}

impl MfaReset {
    /// How far it is. The filter of lists asks the same of the database.
    pub fn status(&self, now: Instant) -> Status {
        match self.outcome.as_deref() {
            Some(REJECTED) => Status::Rejected,
            Some(CANCELLED) => Status::Cancelled,
            Some(_) => Status::Done,
            None if self.expires <= now => Status::Expired,
            None if self.reason_required && self.reason.is_none() => Status::ReasonMissing,
            None if self.approver_required && self.approved.is_none() => Status::Pending,
            None if self.due > now => Status::Waiting,
            None => Status::Ready,
        }
    }
}

type Sql = Box<dyn BoxableExpression<mfa_reset::table, MultiBackend, SqlType = Bool>>;

/// Holds for the requests of a status.
fn has(status: Status, now: Instant) -> Sql {
    use mfa_reset::{approved, approver_required, due, expires, outcome, reason, reason_required};
    let open = || outcome.is_null().and(expires.gt(now));
    let explained = || reason_required.eq(false).or(reason.is_not_null());
    let agreed = || approver_required.eq(false).or(approved.is_not_null());
    match status {
        Status::ReasonMissing => Box::new(open().and(reason_required).and(reason.is_null())),
        Status::Pending => Box::new(open().and(explained()).and(approver_required).and(approved.is_null())),
        Status::Waiting => Box::new(open().and(explained()).and(agreed()).and(due.gt(now))),
        Status::Ready => Box::new(open().and(explained()).and(agreed()).and(due.le(now))),
        Status::Expired => Box::new(outcome.is_null().and(expires.le(now))),
        Status::Rejected | Status::Cancelled | Status::Done => {
            Box::new(outcome.is_not_null().and(outcome.assume_not_null().eq(status.as_str())))
        }
    }
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Those of a status.
    pub status: Option<Status>,
    /// Those of the users of a tenant.
    pub tenant: Option<TenantId>,
    /// Those about a user.
    pub user: Option<UserId>,
}

/// Adds a request.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &MfaReset) -> Result<()> {
    diesel::insert_into(mfa_reset::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// The request of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, id: MfaResetId) -> Result<Option<MfaReset>> {
    let row = mfa_reset::table.filter(mfa_reset::id.eq(id)).select(MfaReset::as_select());
    Ok(row.get_result(tx.conn).optional()?)
}

/// The requests about a user that are open, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn open_of(tx: &mut Tx<'_>, user: UserId, now: Instant) -> Result<Vec<MfaReset>> {
    let open = mfa_reset::user_id.eq(user).and(mfa_reset::outcome.is_null()).and(mfa_reset::expires.gt(now));
    let rows = mfa_reset::table.filter(open).order((mfa_reset::requested, mfa_reset::id));
    Ok(rows.select(MfaReset::as_select()).load(tx.conn)?)
}

/// A page of the requests about users in reach, the latest first, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(
    tx: &mut Tx<'_>,
    span: &Span,
    which: Which,
    now: Instant,
    (offset, limit): (i64, i64),
) -> Result<(Vec<MfaReset>, i64)> {
    let tenants = people::reached_tenants(tx, span)?;
    let rows = || {
        let rows = listed(tenants.clone(), which, now).order((mfa_reset::requested.desc(), mfa_reset::id));
        rows.select(MfaReset::as_select())
    };
    if !matches!(span, Span::Within { units, .. } if !units.is_empty()) {
        let total = listed(tenants.clone(), which, now).count().get_result(tx.conn)?;
        return Ok((rows().offset(offset).limit(limit).load(tx.conn)?, total));
    }
    // Few are asked for; who belongs to which unit is asked of each.
    let mut reached = Vec::new();
    for request in rows().load::<MfaReset>(tx.conn)? {
        if people::within(tx, span, request.tenant_id, request.user_id)? {
            reached.push(request);
        }
    }
    let total = i64::try_from(reached.len()).unwrap_or(i64::MAX);
    let (offset, limit) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((reached.into_iter().skip(offset).take(limit).collect(), total))
}

/// The requests that are asked for, about users that live.
fn listed(tenants: Option<Vec<TenantId>>, which: Which, now: Instant) -> mfa_reset::BoxedQuery<'static, MultiBackend> {
    let living = users::table.filter(users::deleted.is_null()).select(users::id);
    let mut query = mfa_reset::table.into_boxed::<MultiBackend>();
    query = query.filter(mfa_reset::user_id.eq_any(living));
    if let Some(tenants) = tenants {
        query = query.filter(mfa_reset::tenant_id.eq_any(tenants));
    }
    if let Some(tenant) = which.tenant {
        query = query.filter(mfa_reset::tenant_id.eq(tenant));
    }
    if let Some(user) = which.user {
        query = query.filter(mfa_reset::user_id.eq(user));
    }
    match which.status {
        Some(status) => query.filter(has(status, now)),
        None => query,
    }
}

/// Writes why.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_reason(tx: &mut Tx<'_>, id: MfaResetId, reason: &str) -> Result<()> {
    diesel::update(mfa_reset::table.filter(mfa_reset::id.eq(id))).set(mfa_reset::reason.eq(reason)).execute(tx.conn)?;
    Ok(())
}

/// Writes who agreed, in place of whoever did before.
///
/// # Errors
/// When the database cannot be asked.
pub fn approve(tx: &mut Tx<'_>, id: MfaResetId, (by, of): (UserId, TenantId), now: Instant) -> Result<()> {
    diesel::update(mfa_reset::table.filter(mfa_reset::id.eq(id)))
        .set((mfa_reset::approved_by.eq(by), mfa_reset::approver_tenant.eq(of), mfa_reset::approved.eq(Some(now))))
        .execute(tx.conn)?;
    Ok(())
}

/// Closes a request. False when it was closed already: only whoever is answered true may act on it.
///
/// # Errors
/// When the database cannot be asked.
pub fn close(tx: &mut Tx<'_>, id: MfaResetId, outcome: &str, by: UserId, now: Instant) -> Result<bool> {
    let open = mfa_reset::table.filter(mfa_reset::id.eq(id).and(mfa_reset::outcome.is_null()));
    let closed = diesel::update(open)
        .set((mfa_reset::outcome.eq(outcome), mfa_reset::closed_by.eq(by), mfa_reset::closed.eq(Some(now))))
        .execute(tx.conn)?;
    Ok(closed > 0)
}

/// Forgets everything that was asked for about a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(mfa_reset::table.filter(mfa_reset::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}

/// Deletes up to `limit` requests that ended before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<MfaResetId> =
        mfa_reset::table.filter(mfa_reset::expires.lt(end)).limit(limit).select(mfa_reset::id).load(tx.conn)?;
    Ok(diesel::delete(mfa_reset::table.filter(mfa_reset::id.eq_any(old))).execute(tx.conn)?)
}
