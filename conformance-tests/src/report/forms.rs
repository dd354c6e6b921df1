//! The forms of a report: a table for a terminal, a Markdown page, a JUnit document.

use super::{Report, Row, Verdict};
use std::fmt::Write as _;

impl Report {
    /// A table for a terminal: a line a row under its section, the exchange under each failure, the counts last.
    #[must_use]
    pub fn to_table(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for row in &self.rows {
            if row.section != section {
                section = &row.section;
                let _ = writeln!(text, "{section}");
            }
            let (level, elapsed) = (row.level.name(), row.elapsed.as_millis());
            let _ = writeln!(text, "  {}  {:<24} {level:<11} {elapsed:>6} ms  {}", word(row), row.id, row.title);
            match &row.verdict {
                Verdict::Passed => {}
                Verdict::Failed(failure) => {
                    let _ = writeln!(text, "    expected {}", indent(&failure.expected));
                    let _ = writeln!(text, "    {}", indent(&failure.exchange));
                }
                Verdict::Skipped(reason) => {
                    let _ = writeln!(text, "    {}", indent(reason));
                }
            }
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    /// A Markdown page: one table, and the exchange of each failure after it.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "{}\n\n| row | section | level | result | what must hold |\n|---|---|---|---|---|\n",
            self.summary()
        );
        for row in &self.rows {
            let result = match &row.verdict {
                Verdict::Passed => "pass".to_owned(),
                Verdict::Failed(failure) => format!("**fail**: expected {}", cell(&failure.expected)),
                Verdict::Skipped(reason) => format!("skipped: {}", cell(reason)),
            };
            let (level, title) = (row.level.name(), cell(&row.title));
            let _ = writeln!(text, "| {} | {} | {level} | {result} | {title} |", row.id, row.section);
        }
        for (row, failure) in self.failures() {
            let (expected, exchange) = (indent(&failure.expected), indent(&failure.exchange));
            let _ = writeln!(text, "\n## {}\n\n    expected {expected}\n\n    {exchange}", row.id);
        }
        text
    }

    /// A JUnit document with one suite. Only failures that bind are failures in it, so that advice breaks no build;
    /// the others are skipped rows that say what was expected.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let failed = self.defects();
        let skipped = self.rows.len() - self.passed() - failed;
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuite name=\"conformance-{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">\n",
            self.profile.name(),
            self.rows.len()
        );
        for row in &self.rows {
            let name = escape(&format!("{} {}", row.id, row.title));
            let (class, seconds) = (escape(&row.section), row.elapsed.as_secs_f64());
            let _ = write!(text, "<testcase classname=\"{class}\" name=\"{name}\" time=\"{seconds:.3}\">");
            text.push_str(&verdict_as_xml(row));
            text.push_str("</testcase>\n");
        }
        text.push_str("</testsuite>\n");
        text
    }
}

/// How the row went, in four letters; a failure that does not bind is in small ones.
fn word(row: &Row) -> &'static str {
    match row.verdict {
        Verdict::Passed => "pass",
        Verdict::Failed(_) if row.level.binds() => "FAIL",
        Verdict::Failed(_) => "fail",
        Verdict::Skipped(_) => "skip",
    }
}

fn verdict_as_xml(row: &Row) -> String {
    match &row.verdict {
        Verdict::Passed => String::new(),
        Verdict::Failed(failure) if row.level.binds() => {
            let (expected, exchange) = (escape(&failure.expected), escape(&failure.exchange));
            format!("<failure message=\"expected {expected}\">{exchange}</failure>")
        }
        Verdict::Failed(failure) => {
            let expected = escape(&failure.expected);
            format!("<skipped message=\"{} not met: expected {expected}\"/>", row.level.name())
        }
        Verdict::Skipped(reason) => format!("<skipped message=\"{}\"/>", escape(reason)),
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
    use super::{Report, Row, Verdict, escape};
    use crate::cases::{Failure, Level, Profile};
    use std::time::Duration;

    fn report(levels: &[Level]) -> Report {
        let failure = Failure { expected: "status 200".to_owned(), exchange: "GET /\n=> 0".to_owned() };
        let row = |level: &Level| Row {
            id: "7643-2.1-01".to_owned(),
            section: "RFC 7643 2.1".to_owned(),
            title: "names".to_owned(),
            level: *level,
            verdict: Verdict::Failed(failure.clone()),
            elapsed: Duration::ZERO,
            trace: Vec::new(),
        };
        let base = "http://x.example".to_owned();
        Report { base, profile: Profile::Rfc, rows: levels.iter().map(row).collect() }
    }

    #[test]
    fn only_failures_that_bind_are_failures() {
        let report = report(&[Level::ShallNot, Level::Should, Level::May]);
        assert_eq!(report.defects(), 1);
        assert!(report.to_junit().contains("failures=\"1\" skipped=\"2\""), "{}", report.to_junit());
        assert!(report.to_junit().contains("<skipped message=\"MAY not met: expected status 200\"/>"));
    }

    #[test]
    fn a_table_names_a_section_once_and_shows_the_exchange() {
        let table = report(&[Level::Must, Level::Should]).to_table();
        assert_eq!(table.matches("RFC 7643 2.1\n").count(), 1, "{table}");
        assert!(table.contains("FAIL  7643-2.1-01") && table.contains("fail  7643-2.1-01"), "{table}");
        assert!(table.contains("GET /\n    => 0"), "{table}");
    }

    #[test]
    fn text_is_escaped_for_xml() {
        assert_eq!(escape("<a b=\"c\">&\u{1}"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}");
    }
}
