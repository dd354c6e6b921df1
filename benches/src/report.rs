//! What a run found: figures, ratios and whether they keep within their bars, as Markdown and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::measure::Figures;
use crate::starts::mebibytes;

/// What the bar on memory assumes.
const MEMORY_USERS: usize = 10_000;
/// The most memory while that many users are there, in MiB.
const MEMORY_BAR: f64 = 60.0;
/// How much more a request may cost when there are more users.
const GROWTH_BAR: f64 = 2.0;

/// What a figure is held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Bar {
    /// It may not be higher.
    AtMost(f64),
    /// It may not be lower.
    AtLeast(f64),
    /// It is stated as measured.
    None,
}

impl Bar {
    fn met(self, figure: f64) -> &'static str {
        match self {
            Self::AtMost(most) if figure <= most => "yes",
            Self::AtLeast(least) if figure >= least => "yes",
            Self::AtMost(_) | Self::AtLeast(_) => "**no**",
            Self::None => "",
        }
    }
}

impl Display for Bar {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(out, "<= {most}"),
            Self::AtLeast(least) => write!(out, ">= {least}"),
            Self::None => Ok(()),
        }
    }
}

/// One line of the table of ratios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    row: String,
    measured: String,
    bar: Bar,
    ratio: f64,
}

impl Row {
    /// A row; `measured` is what the ratio was made of.
    pub(crate) fn new(row: impl Into<String>, measured: impl Into<String>, ratio: f64, bar: Bar) -> Self {
        let (row, measured) = (row.into(), measured.into());
        Self { row, measured, bar, ratio }
    }
}

/// All that a run found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    facts: Vec<(String, String)>,
    steps: Vec<Figures>,
    rows: Vec<Row>,
}

impl Report {
    /// An empty one about a machine.
    pub(crate) fn new(facts: Vec<(String, String)>) -> Self {
        let (steps, rows) = (Vec::new(), Vec::new());
        Self { facts, steps, rows }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds what steps came to.
    pub(crate) fn steps(&mut self, figures: Vec<Figures>) {
        self.steps.extend(figures);
    }

    /// Adds the ratio of two steps' CPU time for a request.
    pub(crate) fn ratio(&mut self, step: &str, to: &str, bar: Bar) {
        if let (Some(step), Some(to)) = (self.step(step), self.step(to)) {
            let name = format!("{} : {}", step.name, to.name);
            let measured = format!("{:.1} µs : {:.1} µs", step.cpu, to.cpu);
            self.rows.push(Row::new(name, measured, step.cpu / to.cpu, bar));
        }
    }

    /// Adds the most memory that the server used in any step, and what it used after the last one, in KiB.
    pub(crate) fn memory(&mut self, users: usize, last: u64) {
        let Some(highest) =
            self.steps.iter().filter(|step| step.name != crate::reads::BARE).max_by_key(|step| step.peak)
        else {
            return;
        };
        let bar = if users == MEMORY_USERS { Bar::AtMost(MEMORY_BAR) } else { Bar::None };
        let peak = mebibytes(highest.peak);
        let measured = format!("{peak:.1} MiB ({}); {:.1} MiB after all", highest.name, mebibytes(last));
        self.rows.push(Row::new("memory during the steps, highest", measured, peak, bar));
    }

    /// Adds the ratio of each step's CPU to that of the same step in another run.
    pub(crate) fn compare(&mut self, other: &Self) {
        let users =
            |report: &Self| report.facts.iter().find(|(name, _)| name == "users").map(|(_, users)| users.clone());
        let [here, there] = [users(self), users(other)].map(Option::unwrap_or_default);
        for step in &self.steps {
            if let Some(to) = other.step(&step.name) {
                let name = format!("{}: {here} users : {there} users", step.name);
                let measured = format!("{:.1} µs : {:.1} µs", step.cpu, to.cpu);
                let bar = Bar::AtMost(GROWTH_BAR);
                self.rows.push(Row::new(name, measured, step.cpu / to.cpu, bar));
            }
        }
    }

    /// What a step came to, if it was measured.
    pub(crate) fn step(&self, name: &str) -> Option<&Figures> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.facts {
            writeln!(out, "- {name}: {value}")?;
        }
        writeln!(out, "\n| row | measured | bar | ratio | met |\n| --- | --- | --- | ---: | --- |")?;
        for Row { row, measured, bar, ratio } in &self.rows {
            writeln!(out, "| {row} | {measured} | {bar} | {ratio:.2} | {} |", bar.met(*ratio))?;
        }
        if self.steps.is_empty() {
            return Ok(());
        }
        let head = "| step | requests/s | p50, ms | p99, ms | server CPU, µs | memory, MiB |";
        writeln!(out, "\n{head}\n| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for Figures { name, per_second, p50, p99, cpu, peak } in &self.steps {
            let (p50, p99, peak) = (p50 / 1e3, p99 / 1e3, mebibytes(*peak));
            writeln!(out, "| {name} | {per_second:.0} | {p50:.2} | {p99:.2} | {cpu:.1} | {peak:.1} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(users: &str, cpu: f64) -> Report {
        let mut report = Report::new(vec![("users".to_owned(), users.to_owned())]);
        let step =
            |name: &str, cpu| Figures { name: name.to_owned(), per_second: 1.0, p50: 1.0, p99: 1.0, cpu, peak: 2048 };
        report.steps(vec![step("GET", cpu), step("bare", 10.0)]);
        report
    }

    #[test]
    fn a_ratio_is_held_against_its_bar() {
        let mut report = report("10", 60.0);
        report.ratio("GET", "bare", Bar::AtMost(5.0));
        report.ratio("bare", "GET", Bar::AtLeast(0.1));
        report.ratio("GET", "missing", Bar::None);
        let text = report.to_string();
        assert!(text.contains("| GET : bare | 60.0 µs : 10.0 µs | <= 5 | 6.00 | **no** |"), "{text}");
        assert!(text.contains("| bare : GET | 10.0 µs : 60.0 µs | >= 0.1 | 0.17 | yes |"), "{text}");
        assert!(!text.contains("missing"), "{text}");
    }

    #[test]
    fn another_run_is_compared_step_by_step_after_a_trip_through_json() {
        let mut here = report("1000", 30.0);
        let there = serde_json::to_vec(&report("10", 10.0)).unwrap();
        here.compare(&serde_json::from_slice(&there).unwrap());
        let text = here.to_string();
        assert!(text.contains("| GET: 1000 users : 10 users | 30.0 µs : 10.0 µs | <= 2 | 3.00 | **no** |"), "{text}");
    }
}
