//! Identifiers of what the server keeps: UUIDs, one type for each kind of thing, so that a user's id is never taken for
//! a group's. New ids are version 7, made from the time and randomness that are handed in. Pure: no I/O.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::clock::Instant;

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id of version 7: the time in milliseconds, then randomness.
            pub fn new(now: Instant, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The UUID itself.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Only the canonical spelling is an id: lower case, with hyphens. Ids are compared exactly (RFC 7643
            /// section 3.1), so another spelling of the same UUID names nothing.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let uuid = Uuid::try_parse(text).map_err(|_| NotAnId)?;
                let mut canonical = Uuid::encode_buffer();
                if uuid.hyphenated().encode_lower(&mut canonical) == text { Ok(Self(uuid)) } else { Err(NotAnId) }
            }
        }
    )*};
}

id_types! {
    /// A tenant.
    TenantId;
    /// A user.
    UserId;
    /// A group.
    GroupId;
    /// A resource of a custom type.
    ResourceId;
    /// A SCIM client of a tenant.
    ConnectionId;
    /// The link of a user and whoever claims it.
    IdentityId;
    /// Whoever looks after several tenants.
    PartnerId;
    /// An org unit of a tenant.
    UnitId;
    /// A role that a tenant made.
    RoleId;
    /// A grant of a role.
    GrantId;
    /// Whoever a role is granted to: the id of a user, a group or a unit.
    SubjectId;
    /// A session of a person who signed in.
    SessionId;
    /// A passkey of a user.
    PasskeyId;
    /// A request for what lets somebody past the second factors of a user.
    MfaResetId;
    /// A device on which a user need not prove a second factor for a while.
    DeviceId;
    /// An authority that signs people in or keeps them.
    ProviderId;
    /// An application that people use.
    ApplicationId;
    /// Something that looks like an attack.
    SuspicionId;
}

impl TenantId {
    /// The id that a text spells in its usual form, in lower case or not: as administrators may write it.
    pub fn in_any_case(text: &str) -> Option<Self> {
        text.to_ascii_lowercase().parse().ok()
    }
}

/// The text is no id of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not an id")
    }
}

impl std::error::Error for NotAnId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_an_id() {
        let id = UserId::new(Instant::from_micros(1_700_000_000_000_000), [7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<UserId>(), Err(NotAnId));
        assert_eq!(id.uuid().simple().to_string().parse::<UserId>(), Err(NotAnId));
        assert_eq!("1".parse::<UserId>(), Err(NotAnId));
    }

    #[test]
    fn ids_are_version_seven_of_the_time_given() {
        let id = UserId::new(Instant::from_micros(1_700_000_000_123_456), [0xff; 10]);
        assert_eq!(id.uuid().get_version_num(), 7);
        let (seconds, nanos) = id.uuid().get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_700_000_000, 123));
    }
}
