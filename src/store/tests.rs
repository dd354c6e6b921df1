//! The store from inside, on both engines: what must hold when jobs panic, end transactions, wait, lose against each
//! other or lose their connection. PostgreSQL is covered when `ROLLCALL_TEST_POSTGRES_URL` names a server.

mod counters;
pub(crate) mod explained;
mod jobs;
mod migrations;
mod plans;
mod postgres;
mod queues;
mod schemas;
mod search;
mod search_common;
mod support;
