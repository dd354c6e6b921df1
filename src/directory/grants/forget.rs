//! Grants that go because whoever has them, or what they reach, is deleted. Each is recorded as one that is taken back, so
//! that the journal says who lost which role.

use crate::access::{Actor, Tier};
use crate::context::Cx;
use crate::error::Result;
use crate::ids::{SubjectId, TenantId};
use crate::journal::{Author, Operation};
use crate::store::Tx;
use crate::store::grants::{self as rows, Grant};

use super::give::record;
use super::{Subject, changed, scope_changed};

/// Grants that are read at once.
const AT_ONCE: i64 = 500;

/// Takes every grant from whoever of the author's tenant is deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget(tx: &mut Tx<'_>, author: Author<'_>, deleted: Subject) -> Result<()> {
    let (_, subject) = deleted.parts();
    let some = |tx: &mut Tx<'_>| rows::some_of(tx, author.tenant, subject, AT_ONCE);
    let any = take_all(tx, some, |tx, grant| record(tx, author, Operation::Delete, grant))?;
    if any { changed(tx, author.tenant, deleted) } else { Ok(()) }
}

/// Takes back every grant over a partner, tenant or org unit that is deleted. Whoever had one may be of any tenant: the
/// record is kept in theirs, as when it is taken back by itself.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget_scope(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tier: Tier, id: SubjectId) -> Result<()> {
    scope_changed(tx, tier, id)?;
    let some = |tx: &mut Tx<'_>| rows::some_over(tx, tier, id, AT_ONCE);
    let tell = |tx: &mut Tx<'_>, grant: &Grant| {
        // What a deleted tenant had itself goes with it, and nobody comes to read its journal.
        if grant.tenant_id.uuid() == id.uuid() {
            return Ok(());
        }
        record(tx, Author { actor, cx, tenant: grant.tenant_id }, Operation::Delete, grant)
    };
    take_all(tx, some, tell).map(drop)
}

/// Takes back every grant over a tenant that is deleted, or over an org unit of it, as [`forget_scope`] does.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget_tenant(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tenant: TenantId) -> Result<()> {
    for unit in rows::units_with_strangers(tx, tenant)? {
        forget_scope(tx, actor, cx, Tier::Unit, unit)?;
    }
    forget_scope(tx, actor, cx, Tier::Tenant, SubjectId::from(tenant.uuid()))
}

/// Takes a role of the author's tenant back from all who have it, because it is deleted. That all holdings
/// changed is for the caller to say.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget_role(tx: &mut Tx<'_>, author: Author<'_>, key: &str) -> Result<()> {
    let some = |tx: &mut Tx<'_>| rows::some_with(tx, author.tenant, key, AT_ONCE);
    take_all(tx, some, |tx, grant| record(tx, author, Operation::Delete, grant)).map(drop)
}

/// Deletes grants, some at a time, and tells of each. Whether there were any.
fn take_all(
    tx: &mut Tx<'_>,
    some: impl Fn(&mut Tx<'_>) -> Result<Vec<Grant>>,
    tell: impl Fn(&mut Tx<'_>, &Grant) -> Result<()>,
) -> Result<bool> {
    let mut any = false;
    loop {
        let found = some(tx)?;
        if found.is_empty() {
            return Ok(any);
        }
        any = true;
        for grant in &found {
            // One that somebody took back meanwhile is recorded by them.
            if rows::delete(tx, grant.id)? {
                tell(tx, grant)?;
            }
        }
    }
}
