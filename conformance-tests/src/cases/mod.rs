//! The cases, as one table: what is checked, how binding it is, in which profiles, and the function that checks it.
//!
//! A case speaks only through its [`Context`], names all it makes with the context's tag, and depends on no other case.
//! The files hold the rows by client or by subject; this file only joins them.

#![expect(
    clippy::indexing_slicing,
    reason = "reading JSON by name gives Null and never panics; only objects that were built or checked are written to"
)]

mod answer;
mod bulk;
mod commercial;
pub(crate) mod context;
mod discovery;
mod entra_groups;
mod entra_queries;
mod entra_users;
mod entra_validator;
mod etags;
mod filters;
mod groups;
mod http;
mod life_cycle;
mod lists;
mod not_applicable;
mod okta;
mod okta_specification;
mod open_source;
mod patches;
mod profile_bodies;
mod profile_patches;
mod runs;
mod user_names;
mod users;

pub use context::{Context, Resource};
pub use not_applicable::{NOT_APPLICABLE, NotApplicable};

use crate::client::Answer;

/// The connection's profile that the server runs with (scim-rules: which tolerance applies).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, clap::ValueEnum)]
pub enum Profile {
    /// The default: reads what real clients send.
    #[default]
    Tolerant,
    /// `Tolerant` with Microsoft Entra's answers to a group PATCH.
    Entra,
    /// `Tolerant` with Okta's answers to a group PATCH.
    Okta,
    /// The letter of the RFCs.
    Rfc,
}

impl Profile {
    /// The name as the server's configuration writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tolerant => "tolerant",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Rfc => "rfc",
        }
    }
}

/// How binding a case is: the keyword of its source (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Level {
    /// MUST.
    Must,
    /// MUST NOT.
    MustNot,
    /// SHALL.
    Shall,
    /// SHALL NOT.
    ShallNot,
    /// SHOULD.
    Should,
    /// SHOULD NOT.
    ShouldNot,
    /// RECOMMENDED.
    Recommended,
    /// MAY.
    May,
    /// Said without a keyword, or following from what is said.
    Implied,
}

impl Level {
    /// The keyword as the RFCs write it; `IMPL` for what is said without one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Shall => "SHALL",
            Self::ShallNot => "SHALL NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::Recommended => "RECOMMENDED",
            Self::May => "MAY",
            Self::Implied => "IMPL",
        }
    }

    /// Whether a failure is a defect, not only a weakness.
    #[must_use]
    pub const fn binds(self) -> bool {
        matches!(self, Self::Must | Self::MustNot | Self::Shall | Self::ShallNot)
    }
}

/// The profiles in which a case holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Applies {
    /// In all of them.
    Every,
    /// In `tolerant`, `entra` and `okta`.
    Lenient,
    /// In `rfc` only.
    Strict,
}

impl Applies {
    /// Whether a case with this mark runs under `profile`.
    #[must_use]
    pub fn covers(self, profile: Profile) -> bool {
        match self {
            Self::Every => true,
            Self::Lenient => profile != Profile::Rfc,
            Self::Strict => profile == Profile::Rfc,
        }
    }
}

/// An expectation that was not met.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Failure {
    /// What should have been.
    pub expected: String,
    /// The request and the answer at which it was not.
    pub exchange: String,
}

/// Why a case did not pass.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The server did something else.
    Failed(Box<Failure>),
    /// The case cannot be judged here, and why.
    Skipped(String),
}

/// What a case returns.
pub type Outcome = Result<(), Problem>;

/// A failure of `answer` against an expectation.
#[must_use]
pub fn failed(answer: &Answer, expected: impl Into<String>) -> Problem {
    Problem::Failed(Box::new(Failure { expected: expected.into(), exchange: answer.exchange.clone() }))
}

/// Fails with the expectation unless `holds`.
///
/// # Errors
/// The expectation and the exchange of `answer`.
pub fn ensure(holds: bool, answer: &Answer, expected: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(failed(answer, expected)) }
}

/// One thing that is checked.
#[derive(Clone, Copy)]
pub struct Case {
    /// The row's name, unique in the table.
    pub id: &'static str,
    /// The client or subject.
    pub section: &'static str,
    /// What must hold, as a sentence.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// In which profiles it holds.
    pub profile: Applies,
    /// Whether no other case may run meanwhile (it counts or times what all cases share).
    pub alone: bool,
    /// Where ServiceProviderConfig says whether the server offers what is checked; skipped where it says no.
    pub feature: Option<&'static str>,
    /// The check.
    pub run: fn(&Context) -> Outcome,
}

impl Case {
    pub(crate) const fn new(
        section: &'static str,
        profile: Applies,
        id: &'static str,
        title: &'static str,
        run: Check,
    ) -> Self {
        Self { id, section, title, level: Level::Must, profile, alone: false, feature: None, run }
    }

    /// The same case as a recommendation.
    pub(crate) const fn should(mut self) -> Self {
        self.level = Level::Should;
        self
    }

    /// The same case, run only where ServiceProviderConfig says `true` at that place.
    pub(crate) const fn needing(mut self, feature: &'static str) -> Self {
        self.feature = Some(feature);
        self
    }

    /// The same case, run while no other does.
    pub(crate) const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

pub(crate) type Check = fn(&Context) -> Outcome;

const TABLES: &[&[Case]] = &[
    entra_queries::CASES,
    entra_users::CASES,
    entra_groups::CASES,
    entra_validator::CASES,
    okta::CASES,
    okta_specification::CASES,
    commercial::CASES,
    open_source::CASES,
    runs::CASES,
    profile_bodies::CASES,
    profile_patches::CASES,
    user_names::CASES,
    users::CASES,
    life_cycle::CASES,
    groups::CASES,
    patches::CASES,
    etags::CASES,
    lists::CASES,
    filters::CASES,
    http::CASES,
    discovery::CASES,
    bulk::CASES,
];

/// Every case, in the order of the report.
pub fn all() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// Runs named cases one after the other, each with users and groups of its own.
pub(crate) fn in_turn(cx: &Context, ids: &[&str]) -> Outcome {
    for id in ids {
        let Some(case) = all().find(|case| case.id == *id) else {
            return Err(Problem::Skipped(format!("no case is named {id}")));
        };
        let own = cx.fresh();
        let outcome = (case.run)(&own);
        own.clean();
        outcome.map_err(|problem| match problem {
            Problem::Failed(mut failure) => {
                failure.expected = format!("step {id}: {}", failure.expected);
                Problem::Failed(failure)
            }
            other @ Problem::Skipped(_) => other,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{NOT_APPLICABLE, all};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_never_both_checked_and_excused() {
        let mut seen = BTreeSet::new();
        for id in all().map(|case| case.id).chain(NOT_APPLICABLE.iter().map(|row| row.id)) {
            assert!(seen.insert(id), "{id} stands twice");
        }
    }

    #[test]
    fn every_row_of_the_clients_is_checked_or_excused() {
        let known: BTreeSet<&str> = all().map(|case| case.id).chain(NOT_APPLICABLE.iter().map(|row| row.id)).collect();
        let rows = [
            ("E-Q", 10),
            ("E-U", 28),
            ("E-G", 10),
            ("E-S", 2),
            ("E-V", 11),
            ("O-Q", 3),
            ("O-U", 9),
            ("O-G", 9),
            ("O-T", 10),
            ("L-", 9),
            ("J-", 4),
            ("W-", 6),
            ("P-", 5),
            ("R-", 4),
            ("X-", 5),
            ("A-", 11),
            ("Y-", 7),
            ("K-", 5),
            ("run-", 10),
        ];
        for (prefix, count) in rows {
            for number in 1..=count {
                let id = format!("{prefix}{number}");
                assert!(known.contains(id.as_str()), "{id} is neither checked nor excused");
            }
        }
    }
}
