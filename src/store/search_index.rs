//! Upkeep of the index behind `search`: texts for users from before it, the extension that PostgreSQL needs, and what
//! SQLite's index has yet to take in. A failure here makes searches slow, never wrong, and fails no write.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::conn::{Conn, PgConn};
use super::job::{begin, commit, rollback};
use super::schema::users;
use super::search;
use super::tx::Tx;
use super::types::Document;
use super::users::object;
use crate::error::Result;

/// Users that are given their text in one transaction.
const BATCH: i64 = 1000;

/// Texts that SQLite's index takes in at once.
const AT_ONCE: usize = 1000;

/// What PostgreSQL's index needs. The extension comes with the server but not by itself.
const TRIGRAM_INDEX: &str = "\
    CREATE EXTENSION IF NOT EXISTS pg_trgm; \
    CREATE INDEX IF NOT EXISTS users_search ON users USING gin (search gin_trgm_ops)";

/// What searches have to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether an index leads to the rows.
    pub indexed: bool,
    /// Whether every living user has its text.
    pub complete: bool,
}

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = Bool)]
    truth: bool,
}

/// What searches have to go by.
///
/// # Errors
/// When the database cannot be asked.
pub fn state(tx: &mut Tx<'_>) -> Result<State> {
    let without: Option<i64> = users::table
        .filter(users::search.is_null().and(users::deleted.is_null()))
        .select(users::seq)
        .first(tx.conn)
        .optional()?;
    let indexed = match tx.conn {
        Conn::Sqlite(_) => true,
        Conn::Pg(pg) => has_trigram_index(pg)?,
    };
    Ok(State { indexed, complete: without.is_none() })
}

fn has_trigram_index(pg: &mut PgConn) -> QueryResult<bool> {
    let query = diesel::sql_query("SELECT to_regclass($1) IS NOT NULL AS truth").bind::<Text, _>("users_search");
    query.get_result::<Truth>(pg).map(|found| found.truth)
}

/// Takes in the first of what waits, in a savepoint of the writer's transaction, and says whether there may be more. When
/// that fails it waits on.
///
/// # Errors
/// When the savepoint itself fails: the transaction is in ruins.
pub(super) fn take_in(conn: &mut Conn) -> QueryResult<bool> {
    begin(conn)?;
    match take_in_first(conn) {
        Ok(taken) => commit(conn).map(|()| taken >= AT_ONCE),
        Err(error) => {
            tracing::error!(cause = %error, "the search index cannot be kept: searches will be slow");
            rollback(conn).map(|()| false)
        }
    }
}

/// How many were taken in.
fn take_in_first(conn: &mut Conn) -> QueryResult<usize> {
    let first = format!("(SELECT seq FROM search_pending ORDER BY seq LIMIT {AT_ONCE})");
    conn.batch_execute(&format!(
        "INSERT INTO user_search (user_search, rowid, search) \
             SELECT 'delete', seq, search_grams(indexed) FROM search_pending WHERE indexed IS NOT NULL AND seq IN {first}; \
         INSERT INTO user_search (rowid, search) \
             SELECT seq, search_grams(search) FROM search_pending JOIN users USING (seq) \
             WHERE search IS NOT NULL AND seq IN {first};"
    ))?;
    diesel::sql_query(format!("DELETE FROM search_pending WHERE seq IN {first}")).execute(conn)
}

/// Gives every living user without one its text, and has the index lead to all of them.
///
/// # Errors
/// When the database fails; what was done until then stays.
pub(super) fn complete(conn: &mut Conn) -> Result<()> {
    while in_transaction(conn, fill_batch)? {}
    match conn {
        Conn::Sqlite(_) => while in_transaction(conn, take_in)? {},
        Conn::Pg(pg) => add_trigram_index(pg)?,
    }
    Ok(())
}

/// Makes the index if it can be made: the extension may be missing, and the role may not be allowed to add it.
fn add_trigram_index(pg: &mut PgConn) -> QueryResult<()> {
    if !has_trigram_index(pg)? {
        let made = pg.transaction(|pg| pg.batch_execute(TRIGRAM_INDEX));
        if let Err(error) = made {
            tracing::warn!(cause = %error, "no trigram index: searches for parts of texts look at every user");
        }
    }
    Ok(())
}

/// Does a part of the work, which says whether there is more of it.
fn in_transaction(conn: &mut Conn, part: fn(&mut Conn) -> QueryResult<bool>) -> Result<bool> {
    match conn {
        // Not upgraded from a read: another process may write meanwhile.
        Conn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        Conn::Pg(pg) => <PgConn as Connection>::TransactionManager::begin_transaction(pg)?,
    }
    let done = part(conn);
    if done.is_ok() {
        commit(conn)?
    } else {
        rollback(conn)?
    }
    Ok(done?)
}

/// Gives some users their text; false when there were none left.
fn fill_batch(conn: &mut Conn) -> QueryResult<bool> {
    let rows: Vec<(i64, i64, String, Document, Option<String>)> = users::table
        .filter(users::search.is_null().and(users::deleted.is_null()))
        .order(users::seq)
        .limit(BATCH)
        .select((users::seq, users::version, users::user_name, users::doc, users::email))
        .load(conn)?;
    for (seq, version, user_name, document, email) in &rows {
        let text = search::text(user_name, &object(document.clone()), email.as_deref());
        // Another program may have changed it meanwhile: then it is found again.
        let unchanged = users::table.filter(users::seq.eq(seq).and(users::version.eq(version)));
        diesel::update(unchanged).set(users::search.eq(Some(text))).execute(conn)?;
    }
    Ok(!rows.is_empty())
}
