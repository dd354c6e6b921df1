//! Our own cases and the rows of the RFCs as suites: every case must hold, however binding it calls itself, and of the rows
//! those that bind.

use std::fs;
use std::path::Path;

use conformance_tests::cases::Failure;
use conformance_tests::report::Row;
use conformance_tests::{Profile, Report};

use super::server::Target;
use super::verdict::Verdict;

/// Runs the cases of the profile; the whole report goes to `FILES.stdout`.
///
/// # Errors
/// The report cannot be written.
pub(crate) fn run(target: &Target, profile: Profile, files: &Path) -> Result<Verdict, String> {
    let report = conformance_tests::run(&target.base_url, &target.token, profile);
    keep(&report, files)?;
    Ok(judge(&report, |_| true))
}

/// Runs the rows in the profile; the whole report goes to `FILES.stdout`.
///
/// # Errors
/// The report cannot be written.
pub(crate) fn run_rows(target: &Target, profile: Profile, files: &Path) -> Result<Verdict, String> {
    let report = conformance_tests::run_rows(&target.base_url, &target.token, profile, &[]);
    keep(&report, files)?;
    Ok(judge(&report, |row| row.level.binds()))
}

fn keep(report: &Report, files: &Path) -> Result<(), String> {
    let path = files.with_extension("stdout");
    fs::write(&path, report.to_table()).map_err(|error| format!("{}: {error}", path.display()))
}

/// Failures that count are failures, the others are notes.
fn judge(report: &Report, counts: impl Fn(&Row) -> bool) -> Verdict {
    let line = |(row, failure): (&Row, &Failure)| {
        let expected = failure.expected.replace('\n', " ");
        format!("{} ({}) {}: expected {expected}", row.id, row.level.name(), row.title)
    };
    let (failed, notes): (Vec<_>, Vec<_>) = report.failures().partition(|(row, _)| counts(row));
    let passed = report.passed();
    Verdict {
        passed,
        skipped: report.rows.len() - passed - failed.len() - notes.len(),
        failed: failed.into_iter().map(line).collect(),
        notes: notes.into_iter().map(line).collect(),
    }
}
