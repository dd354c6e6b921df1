//! Bulk requests (RFC 7644 section 3.7): the envelope, its operations, and the references between them.
//!
//! Reading and rewriting only. Nothing here knows an endpoint's handler, runs an operation or decides in which order they
//! are run; how many operations a request may have is for the caller to say.

pub mod envelope;
pub mod operation;
pub mod references;

pub use envelope::Bulk;
pub use operation::{Method, Operation, Target};
