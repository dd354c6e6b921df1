//! Stages: each is timed, its failure is kept while the next ones run, and the end says everything in one table.

use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;
use std::time::Instant;

use crate::Outcome;

/// Numbers out of `test result:` lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, the form of cargo's tests and of the suites.
    fn read(line: &str) -> Option<Self> {
        let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = Self::default();
        for part in numbers.split("; ") {
            match part.split_once(' ') {
                Some((number, "passed")) => counts.passed = number.parse().ok()?,
                Some((number, "failed")) => counts.failed = number.parse().ok()?,
                Some((number, "ignored")) => counts.ignored = number.parse().ok()?,
                _ => {}
            }
        }
        Some(counts)
    }
}

/// Shows each line and adds up the results among them.
pub(crate) fn count_lines(output: impl Read) -> Counts {
    let mut counts = Counts::default();
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(found) = Counts::read(&line) {
            counts.add(found);
        }
    }
    counts
}

struct Done {
    name: String,
    minutes: f64,
    counts: Counts,
    failure: Option<String>,
}

/// What has run so far.
#[derive(Default)]
pub(crate) struct Stages {
    done: Vec<Done>,
    notes: Vec<String>,
}

impl Stages {
    /// Runs one stage.
    pub(crate) fn run(&mut self, name: &str, stage: impl FnOnce() -> Outcome<Counts>) {
        self.run_counted(name, || match stage() {
            Ok(counts) => (counts, Ok(())),
            Err(reason) => (Counts::default(), Err(reason)),
        });
    }

    /// Runs one stage that has numbers even when it fails.
    pub(crate) fn run_counted(&mut self, name: &str, stage: impl FnOnce() -> (Counts, Outcome<()>)) {
        println!("== {name}");
        let started = Instant::now();
        let (counts, outcome) = stage();
        let minutes = started.elapsed().as_secs_f64() / 60.0;
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("== {name}: {word}, {minutes:.1} minutes");
        self.done.push(Done { name: name.to_owned(), minutes, counts, failure: outcome.err() });
    }

    /// Keeps something that the reader of the table must know: what was left out and why.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Prints the table; its last line counts everything.
    pub(crate) fn finish(&self) -> ExitCode {
        println!("\n{:<20} | {:>7} | {:>6} | {:>6} | result", "stage", "minutes", "passed", "failed");
        let mut total = Counts::default();
        for Done { name, minutes, counts, failure } in &self.done {
            let result = failure.as_deref().unwrap_or("ok");
            println!("{name:<20} | {minutes:>7.1} | {:>6} | {:>6} | {result}", counts.passed, counts.failed);
            total.add(*counts);
        }
        for note in &self.notes {
            println!("note: {note}");
        }
        let good = self.done.iter().all(|stage| stage.failure.is_none());
        let minutes: f64 = self.done.iter().map(|stage| stage.minutes).sum();
        let Counts { passed, failed, ignored } = total;
        let word = if good { "ok" } else { "FAILED" };
        println!("all stages: {word}. {passed} passed; {failed} failed; {ignored} ignored; {minutes:.1} minutes");
        if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read_and_others_are_not() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(Counts::read(line), Some(Counts { passed: 12, failed: 3, ignored: 1 }));
        assert_eq!(Counts::read("test result_of_x ... ok"), None);
        assert_eq!(Counts::read("test result: ok. many passed; 0 failed"), None);
    }

    #[test]
    fn results_are_added_up() {
        let output = "test result: ok. 2 passed; 0 failed; 0 ignored\nnoise \u{fffd}\ntest result: ok. 3 passed; 1 failed; 0 ignored\n";
        assert_eq!(count_lines(output.as_bytes()), Counts { passed: 5, failed: 1, ignored: 0 });
    }

    #[test]
    fn a_failed_stage_does_not_stop_the_next_but_fails_the_run() {
        let mut stages = Stages::default();
        stages.run("one", || Err("no".to_owned()));
        stages.run("two", || Ok(Counts { passed: 1, ..Counts::default() }));
        assert_eq!(stages.done.len(), 2);
        assert_eq!(format!("{:?}", stages.finish()), format!("{:?}", ExitCode::FAILURE));
        stages.done.remove(0);
        assert_eq!(format!("{:?}", stages.finish()), format!("{:?}", ExitCode::SUCCESS));
    }
}
