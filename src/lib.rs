//! rollcall: a SCIM 2.0 provisioning server. This is the map; imports point down the list of ARCHITECTURE.md only.

// What may you: actors, permissions, permits.
pub mod access;
// The administrators' REST API.
pub mod admin;
// The server put together once: configuration, directory, listener.
pub mod app;
// Who are you: from a credential to an actor.
pub mod auth;
// The command line.
pub mod cli;
// Time and randomness, handed in.
pub mod clock;
// The settings, typed, from a file and the environment.
pub mod config;
// What every request carries: its id and its time.
pub mod context;
// The services: every rule about tenants, connections, tokens, users and groups.
pub mod directory;
// What can go wrong, in the domain's words.
pub mod error;
// The server: endpoint table, limits, request ids, health and metrics.
pub mod http;
// Identifiers, one type for each kind of thing.
pub mod ids;
// What is done by itself, as time goes by.
pub mod jobs;
// The record of every change, written with it.
pub mod journal;
// How long what is handed out works.
pub mod lifetimes;
// Second factors: how they are set up and proven, and what is under way.
pub mod mfa;
// What is said to people outside of answers: mails.
pub mod notify;
// Passwords: how they are kept, and which are good enough.
pub mod password;
// The SCIM protocol: RFC 7643 and RFC 7644.
pub mod scim;
// Sealing with authenticated encryption: keys, what they seal and open.
pub mod sealing;
// Secrets in memory, which print no value.
pub mod secret;
// The database, and the only place that names it.
pub mod store;
// The pages for people, and what mailed links lead to.
pub mod ui;
