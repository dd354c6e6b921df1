//! Users by their second factors, as reports count and list them: the marks at each user, and what they say.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::condition::{self, Filter, Sql};
use super::reach;
use crate::access::{Span, role};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;
use crate::store::conn::MultiBackend;
use crate::store::factors::Marks;
use crate::store::schema::{group_member, role_grant, user_mfa, user_org_unit, users};
use crate::store::tx::Tx;

/// The status of those who cannot sign in, whom no report counts.
const DISABLED: &str = "DISABLED";

/// Users with some of these marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Having {
    /// Every combination of marks that is meant.
    pub marks: Vec<Marks>,
    /// Whether only those are meant who may change something by a role.
    pub administrators: bool,
}

/// Users for whom any of these holds, those aside who are for testing or cannot sign in.
pub(super) fn any_of(any: &[Having], now: Instant) -> Sql {
    let each = any.iter().map(|having| {
        let marks: Vec<i32> = having.marks.iter().map(|marks| marks.0).collect();
        let marked: Sql = Box::new(users::factors.eq_any(marks));
        match having.administrators {
            true => Box::new(marked.and(administrates(now))) as Sql,
            false => marked,
        }
    });
    let nobody: Sql = Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0"));
    let any = each.reduce(|one, other| Box::new(one.or(other))).unwrap_or(nobody);
    Box::new(users::is_test.eq(false).and(users::status.ne(DISABLED)).and(any))
}

/// Holds for those who have a role that changes something: themselves, by a group, or by an org unit.
fn administrates(now: Instant) -> Sql {
    let granted = |kind: &'static str| {
        let living = role_grant::expires.is_null().or(role_grant::expires.assume_not_null().gt(now));
        role_grant::table
            .filter(role_grant::subject_kind.eq(kind).and(role_grant::role.ne_all(role::reading())).and(living))
            .select(role_grant::subject_id)
    };
    let of_groups = group_member::table
        .filter(group_member::is_group.eq(false).and(group_member::group_id.eq_any(granted("group"))))
        .select(group_member::member_id);
    let of_units =
        user_org_unit::table.filter(user_org_unit::unit_id.eq_any(granted("org_unit"))).select(user_org_unit::user_id);
    let themselves = users::id.eq_any(granted("user"));
    Box::new(themselves.or(users::id.eq_any(of_groups)).or(users::id.eq_any(of_units)))
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
        .filter(users::email_verified.eq(true).and(users::email.is_not_null()).or(users::verified_email.is_not_null()))
        .filter(users::id.ne_all(reminded))
        .order(users::seq)
        .limit(limit);
    Ok(query.select(users::id).load(tx.conn)?)
}
