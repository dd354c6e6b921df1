//! `rollcall domain`: domains of a tenant that need no proof, because who runs the installation says so.

use serde_json::json;

use crate::access::{DomainsWrite, decide};
use crate::directory::{domains, places};
use crate::error::Result;

use super::administration::Run;
use super::arguments::DomainCommand;

/// Runs one command.
pub(super) async fn run(run: &Run<'_>, command: DomainCommand) -> Result<()> {
    let DomainCommand::Add { of, domain } = command;
    let place = places::find(run.directory, &of.tenant).await?;
    let permit = decide::<DomainsWrite>(&run.actor, &place)?;
    let added = domains::add(run.directory, &permit, &run.cx, &domain, true).await?;
    run.output.one(&added.name, &json!({ "domain": added.name, "status": domains::status(&added) }))
}
