//! Our own cases as a suite: every case must hold, however binding it calls itself.

use std::fs;
use std::path::Path;

use conformance_tests::{Profile, Report};

use super::server::Target;
use super::verdict::Verdict;

/// Runs the cases of the profile; the whole report goes to `FILES.stdout`.
///
/// # Errors
/// The report cannot be written.
pub(crate) fn run(target: &Target, profile: Profile, files: &Path) -> Result<Verdict, String> {
    let report = conformance_tests::run(&target.base_url, &target.token, profile);
    let path = files.with_extension("stdout");
    fs::write(&path, report.to_table()).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(judge(&report))
}

fn judge(report: &Report) -> Verdict {
    let failed: Vec<String> = report
        .failures()
        .map(|(row, failure)| format!("{} {}: expected {}", row.id, row.title, failure.expected.replace('\n', " ")))
        .collect();
    let passed = report.passed();
    Verdict { passed, skipped: report.rows.len() - passed - failed.len(), failed, notes: Vec::new() }
}
