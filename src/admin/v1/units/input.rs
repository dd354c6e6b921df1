//! What requests say of org units.

use utoipa::ToSchema;

use crate::directory::units::{Below, Draft, Strategy, UnitChange};
use crate::error::Result;
use crate::http::Exchange;
use crate::http::rest::body::Words;
use crate::http::rest::{Fields, Paging, Parameters, body, present};

use crate::admin::v1::tenants::cleared;

const STRATEGIES: &Words<Strategy> =
    &[("BLOCK", Strategy::Block), ("MOVE_UP", Strategy::MoveUp), ("CASCADE", Strategy::Cascade)];

/// An org unit to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct OrgUnitCreate {
    name: String,
    /// The org unit above it; left out at the root.
    #[schema(format = "uuid")]
    parent_id: Option<String>,
    /// `department` when it is left out.
    #[schema(nullable = false)]
    kind: Option<String>,
    /// What other systems call it, unique in the tenant; made from the name when it is left out.
    #[schema(nullable = false)]
    key: Option<String>,
    description: Option<String>,
}

/// What is to change of an org unit; another `parent_id` moves it with all below it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct OrgUnitUpdate {
    #[schema(nullable = false)]
    name: Option<String>,
    /// Null moves it to the root.
    #[schema(format = "uuid")]
    parent_id: Option<String>,
    #[schema(nullable = false)]
    kind: Option<String>,
    #[schema(nullable = false)]
    key: Option<String>,
    description: Option<String>,
}

pub(super) fn draft(bytes: &[u8]) -> Result<Draft> {
    let mut fields = Fields::of_body(bytes)?;
    let name = fields.required("name", body::text(1..=200));
    let parent = fields.nullable("parent_id", body::uuid);
    let kind = fields.optional("kind", body::text(1..=50));
    let key = fields.optional("key", body::text(1..=100));
    let description = fields.nullable("description", body::text(0..=2000));
    fields.finish()?;
    Ok(Draft { parent: parent.value(), kind, key, name: present(name)?, description: description.value() })
}

pub(super) fn change(bytes: &[u8]) -> Result<UnitChange> {
    let mut fields = Fields::of_body(bytes)?;
    let name = fields.optional("name", body::text(1..=200));
    let parent = fields.nullable("parent_id", body::uuid);
    let kind = fields.optional("kind", body::text(1..=50));
    let key = fields.optional("key", body::text(1..=100));
    let description = fields.nullable("description", body::text(0..=2000));
    fields.finish()?;
    Ok(UnitChange { parent: cleared(parent), kind, key, name, description: cleared(description) })
}

pub(super) fn strategy(exchange: &Exchange) -> Result<Strategy> {
    let mut parameters = Parameters::of(&exchange.query);
    let strategy = parameters.word("strategy", STRATEGIES);
    parameters.finish()?;
    Ok(strategy.unwrap_or_default())
}

pub(super) fn listing(exchange: &Exchange) -> Result<(Below, Paging)> {
    let mut parameters = Parameters::of(&exchange.query);
    let paging = parameters.paging();
    let (parent, root) = (parameters.id("parent_id"), parameters.boolean("root").unwrap_or(false));
    if parent.is_some() && root {
        parameters.refuse("root", "value_error", "cannot be given with parent_id");
    }
    parameters.finish()?;
    let below = match parent {
        Some(parent) => Below::Unit(parent),
        None if root => Below::Root,
        None => Below::All,
    };
    Ok((below, paging))
}
