//! The column types both stores share: an id is `uuid` or 16 bytes, an instant `timestamptz` or microseconds, a document
//! `jsonb` or text. Only how values travel; nothing here asks a question of the database.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{self as st, HasSqlType, Nullable, SingleValue};
use diesel::sqlite::Sqlite;
use serde_json::Value;

use super::conn::MultiBackend;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{
    ApplicationId, ConnectionId, DeviceId, GrantId, GroupId, IdentityId, MfaResetId, PartnerId, PasskeyId, ProviderId,
    ResourceId, RoleId, SessionId, SubjectId, SuspicionId, TenantId, UnitId, UserId,
};

/// The SQL types as `schema.rs` names them.
pub(super) mod sql {
    use diesel::query_builder::QueryId;
    use diesel::sql_types::SqlType;

    /// `uuid`, or 16 bytes.
    #[derive(SqlType, QueryId, Clone, Copy, Debug, Default)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
    pub struct Id;

    /// `timestamptz`, or microseconds since 1970.
    #[derive(SqlType, QueryId, Clone, Copy, Debug, Default)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
    pub struct Instant;

    /// `jsonb`, or text.
    #[derive(SqlType, QueryId, Clone, Copy, Debug, Default)]
    #[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
    pub struct Document;
}

/// A JSON document in a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(pub Value);

/// A JSON document on its way into a column, as text: written where time is not short, before the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Json(String);

impl Default for Json {
    /// An object without members.
    fn default() -> Self {
        Self("{}".to_owned())
    }
}

impl Json {
    /// The text of a document.
    ///
    /// # Errors
    /// None that a document can have; what the writer of JSON says otherwise.
    pub fn of(document: &impl serde::Serialize) -> Result<Self> {
        serde_json::to_string(document).map(Self).map_err(Error::internal)
    }
}

macro_rules! sql_type {
    ($sql:path) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
    };
}

sql_type!(sql::Id);
sql_type!(sql::Instant);
sql_type!(sql::Document);

/// What diesel's `AsExpression` and `FromSqlRow` derive for a type of ours, written out because the types themselves
/// live in modules that do not know diesel.
macro_rules! column {
    ($rust:ty, $sql:path) => {
        impl AsExpression<$sql> for $rust {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'e> AsExpression<$sql> for &'e $rust {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl AsExpression<Nullable<$sql>> for $rust {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'e> AsExpression<Nullable<$sql>> for &'e $rust {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<DB: Backend> ToSql<Nullable<$sql>, DB> for $rust
        where
            $rust: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<DB: Backend, ST: SingleValue> Queryable<ST, DB> for $rust
        where
            $rust: FromSql<ST, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, $sql>()
            }
        }
    };
}

macro_rules! id_column {
    ($($rust:ty),*) => {$(
        column!($rust, sql::Id);
        impl ToSql<sql::Id, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                std::io::Write::write_all(out, self.uuid().as_bytes())?;
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::Id, Pg> for $rust {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(uuid::Uuid::from_slice(raw.as_bytes())?.into())
            }
        }
        impl ToSql<sql::Id, Sqlite> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.uuid().as_bytes().to_vec());
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::Id, Sqlite> for $rust {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<st::Binary, Sqlite>>::from_sql(raw)?;
                Ok(uuid::Uuid::from_slice(&bytes)?.into())
            }
        }
    )*};
}

id_column!(TenantId, UserId, GroupId, ResourceId, ConnectionId, IdentityId);
id_column!(PartnerId, UnitId, RoleId, GrantId, SessionId, ProviderId, ApplicationId, SubjectId);
id_column!(PasskeyId, DeviceId, MfaResetId, SuspicionId);

/// PostgreSQL counts microseconds from 2000-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

column!(Instant, sql::Instant);

impl ToSql<sql::Instant, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &self.micros().saturating_sub(POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Instant, Pg> for Instant {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_micros(i64::from_be_bytes(raw.as_bytes().try_into()?).saturating_add(POSTGRES_EPOCH)))
    }
}

impl ToSql<sql::Instant, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Instant, Sqlite> for Instant {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<st::BigInt, Sqlite>>::from_sql(raw).map(Self::from_micros)
    }
}

column!(Document, sql::Document);
column!(Json, sql::Document);

impl ToSql<sql::Document, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The wire form of jsonb begins with its version.
        std::io::Write::write_all(out, &[1])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<sql::Document, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Document, Pg> for Json {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <Document as FromSql<sql::Document, Pg>>::from_sql(raw).map(|document| Self(document.0.to_string()))
    }
}

impl FromSql<sql::Document, Sqlite> for Json {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<st::Text, Sqlite>>::from_sql(raw).map(Self)
    }
}

impl ToSql<sql::Document, Pg> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The wire form of jsonb begins with its version.
        std::io::Write::write_all(out, &[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Document, Pg> for Document {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = raw.as_bytes().split_first().map_or(&[][..], |(_version, text)| text);
        Ok(Self(serde_json::from_slice(text)?))
    }
}

impl ToSql<sql::Document, Sqlite> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Document, Sqlite> for Document {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(raw)?;
        Ok(Self(serde_json::from_str(&text)?))
    }
}
