//! Runs a selection of the cases and says how it went, as text, Markdown, JUnit or data.
//!
//! It prints nothing itself and decides nothing about the server.

use crate::cases::{self, Case, Context, Failure, Level, NOT_APPLICABLE, Problem, Profile};
use crate::client::Client;
use std::fmt::Write as _;
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
    let client = Client::new(base, token);
    let chosen: Vec<&Case> =
        cases::all().filter(|case| case.profile.covers(profile) && selected(case.id, ids)).collect();
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
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    rows.extend(NOT_APPLICABLE.iter().filter(|row| selected(row.id, ids)).map(excused));
    Report { base: base.to_owned(), profile, rows }
}

fn selected(id: &str, ids: &[String]) -> bool {
    let fits = |wanted: &String| wanted.strip_suffix('*').map_or(id == wanted, |start| id.starts_with(start));
    ids.is_empty() || ids.iter().any(fits)
}

fn excused(row: &cases::NotApplicable) -> Row {
    Row {
        id: row.id.to_owned(),
        section: "not applicable".to_owned(),
        title: row.fact.to_owned(),
        level: Level::Should,
        verdict: Verdict::Skipped(row.reason.to_owned()),
        elapsed: Duration::ZERO,
        trace: Vec::new(),
    }
}

/// Skips a case whose feature the server says that it does not offer: to say so is no failure.
fn offered(case: &Case, cx: &Context) -> cases::Outcome {
    match case.feature {
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

    /// Whether something was checked and no binding case failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.passed() > 0 && self.failures().all(|(row, _)| row.level != Level::Must)
    }

    /// One line of counts.
    #[must_use]
    pub fn summary(&self) -> String {
        let failed = self.failures().count();
        let skipped = self.rows.len() - self.passed() - failed;
        format!("{} ({}): {} passed, {failed} failed, {skipped} skipped", self.base, self.profile.name(), self.passed())
    }

    /// A table for a terminal: a line a case, the exchange under each failure, the counts last.
    #[must_use]
    pub fn to_table(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let (word, note) = match &row.verdict {
                Verdict::Passed => ("pass", String::new()),
                Verdict::Failed(failure) => ("FAIL", format!("\n    expected {}", indent(&failure.expected))),
                Verdict::Skipped(reason) => ("skip", format!("\n    {}", indent(reason))),
            };
            let _ = writeln!(text, "{word}  {:<34} {:>6} ms  {}{note}", row.id, row.elapsed.as_millis(), row.title);
            if let Verdict::Failed(failure) = &row.verdict {
                let _ = writeln!(text, "    {}", indent(&failure.exchange));
            }
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    /// A Markdown page with one table.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "{}\n\n| case | section | level | result | what must hold |\n|---|---|---|---|---|\n",
            self.summary()
        );
        for row in &self.rows {
            let result = match &row.verdict {
                Verdict::Passed => "pass".to_owned(),
                Verdict::Failed(failure) => format!("**fail**: expected {}", cell(&failure.expected)),
                Verdict::Skipped(reason) => format!("skipped: {}", cell(reason)),
            };
            let _ =
                writeln!(text, "| {} | {} | {:?} | {result} | {} |", row.id, row.section, row.level, cell(&row.title));
        }
        text
    }

    /// A JUnit document with one suite.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let failed = self.failures().count();
        let skipped = self.rows.len() - self.passed() - failed;
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuite name=\"conformance-{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">\n",
            self.profile.name(),
            self.rows.len()
        );
        for row in &self.rows {
            let name = escape(&format!("{} {}", row.id, row.title));
            let _ = write!(
                text,
                "<testcase classname=\"{}\" name=\"{name}\" time=\"{:.3}\">",
                escape(&row.section),
                row.elapsed.as_secs_f64()
            );
            match &row.verdict {
                Verdict::Passed => {}
                Verdict::Failed(failure) => {
                    let (expected, exchange) = (escape(&failure.expected), escape(&failure.exchange));
                    let _ = write!(text, "<failure message=\"expected {expected}\">{exchange}</failure>");
                }
                Verdict::Skipped(reason) => {
                    let _ = write!(text, "<skipped message=\"{}\"/>", escape(reason));
                }
            }
            text.push_str("</testcase>\n");
        }
        text.push_str("</testsuite>\n");
        text
    }
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n    ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write the other controls.
            control if control.is_control() && !matches!(control, '\n' | '\t') => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escape, run_selected, selected};
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
    fn text_is_escaped_for_xml() {
        assert_eq!(escape("<a b=\"c\">&\u{1}"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}");
    }
}
