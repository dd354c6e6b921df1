//! Ids in paths. A text that is no UUID is nobody's id, so it is not found; it is no fault of the request's form.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::http::Exchange;

/// The length of a UUID as text, with hyphens.
const LENGTH: usize = 36;

/// The id in the path under a name; `what` is what is then not found: `user`.
///
/// # Errors
/// [`Error::Missing`] when it is no UUID.
pub fn id<T: From<Uuid>>(exchange: &Exchange, name: &str, what: &'static str) -> Result<T> {
    parse(exchange.path.get(name)).map(T::from).ok_or(Error::Missing(what))
}

/// A UUID in its usual form, in any case.
pub(super) fn parse(text: &str) -> Option<Uuid> {
    if text.len() == LENGTH { Uuid::try_parse(text).ok() } else { None }
}
