//! Changes as a whole: CSV for tables, or a JSON object a line. Made piece by piece while it is sent.

use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;

use crate::directory::Directory;
use crate::directory::records::{self, Filter, Page, Reach};
use crate::error::{Error, Result};
use crate::http::{Pieces, Reply};

use super::shown::AuditEntry;

/// Changes in one piece.
const PIECE: u32 = 500;

/// A form of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Lines,
}

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Lines => "application/x-ndjson",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"audit.csv\"",
            Self::Lines => "attachment; filename=\"audit.ndjson\"",
        }
    }

    fn rows(self, entries: &[AuditEntry], first: bool) -> Result<Bytes> {
        match self {
            Self::Csv => table(entries, first),
            Self::Lines => {
                let mut lines = Vec::with_capacity(entries.len() * 512);
                for entry in entries {
                    serde_json::to_writer(&mut lines, entry).map_err(Error::internal)?;
                    lines.push(b'\n');
                }
                Ok(lines.into())
            }
        }
    }
}

struct Walk {
    directory: Directory,
    reach: Reach,
    filter: Filter,
    form: Form,
}

impl Walk {
    async fn page(&self, before: Option<i64>) -> Result<Page<AuditEntry>> {
        let page = records::changes(&self.directory, &self.reach, &self.filter, before, PIECE).await?;
        Ok(Page { items: page.items.into_iter().map(AuditEntry::from).collect(), next: page.next })
    }
}

/// Everything that is asked for. What is refused is refused before the first piece.
pub(super) async fn answer(
    directory: Directory,
    reach: Reach,
    filter: Filter,
    before: Option<i64>,
    form: Form,
) -> Result<Reply> {
    let walk = Walk { directory, reach, filter, form };
    let first = walk.page(before).await?;
    let head = walk.form.rows(&first.items, true)?;
    let rest = stream::try_unfold((walk, first.next), |(walk, next)| async move {
        let Some(before) = next else { return Ok(None) };
        let page = walk.page(Some(before)).await?;
        let rows = walk.form.rows(&page.items, false)?;
        Ok(Some((rows, (walk, page.next))))
    });
    let pieces = stream::StreamExt::chain(stream::iter([Ok(head)]), rest);
    let reply = Reply::in_pieces(200, form.media_type(), Pieces::new(pieces));
    Ok(reply.with("content-disposition", form.file()))
}

const COLUMNS: [&str; 17] = [
    "position",
    "at",
    "tenant_id",
    "actor_type",
    "actor_id",
    "actor_name",
    "action",
    "resource_type",
    "resource_id",
    "resource_name",
    "paths",
    "source",
    "reason",
    "request_id",
    "before",
    "after",
    "members",
];

fn table(entries: &[AuditEntry], first: bool) -> Result<Bytes> {
    let mut table = csv::Writer::from_writer(Vec::with_capacity(entries.len() * 512));
    if first {
        table.write_record(COLUMNS).map_err(Error::internal)?;
    }
    for entry in entries {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let json = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
        let cells = [
            entry.position.to_string(),
            entry.at.clone(),
            entry.tenant_id.clone(),
            entry.actor.kind.clone(),
            entry.actor.id.clone(),
            text(&entry.actor.name),
            entry.action.clone(),
            entry.resource.kind.clone(),
            entry.resource.id.clone(),
            text(&entry.resource.name),
            entry.paths.as_array().map(|paths| joined(paths)).unwrap_or_default(),
            text(&entry.source),
            text(&entry.reason),
            entry.request_id.clone(),
            json(&entry.before),
            json(&entry.after),
            entry.members.as_ref().map(json).unwrap_or_default(),
        ];
        table.write_record(cells.map(harmless)).map_err(Error::internal)?;
    }
    Ok(table.into_inner().map_err(Error::internal)?.into())
}

fn joined(paths: &[Value]) -> String {
    paths.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// A cell that no program for tables takes for a formula: such a one gets an apostrophe in front.
fn harmless(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn ir19_no_cell_is_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(bad.to_owned()), format!("'{bad}"));
        }
        for good in ["", "ann", "1-1", "'=1", "a=b"] {
            assert_eq!(harmless(good.to_owned()), good);
        }
    }
}
