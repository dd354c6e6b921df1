//! The permissions, as one enum and as types, sets of them, and what an endpoint needs.

use std::fmt;
use std::str::FromStr;

use super::connection::UnknownWord;

/// A permission as a type, for [`super::Permit`].
pub trait PermissionType {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($name:ident $word:literal $sentence:literal)*) => {
        /// What somebody may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $(#[doc = $sentence] $name,)*
        }

        impl Permission {
            /// Every permission, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word for it in roles, answers and the database.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The permission in a sentence, for people who grant it.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)*
                }
            }
        }

        impl FromStr for Permission {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$name),)*
                    _ => Err(UnknownWord { given: text.to_owned(), expected: concat!($($word, " ",)*) }),
                }
            }
        }

        $(
            #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl PermissionType for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}

permissions! {
    UsersRead "users.read" "See users."
    UsersWrite "users.write" "Create and change users."
    UsersDelete "users.delete" "Delete users, restore those that were deleted, and deactivate users for good."
    UsersErase "users.erase" "Erase what is kept of deleted users, for ever."
    UsersStatus "users.status" "Enable, suspend and lock users."
    UsersUnlock "users.unlock" "Unlock users who were locked out."
    UsersApprove "users.approve" "Approve users who wait for it."
    PasswordsReset "passwords.reset" "Send a user a link to set a new password."
    PasswordsSet "passwords.set" "Set the password of another user."
    SessionsRead "sessions.read" "See the sessions of users."
    SessionsRevoke "sessions.revoke" "End the sessions of users."
    MfaRead "mfa.read" "See which second factors users have."
    MfaReset "mfa.reset" "Remove the second factors of a user."
    MfaPolicyWrite "mfa.policy.write" "Decide who must have which second factors."
    IdentitiesRead "identities.read" "See by which providers users are known."
    IdentitiesWrite "identities.write" "Link users with providers, and unlink them."
    IdentitySourceFix "identity_source.fix" "Correct the identity source of users."
    ProvidersRead "providers.read" "See identity providers."
    ProvidersWrite "providers.write" "Create, change and delete identity providers."
    GroupsRead "groups.read" "See groups and their members."
    GroupsWrite "groups.write" "Create, change and delete groups and their members."
    MembersWrite "members.write" "Add members to groups and remove them."
    UnitsRead "units.read" "See org units."
    UnitsWrite "units.write" "Create, change, move and delete org units."
    RolesRead "roles.read" "See roles and who has them."
    RolesWrite "roles.write" "Create, change and delete roles."
    GrantsWrite "grants.write" "Grant roles and take them away."
    ApplicationsRead "applications.read" "See applications and who is assigned to them."
    ApplicationsWrite "applications.write" "Create, change and delete applications, their assignments and tokens."
    ApplicationUsersRead "applications.users.read" "As an application, see the users assigned to it."
    ConnectionsRead "connections.read" "See SCIM connections and what they did."
    ConnectionsWrite "connections.write" "Create, change and delete SCIM connections, and decide what they adopt."
    ScimTokensWrite "scim.tokens.write" "Create and revoke tokens of SCIM connections."
    SchemasRead "schemas.read" "See the schemas that the tenant added."
    SchemasWrite "schemas.write" "Add and remove schemas and resource types."
    ResourcesRead "resources.read" "See resources of the types that the tenant added."
    ResourcesWrite "resources.write" "Create, change and delete resources of the types that the tenant added."
    DomainsRead "domains.read" "See the domains of the tenant."
    DomainsWrite "domains.write" "Add domains to the tenant, verify and remove them."
    SettingsRead "settings.read" "See the settings of the tenant."
    SettingsWrite "settings.write" "Change the settings of the tenant."
    AuditRead "audit.read" "See what was changed and who did it, and who signed in."
    AlertsWrite "alerts.write" "Say that suspicious activity was seen to."
    ReportsRead "reports.read" "See reports."
    ExportsMake "exports.make" "Export what may be seen."
    TenantsRead "tenants.read" "See tenants."
    TenantsWrite "tenants.write" "Create, change, suspend and delete tenants."
    PartnersRead "partners.read" "See partners."
    PartnersWrite "partners.write" "Create, change and delete partners."
    PlatformRead "platform.read" "See the users of all tenants, and alerts about them."
    OwnersWrite "owners.write" "Make users owners of the platform, and take that away."
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Permission {
    /// Whether a person must have proven not long ago who they are (IR-18): it takes or gives power over accounts, or
    /// destroys.
    pub fn is_sensitive(self) -> bool {
        matches!(
            self,
            Self::MfaReset
                | Self::MfaPolicyWrite
                | Self::PasswordsSet
                | Self::GrantsWrite
                | Self::RolesWrite
                | Self::OwnersWrite
                | Self::IdentitiesWrite
                | Self::ConnectionsWrite
                | Self::ScimTokensWrite
                | Self::UsersDelete
                | Self::UsersErase
                | Self::TenantsWrite
        )
    }

    /// Whether it only looks.
    pub fn only_reads(self) -> bool {
        self.as_str().ends_with(".read") && self != Self::ApplicationUsersRead
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

// Each permission is one bit.
const _: () = assert!(Permission::ALL.len() <= 64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// These permissions.
    pub fn of(permissions: impl IntoIterator<Item = Permission>) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u64))
    }

    /// Whether a permission is in it.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u64 != 0
    }

    /// Whether every permission of `other` is in it.
    pub fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that `other` lacks.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its permissions, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

/// What an endpoint asks for before it reads a body. There is no default: a row without it does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing; says why that is safe.
    Public(&'static str),
    /// A valid credential of any kind.
    SignedIn,
    /// The same, be it of a session that may do nothing but set up a second factor.
    Enrolling,
    /// A valid credential whose actor holds this permission.
    One(Permission),
    /// A valid credential; what it must hold is decided at each effect. Says why.
    ByEffect(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_read_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
            assert!(permission.sentence().ends_with('.'));
        }
        assert!("users.rea".parse::<Permission>().is_err());
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let some = PermissionSet::of([Permission::UsersRead, Permission::OwnersWrite]);
        assert!(some.contains(Permission::UsersRead) && !some.contains(Permission::UsersWrite));
        assert_eq!(some.iter().collect::<Vec<_>>(), [Permission::UsersRead, Permission::OwnersWrite]);
        let all = PermissionSet::of(Permission::ALL.iter().copied());
        assert!(all.covers(some) && !some.covers(all));
        assert_eq!(all.without(some).and(some), all);
        assert!(some.without(all).is_empty());
    }
}
