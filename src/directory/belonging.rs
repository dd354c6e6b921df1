//! What comes with belonging to an org unit: the roles that it and those above it have. Whoever changes who belongs where gives
//! them or takes them away, and so must hold what they allow (IR-3); and what people hold is then read anew.

use crate::access::{Actor, PermissionType, Permit};
use crate::error::Result;
use crate::ids::{SubjectId, UserId};
use crate::store::grants::Grant;
use crate::store::{Lock, Tx, inherited_grants as rows, schemas};

use super::grants;

/// The word for units among those that roles are granted to.
const UNIT: &str = "org_unit";

/// Begins a transaction that changes who belongs where. Where that gives or takes roles, it takes the tenant's row for
/// itself first: who shares the row already could wait for another such.
///
/// # Errors
/// When the database cannot be asked, or the tenant's schemas have changed meanwhile.
pub(super) fn begin<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>) -> Result<()> {
    if rows::any_to(tx, permit.tenant(), UNIT)? {
        tx.lock(Lock::Tenant(permit.tenant()))?;
    }
    // Shares the tenant's row: nobody grants a role to a unit before this ends.
    schemas::keep(tx, permit.tenant(), permit.types().version)
}

/// Asks that whoever holds the permit may give, and take away, what comes with belonging to these units, and
/// makes it be read anew. After [`begin`]. Answers whether anything comes with it.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] when it is more than they hold; [`crate::error::Error::StepUp`].
pub(super) fn changes<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, subjects: &[SubjectId]) -> Result<bool> {
    if subjects.is_empty() || !rows::any_to(tx, permit.tenant(), UNIT)? {
        return Ok(false);
    }
    let grants = rows::to(tx, permit.tenant(), subjects)?;
    if grants.is_empty() {
        return Ok(false);
    }
    covered(tx, permit, grants)?;
    grants::all_changed(tx, permit.tenant())?;
    Ok(true)
}

/// The same of one user, who comes to belong there or does so no more: an administrator does that to those alone whom a grant
/// of their own could be given to.
///
/// # Errors
/// As [`changes`].
pub(super) fn changes_of<P: PermissionType>(
    tx: &mut Tx<'_>,
    permit: &Permit<P>,
    subjects: &[SubjectId],
    user: UserId,
) -> Result<()> {
    if changes(tx, permit, subjects)? { grants::touch(tx, permit, permit.tenant(), user) } else { Ok(()) }
}

/// Asks that whoever holds the permit holds all that these grants give. Whether an identity provider's group has roles an
/// administrator decided, who knew that its members are the provider's to say.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] when they do not; [`crate::error::Error::StepUp`].
pub(super) fn covered<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, given: Vec<Grant>) -> Result<()> {
    if matches!(permit.actor(), Actor::Connection(_)) {
        return Ok(());
    }
    let mut left = given;
    while let Some(of) = left.first().map(|grant| grant.tenant_id) {
        let (here, others) = left.into_iter().partition(|grant| grant.tenant_id == of);
        let held = grants::of_grants(tx, of, here)?;
        grants::may_give(tx, permit.actor(), &held)?;
        left = others;
    }
    Ok(())
}
