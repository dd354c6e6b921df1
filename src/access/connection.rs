//! The settings of a SCIM connection that decide what it may do and how its requests are read.

use std::fmt;
use std::str::FromStr;

use crate::ids::{ConnectionId, TenantId};

/// A word that is none of a setting's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// What was given.
    pub given: String,
    /// The words that would have done, separated by `, `.
    pub expected: &'static str,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is none of {}", self.given, self.expected)
    }
}

impl std::error::Error for UnknownWord {}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $first_word:literal => $(#[$first_doc:meta])* $first:ident, $($word:literal => $(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[$first_doc])* $first,
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word for it in commands, answers and the database.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $first_word => Ok(Self::$first),
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord { given: text.to_owned(), expected: concat!($first_word $(, ", ", $word)*) }),
                }
            }
        }
    };
}

words! {
    /// How the requests of a connection are read and answered.
    Profile {
        "tolerant" => /// What identity providers send is understood; the default.
            Tolerant,
        "rfc" => /// The letter of the RFCs.
            Rfc,
        "entra" => /// `tolerant`, with the answers that Microsoft Entra ID prefers.
            Entra,
        "okta" => /// `tolerant`, with the answers that Okta prefers.
            Okta,
    }
}

impl Profile {
    /// Whether a group's name is unique among the groups of its owner.
    pub fn unique_group_names(self) -> bool {
        self != Self::Rfc
    }

    /// Whether a manager that is no known user is refused when a request sets or changes it; kept as sent otherwise.
    pub fn checks_managers(self) -> bool {
        self == Self::Rfc
    }

    /// Whether user names must keep the Bidi Rule (RFC 5893).
    pub fn keeps_bidi_rule(self) -> bool {
        self == Self::Rfc
    }
}

words! {
    /// Which users of its tenant a connection sees.
    Reach {
        "all" => /// Every user but those hidden from it; the default.
            All,
        "own" => /// Only users that are linked with it.
            Own,
    }
}

words! {
    /// What the first write to a user that a connection did not create does.
    Adoption {
        "link" => /// Links the user and applies the write; the default.
            Link,
        "ask" => /// Is refused until an administrator approves.
            Ask,
        "refuse" => /// Is refused.
            Refuse,
    }
}

words! {
    /// What a token may do.
    TokenScope {
        "write" => /// Read and write; the default.
            Write,
        "read" => /// Read only.
            Read,
    }
}

/// A SCIM client of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// How its requests are read.
    pub profile: Profile,
    /// Which users it sees.
    pub reach: Reach,
    /// What its first write to a foreign user does.
    pub adoption: Adoption,
    /// Requests a second that it may send; `None` is no limit.
    pub rate: Option<u32>,
}
