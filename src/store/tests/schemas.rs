//! The schema that the migrations make on each engine, held against `schema.rs` and against the other's.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::support::{on_postgres, postgres_place, sqlite_place};

/// A type of `schema.rs` on SQLite and on PostgreSQL.
const KINDS: &[(&str, &str, &str)] = &[
    ("Id", "BLOB", "uuid"),
    ("Instant", "BIGINT", "timestamp with time zone"),
    ("Document", "TEXT", "jsonb"),
    ("Text", "TEXT", "text"),
    ("Binary", "BLOB", "bytea"),
    ("Bool", "BOOLEAN", "boolean"),
    ("Integer", "INTEGER", "integer"),
    ("BigInt", "BIGINT", "bigint"),
];

/// Columns that only migrations know: table, column, on SQLite, on PostgreSQL.
const UNMAPPED: &[(&str, &str, &str, &str)] = &[("journal", "tx_id", "INTEGER", "xid8")];

type Columns = BTreeMap<(String, String), (String, bool)>;

/// Table, column, type, whether it may be null.
#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// An index, or a reference, as one line of text.
#[derive(QueryableByName, Debug)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// But for the index behind searches, which each engine has in its own form.
const TABLES_ON_SQLITE: &str = "sqlite_master AS t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' \
     AND t.name NOT LIKE 'user\\_search%' ESCAPE '\\' AND t.name <> 'search_pending' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";

fn sqlite<R>(work: impl FnOnce(&mut SqliteConnection) -> R) -> R {
    let place = sqlite_place();
    place.open().close();
    work(&mut SqliteConnection::establish(place.url.strip_prefix("sqlite:").unwrap()).unwrap())
}

fn sqlite_columns() -> Columns {
    // An INTEGER PRIMARY KEY is SQLite's only spelling of a row number, which is a BIGINT.
    let query = format!(
        "SELECT t.name AS owner, c.name AS name, NOT c.\"notnull\" AS nullable, \
         CASE WHEN c.pk = 1 AND c.type = 'INTEGER' AND c.name = 'seq' THEN 'BIGINT' ELSE c.type END AS kind \
         FROM (SELECT name FROM {TABLES_ON_SQLITE}) AS t, pragma_table_info(t.name) AS c"
    );
    sqlite(|conn| by_name(diesel::sql_query(query).load(conn).unwrap()))
}

fn by_name(columns: Vec<Column>) -> Columns {
    columns.into_iter().map(|column| ((column.owner, column.name), (column.kind, column.nullable))).collect()
}

const POSTGRES_COLUMNS: &str = "SELECT c.relname::text AS owner, a.attname::text AS name, \
     format_type(a.atttypid, a.atttypmod) AS kind, NOT a.attnotnull AS nullable \
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped \
     AND c.relname NOT LIKE '\\_\\_diesel%'";

/// The columns as `schema.rs` has them, with its types.
fn declared() -> Columns {
    let mut columns = Columns::new();
    let mut table = String::new();
    let files = [
        include_str!("../schema.rs"),
        include_str!("../schema/accounts.rs"),
        include_str!("../schema/factors.rs"),
        include_str!("../schema/suspicions.rs"),
    ];
    for line in files.into_iter().flat_map(str::lines).map(str::trim) {
        if let Some((name, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let column = (inner.unwrap_or(kind).to_owned(), inner.is_some());
            columns.insert((table.clone(), name.to_owned()), column);
        } else if let Some((name, _key)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            name.clone_into(&mut table);
        }
    }
    columns
}

/// What `schema.rs` comes to on one engine.
fn expected(engine: impl Fn((&'static str, &'static str)) -> &'static str) -> Columns {
    let kind_of = |kind: &str| {
        let (_, sqlite, postgres) = KINDS.iter().find(|(name, ..)| *name == kind).unwrap();
        engine((sqlite, postgres)).to_owned()
    };
    let declared = declared().into_iter().map(|(name, (kind, nullable))| (name, (kind_of(&kind), nullable)));
    let unmapped = UNMAPPED.iter().map(|(table, column, sqlite, postgres)| {
        (((*table).to_owned(), (*column).to_owned()), (engine((sqlite, postgres)).to_owned(), false))
    });
    declared.chain(unmapped).collect()
}

#[test]
fn the_declared_tables_are_those_of_both_engines() {
    assert!(declared().len() > 50, "schema.rs was not understood");
    assert_eq!(sqlite_columns(), expected(|(sqlite, _)| sqlite));
    if let Some(place) = postgres_place() {
        place.open().close();
        let found = on_postgres(&place.url, |conn| diesel::sql_query(POSTGRES_COLUMNS).load(conn).unwrap());
        assert_eq!(by_name(found), expected(|(_, postgres)| postgres));
    }
}

/// `table unique (columns) partial`; a row number has no index of its own on SQLite.
const SQLITE_INDEXES: &str = "SELECT t.name || CASE i.\"unique\" WHEN 1 THEN ' unique' ELSE '' END || ' (' || \
     (SELECT group_concat(name, ', ') FROM \
     (SELECT coalesce(name, 'expression') AS name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' \
     || CASE i.partial WHEN 1 THEN ' partial' ELSE '' END AS line \
     FROM tables AS t, pragma_index_list(t.name) AS i \
     UNION SELECT t.name || ' unique (' || c.name || ')' FROM tables AS t, pragma_table_info(t.name) AS c \
     WHERE c.pk = 1 AND c.type = 'INTEGER' AND c.name = 'seq'";

const POSTGRES_INDEXES: &str = "SELECT c.relname || CASE WHEN i.indisunique THEN ' unique' ELSE '' END || ' (' || \
     (SELECT string_agg(CASE i.indkey[n - 1] WHEN 0 THEN 'expression' \
      ELSE replace(pg_get_indexdef(i.indexrelid, n, true), '\"', '') END, ', ' ORDER BY n) \
      FROM generate_series(1, i.indnkeyatts) AS n) || ')' \
     || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END AS line \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_diesel%' \
     AND i.indexrelid IS DISTINCT FROM to_regclass('users_search')";

/// `table.column -> target.column on delete`.
const SQLITE_REFERENCES: &str = "SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" \
     || ' ' || f.on_delete AS line FROM tables AS t, pragma_foreign_key_list(t.name) AS f";

const POSTGRES_REFERENCES: &str = "SELECT c.conrelid::regclass || '.' || a.attname || ' -> ' \
     || c.confrelid::regclass || '.' || b.attname || ' ' || CASE c.confdeltype \
     WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'a' THEN 'NO ACTION' ELSE c.confdeltype::text END AS line \
     FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
     JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'";

#[test]
fn both_engines_have_the_same_indexes_and_references() {
    let Some(place) = postgres_place() else { return };
    place.open().close();
    for (sqlite_query, postgres_query) in [(SQLITE_INDEXES, POSTGRES_INDEXES), (SQLITE_REFERENCES, POSTGRES_REFERENCES)]
    {
        let query = format!("WITH tables AS (SELECT name FROM {TABLES_ON_SQLITE}) {sqlite_query}");
        let on_sqlite = lines(sqlite(|conn| diesel::sql_query(query).load(conn).unwrap()));
        let on_postgres = lines(on_postgres(&place.url, |conn| diesel::sql_query(postgres_query).load(conn).unwrap()));
        assert!(on_sqlite.len() > 5, "{on_sqlite:?}");
        assert_eq!(on_sqlite, on_postgres);
    }
}

fn lines(lines: Vec<Line>) -> BTreeSet<String> {
    lines.into_iter().map(|line| line.line).collect()
}

/// Both engines compare texts that are folded or looked up byte by byte, never by a language's rules.
#[test]
fn keys_are_compared_byte_by_byte_on_postgres() {
    let Some(place) = postgres_place() else { return };
    place.open().close();
    let query = "SELECT c.relname || '.' || a.attname AS line FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'text'::regtype \
         AND a.attcollation <> '\"C\"'::regcollation \
         AND (a.attname LIKE '%\\_folded' OR a.attname IN ('unique_name', 'subject', 'external_id'))";
    let found = on_postgres(&place.url, |conn| diesel::sql_query(query).load(conn).unwrap());
    assert_eq!(lines(found), BTreeSet::new());
}
