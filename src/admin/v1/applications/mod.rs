//! Applications, who is assigned to them, and their tokens.

mod assignments;
mod tokens;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Actor, ApplicationUsersRead, ApplicationsRead, ApplicationsWrite, Needs, Permission};
use crate::directory::applications::{self, Application, Draft, EffectiveUser};
use crate::directory::people;
use crate::error::Result;
use crate::http::rest::{self, Fields, body};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::shared::{done, id, once_there, page, paging, permit, read, whole_permit, window, write};
use super::tenants::cleared;

const TAG: &str = "Applications";
const BOTH: Needs = Needs::ByEffect("applications see who may use them, administrators who may use any of the tenant");

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [themselves(), assignments::endpoints(), tokens::endpoints()].into_iter().flatten().collect()
}

fn themselves() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{ApplicationsRead, ApplicationsWrite};
    let (all, one) = ("/tenants/{tenant_id}/applications", "/tenants/{tenant_id}/applications/{application_id}");
    let users = "/tenants/{tenant_id}/applications/{application_id}/effective-users";
    vec![
        read(
            all,
            ApplicationsRead,
            |x| Box::pin(list(x)),
            Document::new("list_applications", "List applications", TAG)
                .paged()
                .page::<ApplicationResponse>("A page of the applications, by name"),
        ),
        write(
            Post,
            all,
            ApplicationsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_application", "Make an application", TAG)
                .request::<ApplicationCreate>()
                .data::<ApplicationResponse>(201, "The application")
                .conflict("The name is in use, or the tenant is reserved"),
        ),
        read(
            one,
            ApplicationsRead,
            |x| Box::pin(find(x)),
            Document::new("get_application", "Get an application", TAG)
                .data::<ApplicationResponse>(200, "The application"),
        ),
        write(
            Patch,
            one,
            ApplicationsWrite,
            |x| Box::pin(change(x)),
            Document::new("update_application", "Change an application", TAG)
                .request::<ApplicationUpdate>()
                .data::<ApplicationResponse>(200, "The application")
                .conflict("The name is in use"),
        ),
        write(
            Delete,
            one,
            ApplicationsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_application", "Delete an application with its assignments and tokens", TAG)
                .empty(204, "The application is gone"),
        ),
        Endpoint {
            needs: BOTH,
            ..read(
                users,
                ApplicationsRead,
                |x| Box::pin(effective_users(x)),
                Document::new("list_effective_users", "List the active users who may use an application", TAG)
                    .described("Users who are assigned to it themselves, or by a group, with the groups in it.")
                    .paged()
                    .page::<EffectiveUserResponse>("A page of the users, oldest first"),
            )
        },
    ]
}

/// An application.
#[derive(Serialize, ToSchema)]
struct ApplicationResponse {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    description: Option<String>,
    /// Where links in mails may lead back to: exact URLs.
    redirect_uris: Vec<String>,
    /// Whether its tokens open anything.
    enabled: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// An application to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ApplicationCreate {
    name: String,
    description: Option<String>,
    #[schema(nullable = false)]
    redirect_uris: Option<Vec<String>>,
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// What is to change of an application.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ApplicationUpdate {
    #[schema(nullable = false)]
    name: Option<String>,
    description: Option<String>,
    #[schema(nullable = false)]
    redirect_uris: Option<Vec<String>>,
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// A user who may use an application.
#[derive(Serialize, ToSchema)]
struct EffectiveUserResponse {
    #[schema(format = "uuid")]
    id: String,
    username: String,
    display_name: Option<String>,
    /// The account's, else the user name if that is an address, else one that nobody is reached by.
    email: String,
    /// Whether the account's is confirmed.
    email_verified: bool,
}

fn shown(application: Application) -> ApplicationResponse {
    ApplicationResponse {
        id: application.id.to_string(),
        name: application.name,
        description: application.description,
        redirect_uris: application.redirect_uris,
        enabled: application.enabled,
        created_at: application.created.to_string(),
        updated_at: application.modified.to_string(),
    }
}

fn draft(exchange: &Exchange, is_new: bool) -> Result<Draft> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = match is_new {
        true => fields.required("name", body::text(1..=200)),
        false => fields.optional("name", body::text(1..=200)),
    };
    let description = fields.nullable("description", body::text(0..=2000));
    let redirect_uris = fields.optional("redirect_uris", body::list(100, body::text(1..=2048)));
    let enabled = fields.optional("enabled", body::boolean);
    fields.finish()?;
    Ok(Draft { name, description: cleared(description), redirect_uris, enabled })
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = applications::list(&exchange.services.directory, &permit, offset, limit).await?;
    page(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ApplicationsWrite>(&exchange).await?;
    let draft = draft(&exchange, true)?;
    let made = applications::create(&exchange.services.directory, &permit, &exchange.cx, draft).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsRead>(&exchange).await?;
    let id = id(&exchange, "application_id", "application")?;
    let found = applications::find(&exchange.services.directory, &permit, &id).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ApplicationsWrite>(&exchange).await?;
    let id = id(&exchange, "application_id", "application")?;
    let there = applications::check(&exchange.services.directory, &permit, &id);
    let draft = once_there(draft(&exchange, false), there).await?;
    let changed = applications::change(&exchange.services.directory, &permit, &exchange.cx, &id, draft).await?;
    rest::data(200, &shown(changed), &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ApplicationsWrite>(&exchange).await?;
    let id = id(&exchange, "application_id", "application")?;
    applications::remove(&exchange.services.directory, &permit, &exchange.cx, &id).await?;
    Ok(done())
}

async fn effective_users(exchange: Exchange) -> Result<Reply> {
    let id = id(&exchange, "application_id", "application")?;
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let (found, paging) = if let Actor::Application(_) = exchange.actor()? {
        let permit = permit::<ApplicationUsersRead>(&exchange).await?;
        let paging = paging(&exchange)?;
        let (offset, limit) = window(paging);
        (applications::own_users(directory, &permit, cx, &id, offset, limit).await?, paging)
    } else {
        let permit = permit::<ApplicationsRead>(&exchange).await?;
        let paging = paging(&exchange)?;
        let (offset, limit) = window(paging);
        (applications::users(directory, &permit, cx, &id, offset, limit).await?, paging)
    };
    page(&exchange, found, paging, |user: EffectiveUser| EffectiveUserResponse {
        id: user.id.to_string(),
        email: people::shown_email(user.email.as_deref(), &user.user_name, user.id),
        email_verified: user.email_verified && user.email.is_some(),
        username: user.user_name,
        display_name: user.display_name,
    })
}
