//! Which users and groups are assigned to an application.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{ApplicationsRead, ApplicationsWrite, Permission};
use crate::directory::applications::{self, Subject, SubjectKind};
use crate::error::Result;
use crate::http::rest::body::Words;
use crate::http::rest::{Fields, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::TAG;
use crate::admin::v1::shared::{done, id, once_there, page, paging, permit, read, window, write};

const KINDS: &Words<SubjectKind> = &[("user", SubjectKind::User), ("group", SubjectKind::Group)];

/// The rows of assignments.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    use Permission::{ApplicationsRead, ApplicationsWrite};
    let all = "/tenants/{tenant_id}/applications/{application_id}/assignments";
    let one = "/tenants/{tenant_id}/applications/{application_id}/assignments/{subject_id}";
    vec![
        read(
            all,
            ApplicationsRead,
            |x| Box::pin(list(x)),
            Document::new("list_assignments", "List who is assigned to an application", TAG)
                .paged()
                .page::<AssignmentResponse>("A page of the assignments, oldest first"),
        ),
        write(
            Post,
            all,
            ApplicationsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_assignment", "Assign a user or group to an application", TAG)
                .request::<AssignmentCreate>()
                .empty(204, "The user or group is assigned"),
        ),
        write(
            Delete,
            one,
            ApplicationsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_assignment", "Take an assignment back", TAG)
                .empty(204, "The user or group is not assigned any more"),
        ),
    ]
}

/// Who is assigned to an application.
#[derive(Serialize, ToSchema)]
struct AssignmentResponse {
    /// `user` or `group`.
    kind: String,
    /// The user or group.
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A user or group to assign.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct AssignmentCreate {
    /// `user` or `group`.
    kind: String,
    #[schema(format = "uuid")]
    id: String,
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsRead>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = applications::assignments(&exchange.services.directory, &permit, &application, offset, limit).await?;
    page(&exchange, found, paging, |subject: Subject| AssignmentResponse {
        kind: subject.subject_kind,
        id: subject.subject_id.to_string(),
        created_at: subject.created.to_string(),
    })
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsWrite>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let directory = &exchange.services.directory;
    let there = applications::check(directory, &permit, &application);
    let (kind, subject) = once_there(subject(&exchange), there).await?;
    applications::assign(directory, &permit, &exchange.cx, &application, kind, &subject).await?;
    Ok(done())
}

fn subject(exchange: &Exchange) -> Result<(SubjectKind, String)> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let (kind, subject) = (fields.required("kind", body::word(KINDS)), fields.required("id", body::uuid));
    fields.finish()?;
    let subject: uuid::Uuid = present(subject)?;
    Ok((present(kind)?, subject.hyphenated().to_string()))
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsWrite>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let subject = id(&exchange, "subject_id", "assignment")?;
    applications::unassign(&exchange.services.directory, &permit, &exchange.cx, &application, &subject).await?;
    Ok(done())
}
