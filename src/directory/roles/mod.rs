//! The roles of a tenant: those that stand in the program, and those that the tenant made of permissions and of other roles
//! (NIST RBAC with a hierarchy). Who may make a role is who holds what it allows.

mod change;

use crate::access::role::{self as built_in, BuiltIn};
use crate::access::{Permission, PermissionSet, Permit, RolesRead, Tier};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::store::roles as rows;

use super::Directory;
use super::grants::holdings;

pub use change::{Draft, RoleChange, change, create, remove};

/// Roles that a tenant may make.
pub const MOST: usize = 200;

/// A role as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its key, by which grants name it.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it stands in the program.
    pub built_in: bool,
    /// What it allows by itself.
    pub permissions: PermissionSet,
    /// Keys of the roles that it inherits from.
    pub inherits: Vec<String>,
    /// What it allows in all.
    pub effective: PermissionSet,
    /// The kinds of scope that it can be granted over.
    pub tiers: Vec<Tier>,
    /// When it was made and last changed, when a tenant made it.
    pub times: Option<(Instant, Instant)>,
}

/// What another role allows more and less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What only the other allows.
    pub gained: PermissionSet,
    /// What only the first allows.
    pub lost: PermissionSet,
}

impl Role {
    fn of_built_in(role: &BuiltIn) -> Self {
        let all = [Tier::Platform, Tier::Partner, Tier::Tenant, Tier::Unit];
        Self {
            key: role.key.to_owned(),
            name: role.name.to_owned(),
            description: Some(role.sentence.to_owned()),
            built_in: true,
            permissions: role.permissions(),
            inherits: Vec::new(),
            effective: role.permissions(),
            tiers: all.into_iter().filter(|tier| role.tier.is_none_or(|only| only == *tier)).collect(),
            times: None,
        }
    }

    fn of_row(all: &[rows::Role], row: &rows::Role) -> Self {
        Self {
            key: row.key.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            built_in: false,
            permissions: row.permissions,
            inherits: row.inherits.clone(),
            effective: holdings::permissions(all, &row.key),
            tiers: vec![Tier::Tenant, Tier::Unit],
            times: Some((row.created, row.modified)),
        }
    }
}

/// Every role of a tenant: the built-in ones, then its own by key.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, permit: &Permit<RolesRead>) -> Result<Vec<Role>> {
    let tenant = permit.tenant();
    let own = directory.store.read_one(move |tx| rows::list(tx, tenant)).await?;
    let of_tenant = own.iter().map(|row| Role::of_row(&own, row));
    Ok(built_in::BUILT_IN.iter().map(Role::of_built_in).chain(of_tenant).collect())
}

/// The role of that key.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, permit: &Permit<RolesRead>, key: &str) -> Result<Role> {
    let found = list(directory, permit).await?.into_iter().find(|role| role.key == key);
    found.ok_or(Error::Missing("role"))
}

/// What somebody gains and loses who gets one role instead of another.
///
/// # Errors
/// [`Error::Missing`] when there is none of these keys.
pub async fn compare(directory: &Directory, permit: &Permit<RolesRead>, from: &str, to: &str) -> Result<Comparison> {
    let roles = list(directory, permit).await?;
    let effective = |key: &str| {
        let found = roles.iter().find(|role| role.key == key);
        found.map(|role| role.effective).ok_or(Error::Missing("role"))
    };
    let (from, to) = (effective(from)?, effective(to)?);
    Ok(Comparison { gained: to.without(from), lost: from.without(to) })
}

/// Whether a role of a tenant may allow it: what concerns more than one tenant is the built-in roles' alone.
pub(super) fn is_of_tenants(permission: Permission) -> bool {
    built_in::built_in("tenant_admin").is_some_and(|role| role.permissions().contains(permission))
}
