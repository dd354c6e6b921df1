//! Everything that is wrong with one request, collected before it is refused: whoever sends a form wants to hear of all
//! its faults at once.

use crate::error::{Error, Fault, Result, Segment};

/// The faults below one place of a request.
#[derive(Debug)]
pub(super) struct Faults {
    place: &'static str,
    found: Vec<Fault>,
}

impl Faults {
    /// None yet; `place` is `body` or `query`.
    pub(super) fn below(place: &'static str) -> Self {
        Self { place, found: Vec::new() }
    }

    /// Notes faults of a member, whose places are written from that member on.
    pub(super) fn of(&mut self, name: &str, faults: Vec<Fault>) {
        self.found.extend(faults.into_iter().map(|fault| fault.within(name)));
    }

    /// Notes faults of the whole.
    pub(super) fn add(&mut self, faults: Vec<Fault>) {
        self.found.extend(faults);
    }

    /// The value of a result; its faults are noted.
    pub(super) fn take<T>(&mut self, name: &str, read: std::result::Result<T, Vec<Fault>>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(faults) => {
                self.of(name, faults);
                None
            }
        }
    }

    /// What was found, with its places written from here on.
    pub(super) fn into_found(self) -> Vec<Fault> {
        self.found
    }

    /// Refuses the request if anything is wrong with it.
    pub(super) fn finish(self) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Error::Unprocessable(self.found.into_iter().map(|fault| fault.within(self.place)).collect()))
    }
}

/// One fault of a value, at the value itself.
pub(super) fn wrong<T>(kind: &'static str, message: impl Into<String>) -> std::result::Result<T, Vec<Fault>> {
    Err(vec![Fault::at(std::iter::empty::<Segment>(), kind, message)])
}
