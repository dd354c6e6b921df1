//! The server: takes requests from the network, finds their row in the endpoint table, checks what the row asks for,
//! calls its handler and sends the answer. It knows no protocol above HTTP: what a refusal looks like is the face's
//! matter. The HTTP library is named only in `server`, `dispatch`, `envelope` and `incoming`.

pub mod activity;
mod caller;
mod credential;
mod dispatch;
pub mod document;
mod documentation;
mod endpoint;
mod envelope;
mod face;
mod incoming;
mod metrics;
mod note;
mod openapi;
pub mod profile;
mod query;
pub mod rest;
mod router;
mod server;
mod services;
mod system;
mod tls;

#[cfg(test)]
mod tests;

pub use credential::Credential;
pub use document::Document;
pub use endpoint::{Answering, BodyRule, Endpoint, Exchange, Handler, Headers, Method, PathParameters, Pieces, Reply};
pub use face::{Asked, Carrier, Face, Refusal};
pub use note::{Answered, Looked, Note, Said};
pub use query::Query;
pub use server::{Listen, Running, serve};
pub use services::Services;
pub use tls::Tls;
