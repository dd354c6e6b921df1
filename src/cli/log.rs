//! The provisioning log on a terminal: a line an entry, or an object a line. It asks the database, so that it works
//! beside any number of servers.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::access::{Actor, decide};
use crate::app::App;
use crate::directory::log::{self, Changed, Row, Wanted};
use crate::directory::{connections, places};
use crate::error::{Error, Result};

use super::arguments::Log;
use super::output::{self, Broken, Output};

/// How often the database is asked for what is new.
const POLL: Duration = Duration::from_millis(500);
/// Positions that are looked at again: of two servers, the one that took the lower position may commit later.
const LATE: i64 = 1000;
/// Entries that one look may bring.
const AT_ONCE: i64 = 10_000;

/// Shows what is asked for; with `--follow` goes on until interrupted.
pub(super) async fn show(app: &App, actor: &Actor, asked: Log, output: Output) -> Result<()> {
    let place = places::find(&app.directory, &asked.of.tenant).await?;
    let connection = match asked.connection {
        Some(name) => Some(known(connections::list(&app.directory, &decide(actor, &place)?).await?, name)),
        None => None,
    };
    let since = asked.since.map(|span| app.sources.clock.now().plus_seconds(-span.0));
    let mut wanted = Wanted { connection, failures: asked.failures, since, request: asked.request, after: None };
    let printer = Printer { app, actor, output, changes: wanted.request.is_some() };
    let mut shown = BTreeSet::new();
    let mut limit = i64::from(asked.limit);
    loop {
        for (seq, row) in log::newest(&app.directory, actor, place.tenant, wanted.clone(), limit).await? {
            if shown.insert(seq) {
                printer.print(seq, &row).await?;
            }
        }
        if !asked.follow {
            return Ok(());
        }
        // What is there already and was not shown must not come later; what comes late must.
        if let Some(newest) = shown.last().copied() {
            shown = shown.split_off(&newest.saturating_sub(LATE));
            wanted.after = shown.first().map(|first| first - 1);
        }
        limit = AT_ONCE;
        tokio::time::sleep(POLL).await;
    }
}

/// The name as the tenant's connections have it. One that is gone may still stand in the log.
fn known(connections: Vec<crate::access::Connection>, name: String) -> String {
    let same = connections.into_iter().find(|connection| connection.name.to_lowercase() == name.to_lowercase());
    same.map_or(name, |connection| connection.name)
}

struct Printer<'a> {
    app: &'a App,
    actor: &'a Actor,
    output: Output,
    /// Whether what was changed is shown too.
    changes: bool,
}

impl Printer<'_> {
    async fn print(&self, seq: i64, row: &Row) -> Result<()> {
        let changes = match self.changes {
            true => log::changes(&self.app.directory, self.actor, row).await?,
            false => Vec::new(),
        };
        if self.output.json {
            return say(&object(seq, row, self.changes.then_some(changes.as_slice())).to_string());
        }
        say(&line(row))?;
        changes.iter().try_for_each(|change| say(&change_line(change)))
    }
}

fn say(line: &str) -> Result<()> {
    output::print(line).map_err(|why| Error::from(Broken(why)))
}

/// An entry for people, in columns: when, connection, client, what was asked, status, milliseconds, what was done, request.
fn line(row: &Row) -> String {
    let asked = match (&row.query, row.part) {
        (Some(query), _) => format!("{} {}?{query}", row.method, row.path),
        (None, Some(part)) => format!("#{part} {} {}", row.method, row.path),
        (None, None) => format!("{} {}", row.method, row.path),
    };
    let mut did = row.did.clone();
    if let Some(detail) = &row.detail {
        did = format!("{did}: {detail}");
    }
    if let Some(tolerated) = row.tolerated.as_deref().and_then(|text| serde_json::from_str::<Vec<String>>(text).ok()) {
        did = format!("{did} (tolerated: {})", tolerated.join("; "));
    }
    let client = row.client.as_deref().or(row.user_agent.as_deref()).unwrap_or("-");
    let columns = [
        row.at.to_string(),
        row.connection_name.clone(),
        client.to_owned(),
        asked,
        row.status.to_string(),
        format!("{}.{} ms", row.micros / 1000, row.micros % 1000 / 100),
        did,
        row.request_id.clone(),
    ];
    columns.map(|column| printable(&column)).join("\t")
}

/// A change below its entry.
fn change_line(change: &Changed) -> String {
    let values = |values: &Option<Value>| values.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
    let members = change.members.as_ref().map_or_else(String::new, |members| format!(" {members}"));
    let Changed { resource_type, operation, paths, .. } = change;
    printable(&format!(
        "  {operation} {resource_type} {paths}{members}: {} -> {}",
        values(&change.before),
        values(&change.after)
    ))
}

/// What clients send must not move the cursor or pass for another line.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

fn object(seq: i64, row: &Row, changes: Option<&[Changed]>) -> Value {
    let tolerated = row.tolerated.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut object = json!({
        "position": seq, "at": row.at.to_string(), "request": row.request_id, "part": row.part,
        "connection": row.connection_name, "connection_id": row.connection_id.to_string(), "token": row.token_id,
        "client": row.client, "user_agent": row.user_agent, "method": row.method, "path": row.path,
        "query": row.query, "status": row.status, "micros": row.micros, "did": row.did,
        "tolerated": tolerated.unwrap_or_else(|| json!([])), "resource_type": row.resource_type,
        "resource": row.resource_id, "detail": row.detail, "body": row.body,
    });
    if let (Some(changes), Some(members)) = (changes, object.as_object_mut()) {
        members.insert("changes".to_owned(), changes.iter().map(change_object).collect());
    }
    object
}

fn change_object(change: &Changed) -> Value {
    json!({ "journal": change.seq, "operation": change.operation, "type": change.resource_type,
        "paths": change.paths, "members": change.members, "before": change.before, "after": change.after })
}
