//! The permissions, as one enum and as types, and what an endpoint needs.

/// What somebody may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See users.
    UsersRead,
    /// Create, change and delete users.
    UsersWrite,
    /// See groups and their members.
    GroupsRead,
    /// Create, change and delete groups and their members.
    GroupsWrite,
    /// See resources of the types that the tenant added.
    ResourcesRead,
    /// Create, change and delete resources of the types that the tenant added.
    ResourcesWrite,
}

impl Permission {
    /// The permission in a sentence, for people who grant it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::UsersRead => "See users.",
            Self::UsersWrite => "Create, change and delete users.",
            Self::GroupsRead => "See groups and their members.",
            Self::GroupsWrite => "Create, change and delete groups and their members.",
            Self::ResourcesRead => "See resources of the types that the tenant added.",
            Self::ResourcesWrite => "Create, change and delete resources of the types that the tenant added.",
        }
    }
}

/// A permission as a type, for [`super::Permit`].
pub trait PermissionType {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! permission_types {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl PermissionType for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

permission_types! {
    /// [`Permission::UsersRead`]
    UsersRead
    /// [`Permission::UsersWrite`]
    UsersWrite
    /// [`Permission::GroupsRead`]
    GroupsRead
    /// [`Permission::GroupsWrite`]
    GroupsWrite
    /// [`Permission::ResourcesRead`]
    ResourcesRead
    /// [`Permission::ResourcesWrite`]
    ResourcesWrite
}

/// What an endpoint asks for before it reads a body. There is no default: a row without it does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing; says why that is safe.
    Public(&'static str),
    /// A valid credential of any kind.
    SignedIn,
    /// A valid credential whose actor holds this permission.
    One(Permission),
    /// A valid credential; what it must hold is decided at each effect. Says why.
    ByEffect(&'static str),
}
