//! Plain rusqlite as the measure of a create: the very rows that the server wrote are read from its database and written
//! again, into a copy of that database as it was before, 32 users a commit and with the server's durability.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Statement};
use uuid::Uuid;

use crate::process::own_cpu;
use crate::{Outcome, at};

/// Users under one commit.
const A_COMMIT: usize = 32;

/// What picks a user's rows.
#[derive(Clone, Copy)]
enum Key {
    /// `users.seq`.
    Seq,
    /// `users.id`.
    Id,
    /// `users.id` as text.
    Text,
}

/// A table that a create writes.
struct Table {
    name: &'static str,
    /// Which rows are a user's, by its key `?1`.
    rows: &'static str,
    key: Key,
    journal: bool,
}

/// The tables that a create writes, in an order that foreign keys allow. [`Source::new_users`] finds out when one is missing.
const TABLES: [Table; 6] = [
    table("users", "seq = ?1", Key::Seq, false),
    table("login_id", "user_id = ?1", Key::Id, false),
    table("user_attribute", "user_seq = ?1", Key::Seq, false),
    table("identity", "user_id = ?1", Key::Id, false),
    table("journal", "tenant_id IN (SELECT id FROM tenant) AND resource_id = ?1", Key::Text, true),
    table(
        "journal_value",
        "journal_seq IN (SELECT seq FROM journal WHERE tenant_id IN (SELECT id FROM tenant) AND resource_id = ?1)",
        Key::Text,
        true,
    ),
];

/// Tables whose rows nobody inserts for a create: triggers fill them, in the baseline's copy as well, or the server does
/// beside the creates. Those of the search index have this one's name and an underscore before their own.
const UPKEEP: [&str; 6] = ["counter", "provisioning_log", "search_common", "search_pending", "search_sample", SEARCH];
const SEARCH: &str = "user_search";

fn is_upkeep(name: &str) -> bool {
    let of_search = name.strip_prefix(SEARCH).is_some_and(|rest| rest.starts_with('_'));
    of_search || UPKEEP.contains(&name)
}

const fn table(name: &'static str, rows: &'static str, key: Key, journal: bool) -> Table {
    Table { name, rows, key, journal }
}

/// The rows of one user, by table in the order of [`TABLES`].
pub(crate) type UserRows = Vec<Vec<Vec<Value>>>;

/// The server's database, read beside it.
pub(crate) struct Source {
    connection: Connection,
    path: PathBuf,
    /// Rows a table when last looked at.
    counts: BTreeMap<String, i64>,
    /// The last user that was there.
    last: i64,
}

impl Source {
    /// Opens the database and notes what is in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(at(path))?;
        let path = path.to_path_buf();
        let (counts, last) = (BTreeMap::new(), 0);
        let mut source = Self { connection, path, counts, last };
        source.counts = source.count().map_err(at(&source.path))?;
        source.last = source.last_user().map_err(at(&source.path))?;
        Ok(source)
    }

    /// The rows of every user that was created since the last look.
    ///
    /// # Errors
    /// The database cannot be read, or tables have grown by other rows than these.
    pub(crate) fn new_users(&mut self) -> Outcome<Vec<UserRows>> {
        let users = self.read_new_users().map_err(at(&self.path))?;
        let counts = self.count().map_err(at(&self.path))?;
        for (name, count) in &counts {
            let grown = count - self.counts.get(name).unwrap_or(&0);
            let place = TABLES.iter().position(|table| table.name == name);
            let read = |user: &UserRows| place.and_then(|place| user.get(place)).map_or(0, Vec::len);
            if i64::try_from(users.iter().map(read).sum::<usize>()) != Ok(grown) {
                return Err(format!("creates wrote {grown} rows to {name}, which benches/src/baseline.rs must know"));
            }
        }
        self.counts = counts;
        self.last = self.last_user().map_err(at(&self.path))?;
        Ok(users)
    }

    fn read_new_users(&self) -> rusqlite::Result<Vec<UserRows>> {
        let mut new = self.connection.prepare("SELECT seq, id FROM users WHERE seq > ?1 ORDER BY seq")?;
        let keys = new.query_map([self.last], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let select = |table: &Table| {
            let query = format!("SELECT * FROM {} WHERE {}", table.name, table.rows);
            self.connection.prepare(&query).map(|statement| (table.key, statement))
        };
        let mut selects = TABLES.iter().map(select).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut users = Vec::new();
        for key in keys {
            let (seq, id) = key?;
            let text = Uuid::from_slice(&id).map(|id| id.to_string()).unwrap_or_default();
            let rows = selects.iter_mut().map(|(key, statement)| match key {
                Key::Seq => rows_of(statement, &Value::Integer(seq)),
                Key::Id => rows_of(statement, &Value::Blob(id.clone())),
                Key::Text => rows_of(statement, &Value::Text(text.clone())),
            });
            users.push(rows.collect::<rusqlite::Result<_>>()?);
        }
        Ok(users)
    }

    fn count(&self) -> rusqlite::Result<BTreeMap<String, i64>> {
        let mut names = self
            .connection
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'")?;
        let names = names.query_map([], |row| row.get::<_, String>(0))?;
        names
            .filter(|name| !name.as_deref().is_ok_and(is_upkeep))
            .map(|name| {
                let name = name?;
                let count = format!("SELECT count(*) FROM \"{name}\"");
                let count = self.connection.query_row(&count, [], |row| row.get(0))?;
                Ok((name, count))
            })
            .collect()
    }

    fn last_user(&self) -> rusqlite::Result<i64> {
        let last = "SELECT coalesce(max(seq), 0) FROM users";
        self.connection.query_row(last, [], |row| row.get(0))
    }
}

fn rows_of(statement: &mut Statement<'_>, key: &Value) -> rusqlite::Result<Vec<Vec<Value>>> {
    let columns = statement.column_count();
    let rows = statement.query_map([key], |row| (0..columns).map(|column| row.get(column)).collect())?;
    rows.collect()
}

/// What writing took.
pub(crate) struct Written {
    /// Of how many users.
    pub(crate) users: usize,
    /// In all.
    pub(crate) elapsed: Duration,
    /// Of CPU.
    pub(crate) cpu: Duration,
}

/// A copy of the server's database that plain rusqlite writes to.
pub(crate) struct Baseline {
    connection: Connection,
    path: PathBuf,
    journal: bool,
}

impl Baseline {
    /// Copies the database; `journal` says whether the journal's rows are written too.
    ///
    /// # Errors
    /// It cannot be copied.
    pub(crate) fn copy(source: &Source, path: &Path, journal: bool) -> Outcome<Self> {
        let copy = |path: &Path| -> rusqlite::Result<Connection> {
            source.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
            let connection = Connection::open(path)?;
            // As the server's own writer has it.
            connection.execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192;",
            )?;
            Ok(connection)
        };
        let connection = copy(path).map_err(at(path))?;
        let path = path.to_path_buf();
        Ok(Self { connection, path, journal })
    }

    /// Writes the rows of users, 32 a commit.
    ///
    /// # Errors
    /// A statement fails.
    pub(crate) fn write(&mut self, users: &[UserRows]) -> Outcome<Written> {
        let (began, before) = (Instant::now(), own_cpu()?);
        self.write_all(users).map_err(at(&self.path))?;
        Ok(Written { users: users.len(), elapsed: began.elapsed(), cpu: own_cpu()?.saturating_sub(before) })
    }

    fn write_all(&self, users: &[UserRows]) -> rusqlite::Result<()> {
        let mut inserts = Vec::new();
        for (place, table) in TABLES.iter().enumerate().filter(|(_, table)| self.journal || !table.journal) {
            let columns = self.connection.prepare(&format!("SELECT * FROM {}", table.name))?.column_count();
            let values = vec!["?"; columns].join(", ");
            let insert = format!("INSERT INTO {} VALUES ({values})", table.name);
            inserts.push((place, self.connection.prepare(&insert)?));
        }
        for group in users.chunks(A_COMMIT) {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            for user in group {
                for (place, insert) in &mut inserts {
                    for row in user.get(*place).into_iter().flatten() {
                        insert.execute(rusqlite::params_from_iter(row))?;
                    }
                }
            }
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with the server's schema, a tenant, and what a test adds.
    fn database(folder: &Path) -> (PathBuf, Connection) {
        let path = folder.join("server.db");
        let connection = Connection::open(&path).unwrap();
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
        let mut names: Vec<_> = std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for name in names {
            let sql = std::fs::read_to_string(name.join("up.sql")).unwrap();
            connection.execute_batch(&sql).unwrap();
        }
        connection.execute("INSERT INTO tenant (id, slug, created) VALUES (?1, 't', 0)", [vec![1_u8; 16]]).unwrap();
        (path, connection)
    }

    fn add_user(connection: &Connection, n: u8) {
        let id = Uuid::from_bytes([n; 16]);
        let tenant = vec![1_u8; 16];
        connection
            .execute(
                "INSERT INTO users (id, tenant_id, user_name, user_name_folded, identity_source, version, doc, created, modified)
                 VALUES (?1, ?2, ?3, ?3, 'SCIM', 1, '{}', 0, 0)",
                (id.as_bytes().to_vec(), &tenant, format!("u{n}")),
            )
            .unwrap();
        let seq = connection.last_insert_rowid();
        connection
            .execute(
                "INSERT INTO login_id (tenant_id, value_folded, user_id, kind, verified) VALUES (?1, ?2, ?3, 'user_name', false)",
                (&tenant, format!("u{n}"), id.as_bytes().to_vec()),
            )
            .unwrap();
        let attribute =
            "INSERT INTO user_attribute (path_id, value_folded, user_seq, position) VALUES (1, 'e', ?1, ?2)";
        for position in 0..2 {
            connection.execute(attribute, [seq, position]).unwrap();
        }
        connection
            .execute(
                "INSERT INTO journal (tenant_id, at, actor_kind, actor_id, request_id, resource_type, resource_id, operation, paths)
                 VALUES (?1, 0, 'scim', 'x', 'r', 'User', ?2, 'create', '[]')",
                (&tenant, id.to_string()),
            )
            .unwrap();
        let journal = connection.last_insert_rowid();
        let value = "INSERT INTO journal_value (journal_seq, subject_id, after) VALUES (?1, ?2, '{}')";
        connection.execute(value, (journal, id.to_string())).unwrap();
    }

    fn total(connection: &Connection, table: &str) -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_rows_of_new_users_are_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, server) = database(folder.path());
        add_user(&server, 1);
        let mut source = Source::open(&path).unwrap();
        let mut all = Baseline::copy(&source, &folder.path().join("all.db"), true).unwrap();
        let mut bare = Baseline::copy(&source, &folder.path().join("bare.db"), false).unwrap();
        (2..=40).for_each(|n| add_user(&server, n));
        let made = source.new_users().unwrap();
        assert_eq!(made.len(), 39);
        all.write(&made).unwrap();
        bare.write(&made).unwrap();
        let totals = |connection: &Connection| TABLES.map(|table| total(connection, table.name));
        assert_eq!(totals(&all.connection), [40, 40, 80, 0, 40, 40]);
        assert_eq!(totals(&bare.connection), [40, 40, 80, 0, 1, 1]);
        assert_eq!(source.new_users().unwrap().len(), 0);
    }

    #[test]
    fn a_table_that_the_bench_does_not_know_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let (path, server) = database(folder.path());
        server.execute_batch("CREATE TABLE other (a)").unwrap();
        let mut source = Source::open(&path).unwrap();
        add_user(&server, 1);
        server.execute_batch("INSERT INTO other VALUES (1)").unwrap();
        let error = source.new_users().unwrap_err();
        assert!(error.contains("1 rows to other"), "{error}");
    }
}
