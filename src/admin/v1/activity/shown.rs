//! How an event looks in an answer.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::admin::v1::audit::query::Cursors;
use crate::directory::records::Event;
use crate::http::rest::Meta;

/// A page of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ActivityPage)]
pub(super) struct EventPage {
    /// The events, the newest first.
    pub(super) data: Vec<ActivityEntry>,
    /// Where the next page begins.
    pub(super) pagination: Cursors,
    /// Of the answer.
    pub(super) meta: Meta,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ActivityEntry {
    /// The position: it only ever rises.
    pub(super) position: i64,
    /// When, for the first time in its minute.
    pub(super) at: String,
    /// In which tenant.
    pub(super) tenant_id: String,
    /// What kind of thing: `sign_in`, `denied`, `read`.
    pub(super) kind: String,
    /// What came of it.
    pub(super) outcome: String,
    /// The kind of actor.
    pub(super) actor_type: String,
    /// The id of the actor.
    pub(super) actor_id: String,
    /// The user it is about.
    pub(super) user_id: Option<String>,
    /// The kind of thing it is about.
    pub(super) resource_type: Option<String>,
    /// The id of that.
    pub(super) resource_id: Option<String>,
    /// More of it: of a sign-in its `method`, of a look its `path`, `query` and `count`.
    pub(super) detail: Value,
    /// How often it happened within a minute.
    pub(super) amount: i32,
    /// From which address.
    pub(super) address: Option<String>,
    /// By which client.
    pub(super) user_agent: Option<String>,
    /// In which request.
    pub(super) request_id: String,
}

impl From<Event> for ActivityEntry {
    fn from(event: Event) -> Self {
        let ((actor_type, actor_id), (resource_type, resource_id)) = (event.actor, event.resource);
        Self {
            position: event.seq,
            at: event.at.to_string(),
            tenant_id: event.tenant.to_string(),
            kind: event.kind,
            outcome: event.outcome,
            actor_type,
            actor_id,
            user_id: event.user.map(|user| user.to_string()),
            resource_type,
            resource_id,
            detail: event.detail,
            amount: event.amount,
            address: event.address,
            user_agent: event.user_agent,
            request_id: event.request_id,
        }
    }
}
