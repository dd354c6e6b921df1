//! Filters and sort keys compiled against a resource type's schemas, and their evaluation on one resource.
//!
//! Compilation resolves every name and checks every operand once. What comes out is plain data that [`Condition::matches`]
//! evaluates on a resource in memory and that a database layer can translate instead. Nothing here parses text or
//! touches a store.

mod compile;
mod condition;
mod matches;
mod number;
pub mod sort;
#[cfg(test)]
mod tests;

pub use compile::{Leniency, Unknown, compile, compile_element};
pub use condition::{Comparison, Condition, Field, Leaf, Operand, Place, SubTest, Test};
pub use number::Number;
pub use sort::{SortKey, SortValue};

pub(crate) use compile::case_exact;
pub(crate) use matches::comparable_text;
