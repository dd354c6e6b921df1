//! What every request carries through the services: its id and its time. Pure: no I/O.

use crate::clock::Instant;

/// One request, or one run of a command.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Stands in the log, in the journal and in error details.
    pub request_id: String,
    /// When it began; the time of everything it writes.
    pub now: Instant,
}
