//! Where the alerts of a tenant are posted to.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Permission, SettingsRead, SettingsWrite};
use crate::admin::v1::shared::{done, read, whole_permit, write};
use crate::directory::suspicions::webhook::{self, Target};
use crate::error::Result;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::TAG;

const PATH: &str = "/tenants/{tenant_id}/alert-webhook";

/// Where alerts are posted to.
#[derive(Serialize, ToSchema)]
struct AlertWebhook {
    /// The URL; null when alerts are posted nowhere.
    url: Option<String>,
    #[schema(format = DateTime)]
    created_at: Option<String>,
}

/// Where alerts are posted to from now on.
#[derive(Serialize, ToSchema)]
struct AlertWebhookMade {
    url: String,
    /// Signs what is posted; shown this once.
    secret: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// Where alerts are to be posted to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct AlertWebhookRequest {
    /// `https://` and a public host.
    url: String,
}

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        read(
            PATH,
            Permission::SettingsRead,
            |x| Box::pin(show(x)),
            Document::new("get_alert_webhook", "See where alerts are posted to", TAG)
                .data::<AlertWebhook>(200, "The URL, if there is one"),
        ),
        write(
            Method::Put,
            PATH,
            Permission::SettingsWrite,
            |x| Box::pin(set(x)),
            Document::new("set_alert_webhook", "Have alerts posted to a URL, signed with a new secret", TAG)
                .request::<AlertWebhookRequest>()
                .data::<AlertWebhookMade>(200, "The URL and the secret"),
        ),
        write(
            Method::Delete,
            PATH,
            Permission::SettingsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_alert_webhook", "Have alerts posted nowhere", TAG).empty(204, "It is taken away"),
        ),
    ]
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SettingsRead>(&exchange).await?;
    let found = webhook::find(&exchange.services.directory, &permit).await?;
    let (url, created_at) = found.map(|Target { url, created }| (url, created.to_string())).unzip();
    rest::data(200, &AlertWebhook { url, created_at }, &exchange.cx)
}

async fn set(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SettingsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let url = fields.required("url", body::text(1..=2048));
    fields.finish()?;
    let url = present(url)?;
    let directory = &exchange.services.directory;
    let (Target { url, created }, secret) = webhook::set(directory, &permit, &exchange.cx, &url).await?;
    let made = AlertWebhookMade { url, secret: secret.reveal().to_owned(), created_at: created.to_string() };
    rest::data(200, &made, &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SettingsWrite>(&exchange).await?;
    webhook::remove(&exchange.services.directory, &permit, &exchange.cx).await?;
    Ok(done())
}
