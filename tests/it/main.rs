//! The server as its clients see it, on every store that is there: over HTTP, and by the command line. What a module of
//! `src` promises alone is tested beside its code.
//!
//! SQLite always takes part; PostgreSQL does when `ROLLCALL_TEST_POSTGRES_URL` names a server where databases can be made.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests: what is not as it must be ends the test"
)]

mod browser;
mod client;
mod database;
mod dice;
mod persons;
mod program;
mod sent_codes;
mod server;
mod signed_in;

mod access;
mod access_auth;
mod access_rest;
mod account_rules;
mod accounts;
mod addresses;
mod adoption;
mod applications;
mod bad_input;
mod broken_off;
mod cases;
mod ceremonies;
mod commands;
mod cursors;
mod deleted_users;
mod devices;
mod domains;
mod enrolment_codes;
mod etags;
mod factor_rules;
mod factors_guarded;
mod factors_parallel;
mod factors_shown;
mod fresh_proofs;
mod grants;
mod guards;
mod guards_of_people;
mod guessing;
mod guessing_codes;
mod held_accounts;
mod http;
mod identity;
mod identity_random;
mod journal;
mod keys;
mod known_faults;
mod known_faults_guards;
mod known_faults_people;
mod last_owner;
mod limits;
mod log;
mod log_commands;
mod lone_guards;
mod lone_guards_of_accounts;
mod lone_guards_of_factors;
mod mail;
mod me;
mod mfa;
mod mfa_policy;
mod mfa_reports;
mod mfa_roles;
mod mfa_tenants;
mod new_users;
mod openapi;
mod organisation;
mod own_profile;
mod owners;
mod owners_email;
mod ownership;
mod pages;
mod pages_below;
mod pages_sessions;
mod passkeys;
mod passkeys_elsewhere;
mod password_policy;
mod passwords;
mod people;
mod people_reach;
mod people_write;
mod random_input;
mod rates;
mod records;
mod reset_notices;
mod reset_requests;
mod resets;
mod resources;
mod rest_filters;
mod roles;
mod same_guard;
mod schema_commands;
mod schemas;
mod secrets_at_rest;
mod sign_in;
mod source_lock;
mod stated;
mod suspicions;
mod suspicions_seen;
mod suspicions_told;
mod tenants;
mod tokens;
mod two_tenants_rest;
mod units;
mod whole;

mod store_cluster;
mod store_process;

mod store_crashes;
mod store_filters;
mod store_parallel;
mod store_random_filters;
mod store_tls;
