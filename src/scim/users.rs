//! `/Users`.

use std::sync::{Arc, Mutex, PoisonError};

use scim_core::patch;
use scim_core::policy::Note;
use scim_core::project::{self, Projection};
use scim_core::read::{self, Context, mutability};
use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};

use crate::access::{UsersDelete, UsersRead, UsersWrite};
use crate::directory::list::{Page, Query};
use crate::directory::users::Draft as UserDraft;
use crate::directory::users::{self as directory, Beginning, Changed, User, Want};
use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::lists::Listed;
use super::request::Request;
use super::{answer, profiles, resource};

/// The users that the connection sees.
pub(super) struct Users;

impl Listed for Users {
    type Item = User;

    fn index(&self, request: &Request) -> Arc<TypeIndex> {
        Arc::clone(request.user_type())
    }

    fn resource(index: &TypeIndex, user: &User, base: &str) -> Map<String, Value> {
        resource::of_user(index, user, base)
    }

    async fn find(&self, request: &Request, query: Query<User>, projection: &Projection) -> Result<Page<User>> {
        let permit = request.permit::<UsersRead>()?;
        directory::list(request.directory(), &permit, query, want(projection)).await
    }
}

/// What must be loaded for a projection.
pub(super) fn want(projection: &Projection) -> Want {
    Want { groups: projection.wants("groups") }
}

/// A user as the answer shows it.
fn render(request: &Request, projection: &Projection, user: &User, written: &[String]) -> Map<String, Value> {
    let index = request.user_type();
    projection.apply(index, resource::of_user(index, user, request.base()), Some(written))
}

/// `POST /Users`.
pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let permit = request.permit::<UsersWrite>()?;
    let projection = request.projection(request.user_type())?;
    let body = read_body(&request, Context::Create)?;
    let written = project::written(request.user_type(), &body);
    let mut draft = resource::user_draft(body);
    // Who is provisioned is active unless said otherwise.
    draft.active = draft.active.or(Some(true));
    let made = directory::create(request.directory(), &permit, request.cx(), draft, Beginning::default()).await?;
    let user = noted(&request, made).user;
    request.note().about("User", user.id.to_string());
    request.note().did(format!("created user {}", user.id));
    answer(&request, 201, &projection, &user, &written)
}

/// `GET /Users/{id}`.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("User", request.id());
    request.note().did("read user");
    let permit = request.permit::<UsersRead>()?;
    let projection = request.projection(request.user_type())?;
    let user = directory::find(request.directory(), &permit, request.id(), want(&projection)).await?;
    shown(&request, &projection, &user)
}

/// A user that was only read.
pub(super) fn shown(request: &Request, projection: &Projection, user: &User) -> Result<Reply> {
    if request.knows(user.version) {
        return Ok(located(request, Reply::empty(304), user));
    }
    answer(request, 200, projection, user, &[])
}

/// `PUT /Users/{id}`.
pub(super) async fn replace(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("User", request.id());
    let incoming = read_body(&request, Context::Replace)?;
    let written = project::written(request.user_type(), &incoming);
    let writes_active = incoming.get("active").is_some_and(Value::is_boolean);
    let index = Arc::clone(request.user_type());
    let edit: directory::Edit = Arc::new(move |user| {
        let stored = resource::editable_user(user);
        let mut replaced = mutability::replace(&index, &stored, incoming.clone())?;
        // Left out, `active` stays as it is: a client that does not send it does not mean to disable anybody.
        if let (None, Some(active)) = (replaced.get("active"), stored.get("active")) {
            replaced.insert("active".to_owned(), active.clone());
        }
        Ok(UserDraft { writes_active, ..resource::user_draft(replaced) })
    });
    change(&request, edit, &written).await
}

/// `PATCH /Users/{id}`.
pub(super) async fn patch(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("User", request.id());
    let index = Arc::clone(request.user_type());
    let (patch, policy) = (read_patch(&request, &index, None)?, request.policy());
    let written = patch.written();
    let writes_active = written.iter().any(|name| name == "active");
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&notes);
    let edit: directory::Edit = Arc::new(move |user| {
        let mut edited = resource::editable_user(user);
        let mut notes = Vec::new();
        patch.apply(&index, &mut edited, policy, &mut notes)?;
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = notes;
        Ok(UserDraft { writes_active, ..resource::user_draft(edited) })
    });
    let reply = change(&request, edit, &written).await?;
    request.log_tolerances(&[], &notes.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(reply)
}

async fn change(request: &Request, edit: directory::Edit, written: &[String]) -> Result<Reply> {
    let permit = request.permit::<UsersWrite>()?;
    let projection = request.projection(request.user_type())?;
    let (directory, precondition, want) = (request.directory(), request.precondition(), want(&projection));
    let changed = directory::change(directory, &permit, request.cx(), request.id(), precondition, want, edit).await?;
    let changed = noted(request, changed);
    request.note().did(if changed.changed { "changed user" } else { "nothing changed" });
    answer(request, 200, &projection, &changed.user, written)
}

/// Says in the log what was asked for and is not so.
fn noted(request: &Request, changed: Changed) -> Changed {
    for note in &changed.notes {
        request.note().tolerated(note.as_str());
    }
    if changed.overruled.is_some() {
        request.note().tolerated("source_lock");
    }
    changed
}

/// `DELETE /Users/{id}`.
pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    request.note().about("User", request.id());
    request.note().did("deleted user");
    let permit = request.permit::<UsersDelete>()?;
    directory::remove(request.directory(), &permit, request.cx(), request.id(), request.precondition()).await?;
    Ok(Reply::empty(204))
}

fn read_body(request: &Request, context: Context) -> Result<Map<String, Value>> {
    read_resource(request, request.user_type(), request.body()?, context)
}

/// Mends a body as the profile does, and reads it.
pub(super) fn read_resource(
    request: &Request,
    index: &TypeIndex,
    mut body: Value,
    context: Context,
) -> Result<Map<String, Value>> {
    let (mut fired, mut notes) = (Vec::new(), Vec::<Note>::new());
    profiles::mend_resource(request.profile(), index, &mut body, &mut fired);
    let resource = read::resource(index, body, context, request.policy(), &mut notes);
    request.log_tolerances(&fired, &notes);
    Ok(resource?)
}

/// Mends the body of a PATCH as the profile does, and reads it.
pub(super) fn read_patch(request: &Request, index: &TypeIndex, external: Option<&str>) -> Result<patch::Patch> {
    let (mut body, mut fired) = (request.body()?, Vec::new());
    profiles::mend_patch(request.profile(), index, &mut body, &mut fired);
    request.log_tolerances(&fired, &[]);
    let patch = patch::parse(index, &body, request.policy(), &request.dialect(index.urns()), external)?;
    request.log_tolerances(&[], &patch.notes);
    Ok(patch)
}

fn answer(request: &Request, status: u16, projection: &Projection, user: &User, written: &[String]) -> Result<Reply> {
    let reply = answer::json(request, status, &render(request, projection, user, written))?;
    Ok(located(request, reply, user))
}

fn located(request: &Request, reply: Reply, user: &User) -> Reply {
    answer::located(reply, resource::user_location(request.base(), user), user.version)
}
