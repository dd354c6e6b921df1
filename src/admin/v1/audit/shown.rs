//! How a change looks in an answer.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::directory::records::Change;
use crate::http::rest::Meta;

use super::query::Cursors;

/// A page of changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub(super) struct ChangePage {
    /// The changes, the newest first.
    pub(super) data: Vec<AuditEntry>,
    /// Where the next page begins.
    pub(super) pagination: Cursors,
    /// Of the answer.
    pub(super) meta: Meta,
}

/// A change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct AuditEntry {
    /// The position in the journal: it only ever rises.
    pub(super) position: i64,
    /// When.
    pub(super) at: String,
    /// In which tenant.
    pub(super) tenant_id: String,
    /// Who.
    pub(super) actor: Named,
    /// What was done.
    pub(super) action: String,
    /// To what.
    pub(super) resource: Named,
    /// What of it changed.
    pub(super) paths: Value,
    /// The identity source of the user that changed.
    pub(super) source: Option<String>,
    /// Why.
    pub(super) reason: Option<String>,
    /// In which request.
    pub(super) request_id: String,
    /// The values before; null once they were erased.
    pub(super) before: Value,
    /// The values after; null once they were erased.
    pub(super) after: Value,
    /// Ids of members that were added and removed.
    pub(super) members: Option<Value>,
}

/// Something by its kind, its id and its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NamedResource)]
pub(super) struct Named {
    /// The kind.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The id.
    pub(super) id: String,
    /// The name: as it was, or as it is where none was kept; null once it was erased.
    pub(super) name: Option<String>,
}

impl From<Change> for AuditEntry {
    fn from(change: Change) -> Self {
        let (kind, id) = change.actor;
        Self {
            position: change.seq,
            at: change.at.to_string(),
            tenant_id: change.tenant.to_string(),
            actor: Named { kind, id, name: change.actor_name },
            action: change.operation,
            resource: Named { kind: change.resource_type, id: change.resource_id, name: change.resource_name },
            paths: change.paths,
            source: change.identity_source,
            reason: change.reason,
            request_id: change.request_id,
            before: change.before.unwrap_or(Value::Null),
            after: change.after.unwrap_or(Value::Null),
            members: change.members,
        }
    }
}
