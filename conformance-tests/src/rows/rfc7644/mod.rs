//! The rows of RFC 7644, one case each, in files by section.
//!
//! A row whose subject one of the ordinary cases checks already runs that case. Rows that one token over HTTP cannot
//! show are in `not_applicable`, so that every row stands exactly once. Nothing here knows a server by name.

mod attributes;
mod bulk;
mod bulk_references;
mod create;
mod cursors;
mod custom;
mod delete;
mod discovery;
mod errors;
mod filters;
mod formats;
mod http;
mod logic;
mod not_applicable;
mod operators;
mod paging;
mod patch;
mod patch_add;
mod patch_remove;
mod patch_replace;
mod precis;
mod query;
mod replace;
mod search;
mod sorting;
mod versions;

pub use not_applicable::EXCUSED;

use super::{LENIENT, row};
use crate::cases::{self, Case, Check, Context, Level, Outcome, Problem, Profile, ensure, in_turn};
use crate::client::Answer;
use serde_json::Value;

/// The rows that are checked, by file in the order of the RFC; RFC 9865 stands last.
pub const CASES: &[&[Case]] = &[
    http::CASES,
    create::CASES,
    query::CASES,
    filters::CASES,
    operators::CASES,
    logic::CASES,
    sorting::CASES,
    paging::CASES,
    search::CASES,
    replace::CASES,
    patch::CASES,
    patch_add::CASES,
    patch_remove::CASES,
    patch_replace::CASES,
    delete::CASES,
    bulk::CASES,
    bulk_references::CASES,
    formats::CASES,
    attributes::CASES,
    errors::CASES,
    versions::CASES,
    discovery::CASES,
    precis::CASES,
    cursors::CASES,
    custom::CASES,
];

/// A row of the keyword MUST.
const fn must(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::Must, id, title, run)
}

/// A row of the keyword MUST NOT.
const fn must_not(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::MustNot, id, title, run)
}

/// A row of the keyword SHALL.
const fn shall(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::Shall, id, title, run)
}

/// A row of the keyword SHALL NOT.
const fn shall_not(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::ShallNot, id, title, run)
}

/// A row of the keyword SHOULD.
const fn should(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::Should, id, title, run)
}

/// A row of the keyword SHOULD NOT.
const fn should_not(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::ShouldNot, id, title, run)
}

/// A row of the keyword MAY.
const fn may(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::May, id, title, run)
}

/// A row that follows from the text without a keyword.
const fn implied(section: &'static str, id: &'static str, title: &'static str, run: Check) -> Case {
    row(section, Level::Implied, id, title, run)
}

/// The same row, run only where ServiceProviderConfig says `true` at that place.
const fn needing(feature: &'static str, case: Case) -> Case {
    case.needing(feature)
}

/// Runs ordinary cases by their ids, those that hold in the profile, each with users and groups of its own.
fn same(cx: &Context, ids: &[&str]) -> Outcome {
    let elsewhere = |id: &str| cases::all().any(|case| case.id == id && !case.profile.covers(cx.profile()));
    ids.iter().filter(|id| !elsewhere(id)).try_for_each(|id| in_turn(cx, &[id]))
}

/// The row cannot be judged on this server.
fn skip(reason: &str) -> Outcome {
    Err(Problem::Skipped(reason.to_owned()))
}

/// A message without its schema is refused by the letter; lenient profiles take it for what it must be. The letter binds
/// who sends it, so that a server that takes it breaks nothing.
fn schema_demanded(cx: &Context, answer: &Answer, scim_types: &[&str]) -> Outcome {
    match cx.profile() {
        Profile::Rfc if answer.status < 300 => skip(LENIENT),
        Profile::Rfc => refused_as(answer, scim_types),
        _ => answer.status(200).map(drop),
    }
}

/// An error 400 with one of these values of `scimType`, where the RFC names none; any when there are none.
fn refused_as(answer: &Answer, scim_types: &[&str]) -> Outcome {
    answer.error(400, "")?;
    let found = answer.at("/scimType").as_str().unwrap_or_default();
    let named = scim_types.is_empty() || scim_types.contains(&found);
    ensure(named, answer, format!("scimType among {scim_types:?}"))
}

/// What the RFC calls a malformed message: of its two words for it, either.
const MALFORMED: &[&str] = &["invalidSyntax", "invalidValue"];

/// Skips the row where the server does not offer what it asked.
fn offered(answer: Answer) -> Result<Answer, Problem> {
    match answer.status {
        404 | 405 | 501 => Err(Problem::Skipped(format!("not offered: the server answers {}", answer.status))),
        _ => Ok(answer),
    }
}

/// A body with these members beside its own.
pub(super) fn with(mut body: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::{CASES, EXCUSED};
    use std::collections::BTreeMap;

    /// The sections with the number of their rows.
    const ROWS: &[(&str, usize)] = &[
        ("7644-1", 4),
        ("7644-2", 11),
        ("7644-3.1", 5),
        ("7644-3.2", 5),
        ("7644-3.3", 12),
        ("7644-3.3.1", 1),
        ("7644-3.4.1", 3),
        ("7644-3.4.2", 7),
        ("7644-3.4.2.1", 6),
        ("7644-3.4.2.2", 16),
        ("7644-3.4.2.2o", 26),
        ("7644-3.4.2.2p", 14),
        ("7644-3.4.2.3", 10),
        ("7644-3.4.2.4", 11),
        ("7644-3.4.2.5", 3),
        ("7644-3.4.3", 6),
        ("7644-3.5.1", 12),
        ("7644-3.5.2", 22),
        ("7644-3.5.2.1", 10),
        ("7644-3.5.2.2", 8),
        ("7644-3.5.2.3", 9),
        ("7644-3.6", 6),
        ("7644-3.7", 18),
        ("7644-3.7.1", 2),
        ("7644-3.7.2", 5),
        ("7644-3.7.4", 3),
        ("7644-3.8", 8),
        ("7644-3.9", 10),
        ("7644-3.10", 2),
        ("7644-3.11", 6),
        ("7644-3.12", 7),
        ("7644-3.13", 3),
        ("7644-3.14", 10),
        ("7644-4", 9),
        ("7644-5", 5),
        ("7644-6", 7),
        ("7644-7", 10),
        ("9865-2", 9),
        ("9865-2.1", 3),
        ("9865-2.3", 3),
        ("9865-3", 1),
        ("9865-4", 1),
        ("9865-5", 5),
    ];

    #[test]
    fn every_row_stands_exactly_once() {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let checked = CASES.iter().flat_map(|table| table.iter()).map(|case| case.id);
        for id in checked.chain(EXCUSED.iter().map(|row| row.id)) {
            *found.entry(id.to_owned()).or_default() += 1;
        }
        let wanted: BTreeMap<String, usize> = ROWS
            .iter()
            .flat_map(|(section, count)| (1..=*count).map(move |number| (format!("{section}-{number:02}"), 1)))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_row_stands_under_its_own_section() {
        for (id, section) in CASES.iter().flat_map(|table| table.iter()).map(|case| (case.id, case.section)) {
            let own = id.rsplit_once('-').map_or("", |(own, _)| own).trim_end_matches(['o', 'p']);
            assert_eq!(format!("RFC {}", own.replacen('-', " ", 1)), section, "{id}");
        }
    }
}
