//! The rows of RFC 7643, the core schema: one case a row, by section.

mod common;
mod custom;
mod definitions;
mod discovery;
mod excused;
mod groups;
mod judge;
mod multiple;
mod representations;
mod types;
mod users;
mod values;

pub use excused::EXCUSED;

use crate::cases::Case;

/// The rows that are checked, a table a file.
pub const CASES: &[&[Case]] = &[
    types::CASES,
    values::CASES,
    representations::CASES,
    common::CASES,
    users::CASES,
    multiple::CASES,
    groups::CASES,
    discovery::CASES,
    definitions::CASES,
    custom::CASES,
];

#[cfg(test)]
mod tests {
    use super::{CASES, EXCUSED};
    use std::collections::BTreeMap;

    /// Every row of the RFC with its level.
    const ROWS: &str = include_str!("rows.txt");

    #[test]
    fn every_row_is_checked_or_excused_once_at_its_level() {
        let checked = CASES.iter().flat_map(|table| table.iter()).map(|case| (case.id, case.level, case.section));
        let excused = EXCUSED.iter().map(|row| (row.id, row.level, row.section));
        let mut found = BTreeMap::new();
        for (id, level, section) in checked.chain(excused) {
            assert!(found.insert(id, level.name()).is_none(), "{id} stands twice");
            let start = format!("{}-", section.replace("RFC ", "").replace(' ', "-"));
            assert!(id.starts_with(&start), "{id} is not of {section}");
        }
        let wanted: BTreeMap<&str, &str> = ROWS.lines().filter_map(|line| line.split_once(' ')).collect();
        assert_eq!(found, wanted);
    }
}
