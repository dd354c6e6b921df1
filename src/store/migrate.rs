//! Brings a database's schema up to date, under a lock, so that two processes that start at once do it once.
//!
//! A schema with migrations that this binary does not have is refused: an older binary must not write into it.

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::{Migration, MigrationConnection, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::postgres::{Address, Session};
use super::search_index;
use super::sqlite::{self, Role};
use crate::error::{Error, Result};

pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub(super) const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The key of the advisory lock that migrating processes take on PostgreSQL.
const LOCK: i64 = 0x726f_6c6c_6361_6c6c;

/// Checks, and when `create` is set makes or brings up to date, a SQLite database.
///
/// # Errors
/// [`Error::Unavailable`] with one line that says why.
pub(super) fn sqlite(path: &Path, create: bool) -> Result<()> {
    if !create && !path.exists() {
        return Err(Error::unavailable(format!("there is no database at {}", path.display())));
    }
    if create {
        create_private(path)?;
    }
    let Conn::Sqlite(mut conn) = sqlite::open(path, Role::Writer)? else {
        return Err(Error::internal("SQLite was opened as something else"));
    };
    if !create {
        return expect_current(&mut conn, &SQLITE);
    }
    // One lock round the whole list: the second of two processes waits here and then finds nothing to do.
    AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN EXCLUSIVE")?;
    let migrated = run_pending(&mut conn, &SQLITE);
    match migrated {
        Ok(()) => {
            AnsiTransactionManager::commit_transaction(&mut conn)?;
            search_index::complete(&mut Conn::Sqlite(conn))
        }
        Err(error) => {
            AnsiTransactionManager::rollback_transaction(&mut conn)?;
            Err(error)
        }
    }
}

/// Makes the file readable by its owner alone before anything is in it; the files beside it take over its mode.
fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::unavailable(format!("the database {} cannot be made: {error}", path.display()))),
    }
}

/// The same for PostgreSQL, whose database itself must exist.
///
/// # Errors
/// [`Error::Unavailable`] with one line that says why.
pub(super) fn postgres(address: &Address, create: bool) -> Result<()> {
    let mut session = Session::new(address.clone())?;
    let Conn::Pg(conn) = session.conn()? else {
        return Err(Error::internal("PostgreSQL was opened as something else"));
    };
    if !create {
        return expect_current(conn, &POSTGRES);
    }
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let migrated = run_pending(conn, &POSTGRES).and_then(|()| search_index::complete(session.conn()?));
    session.conn()?.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    migrated
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The migrations that were applied, or none when there never were any.
fn applied<C>(conn: &mut C) -> Vec<String>
where
    C: Connection + diesel::connection::LoadConnection,
    for<'q> diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Applied>,
{
    diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load::<Applied>(conn)
        .map(|rows| rows.into_iter().map(|row| row.version).collect())
        .unwrap_or_default()
}

fn known<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(Error::internal)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn refuse_newer(applied: &[String], known: &[String]) -> Result<()> {
    match applied.iter().find(|version| !known.contains(version)) {
        None => Ok(()),
        Some(version) => Err(Error::unavailable(format!(
            "the database's schema is newer than this program (it has migration {version}): use a newer program"
        ))),
    }
}

fn expect_current<C>(conn: &mut C, source: &EmbeddedMigrations) -> Result<()>
where
    C: Connection + diesel::connection::LoadConnection,
    EmbeddedMigrations: MigrationSource<C::Backend>,
    for<'q> diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Applied>,
{
    let (applied, known) = (applied(conn), known::<C::Backend>(source)?);
    refuse_newer(&applied, &known)?;
    if applied.len() < known.len() {
        return Err(Error::unavailable("the database's schema is not up to date: run `rollcall migrate`"));
    }
    Ok(())
}

fn run_pending<C>(conn: &mut C, source: &EmbeddedMigrations) -> Result<()>
where
    C: Connection + diesel::connection::LoadConnection + MigrationConnection + MigrationHarness<C::Backend>,
    EmbeddedMigrations: MigrationSource<C::Backend>,
    for<'q> diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Applied>,
{
    conn.setup()?;
    refuse_newer(&applied(conn), &known::<C::Backend>(source)?)?;
    let applied = applied(conn);
    let migrations: Vec<Box<dyn Migration<C::Backend>>> = source.migrations().map_err(Error::internal)?;
    for migration in migrations.iter().filter(|one| !applied.contains(&one.name().version().to_string())) {
        conn.run_migration(migration).map_err(Error::unavailable)?;
    }
    Ok(())
}
