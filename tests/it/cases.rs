//! Our own conformance cases, run against the server in this process.

use conformance_tests::Profile as Spoken;
use conformance_tests::report::run_selected;
use rollcall::access::Profile;

use crate::server::for_each_store;

/// Runs the cases of these ids, all when none is given.
fn check(spoken: Spoken, profile: Profile, ids: &[&str]) {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    for_each_store(|server| {
        let connection = server.connection("cases", profile.as_str(), profile);
        let token = server.mint(&connection, rollcall::access::TokenScope::Write, None);
        let report = run_selected(&server.base, token.secret.reveal(), spoken, &ids);
        let failures: Vec<String> = report
            .failures()
            .map(|(row, failure)| {
                format!("{} {}\nexpected: {}\n{}\n", row.id, row.title, failure.expected, failure.exchange)
            })
            .collect();
        assert!(failures.is_empty(), "{}\n{}", failures.join("\n"), report.summary());
        assert!(report.passed() > 20, "{}", report.summary());
    });
}

#[test]
fn every_case_holds_in_the_default_profile() {
    check(Spoken::Tolerant, Profile::Tolerant, &[]);
}

#[test]
fn every_case_holds_by_the_letter() {
    check(Spoken::Rfc, Profile::Rfc, &[]);
}

#[test]
fn the_cases_of_providers_hold_in_their_own_profiles() {
    let differ = ["rule-preset-group-patch", "rule-group-patch-size"];
    check(Spoken::Entra, Profile::Entra, &[&["E-*"], &differ[..]].concat());
    check(Spoken::Okta, Profile::Okta, &[&["O-*"], &differ[..]].concat());
}
