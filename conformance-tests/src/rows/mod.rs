//! The rows of the RFCs: one [`Case`] a requirement, named as the requirement is, by RFC and section.
//!
//! A row that cannot be asked over HTTP with one token is an [`Excused`] row with the reason, so that no requirement is
//! lost. Rows check the text of the RFCs; where a connection's profile departs from it, the row follows the profile.

#![expect(
    clippy::indexing_slicing,
    reason = "reading JSON by name gives Null and never panics; only objects that were built or checked are written to"
)]

pub mod rfc7643;
pub mod rfc7644;

use crate::cases::{Applies, Case, Check, Level};

/// The schema that the files in `schemas/` add to users, for rows that speak of what no schema of the RFC has.
pub(crate) const USER_PROBE: &str = "urn:example:conformance:2.0:UserProbe";
/// The schema of the resource type that they add at `/Probes`.
pub(crate) const PROBE: &str = "urn:example:conformance:2.0:Probe";
/// The extension that every resource of that type must carry.
pub(crate) const PLACE: &str = "urn:example:conformance:2.0:Place";

/// Why a row is not judged on a server that takes more than clients may send.
pub(crate) const LENIENT: &str = "the RFC binds the client here, and this server takes what it should not send";

/// A row that no case checks.
#[derive(Clone, Copy, Debug)]
pub struct Excused {
    /// The row's name.
    pub id: &'static str,
    /// The RFC and its section.
    pub section: &'static str,
    /// The requirement.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Why no case checks it.
    pub reason: &'static str,
}

/// A row that holds in every profile.
pub(crate) const fn row(
    section: &'static str,
    level: Level,
    id: &'static str,
    title: &'static str,
    run: Check,
) -> Case {
    Case { id, section, title, level, profile: Applies::Every, alone: false, feature: None, run }
}

/// A row about what the files in `schemas/` define; skipped where they are not registered.
pub(crate) const fn custom(
    section: &'static str,
    level: Level,
    id: &'static str,
    title: &'static str,
    run: Check,
) -> Case {
    row(section, level, id, title, run).needing(USER_PROBE)
}

/// A row that is not checked.
pub(crate) const fn excused(
    section: &'static str,
    level: Level,
    id: &'static str,
    title: &'static str,
    reason: &'static str,
) -> Excused {
    Excused { id, section, title, level, reason }
}

/// Every row that is checked, in the order of the RFCs.
pub fn all() -> impl Iterator<Item = &'static Case> {
    rfc7643::CASES.iter().chain(rfc7644::CASES).flat_map(|table| table.iter())
}

/// Every row that is not checked, in the order of the RFCs.
pub fn not_checked() -> impl Iterator<Item = &'static Excused> {
    rfc7643::EXCUSED.iter().chain(rfc7644::EXCUSED)
}
