//! The rules themselves are tested here: each fails on what it is for and on nothing else.

use super::checks::{Source, check_layers, check_length, check_opening, check_rule, check_vendors, lacking_tests};
use super::{MOST_LINES, RULES};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn every_rule_fails_on_its_sample() {
    for rule in RULES {
        for place in rule.within {
            let text = format!("//! x\n{}\n", rule.sample);
            let found = check_rule(rule, &source(&format!("{place}/x.rs"), &text));
            assert_eq!(found.len(), 1, "{}: {found:?}", rule.name);
            assert!(
                found.iter().all(|line| line.starts_with(&format!("{}: {place}/x.rs:2: ", rule.name))),
                "{found:?}"
            );
            let harmless = format!("// {0}\nconst X: &str = r#\"{0}\"#;\n", rule.sample);
            assert_eq!(check_rule(rule, &source(&format!("{place}/x.rs"), &harmless)), [""; 0], "{}", rule.name);
            let test = format!("#[cfg(test)]\nmod tests {{\n{}\n}}\n", rule.sample);
            assert_eq!(check_rule(rule, &source(&format!("{place}/x.rs"), &test)), [""; 0], "{}", rule.name);
        }
        for place in rule.except {
            assert_eq!(check_rule(rule, &source(place, rule.sample)), [""; 0], "{}", rule.name);
        }
        assert_eq!(check_rule(rule, &source("elsewhere/x.rs", rule.sample)), [""; 0], "{}", rule.name);
    }
}

#[test]
fn layers_fail_upward_and_sideways_and_allow_downward() {
    let bad = [
        ("src/store/users.rs", "use crate::directory::users;"),
        ("src/store/mod.rs", "fn f() { crate::http::x() }"),
        ("src/scim/users.rs", "use crate::{error::Error, admin::v1};"),
        ("src/directory/users.rs", "use crate::auth::Actor;"),
        ("src/auth/bearer.rs", "use crate::auth::endpoints::login;"),
        ("src/journal.rs", "use super::notify::mail;"),
        ("src/journal/append.rs", "use super::super::directory;"),
        ("src/ids.rs", "use crate::store::Tx;"),
        ("src/jobs/purge.rs", "use crate::scim::users;"),
        ("src/http/mod.rs", "#[cfg(test)]\nmod tests { use super::super::scim; }"),
    ];
    for (path, text) in bad {
        assert_eq!(check_layers(&source(path, text)).len(), 1, "{path}: {text}");
    }
    let good = [
        ("src/main.rs", "use rollcall::cli;"),
        ("src/lib.rs", "pub mod store; pub use crate::store::Tx;"),
        ("src/scim/users.rs", "use crate::directory::users; use super::profiles; use crate::scim::groups;"),
        ("src/auth/endpoints/login.rs", "use crate::auth::sessions; use super::super::sessions;"),
        ("src/error.rs", "use crate::ids::UserId;"),
        ("src/store/filter/users.rs", "use super::super::schema; use crate::config::Limits;"),
        ("src/store/mod.rs", "#[cfg(test)]\nmod tests { use super::directory; }"),
    ];
    for (path, text) in good {
        assert_eq!(check_layers(&source(path, text)), [""; 0], "{path}");
    }
    assert_eq!(check_layers(&source("src/newcomer/mod.rs", "")).len(), 1);
}

#[test]
fn vendors_openings_and_lengths_are_seen() {
    for text in ["/// As Okta does.", "fn entra_id() {}", "struct EntraGroup;", "\"microsoft\""] {
        assert_eq!(check_vendors(&source("crates/scim-core/src/x.rs", text)).len(), 1, "{text}");
        assert_eq!(check_vendors(&source("src/scim/users.rs", text)).len(), 1, "{text}");
        assert_eq!(check_vendors(&source("src/scim/profiles/members.rs", text)), [""; 0]);
    }
    assert_eq!(check_vendors(&source("src/store/x.rs", "central, entrance, polka")), [""; 0]);
    assert_eq!(check_opening(&source("src/x.rs", "use std::fs;")).len(), 1);
    assert_eq!(check_opening(&source("src/x.rs", "//! For something.")), [""; 0]);
    assert_eq!(check_length(&source("src/x.rs", &"\n".repeat(MOST_LINES + 1))).len(), 1);
    assert_eq!(check_length(&source("src/x.rs", &"\n".repeat(MOST_LINES))), [""; 0]);
}

#[test]
fn a_feature_is_tested_by_a_test_that_begins_with_its_id_or_holds_it() {
    let tests =
        "#[test]\nfn s4_01_x() {}\n    #[test]\n    fn ir3_s4_02_y() {}\nfn s4_03_helper() {}\n// fn s4_03_z()\n";
    let sources = [source("tests/it/x.rs", tests)];
    assert_eq!(lacking_tests("# s4_09\ns4_01 s4_02\nir3", &sources), [""; 0]);
    let lacking = lacking_tests("s4_0 ir30 s4_03\ns4_01", &sources);
    assert_eq!(lacking.len(), 3, "{lacking:?}");
    assert!(lacking[2].ends_with(": s4_03"), "{lacking:?}");
}
