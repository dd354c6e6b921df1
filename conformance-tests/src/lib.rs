//! Checks a SCIM 2.0 service provider over HTTP.
//!
//! `rows` are the requirements of RFC 7643 and RFC 7644, `cases` our own: one by row of what identity providers send and
//! of what the product promises. Both speak only HTTP against a base URL and a token, make their own users and groups and delete them again, so that they can run in
//! parallel, repeatedly and against any server. Nothing here knows the server's code. The runners of the public suites
//! belong to the program beside this library, not to it.

pub mod cases;
pub mod client;
pub mod report;
pub mod rows;

pub use cases::Profile;
pub use report::{Report, run, run_rows};
