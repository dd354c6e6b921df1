//! Holds the import rules of ARCHITECTURE.md: reads the sources as text and fails with the rule's name, the file and the
//! line. One rule is one row of a table, with a sample that breaks it, so that a rule that can no longer fail is found too.
//! And every feature and rule of `features.txt` has a test over HTTP that is named by its id.

#[path = "architecture/checks.rs"]
mod checks;
#[path = "architecture/code.rs"]
mod code;
#[path = "architecture/samples.rs"]
mod samples;

use checks::{
    Source, check_layers, check_length, check_opening, check_rule, check_vendors, fail_on, lacking_tests, sources,
};

/// From the top down: a module names only modules of lower rows (and itself). Modules of one row do not know each other.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["app"],
    &["scim", "admin", "mfa::endpoints", "auth::endpoints", "ui", "jobs"],
    &["http"],
    &["auth"],
    &["mfa"],
    &["directory"],
    &["notify"],
    &["journal"],
    &["store"],
    PURE,
];

/// The lowest row; these may name each other.
const PURE: &[&str] =
    &["access", "password", "config", "ids", "clock", "context", "lifetimes", "sealing", "secret", "error"];

const FACES: &[&str] = &["src/scim", "src/admin", "src/mfa/endpoints", "src/auth/endpoints", "src/ui"];
const SERVICES: &[&str] = &["src/auth", "src/mfa", "src/directory", "src/notify", "src/journal"];
const ENDPOINTS: &[&str] = &["src/auth/endpoints", "src/mfa/endpoints"];
const PURE_FILES: &[&str] = &[
    "src/access",
    "src/password",
    "src/ids",
    "src/clock",
    "src/context",
    "src/lifetimes",
    "src/sealing",
    "src/secret",
    "src/error",
];
const VENDORS_ALLOWED: &[&str] = &["src/scim/profiles", "src/access/connection", "src/cli", "src/config"];

const DATABASE: &[&str] = &["diesel", "diesel_async", "diesel_migrations", "tokio_postgres", "libsqlite3_sys"];
const ACTIX: &[&str] = &["actix", "actix_web", "actix_http", "actix_rt", "actix_files"];
const HTTP: &[&str] = &["actix", "actix_web", "actix_http", "actix_rt", "crate::http", "StatusCode", "http::"];
const SOCKETS: &[&str] = &["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "tokio", "diesel", "std::process"];
const INPUT_OUTPUT: &[&str] =
    &["std::fs", "File", "TcpStream", "TcpListener", "UdpSocket", "tokio", "diesel", "std::env"];
const RUNTIME: &[&str] =
    &["actix_web", "actix_rt", "diesel", "tokio", "futures_util", "async", "await", "std::fs", "std::net"];

/// What may not be named where. Tests inside the sources are free.
struct Rule {
    name: &'static str,
    /// Files whose path begins with one of these ...
    within: &'static [&'static str],
    /// ... and with none of these.
    except: &'static [&'static str],
    /// Consecutive segments of a path; `x::` asks for something after it.
    forbidden: &'static [&'static str],
    /// A line that breaks the rule in the file `within[0]`.
    sample: &'static str,
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { name: "only the store names the database", within: &["src"], except: &["src/store"], forbidden: DATABASE, sample: "use diesel::prelude::*;" },
    Rule { name: "only http and what starts it name actix", within: &["src"], except: &["src/http", "src/app", "src/cli", "src/main.rs"], forbidden: ACTIX, sample: "actix_web::web::to(f);" },
    Rule { name: "a face never names the store", within: FACES, except: &[], forbidden: &["crate::store"], sample: "use crate::{error, store::Tx};" },
    Rule { name: "a service never names HTTP", within: SERVICES, except: ENDPOINTS, forbidden: HTTP, sample: "fn f() -> reply::StatusCode {}" },
    Rule { name: "a pure module does no I/O", within: PURE_FILES, except: &[], forbidden: INPUT_OUTPUT, sample: "use std::{collections::HashMap, fs::{self}};" },
    Rule { name: "config reads files and nothing else", within: &["src/config"], except: &[], forbidden: SOCKETS, sample: "std::net::TcpStream::connect(x);" },
    Rule { name: "scim-core has no HTTP, database, runtime", within: &["crates/scim-core/src"], except: &[], forbidden: RUNTIME, sample: "pub async fn f() {}" },
    Rule { name: "the parser has no HTTP, database, runtime", within: &["crates/scim-filter-parser/src"], except: &[], forbidden: RUNTIME, sample: "use tokio::task;" },
    Rule { name: "the parser does not know scim-core", within: &["crates/scim-filter-parser"], except: &[], forbidden: &["scim_core"], sample: "use scim_core::Value;" },
    Rule { name: "the crates do not know the server", within: &["crates"], except: &[], forbidden: &["rollcall"], sample: "use rollcall::ids;" },
    Rule { name: "only cli and jobs act as the system", within: &["src"], except: &["src/cli", "src/jobs", "src/access"], forbidden: &["Actor::system"], sample: "let actor = access::Actor::system(\"x\");" },
    Rule { name: "only tests make passwords cheaper", within: &["src"], except: &["src/directory/mod.rs"], forbidden: &["with_password_cost"], sample: "directory.with_password_cost(cost);" },
    Rule { name: "the conformance tests speak HTTP only", within: &["conformance-tests"], except: &[], forbidden: &["rollcall", "scim_core", "scim_filter_parser"], sample: "use scim_core::Value;" },
];

/// Identity providers. Their habits are named functions of the profiles; the rest is the protocol alone.
const VENDORS: &[&str] =
    &["entra", "azure", "microsoft", "okta", "onelogin", "jumpcloud", "keycloak", "authentik", "rauthy", "canaille"];

const MOST_LINES: usize = 500;

fn check_all(folders: &[&str], check: impl Fn(&Source) -> Vec<String>) {
    let sources = sources(folders);
    assert!(!sources.is_empty(), "no sources were found in {folders:?}");
    fail_on(&sources.iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn imports_point_down_only() {
    check_all(&["src"], check_layers);
}

#[test]
fn nothing_is_named_where_it_must_not() {
    check_all(&["src", "crates", "conformance-tests/src"], |source| {
        RULES.iter().flat_map(|rule| check_rule(rule, source)).collect()
    });
}

#[test]
fn only_the_profiles_name_vendors() {
    check_all(&["src", "crates"], check_vendors);
}

#[test]
fn every_module_says_what_it_is_for() {
    check_all(&["src", "crates", "tests", "conformance-tests/src", "xtask/src"], check_opening);
}

#[test]
fn no_file_is_too_long() {
    check_all(&["src", "crates", "tests", "conformance-tests/src", "xtask/src"], check_length);
}

#[test]
fn every_feature_has_a_test_of_its_name() {
    fail_on(&lacking_tests(include_str!("architecture/features.txt"), &sources(&["tests/it"])));
}
