//! The same over tenants, for those who look after several: how many users of each have which factors, what its policy asks for,
//! and for how many that is overdue. Tenants are looked at a page at a time.

use std::collections::HashMap;

use crate::access::{Actor, ExportsMake, ReportsRead, Span, TenantsRead, decide_widely};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::factors::{Method, Owned};
use crate::directory::settings::{Mfa, Requirement, Settings};
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::store::Tx;
use crate::store::factors::Marks;
use crate::store::people::{self as rows, Filter, Having};
use crate::store::tenants::{self as tenant_rows, Tenant};

use super::Counts;
use super::question::{everybody, holding};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// Which tenants may be seen: proof that it was asked for.
#[derive(Clone, Debug)]
pub struct Reach(Vec<Span>);

/// A tenant in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Its users.
    pub counts: Counts,
    /// What its policy asks of everybody.
    pub requirement: Requirement,
    /// The roles of which it asks for more.
    pub stricter_roles: Vec<String>,
    /// Users who lack what is asked of them, and whose grace is over.
    pub overdue: i64,
}

/// The tenants that somebody may see, and the reports of.
///
/// # Errors
/// [`Error::LacksScope`] when there are none as a whole.
pub fn over_tenants(actor: &Actor) -> Result<Reach> {
    let seen = decide_widely::<TenantsRead>(actor)?.span().clone();
    let told = decide_widely::<ReportsRead>(actor)?.span().clone();
    Reach(Vec::new()).and(seen)?.and(told)
}

impl Reach {
    /// What of it may be exported.
    ///
    /// # Errors
    /// [`Error::LacksScope`] when that is nothing.
    pub fn to_export(self, actor: &Actor) -> Result<Self> {
        let made = decide_widely::<ExportsMake>(actor)?.span().clone();
        self.and(made)
    }

    fn and(mut self, span: Span) -> Result<Self> {
        let nothing =
            matches!(&span, Span::Within { partners, tenants, .. } if partners.is_empty() && tenants.is_empty());
        if nothing {
            return Err(Error::LacksScope);
        }
        self.0.push(span);
        Ok(self)
    }
}

/// Up to `limit` of the tenants in reach whose slugs come behind one, by slug; and behind which the rest comes.
///
/// # Errors
/// [`Error::TooMany`] when it takes too long.
pub async fn by_tenant(
    directory: &Directory,
    reach: &Reach,
    cx: &Cx,
    (after, limit): (String, u32),
) -> Result<(Vec<OfTenant>, Option<String>)> {
    let spans = reach.0.clone();
    let look = move |tx: &mut Tx<'_>| {
        let mut found = tenant_rows::behind(tx, &spans, &after, i64::from(limit) + 1)?;
        let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let ids: Vec<TenantId> = found.iter().map(|(tenant, _)| tenant.id).collect();
        let last = found.last().map(|(tenant, _)| tenant.slug.clone()).filter(|_| more);
        Ok((found, rows::by_tenant(tx, &ids)?, last))
    };
    let (found, counted, last) = directory.store.scan(look).await?;
    let mut marks: HashMap<TenantId, Vec<(Marks, i64)>> = HashMap::new();
    for (tenant, of, amount) in counted {
        marks.entry(tenant).or_default().push((of, amount));
    }
    let mut all = Vec::with_capacity(found.len());
    for (tenant, kept) in found {
        let policy = serde_json::from_value::<Settings>(kept).map_err(Error::internal)?.mfa;
        let counts = Counts::of(marks.get(&tenant.id).map(Vec::as_slice).unwrap_or_default());
        all.push(of_tenant(directory, tenant, counts, policy, cx.now).await?);
    }
    Ok((all, last))
}

/// Each tenant is looked at by itself, so that no page of large ones keeps others from reading for long.
async fn of_tenant(
    directory: &Directory,
    tenant: Tenant,
    counts: Counts,
    policy: Mfa,
    now: Instant,
) -> Result<OfTenant> {
    let lacking = lacking(tenant.id, &policy);
    let overdue = match lacking.is_empty() {
        true => 0,
        false => {
            let asked_by = Some(now.plus_seconds(-policy.grace_days.saturating_mul(DAY)));
            let filter = Filter { asked_by, ..everybody(tenant.id, lacking) };
            let work = move |tx: &mut Tx<'_>| rows::by_marks(tx, &Span::Everywhere, &filter, now);
            directory.store.scan(work).await?.iter().map(|(_, amount)| amount).sum()
        }
    };
    let stricter = policy.roles.iter().filter(|(_, asked)| **asked > policy.requirement);
    let stricter_roles = stricter.map(|(role, _)| role.clone()).collect();
    Ok(OfTenant { tenant, counts, requirement: policy.requirement, stricter_roles, overdue })
}

/// Who lacks what a policy asks of them: everybody with such marks, or those with a role of which it asks for more.
fn lacking(tenant: TenantId, policy: &Mfa) -> Vec<Having> {
    let of = |asked: Requirement| {
        let marks = Marks::every().filter(|marks| policy.is_lacking(&owned(*marks), asked)).collect();
        if policy.requirement >= asked {
            return Some(Having { marks, holding: None });
        }
        let roles: Vec<String> =
            policy.roles.iter().filter(|(_, of)| **of >= asked).map(|(role, _)| role.clone()).collect();
        (!roles.is_empty()).then(|| Having { marks, holding: Some(holding(tenant, roles)) })
    };
    [Requirement::Required, Requirement::PhishingResistant].into_iter().filter_map(of).collect()
}

/// What marks say of factors.
fn owned(marks: Marks) -> Owned {
    let kinds = [
        (Marks::TOTP, Method::Totp),
        (Marks::SMS, Method::Sms),
        (Marks::EMAIL, Method::Email),
        (Marks::PASSKEY, Method::Passkey),
    ];
    let factors = kinds.into_iter().filter(|(mark, _)| marks.has(*mark)).map(|(_, method)| method).collect();
    Owned { factors, recovery_codes: i64::from(marks.has(Marks::RECOVERY_CODES)) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(policy: &Mfa) -> Vec<(usize, Option<Vec<String>>)> {
        let lacking = lacking(TenantId::from(uuid::Uuid::nil()), policy);
        lacking.into_iter().map(|having| (having.marks.len(), having.holding.map(|holding| holding.roles))).collect()
    }

    #[test]
    fn s2_32_who_lacks_what_a_policy_asks_for_is_told_by_marks_and_roles() {
        let of_everybody = |requirement| Mfa { requirement, ..Mfa::default() };
        assert_eq!(of(&of_everybody(Requirement::Optional)), []);
        // Of 64 combinations of marks, a sixteenth has no factor, and half no passkey.
        assert_eq!(of(&of_everybody(Requirement::Required)), [(4, None)]);
        assert_eq!(of(&of_everybody(Requirement::PhishingResistant)), [(4, None), (32, None)]);
        let roles =
            [("admin", Requirement::PhishingResistant), ("desk", Requirement::Required), ("guest", Requirement::Off)];
        let roles: BTreeMap<_, _> = roles.map(|(role, asked)| (role.to_owned(), asked)).into();
        let all = |roles: &[&str]| Some(roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>());
        let policy = Mfa { roles, ..Mfa::default() };
        assert_eq!(of(&policy), [(4, all(&["admin", "desk"])), (32, all(&["admin"]))]);
        let policy = Mfa { requirement: Requirement::Required, ..policy };
        assert_eq!(of(&policy), [(4, None), (32, all(&["admin"]))]);
        let policy = Mfa { methods: vec![Method::Sms], ..of_everybody(Requirement::Required) };
        assert_eq!(of(&policy), [(32, None)], "what may not be used does not count");
    }
}
