//! The store: the only place that names Diesel, and the only one that asks the database anything.
//!
//! Work is ordinary blocking code on a thread that owns a connection: [`Store::read`] and [`Store::write`] take a
//! closure over an opaque [`Tx`], which the functions of the table modules (`users`, `groups`, ...) are called with.
//! Acknowledged means durable: an answer to a write comes after its COMMIT held. The store knows rows, not rules; who
//! may see or change what is decided above, and arrives here as arguments.

pub mod accounts;
pub mod activity;
pub mod adoption_requests;
pub mod alert_webhooks;
pub mod application_tokens;
pub mod application_users;
pub mod applications;
pub mod belongings;
pub mod carriers;
pub mod ceremonies;
pub mod connections;
pub mod counters;
pub mod credentials;
pub mod devices;
pub mod domains;
pub mod factors;
pub mod filter;
pub mod grants;
pub mod groups;
pub mod guesses;
pub mod holders;
pub mod identities;
pub mod inherited_grants;
pub mod journal;
pub mod keys;
pub mod limits;
pub mod login_ids;
pub mod members;
pub mod mfa_days;
pub mod mfa_resets;
pub mod mfa_standing;
pub mod names;
pub mod one_time_links;
pub mod outbox;
pub mod owners;
pub mod partners;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod places;
pub mod platform;
pub mod presence;
pub mod providers;
pub mod provisioning_log;
pub mod recovery_codes;
pub mod resources;
pub mod retention;
pub mod roles;
pub mod schemas;
pub mod search_index;
pub mod sessions;
pub mod signing_keys;
pub mod suspicions;
pub mod tenants;
pub mod text;
pub mod tokens;
pub mod tombstones;
pub mod unique;
pub mod unit_members;
pub mod units;
pub mod users;

mod conn;
mod job;
mod lanes;
mod migrate;
mod postgres;
mod schema;
mod seams;
mod search;
mod search_common;
mod search_grams;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod tx;
mod types;

use std::path::PathBuf;
use std::sync::Arc;

pub use tx::{Lock, Tx};
pub use types::{Document, Json};

use crate::error::{Error, Result};
use job::Kind;
use lanes::Lanes;
use postgres::Address;

/// Where the database is, and whether it may be made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://...`.
    pub database_url: String,
    /// How many connections to PostgreSQL.
    pub pg_pool: usize,
    /// Whether to create the database and bring its schema up to date; otherwise both must be so already.
    pub create: bool,
}

/// A database, as its URL names it.
enum Location {
    Sqlite(PathBuf),
    Postgres(Box<Address>),
}

impl Location {
    fn parse(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(Address::parse(url)?)));
        }
        Err(Error::unavailable("the database URL begins with neither sqlite: nor postgres://"))
    }
}

/// The store. Cheap to clone; every clone shares the same threads.
#[derive(Clone)]
pub struct Store {
    lanes: Arc<Lanes>,
}

impl Store {
    /// Opens the database and starts the store's threads. Blocks; call it from a thread that may.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached, does not exist and may not be made, or has a schema
    /// that this binary does not know.
    pub fn open(settings: &Settings) -> Result<Self> {
        let lanes = match Location::parse(&settings.database_url)? {
            Location::Sqlite(path) => {
                migrate::sqlite(&path, settings.create)?;
                Lanes::sqlite(&path)?
            }
            Location::Postgres(address) => {
                migrate::postgres(&address, settings.create)?;
                Lanes::postgres(&address, settings.pg_pool)?
            }
        };
        Ok(Self { lanes: Arc::new(lanes) })
    }

    /// Runs `work` in a transaction and answers after its COMMIT. `work` may be run more than once and must have no
    /// effect outside the transaction.
    ///
    /// # Errors
    /// Those of `work`, with nothing changed; [`Error::TooFast`] when the queue is full; [`Error::Unavailable`] when the
    /// database fails: then the outcome may be unknown.
    pub async fn write<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        self.ask(Kind::Write, work).await
    }

    /// Runs `work` over one snapshot. It must not write.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        self.ask(Kind::Snapshot, work).await
    }

    /// Runs `work`, which reads a few rows that keys lead to, over one snapshot. It must not write.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read_few<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        self.ask(Kind::Few, work).await
    }

    /// Runs `work`, which asks one question only, outside any transaction.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read_one<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        self.ask(Kind::Single, work).await
    }

    /// Runs `work`, which may look at many rows, in the lane for long reads, over one snapshot.
    ///
    /// # Errors
    /// As [`Store::write`]; [`Error::TooMany`] when it takes too long.
    pub async fn scan<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        self.ask(Kind::Scan, work).await
    }

    async fn ask<R, F>(&self, kind: Kind, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
    {
        let (job, answer) = job::job(kind, work);
        self.lanes.send(job)?;
        answer.await.map_err(|_| Error::unavailable("the store has stopped"))?
    }

    /// Finishes what was accepted and stops the store's threads. Later work is refused. Blocks.
    pub fn close(&self) {
        self.lanes.stop();
    }
}
