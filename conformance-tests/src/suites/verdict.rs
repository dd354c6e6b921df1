//! What a suite found, after its expectations were applied. Pure.

/// A suite's result in numbers and words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Checks that found what they look for.
    pub(crate) passed: usize,
    /// Checks that did not, and expectations that were not met; one line each.
    pub(crate) failed: Vec<String>,
    /// Checks that do not apply to the server.
    pub(crate) skipped: usize,
    /// Worth reading, no fault: warnings and failures that are expected.
    pub(crate) notes: Vec<String>,
}

impl Verdict {
    /// The suite did not run to its end or its output cannot be read.
    pub(crate) fn unusable(reason: String) -> Self {
        Self { failed: vec![reason], ..Self::default() }
    }

    /// Reads one line a step: `PASS name` or `FAIL name: why`.
    ///
    /// # Errors
    /// The lines are not exactly the expected steps in their order, or the exit code contradicts them.
    pub(crate) fn of_steps(expected: &[&str], output: &str, success: bool) -> Result<Self, String> {
        let mut verdict = Self::default();
        let mut steps = Vec::new();
        for line in output.lines() {
            if let Some(step) = line.strip_prefix("PASS ") {
                steps.push(step);
                verdict.passed += 1;
            } else if let Some((step, _)) = line.strip_prefix("FAIL ").and_then(|rest| rest.split_once(": ")) {
                steps.push(step);
                verdict.failed.push(line.to_owned());
            } else {
                return Err(format!("cannot read the line {line:?}"));
            }
        }
        if steps != expected {
            return Err(format!("expected the steps {expected:?}, found {steps:?}"));
        }
        if success != verdict.failed.is_empty() {
            return Err(format!(
                "the exit code says success = {success}, the lines say {} failures",
                verdict.failed.len()
            ));
        }
        Ok(verdict)
    }

    /// Something passed and nothing failed: a suite that checks nothing is not good.
    pub(crate) fn is_good(&self) -> bool {
        self.failed.is_empty() && self.passed > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_checked_nothing_is_not_good() {
        assert!(!Verdict::default().is_good());
        assert!(Verdict { passed: 1, ..Verdict::default() }.is_good());
        assert!(!Verdict { passed: 1, failed: vec!["x".to_owned()], ..Verdict::default() }.is_good());
    }
}
