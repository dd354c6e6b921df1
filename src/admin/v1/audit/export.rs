//! Changes as a whole.

use serde_json::Value;

use crate::admin::v1::export::{Piece, Row, Walk};
use crate::directory::Directory;
use crate::directory::records::{self, Filter, Reach};
use crate::error::Result;

use super::shown::AuditEntry;

/// Changes in one piece.
const PIECE: u32 = 500;

/// All changes that are asked for.
pub(super) struct Changes {
    pub(super) directory: Directory,
    pub(super) reach: Reach,
    pub(super) filter: Filter,
}

impl Walk for Changes {
    type Row = AuditEntry;
    type Place = i64;

    async fn piece(&self, before: Option<i64>) -> Result<Piece<AuditEntry, i64>> {
        let page = records::changes(&self.directory, &self.reach, &self.filter, before, PIECE).await?;
        Ok(Piece { items: page.items.into_iter().map(AuditEntry::from).collect(), next: page.next })
    }
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

impl Row for AuditEntry {
    fn columns() -> Vec<&'static str> {
        COLUMNS.to_vec()
    }

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let json = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
        vec![
            self.position.to_string(),
            self.at.clone(),
            self.tenant_id.clone(),
            self.actor.kind.clone(),
            self.actor.id.clone(),
            text(&self.actor.name),
            self.action.clone(),
            self.resource.kind.clone(),
            self.resource.id.clone(),
            text(&self.resource.name),
            self.paths.as_array().map(|paths| joined(paths)).unwrap_or_default(),
            text(&self.source),
            text(&self.reason),
            self.request_id.clone(),
            json(&self.before),
            json(&self.after),
            self.members.as_ref().map(json).unwrap_or_default(),
        ]
    }
}

fn joined(paths: &[Value]) -> String {
    paths.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}
