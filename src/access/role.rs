//! The roles that every tenant has, as data. A tenant's own roles are rows that become the same sets of permissions.

use super::permission::{Permission, PermissionSet};
use super::scope::Tier;

/// A role that stands in the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its key, by which grants name it.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it is for.
    pub sentence: &'static str,
    /// The one tier it can be granted at; `None` is any.
    pub tier: Option<Tier>,
    permissions: fn(Permission) -> bool,
}

impl BuiltIn {
    /// What it allows.
    pub fn permissions(&self) -> PermissionSet {
        PermissionSet::of(Permission::ALL.iter().copied().filter(|permission| (self.permissions)(*permission)))
    }
}

/// The key of the role of those who own the platform.
pub const PLATFORM_OWNER: &str = "platform_owner";

/// Every built-in role, the weakest first.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { key: "viewer", name: "Viewer", sentence: "Sees users and groups.", tier: None, permissions: is_viewers },
    BuiltIn {
        key: "analyst",
        name: "Analyst",
        sentence: "Sees users, groups and reports.",
        tier: None,
        permissions: is_analysts,
    },
    BuiltIn {
        key: "investigator",
        name: "Investigator",
        sentence: "Sees users, groups, reports and who did what.",
        tier: None,
        permissions: |permission| is_analysts(permission) || permission == Permission::AuditRead,
    },
    BuiltIn {
        key: "auditor",
        name: "Auditor",
        sentence: "Sees and exports everything, and changes nothing.",
        tier: None,
        permissions: |permission| {
            is_tenants(permission) && (permission.only_reads() || permission == Permission::ExportsMake)
        },
    },
    BuiltIn {
        key: "helpdesk",
        name: "Helpdesk",
        sentence: "Helps users back in: reset links, unlocking, lost second factors.",
        tier: None,
        permissions: |permission| {
            use Permission::{MfaReset, PasswordsReset, UsersRead, UsersUnlock};
            matches!(permission, UsersRead | PasswordsReset | UsersUnlock | MfaReset)
        },
    },
    BuiltIn {
        key: "manager",
        name: "Manager",
        sentence: "Looks after users and memberships, mostly of an org unit.",
        tier: None,
        permissions: |permission| {
            use Permission::{GroupsRead, MembersWrite, UnitsRead, UsersRead, UsersWrite};
            matches!(permission, UsersRead | UsersWrite | GroupsRead | MembersWrite | UnitsRead)
        },
    },
    BuiltIn {
        key: "tenant_admin",
        name: "Tenant administrator",
        sentence: "Does everything in a tenant.",
        tier: None,
        permissions: is_tenants,
    },
    BuiltIn {
        key: "partner_admin",
        name: "Partner administrator",
        sentence: "Does everything in each tenant of a partner, and makes tenants.",
        tier: Some(Tier::Partner),
        permissions: |permission| {
            is_tenants(permission) || matches!(permission, Permission::TenantsRead | Permission::TenantsWrite)
        },
    },
    BuiltIn {
        key: PLATFORM_OWNER,
        name: "Platform owner",
        sentence: "Does everything everywhere.",
        tier: Some(Tier::Platform),
        permissions: |permission| permission != Permission::ApplicationUsersRead,
    },
];

/// The built-in role of that key.
pub fn built_in(key: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|role| role.key == key)
}

/// Whether permissions change something; making an export does not.
pub fn changes(permissions: PermissionSet) -> bool {
    permissions.iter().any(|permission| !permission.only_reads() && permission != Permission::ExportsMake)
}

fn is_viewers(permission: Permission) -> bool {
    matches!(permission, Permission::UsersRead | Permission::GroupsRead)
}

fn is_analysts(permission: Permission) -> bool {
    is_viewers(permission) || permission == Permission::ReportsRead
}

/// What concerns one tenant and not the installation.
pub(super) fn is_tenants(permission: Permission) -> bool {
    use Permission::{
        ApplicationUsersRead, OwnersWrite, PartnersRead, PartnersWrite, PlatformRead, TenantsRead, TenantsWrite,
    };
    !matches!(
        permission,
        ApplicationUsersRead | OwnersWrite | PartnersRead | PartnersWrite | PlatformRead | TenantsRead | TenantsWrite
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_reads_is_no_administrator() {
        let reading = BUILT_IN.iter().filter(|role| !changes(role.permissions())).map(|role| role.key);
        assert_eq!(reading.collect::<Vec<_>>(), ["viewer", "analyst", "investigator", "auditor"]);
    }

    #[test]
    fn each_role_holds_what_the_weaker_ones_of_its_kind_hold() {
        let set = |key| built_in(key).unwrap().permissions();
        for (weaker, stronger) in [
            ("viewer", "analyst"),
            ("analyst", "investigator"),
            ("investigator", "auditor"),
            ("auditor", "tenant_admin"),
            ("helpdesk", "tenant_admin"),
            ("manager", "tenant_admin"),
            ("tenant_admin", "partner_admin"),
            ("partner_admin", PLATFORM_OWNER),
        ] {
            assert!(set(stronger).covers(set(weaker)), "{weaker} {stronger}");
            assert!(!set(weaker).covers(set(stronger)), "{weaker} {stronger}");
        }
        assert!(
            set("auditor").iter().all(|permission| permission.only_reads() || permission == Permission::ExportsMake)
        );
        assert!(!set("helpdesk").contains(Permission::UsersWrite));
    }
}
