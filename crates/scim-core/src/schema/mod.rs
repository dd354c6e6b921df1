//! Schemas: definitions as data, the built-in ones, their compiled index, and the discovery documents.

pub mod build;
pub mod builtin;
pub mod definition;
pub mod discovery;
pub mod index;
pub mod judge;
pub mod parse;
pub mod registry;
pub mod walk;

pub use definition::{Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness};
pub use index::{Home, Resolved, TypeIndex, fold_name};
pub use registry::Registry;
