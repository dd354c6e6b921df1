//! Endpoints of the resource types that a tenant added, such as `/Devices`. Which type a path means, the tenant's schemas
//! say; a path that means none is 404.

use std::sync::{Arc, Mutex, PoisonError};

use scim_core::project::{self, Projection};
use scim_core::read::{Context, mutability};
use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};

use crate::access::{Permit, ResourcesRead, ResourcesWrite};
use crate::directory::list::{Page, Query};
use crate::directory::resources::{self as directory, Resource};
use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::lists::{self, Listed};
use super::request::Request;
use super::users::{read_patch, read_resource};
use super::{answer, resource};

/// The resources of one custom type.
pub(super) struct Custom(pub(super) Arc<TypeIndex>);

impl Listed for Custom {
    type Item = Resource;

    fn index(&self, _request: &Request) -> Arc<TypeIndex> {
        Arc::clone(&self.0)
    }

    fn resource(index: &TypeIndex, item: &Resource, base: &str) -> Map<String, Value> {
        resource::of_custom(index, item, base)
    }

    async fn find(&self, request: &Request, query: Query<Resource>, _: &Projection) -> Result<Page<Resource>> {
        let permit = request.permit::<ResourcesRead>()?;
        directory::list(request.directory(), &permit, name(&self.0), query).await
    }
}

/// The type that the path means.
fn addressed(request: &Request) -> Result<Arc<TypeIndex>> {
    request.types().custom_at(request.path("type")).cloned().ok_or(Error::Missing("endpoint"))
}

/// The same for a request that changes something: whoever may not is told so before the body is looked at.
fn writable(request: &Request) -> Result<(Arc<TypeIndex>, Permit<ResourcesWrite>)> {
    Ok((addressed(request)?, request.permit()?))
}

fn name(index: &TypeIndex) -> &str {
    &index.resource_type().name
}

/// `GET /{type}`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    lists::list_in(&Custom(addressed(&request)?), &request).await
}

/// `POST /{type}/.search`.
pub(super) async fn search(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    lists::search_in(&Custom(addressed(&request)?), &request).await
}

/// `POST /{type}`.
pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let (index, permit) = writable(&request)?;
    let projection = request.projection(&index)?;
    let body = read_resource(&request, &index, request.body()?, Context::Create)?;
    let written = project::written(&index, &body);
    let draft = resource::custom_draft(body);
    let made = directory::create(request.directory(), &permit, request.cx(), name(&index), draft).await?;
    request.note().about(name(&index), made.id.to_string());
    request.note().did(format!("created {} {}", name(&index), made.id));
    answer(&request, 201, &index, &projection, &made, &written)
}

/// `GET /{type}/{id}`.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let index = addressed(&request)?;
    request.note().about(name(&index), request.id());
    request.note().did(format!("read {}", name(&index)));
    let permit = request.permit::<ResourcesRead>()?;
    let projection = request.projection(&index)?;
    let found = directory::find(request.directory(), &permit, name(&index), request.id()).await?;
    if request.knows(found.version) {
        return Ok(located(&request, &index, Reply::empty(304), &found));
    }
    answer(&request, 200, &index, &projection, &found, &[])
}

/// `PUT /{type}/{id}`.
pub(super) async fn replace(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let (index, permit) = writable(&request)?;
    let incoming = read_resource(&request, &index, request.body()?, Context::Replace)?;
    let written = project::written(&index, &incoming);
    let of_edit = Arc::clone(&index);
    let edit: directory::Edit = Arc::new(move |stored| {
        let stored = resource::editable_custom(stored);
        Ok(resource::custom_draft(mutability::replace(&of_edit, &stored, incoming.clone())?))
    });
    change(&request, &permit, &index, edit, &written).await
}

/// `PATCH /{type}/{id}`.
pub(super) async fn patch(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let (index, permit) = writable(&request)?;
    let (patch, policy) = (read_patch(&request, &index, None)?, request.policy());
    let written = patch.written();
    let notes = Arc::new(Mutex::new(Vec::new()));
    let (of_edit, noted) = (Arc::clone(&index), Arc::clone(&notes));
    let edit: directory::Edit = Arc::new(move |stored| {
        let mut edited = resource::editable_custom(stored);
        let mut notes = Vec::new();
        patch.apply(&of_edit, &mut edited, policy, &mut notes)?;
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = notes;
        Ok(resource::custom_draft(edited))
    });
    let reply = change(&request, &permit, &index, edit, &written).await?;
    request.log_tolerances(&[], &notes.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(reply)
}

async fn change(
    request: &Request,
    permit: &Permit<ResourcesWrite>,
    index: &TypeIndex,
    edit: directory::Edit,
    written: &[String],
) -> Result<Reply> {
    let projection = request.projection(index)?;
    let (directory, precondition, what) = (request.directory(), request.precondition(), (name(index), request.id()));
    request.note().about(name(index), request.id());
    let (resource, changed) = directory::change(directory, permit, request.cx(), what, precondition, edit).await?;
    request.note().did(if changed { format!("changed {}", name(index)) } else { "nothing changed".to_owned() });
    answer(request, 200, index, &projection, &resource, written)
}

/// `DELETE /{type}/{id}`.
pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let (index, permit) = writable(&request)?;
    request.note().about(name(&index), request.id());
    request.note().did(format!("deleted {}", name(&index)));
    let what = (name(&index), request.id());
    directory::remove(request.directory(), &permit, request.cx(), what, request.precondition()).await?;
    Ok(Reply::empty(204))
}

fn answer(
    request: &Request,
    status: u16,
    index: &TypeIndex,
    projection: &Projection,
    item: &Resource,
    written: &[String],
) -> Result<Reply> {
    let shown = projection.apply(index, resource::of_custom(index, item, request.base()), Some(written));
    Ok(located(request, index, answer::json(request, status, &shown)?, item))
}

fn located(request: &Request, index: &TypeIndex, reply: Reply, item: &Resource) -> Reply {
    answer::located(reply, resource::custom_location(index, request.base(), item), item.version)
}
