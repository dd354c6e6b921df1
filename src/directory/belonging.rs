//! What comes with belonging to a group or an org unit: the roles that it has. Whoever changes who belongs where gives
//! them or takes them away, and so must hold what they allow (IR-3); and what people hold is then read anew.

use crate::access::{Actor, PermissionType, Permit};
use crate::error::{Error, Result};
use crate::ids::{SubjectId, TenantId};
use crate::store::grants::Grant;
use crate::store::{Lock, Tx, inherited_grants as rows, schemas, tenants};

use super::grants;

/// What roles can be granted to beside users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Groups.
    Group,
    /// Org units.
    Unit,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Unit => "org_unit",
        }
    }
}

/// Begins a transaction that changes who belongs where. Where that gives or takes roles, it takes the tenant's row for
/// itself first: who shares the row already could wait for another such.
///
/// # Errors
/// When the database cannot be asked, or the tenant's schemas have changed meanwhile.
pub(super) fn begin<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, kind: Kind) -> Result<()> {
    if rows::any_to(tx, permit.tenant(), kind.as_str())? {
        tx.lock(Lock::Tenant(permit.tenant()))?;
    }
    // Shares the tenant's row: nobody grants a role to a group or a unit before this ends.
    schemas::keep(tx, permit.tenant(), permit.types().version)
}

/// Asks that whoever holds the permit may give, and take away, what comes with belonging to these groups or units, and
/// makes it be read anew. After [`begin`].
///
/// # Errors
/// [`Error::Denied`] when it is more than they hold.
pub(super) fn changes<P: PermissionType>(
    tx: &mut Tx<'_>,
    permit: &Permit<P>,
    kind: Kind,
    subjects: &[SubjectId],
) -> Result<()> {
    if subjects.is_empty() || !rows::any_to(tx, permit.tenant(), kind.as_str())? {
        return Ok(());
    }
    let grants = rows::to(tx, permit.tenant(), subjects)?;
    if grants.is_empty() {
        return Ok(());
    }
    covered(tx, permit, grants)?;
    tenants::raise_grants_version(tx, permit.tenant())
}

/// Asks that whoever holds the permit holds all that these grants give. Whether an identity provider's group has roles an
/// administrator decided, who knew that its members are the provider's to say.
///
/// # Errors
/// [`Error::Denied`] when they do not.
pub(super) fn covered<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, given: Vec<Grant>) -> Result<()> {
    let Actor::Person(person) = permit.actor() else { return Ok(()) };
    let mut left = given;
    while let Some(of) = left.first().map(|grant| grant.tenant_id) {
        let (here, others) = left.into_iter().partition(|grant| grant.tenant_id == of);
        if !person.holdings.covers(&held(tx, of, here)?) {
            return Err(Error::Denied("this changes who has permissions that you do not have".to_owned()));
        }
        left = others;
    }
    Ok(())
}

fn held(tx: &mut Tx<'_>, of: TenantId, given: Vec<Grant>) -> Result<crate::access::Holdings> {
    grants::of_grants(tx, of, given)
}
