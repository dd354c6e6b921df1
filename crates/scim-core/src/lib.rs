//! SCIM 2.0 (RFC 7643, RFC 7644) without HTTP and without a database: schemas as data, validation, projection, PATCH and
//! filter evaluation on resources in memory, and the messages of the protocol.
//!
//! A resource is a [`serde_json::Map`] in canonical form, as [`read::resource`] makes it: attribute names in their
//! registered spelling, extension objects under their registered URN, nothing unassigned (`null`, `[]`, `{}`, `""`), and
//! `schemas` rebuilt from what the resource carries. Nothing here does I/O, knows a tenant or repairs what clients send
//! wrongly: callers mend requests first (see [`schema::walk`]).

pub mod bulk;
pub mod cursor;
pub mod error;
pub mod evaluate;
pub mod fold;
pub mod index_rows;
pub mod json;
pub mod message;
pub mod patch;
pub mod policy;
pub mod project;
pub mod read;
pub mod schema;
pub mod unique_values;

pub use error::{Invalid, Kind};
pub use policy::{Note, Policy};

/// The example in the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
