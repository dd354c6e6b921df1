//! Groups: those of all owners are seen, the local ones are changed.

use std::sync::Arc;

use scim_core::patch::MemberChange;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::access::{GroupsRead, GroupsWrite, MembersWrite, Permission};
use crate::directory::Precondition;
use crate::directory::groups::{self, Administered, Draft, GroupMember, Owned, WantMembers};
use crate::error::{Error, Result};
use crate::http::document::text;
use crate::http::rest::{self, Fields, Parameters, body, present};
use crate::http::{Document, Endpoint, Exchange, Looked, Method, Reply};
use crate::ids::GroupId;

use super::shared::{done, id, once_there, page, paging, permit, read, whole_permit, window, write};

const TAG: &str = "Groups";
/// Members that one request may add, at the most.
const MOST_MEMBERS: usize = 10_000;

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [groups_themselves(), of_members()].into_iter().flatten().collect()
}

fn groups_themselves() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{GroupsRead, GroupsWrite};
    let (all, one) = ("/tenants/{tenant_id}/groups", "/tenants/{tenant_id}/groups/{group_id}");
    vec![
        read(
            all,
            GroupsRead,
            |x| Box::pin(list(x)),
            Document::new("list_groups", "List groups", TAG)
                .paged()
                .query("search", "A part of the name, whatever its case", text())
                .page::<GroupResponse>("A page of the groups, by name"),
        ),
        write(
            Post,
            all,
            GroupsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_group", "Make a local group", TAG)
                .request::<GroupCreate>()
                .data::<GroupResponse>(201, "The group")
                .conflict("The name is in use"),
        ),
        read(
            one,
            GroupsRead,
            |x| Box::pin(find(x)),
            Document::new("get_group", "Get a group", TAG).data::<GroupResponse>(200, "The group"),
        ),
        write(
            Patch,
            one,
            GroupsWrite,
            |x| Box::pin(change(x)),
            Document::new("update_group", "Rename a local group", TAG)
                .request::<GroupUpdate>()
                .data::<GroupResponse>(200, "The group")
                .conflict("The name is in use, or the group belongs to a SCIM connection"),
        ),
        write(
            Delete,
            one,
            GroupsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_group", "Delete a local group", TAG)
                .empty(204, "The group is gone")
                .conflict("The group belongs to a SCIM connection"),
        ),
    ]
}

fn of_members() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    use Permission::{GroupsRead, MembersWrite};
    let all = "/tenants/{tenant_id}/groups/{group_id}/members";
    let one = "/tenants/{tenant_id}/groups/{group_id}/members/{member_id}";
    vec![
        read(
            all,
            GroupsRead,
            |x| Box::pin(members(x)),
            Document::new("list_group_members", "List the direct members of a group", TAG)
                .paged()
                .page::<GroupMemberResponse>("A page of the members"),
        ),
        write(
            Post,
            all,
            MembersWrite,
            |x| Box::pin(add(x)),
            Document::new("add_group_members", "Add members to a local group", TAG)
                .request::<GroupMembersAdd>()
                .empty(204, "All of them are members")
                .conflict("The group belongs to a SCIM connection"),
        ),
        write(
            Delete,
            one,
            MembersWrite,
            |x| Box::pin(take_out(x)),
            Document::new("delete_group_member", "Take a member out of a local group", TAG)
                .empty(204, "It is no member")
                .conflict("The group belongs to a SCIM connection"),
        ),
    ]
}

/// A group.
#[derive(Serialize, ToSchema)]
struct GroupResponse {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// `local`, or `scim` for a group that only its connection changes.
    owner: &'static str,
    #[schema(format = "uuid")]
    connection_id: Option<String>,
    /// What its connection calls it.
    external_id: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A direct member of a group.
#[derive(Serialize, ToSchema)]
struct GroupMemberResponse {
    #[schema(format = "uuid")]
    id: String,
    /// `user` or `group`.
    kind: &'static str,
    display_name: Option<String>,
}

/// A local group to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct GroupCreate {
    name: String,
    /// Users and local groups.
    #[schema(nullable = false)]
    members: Option<Vec<String>>,
}

/// What is to change of a group.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct GroupUpdate {
    #[schema(nullable = false)]
    name: Option<String>,
}

/// Members to add.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct GroupMembersAdd {
    /// Users and local groups.
    members: Vec<String>,
}

fn shown(group: Administered) -> GroupResponse {
    let (owner, connection_id) = match group.owner {
        Owned::Locally => ("local", None),
        Owned::By(connection) => ("scim", Some(connection.to_string())),
    };
    GroupResponse {
        id: group.id.to_string(),
        name: group.name,
        owner,
        connection_id,
        external_id: group.external_id,
        created_at: group.created.to_string(),
        updated_at: group.modified.to_string(),
    }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<GroupsRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let (paging, search) = (parameters.paging(), parameters.free_text("search", 200));
    parameters.finish()?;
    let (offset, limit) = window(paging);
    let found = groups::list_all(&exchange.services.directory, &permit, search.as_deref(), offset, limit).await?;
    page(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<GroupsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.required("name", body::text(1..=200));
    let members = fields.optional("members", body::list(MOST_MEMBERS, member));
    fields.finish()?;
    let display_name = present(name)?;
    let document = Map::from_iter([("displayName".to_owned(), Value::from(display_name.as_str()))]);
    let draft = Draft { display_name, document, external_id: None };
    let (directory, members) = (&exchange.services.directory, members.unwrap_or_default());
    let made = groups::create(directory, &permit, &exchange.cx, draft, members, WantMembers::No).await?;
    let shown = GroupResponse {
        id: made.id.to_string(),
        name: name_of(&made.document),
        owner: "local",
        connection_id: None,
        external_id: None,
        created_at: made.created.to_string(),
        updated_at: made.modified.to_string(),
    };
    rest::data(201, &shown, &exchange.cx)
}

fn name_of(document: &Map<String, Value>) -> String {
    document.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// An id as the directory spells ids.
fn member(value: &Value) -> body::Read<String> {
    body::uuid::<uuid::Uuid>(value).map(|id| id.hyphenated().to_string())
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<GroupsRead>(&exchange).await?;
    let id = rest::id::<GroupId>(&exchange, "group_id", "Group")?;
    let found = groups::administered(&exchange.services.directory, &permit, id).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<GroupsWrite>(&exchange).await?;
    let id = id(&exchange, "group_id", "Group")?;
    let there = groups::check(&exchange.services.directory, &permit, rest::id(&exchange, "group_id", "Group")?);
    let name = once_there(name(&exchange), there).await?;
    let edit: groups::Edit = Arc::new(move |group| {
        let display_name = name.clone().unwrap_or_else(|| name_of(&group.document));
        let mut document = group.document.clone();
        document.insert("displayName".to_owned(), Value::from(display_name.as_str()));
        Ok(Draft { display_name, document, external_id: group.external_id.clone() })
    });
    let (directory, any) = (&exchange.services.directory, Precondition::None);
    let changed =
        groups::change(directory, &permit, &exchange.cx, &id, any, WantMembers::No, edit, Vec::new()).await?.group;
    let shown = GroupResponse {
        id: changed.id.to_string(),
        name: name_of(&changed.document),
        owner: "local",
        connection_id: None,
        external_id: changed.external_id,
        created_at: changed.created.to_string(),
        updated_at: changed.modified.to_string(),
    };
    rest::data(200, &shown, &exchange.cx)
}

fn name(exchange: &Exchange) -> Result<Option<String>> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.optional("name", body::text(1..=200));
    fields.finish()?;
    Ok(name)
}

fn added(exchange: &Exchange) -> Result<Vec<String>> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let members = fields.required("members", body::list(MOST_MEMBERS, member));
    fields.finish()?;
    present(members)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<GroupsWrite>(&exchange).await?;
    let id = id(&exchange, "group_id", "Group")?;
    groups::remove(&exchange.services.directory, &permit, &exchange.cx, &id, Precondition::None).await?;
    Ok(done())
}

async fn members(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<GroupsRead>(&exchange).await?;
    let id = rest::id(&exchange, "group_id", "Group")?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = groups::members(&exchange.services.directory, &permit, id, offset, limit).await?;
    exchange.note.looked(Looked { user: None, what: "members", count: u64::try_from(found.1).ok() });
    page(&exchange, found, paging, |found: GroupMember| GroupMemberResponse {
        id: found.member.id.to_string(),
        kind: if found.member.is_group { "group" } else { "user" },
        display_name: found.display,
    })
}

async fn add(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<MembersWrite>(&exchange).await?;
    let id = rest::id(&exchange, "group_id", "Group")?;
    let there = groups::check(&exchange.services.directory, &permit, id);
    let changes = vec![MemberChange::Add(once_there(added(&exchange), there).await?)];
    groups::change_members(&exchange.services.directory, &permit, &exchange.cx, id, changes).await?;
    Ok(done())
}

async fn take_out(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<MembersWrite>(&exchange).await?;
    let group = rest::id(&exchange, "group_id", "Group")?;
    let member = id(&exchange, "member_id", "member")?;
    let changes = vec![MemberChange::Remove(vec![member])];
    match groups::change_members(&exchange.services.directory, &permit, &exchange.cx, group, changes).await? {
        true => Ok(done()),
        false => Err(Error::Missing("member")),
    }
}
