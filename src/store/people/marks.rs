//! Users by their second factors, as reports count and list them: the marks at each user, and what they say.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::condition::{self, Filter, Sql};
use super::{Person, reach};
use crate::access::Span;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::store::conn::MultiBackend;
use crate::store::factors::Marks;
use crate::store::holders::{Holding, Holds};
use crate::store::members::CHUNK;
use crate::store::schema::{user_mfa, users};
use crate::store::tx::Tx;

/// The status of those who cannot sign in, whom no report counts.
const DISABLED: &str = "DISABLED";

/// Users with some of these marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Having {
    /// Every combination of marks that is meant.
    pub marks: Vec<Marks>,
    /// Only those who hold this are meant, when it is said.
    pub holding: Option<Holding>,
}

/// Users for whom any of these holds, those aside who are for testing or cannot sign in. Of several, the marks of all are said
/// once more beside them, for the index.
pub(super) fn any_of(any: &[Having], now: Instant) -> Sql {
    let numbers = |marks: &[Marks]| marks.iter().map(|marks| marks.0).collect::<Vec<i32>>();
    let each = any.iter().map(|having| {
        let marked: Sql = Box::new(users::factors.eq_any(numbers(&having.marks)));
        match &having.holding {
            Some(holding) => Box::new(marked.and(Holds::new(holding.clone(), now))) as Sql,
            None => marked,
        }
    });
    let nobody: Sql = Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0"));
    let each = each.reduce(|one, other| Box::new(one.or(other))).unwrap_or(nobody);
    if any.len() < 2 {
        return Box::new(can_sign_in().and(each));
    }
    let mut all: Vec<i32> = any.iter().flat_map(|having| numbers(&having.marks)).collect();
    all.sort_unstable();
    all.dedup();
    Box::new(can_sign_in().and(users::factors.eq_any(all)).and(each))
}

/// Leaves those out who are for testing or cannot sign in.
fn can_sign_in() -> Sql {
    Box::new(users::is_test.eq(false).and(users::status.ne(DISABLED)))
}

/// How many of the users in reach that the filter holds for have which marks.
///
/// # Errors
/// When the database cannot be asked.
pub fn by_marks(tx: &mut Tx<'_>, span: &Span, filter: &Filter, now: Instant) -> Result<Vec<(Marks, i64)>> {
    let mut query = users::table
        .group_by(users::factors)
        .select((users::factors, count_star()))
        .filter(users::deleted.is_null())
        .into_boxed::<MultiBackend>();
    if let Some(tenant) = filter.tenant {
        query = query.filter(users::tenant_id.eq(tenant));
    }
    if let Some(sql) = reach::holds(span, filter.tenant) {
        query = query.filter(sql);
    }
    for sql in condition::of(filter, now) {
        query = query.filter(sql);
    }
    let rows: Vec<(i32, i64)> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(|(marks, amount)| (Marks(marks), amount)).collect())
}

/// How many users of these tenants, those aside who are for testing or cannot sign in, have which marks.
///
/// # Errors
/// When the database cannot be asked.
pub fn by_tenant(tx: &mut Tx<'_>, tenants: &[TenantId]) -> Result<Vec<(TenantId, Marks, i64)>> {
    let query = users::table
        .group_by((users::tenant_id, users::factors))
        .select((users::tenant_id, users::factors, count_star()))
        .filter(users::deleted.is_null().and(users::tenant_id.eq_any(tenants.to_vec())))
        .filter(can_sign_in());
    let rows: Vec<(TenantId, i32, i64)> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(|(tenant, marks, amount)| (tenant, Marks(marks), amount)).collect())
}

/// Up to `limit` of the users in reach with exactly these marks that the filter holds for, behind a number, in the order in
/// which they were made; those aside who are for testing or cannot sign in.
///
/// # Errors
/// When the database cannot be asked.
pub fn marked(
    tx: &mut Tx<'_>,
    (span, now): (&Span, Instant),
    filter: &Filter,
    (marks, after): (Marks, i64),
    limit: i64,
) -> Result<Vec<Person>> {
    let rows = behind((span, now), filter, (marks, after)).limit(limit).select(super::Row::as_select());
    Ok(rows.load(tx.conn)?.into_iter().map(Person::from).collect())
}

pub(in crate::store) fn behind(
    (span, now): (&Span, Instant),
    filter: &Filter,
    (marks, after): (Marks, i64),
) -> super::Boxed {
    super::visible(span, filter, now)
        .filter(users::factors.eq(marks.0).and(users::seq.gt(after)))
        .filter(can_sign_in())
        .order(users::seq)
}

/// Up to `most` of these users whom a mail reaches and who can sign in, the first made first.
///
/// # Errors
/// When the database cannot be asked.
pub fn reached_by_mail(tx: &mut Tx<'_>, ids: &[UserId], most: i64) -> Result<Vec<UserId>> {
    let mut found: Vec<(i64, UserId)> = Vec::new();
    for some in ids.chunks(CHUNK) {
        let living = users::table.filter(users::id.eq_any(some.to_vec()).and(users::deleted.is_null()));
        let living = living.filter(users::status.ne(DISABLED)).filter(has_address());
        found.extend(
            living.order(users::seq).limit(most).select((users::seq, users::id)).load::<(i64, UserId)>(tx.conn)?,
        );
    }
    found.sort_unstable();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(most).map(|(_, id)| id).collect())
}

/// Holds for those who have a confirmed address.
fn has_address() -> Sql {
    let own = users::email_verified.eq(true).and(users::email.is_not_null());
    Box::new(own.or(users::verified_email.is_not_null()))
}

/// Up to `limit` of the users in reach that the filter holds for, whom a mail reaches and who were not reminded since.
///
/// # Errors
/// When the database cannot be asked.
pub fn to_remind(
    tx: &mut Tx<'_>,
    span: &Span,
    filter: &Filter,
    (since, now): (Instant, Instant),
    limit: i64,
) -> Result<Vec<UserId>> {
    let reminded = user_mfa::table
        .filter(user_mfa::reminded.is_not_null().and(user_mfa::reminded.assume_not_null().gt(since)))
        .select(user_mfa::user_id);
    let query = super::visible(span, filter, now)
        .filter(has_address())
        .filter(users::id.ne_all(reminded))
        .order(users::seq)
        .limit(limit);
    Ok(query.select(users::id).load(tx.conn)?)
}
