//! Org units and who is in them.

mod input;
mod members;
mod shown;

use crate::access::{Permission, UnitsRead, UnitsWrite};
use crate::directory::units;
use crate::error::Result;
use crate::http::document::{flag, uuid, words};
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::shared::{done, id, once_there, page, permit, read, window, write};
use input::{OrgUnitCreate, OrgUnitUpdate};
use members::OrgUnitMemberUpdate;
use shown::{OrgUnitMember, OrgUnitNode, OrgUnitResponse};

const TAG: &str = "Org units";
const STRATEGIES: &[&str] = &["BLOCK", "MOVE_UP", "CASCADE"];

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [tree(), of_members()].into_iter().flatten().collect()
}

fn tree() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{UnitsRead, UnitsWrite};
    let (all, one) = ("/tenants/{tenant_id}/units", "/tenants/{tenant_id}/units/{unit_id}");
    vec![
        read(
            all,
            UnitsRead,
            |x| Box::pin(list(x)),
            Document::new("list_org_units", "List org units", TAG)
                .paged()
                .query("parent_id", "Those directly below an org unit", uuid())
                .query("root", "Those at the root", flag(Some(false)))
                .page::<OrgUnitResponse>("A page of the org units, by name"),
        ),
        read(
            "/tenants/{tenant_id}/units/tree",
            UnitsRead,
            |x| Box::pin(whole(x)),
            Document::new("get_org_unit_tree", "Get the tree of org units", TAG)
                .data_list::<OrgUnitNode>(200, "The org units at the root, each with those below it"),
        ),
        write(
            Post,
            all,
            UnitsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_org_unit", "Make an org unit", TAG)
                .request::<OrgUnitCreate>()
                .data::<OrgUnitResponse>(201, "The org unit")
                .conflict("The name or key is in use, or the tree would be too deep or too large"),
        ),
        read(
            one,
            UnitsRead,
            |x| Box::pin(find(x)),
            Document::new("get_org_unit", "Get an org unit", TAG).data::<OrgUnitResponse>(200, "The org unit"),
        ),
        write(
            Patch,
            one,
            UnitsWrite,
            |x| Box::pin(change(x)),
            Document::new("update_org_unit", "Change or move an org unit", TAG)
                .request::<OrgUnitUpdate>()
                .data::<OrgUnitResponse>(200, "The org unit")
                .conflict("The name or key is in use, or the unit would lie below itself or too deep"),
        ),
        write(
            Delete,
            one,
            UnitsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_org_unit", "Delete an org unit", TAG)
                .query(
                    "strategy",
                    "What becomes of the units below and of the members",
                    words(STRATEGIES, Some("BLOCK")),
                )
                .empty(204, "The org unit is gone")
                .conflict("Something is in the way"),
        ),
    ]
}

fn of_members() -> Vec<Endpoint> {
    use Method::{Delete, Put};
    use Permission::{MembersWrite, UsersRead};
    let one = "/tenants/{tenant_id}/units/{unit_id}/members/{user_id}";
    vec![
        read(
            "/tenants/{tenant_id}/units/{unit_id}/members",
            UsersRead,
            |x| Box::pin(members::list(x)),
            Document::new("list_org_unit_members", "List the users in an org unit", TAG)
                .paged()
                .query("include_children", "Those in the org units below it too", flag(Some(false)))
                .page::<OrgUnitMember>("A page of the users, by user name"),
        ),
        write(
            Put,
            one,
            MembersWrite,
            |x| Box::pin(members::put(x)),
            Document::new("put_org_unit_member", "Put a user into an org unit", TAG)
                .optional_request::<OrgUnitMemberUpdate>()
                .empty(204, "The user is in the org unit"),
        ),
        write(
            Delete,
            one,
            MembersWrite,
            |x| Box::pin(members::remove(x)),
            Document::new("delete_org_unit_member", "Take a user out of an org unit", TAG)
                .empty(204, "The user is no longer in the org unit"),
        ),
    ]
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsRead>(&exchange).await?;
    let (below, paging) = input::listing(&exchange)?;
    let (offset, limit) = window(paging);
    let found = units::list(&exchange.services.directory, &permit, below, offset, limit).await?;
    page(&exchange, found, paging, shown::unit)
}

async fn whole(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsRead>(&exchange).await?;
    let found = units::tree(&exchange.services.directory, &permit).await?;
    let nodes: Vec<OrgUnitNode> = found.into_iter().map(shown::node).collect();
    rest::data(200, &nodes, &exchange.cx)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsWrite>(&exchange).await?;
    let draft = input::draft(&exchange.body)?;
    let made = units::create(&exchange.services.directory, &permit, &exchange.cx, draft).await?;
    rest::data(201, &shown::unit(made), &exchange.cx)
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsRead>(&exchange).await?;
    let id = id(&exchange, "unit_id", "org unit")?;
    let found = units::find(&exchange.services.directory, &permit, &id).await?;
    rest::data(200, &shown::unit(found), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsWrite>(&exchange).await?;
    let id = id(&exchange, "unit_id", "org unit")?;
    let there = units::check(&exchange.services.directory, &permit, &id);
    let wanted = once_there(input::change(&exchange.body), there).await?;
    let changed = units::change(&exchange.services.directory, &permit, &exchange.cx, &id, wanted).await?;
    rest::data(200, &shown::unit(changed), &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UnitsWrite>(&exchange).await?;
    let id = id(&exchange, "unit_id", "org unit")?;
    let strategy = input::strategy(&exchange)?;
    units::remove(&exchange.services.directory, &permit, &exchange.cx, &id, strategy).await?;
    Ok(done())
}
