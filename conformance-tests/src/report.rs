//! Runs a selection of the cases or rows and says how it went, as text, Markdown, JUnit or data.
//!
//! It prints nothing itself and decides nothing about the server.

mod forms;

use crate::cases::{self, Case, Context, Failure, Level, NOT_APPLICABLE, Problem, Profile};
use crate::client::{Client, Request};
use crate::rows::{self, Excused};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many cases run at once, but for those that must run alone.
const WORKERS: usize = 4;

/// How one case went.
#[derive(Clone, Debug, serde::Serialize)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should.
    Failed(Failure),
    /// It could not be judged, and why.
    Skipped(String),
}

/// One line of a report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// The case's name.
    pub id: String,
    /// The client or subject.
    pub section: String,
    /// What must hold.
    pub title: String,
    /// How binding it is.
    pub level: Level,
    /// How it went.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
    /// All exchanges of a case that failed, oldest first.
    pub trace: Vec<String>,
}

/// The result of a run.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// The base URL that was asked.
    pub base: String,
    /// The profile whose rules were applied.
    pub profile: Profile,
    /// One row a case, in the order of the table.
    pub rows: Vec<Row>,
}

/// Runs every case of the profile against a server.
#[must_use]
pub fn run(base: &str, token: &str, profile: Profile) -> Report {
    run_selected(base, token, profile, &[])
}

/// Runs the cases of the profile whose id is one of `ids`, or begins with one that ends in `*`; all when it is empty.
#[must_use]
pub fn run_selected(base: &str, token: &str, profile: Profile, ids: &[String]) -> Report {
    let chosen = cases::all().filter(|case| case.profile.covers(profile) && selected(case.id, ids)).collect();
    let mut report = run_chosen(base, token, profile, chosen);
    report.rows.extend(NOT_APPLICABLE.iter().filter(|row| selected(row.id, ids)).map(not_applicable));
    report
}

/// Runs the rows of the RFCs, in their order: all, or those of the sections, each with the sections in it: `7643-4`.
#[must_use]
pub fn run_rows(base: &str, token: &str, profile: Profile, sections: &[String]) -> Report {
    let chosen = rows::all().filter(|case| case.profile.covers(profile) && within(case.section, sections)).collect();
    let mut report = run_chosen(base, token, profile, chosen);
    report.rows.extend(rows::not_checked().filter(|row| within(row.section, sections)).map(excused));
    report.rows.sort_by_cached_key(|row| place(&row.id));
    report
}

/// Whether the server answers at all and takes the token.
///
/// # Errors
/// Why nothing can be checked: no answer, or the token is refused.
pub fn reach(base: &str, token: &str) -> Result<(), String> {
    let answer = Client::new(base, token).send(&Request::new("GET", "/Users?count=1"));
    match answer.status {
        0 => Err(format!("{base} cannot be reached: {}", answer.text)),
        401 => Err(format!("{base} refuses the token")),
        _ => Ok(()),
    }
}

fn run_chosen(base: &str, token: &str, profile: Profile, chosen: Vec<&Case>) -> Report {
    let client = Client::new(base, token);
    let done: Mutex<Vec<(usize, Row)>> = Mutex::new(Vec::with_capacity(chosen.len()));
    let keep = |place: usize, row: Row| {
        if let Ok(mut rows) = done.lock() {
            rows.push((place, row));
        }
    };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let place = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(case) = chosen.get(place)
                {
                    if !case.alone {
                        keep(place, run_case(case, &client, profile));
                    }
                }
            });
        }
    });
    for (place, case) in chosen.iter().enumerate().filter(|(_, case)| case.alone) {
        keep(place, run_case(case, &client, profile));
    }
    let mut rows = done.into_inner().unwrap_or_default();
    rows.sort_by_key(|(place, _)| *place);
    Report { base: base.to_owned(), profile, rows: rows.into_iter().map(|(_, row)| row).collect() }
}

/// Whether a section, `RFC 7643 4.1`, is one of those wanted, `7643-4.1`, or in one of them, `7643-4` or `7643`.
fn within(section: &str, wanted: &[String]) -> bool {
    let name = section.trim_start_matches("RFC ").replace(' ', "-");
    let fits = |one: &String| {
        name.strip_prefix(one.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    };
    wanted.is_empty() || wanted.iter().any(fits)
}

/// What orders the rows of the RFCs: the parts of the section, each a number and perhaps a letter, then the number in it.
fn place(id: &str) -> (Vec<(u32, String)>, u32) {
    let (section, number) = id.rsplit_once('-').unwrap_or((id, ""));
    let part = |text: &str| {
        let letter = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        (text.trim_end_matches(letter).parse().unwrap_or_default(), letter.to_owned())
    };
    (section.split(['-', '.']).map(part).collect(), number.parse().unwrap_or_default())
}

fn selected(id: &str, ids: &[String]) -> bool {
    let fits = |wanted: &String| wanted.strip_suffix('*').map_or(id == wanted, |start| id.starts_with(start));
    ids.is_empty() || ids.iter().any(fits)
}

/// The line of something that was not checked.
fn skipped(id: &str, section: &str, title: &str, level: Level, reason: &str) -> Row {
    Row {
        id: id.to_owned(),
        section: section.to_owned(),
        title: title.to_owned(),
        level,
        verdict: Verdict::Skipped(reason.to_owned()),
        elapsed: Duration::ZERO,
        trace: Vec::new(),
    }
}

fn not_applicable(row: &cases::NotApplicable) -> Row {
    skipped(row.id, "not applicable", row.fact, Level::Should, row.reason)
}

fn excused(row: &Excused) -> Row {
    skipped(row.id, row.section, row.title, row.level, row.reason)
}

/// Skips a case whose feature the server says that it does not offer: to say so is no failure.
fn offered(case: &Case, cx: &Context) -> cases::Outcome {
    match case.feature {
        Some(urn) if urn.starts_with("urn:") => match cx.get(&format!("/Schemas/{urn}")).status {
            200 => Ok(()),
            _ => Err(Problem::Skipped(format!("the schema {urn} is not registered"))),
        },
        Some(place) if *cx.get("/ServiceProviderConfig").at(place) != true => {
            Err(Problem::Skipped(format!("ServiceProviderConfig does not offer {place}")))
        }
        _ => Ok(()),
    }
}

fn run_case(case: &Case, client: &Client, profile: Profile) -> Row {
    let cx = Context::new(client.clone(), profile);
    let started = Instant::now();
    let outcome = offered(case, &cx).and_then(|()| (case.run)(&cx));
    let elapsed = started.elapsed();
    cx.clean();
    let (verdict, trace) = match outcome {
        Ok(()) => (Verdict::Passed, Vec::new()),
        Err(Problem::Failed(failure)) => (Verdict::Failed(*failure), cx.trace()),
        Err(Problem::Skipped(reason)) => (Verdict::Skipped(reason), Vec::new()),
    };
    Row {
        id: case.id.to_owned(),
        section: case.section.to_owned(),
        title: case.title.to_owned(),
        level: case.level,
        verdict,
        elapsed,
        trace,
    }
}

impl Report {
    /// How many passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.verdict, Verdict::Passed)).count()
    }

    /// The rows that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&Row, &Failure)> {
        self.rows.iter().filter_map(|row| match &row.verdict {
            Verdict::Failed(failure) => Some((row, failure)),
            Verdict::Passed | Verdict::Skipped(_) => None,
        })
    }

    /// How many rows of the level MUST or SHALL, or of their negatives, failed.
    #[must_use]
    pub fn defects(&self) -> usize {
        self.failures().filter(|(row, _)| row.level.binds()).count()
    }

    /// Whether something was checked and no binding row failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.passed() > 0 && self.defects() == 0
    }

    /// One line of counts.
    #[must_use]
    pub fn summary(&self) -> String {
        let (failed, defects) = (self.failures().count(), self.defects());
        let skipped = self.rows.len() - self.passed() - failed;
        format!(
            "{} ({}): {} passed, {failed} failed ({defects} of them MUST or SHALL), {skipped} skipped",
            self.base,
            self.profile.name(),
            self.passed()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{place, reach, run_selected, selected, within};
    use crate::cases::Profile;

    #[test]
    fn a_server_that_is_not_there_fails_and_is_not_clean() {
        let report = run_selected("http://127.0.0.1:9", "t", Profile::Tolerant, &["E-Q1".to_owned()]);
        assert_eq!(report.failures().count(), 1);
        assert!(!report.is_clean());
        assert!(report.to_table().contains("FAIL  E-Q1"));
        assert!(report.to_junit().contains("<failure message=\"expected status 200\">"));
    }

    #[test]
    fn a_selection_is_by_id_or_by_beginning() {
        assert!(selected("E-Q1", &[]));
        assert!(selected("E-Q1", &["E-*".to_owned()]));
        assert!(!selected("E-Q10", &["E-Q1".to_owned()]));
    }

    #[test]
    fn a_section_holds_its_subsections_and_no_other() {
        let four = ["7643-4".to_owned()];
        assert!(within("RFC 7643 4", &four) && within("RFC 7643 4.1.1", &four) && within("RFC 7644 1", &[]));
        assert!(within("RFC 7643 2.1", &["7643".to_owned()]));
        assert!(!within("RFC 7643 40", &four) && !within("RFC 7644 4", &four));
    }

    #[test]
    fn rows_are_in_the_order_of_their_numbers() {
        let mut ids = ["7643-2.10-01", "7643-2.3.1-01", "7644-1-01", "7643-2.3o-01", "7643-2.3-02", "7643-2.3-10"];
        ids.sort_by_key(|id| place(id));
        let wanted = ["7643-2.3-02", "7643-2.3-10", "7643-2.3.1-01", "7643-2.3o-01", "7643-2.10-01", "7644-1-01"];
        assert_eq!(ids, wanted);
    }

    #[test]
    fn a_server_that_is_not_there_cannot_be_reached() {
        assert!(reach("http://127.0.0.1:9", "t").is_err());
    }
}
