//! The form that every REST face shares: how bodies and queries are read, how answers and refusals look. It knows no
//! resource: what a body must hold is said by the endpoint that reads it.

pub mod body;
mod envelope;
mod faults;
mod path;
mod query;
mod refusal;
#[cfg(test)]
mod tests;

pub use body::{Field, Fields};
pub use envelope::{Meta, Page, Pagination, bare, data, page};
pub use path::id;
pub use query::{MOST_PER_PAGE, Order, PER_PAGE, Paging, Parameters, Sort, present};
pub use refusal::refuse;
