//! `/Groups`.

use std::sync::{Arc, Mutex, PoisonError};

use scim_core::patch::MemberChange;
use scim_core::project::Projection;
use scim_core::read::{self, Context, mutability};
use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};

use crate::access::{GroupsRead, GroupsWrite};
use crate::directory::groups::{self as directory, Group, WantMembers};
use crate::directory::list::{Page, Query};
use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::lists::Listed;
use super::profiles::GroupPatch;
use super::request::Request;
use super::users::{read_patch, read_resource};
use super::{answer, references, resource};

/// The groups that the connection sees.
pub(super) struct Groups;

impl Listed for Groups {
    type Item = Group;

    fn index(&self, request: &Request) -> Arc<TypeIndex> {
        Arc::clone(request.directory().group_type())
    }

    fn resource(index: &TypeIndex, group: &Group, base: &str) -> Map<String, Value> {
        resource::of_group(index, group, base)
    }

    async fn find(&self, request: &Request, query: Query<Group>, projection: &Projection) -> Result<Page<Group>> {
        let permit = request.permit::<GroupsRead>()?;
        directory::list(request.directory(), &permit, query, want(projection)).await
    }
}

/// Whether members must be loaded for a projection.
fn want(projection: &Projection) -> WantMembers {
    if projection.wants("members") { WantMembers::Yes } else { WantMembers::No }
}

/// A group as the answer shows it.
fn render(request: &Request, projection: &Projection, group: &Group) -> Map<String, Value> {
    let index = request.directory().group_type();
    projection.apply(index, resource::of_group(index, group, request.base()), None)
}

/// `POST /Groups`.
pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let permit = request.permit::<GroupsWrite>()?;
    let index = request.directory().group_type();
    let projection = request.projection(index)?;
    let (draft, members) = resource::group_draft(read_resource(&request, index, request.body()?, Context::Create)?);
    let (directory, want) = (request.directory(), want(&projection));
    let group = directory::create(directory, &permit, request.cx(), draft, members, want).await?;
    request.note().about("Group", group.id.to_string());
    request.note().did(format!("created group {}", group.id));
    answer(&request, 201, &projection, &group)
}

/// `GET /Groups/{id}`.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("Group", request.id());
    request.note().did("read group");
    let permit = request.permit::<GroupsRead>()?;
    let projection = request.projection(request.directory().group_type())?;
    let group = directory::find(request.directory(), &permit, request.id(), want(&projection)).await?;
    if request.knows(group.version) {
        return Ok(located(&request, Reply::empty(304), &group));
    }
    answer(&request, 200, &projection, &group)
}

/// `PUT /Groups/{id}`.
pub(super) async fn replace(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("Group", request.id());
    let projection = request.projection(request.directory().group_type())?;
    let index = Arc::clone(request.directory().group_type());
    let body = request.body()?;
    let keeps_members = request.manners().keep_members_unless_named && !read::mentions(&body, "members");
    let mut incoming = read_resource(&request, &index, body, Context::Replace)?;
    let members = resource::take_members(&mut incoming);
    let edit: directory::Edit = Arc::new(move |group| {
        let stored = resource::editable_group(group);
        Ok(resource::group_draft(mutability::replace(&index, &stored, incoming.clone())?).0)
    });
    let members = if keeps_members { Vec::new() } else { vec![MemberChange::Replace(members)] };
    let group = change(&request, want(&projection), edit, members).await?;
    answer(&request, 200, &projection, &group)
}

/// `PATCH /Groups/{id}`.
pub(super) async fn patch(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("Group", request.id());
    let projection = request.projection(request.directory().group_type())?;
    let index = Arc::clone(request.directory().group_type());
    let (mut patch, policy) = (read_patch(&request, &index, Some("members"))?, request.policy());
    let members = std::mem::take(&mut patch.members).into_iter().map(references::by_value).collect();
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&notes);
    let edit: directory::Edit = Arc::new(move |group| {
        let mut edited = resource::editable_group(group);
        let mut notes = Vec::new();
        patch.apply(&index, &mut edited, policy, &mut notes)?;
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = notes;
        Ok(resource::group_draft(edited).0)
    });
    let named = request.names_attributes()?;
    let wanted = match request.manners().group_patch {
        _ if named => want(&projection),
        GroupPatch::Always204 => WantMembers::No,
        GroupPatch::ResourceUpTo(most) => WantMembers::UpTo(most),
    };
    let group = change(&request, wanted, edit, members).await?;
    request.log_tolerances(&[], &notes.lock().unwrap_or_else(PoisonError::into_inner));
    if named || group.members.is_some() {
        return answer(&request, 200, &projection, &group);
    }
    Ok(located(&request, Reply::empty(204), &group))
}

async fn change(
    request: &Request,
    want: WantMembers,
    edit: directory::Edit,
    members: Vec<MemberChange>,
) -> Result<Group> {
    let permit = request.permit::<GroupsWrite>()?;
    let (directory, precondition) = (request.directory(), request.precondition());
    let nothing = match members.as_slice() {
        [_, ..] if members.iter().all(|change| matches!(change, MemberChange::Add(_))) => "already a member, ",
        [_, ..] if members.iter().all(|change| matches!(change, MemberChange::Remove(_))) => "no member anyway, ",
        _ => "",
    };
    let changed =
        directory::change(directory, &permit, request.cx(), request.id(), precondition, want, edit, members).await?;
    let did = if changed.changed { "changed group".to_owned() } else { format!("{nothing}nothing changed") };
    request.note().did(did);
    Ok(changed.group)
}

/// `DELETE /Groups/{id}`.
pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("Group", request.id());
    request.note().did("deleted group");
    let permit = request.permit::<GroupsWrite>()?;
    directory::remove(request.directory(), &permit, request.cx(), request.id(), request.precondition()).await?;
    Ok(Reply::empty(204))
}

fn answer(request: &Request, status: u16, projection: &Projection, group: &Group) -> Result<Reply> {
    let reply = answer::json(request, status, &render(request, projection, group))?;
    Ok(located(request, reply, group))
}

fn located(request: &Request, reply: Reply, group: &Group) -> Reply {
    answer::located(reply, resource::group_location(request.base(), group), group.version)
}
