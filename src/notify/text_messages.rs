//! Where text messages go: to an HTTP gateway, or, where none is configured, into files that only the server's owner reads.
//! Two forms of gateways are spoken: a JSON document that is signed, and the form with basic authentication that the usual
//! providers take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::json;

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::secret::Secret;

use super::post::{NotSent, write_private};
use super::webhooks::sign;

/// How long a gateway may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMessage {
    /// To which number, in the form of E.164.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When it was made.
    pub at: Instant,
    /// What tells it from every other message.
    pub id: String,
}

/// Where text messages go.
#[derive(Clone)]
pub enum Texts {
    /// Posted as signed JSON.
    Signed {
        /// Who posts.
        client: Client,
        /// Where to.
        url: Url,
        /// Signs it.
        secret: Secret,
    },
    /// Posted as the form `To`, `From`, `Body`, with the user and password of the URL.
    Form {
        /// Who posts.
        client: Client,
        /// Where to.
        url: Url,
        /// The sender's number or name.
        from: String,
    },
    /// Into a folder.
    Folder(PathBuf),
}

impl Texts {
    /// The way to a gateway: with a secret it is posted signed JSON, with a sender a form.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the URL is none; it is not quoted, for it may hold a password.
    pub fn gateway(url: &Secret, secret: Option<Secret>, from: Option<String>) -> Result<Self> {
        let url = Url::parse(url.reveal()).map_err(|_| Error::unavailable("sms_url is no URL"))?;
        let client =
            Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().map_err(Error::unavailable)?;
        match (secret, from) {
            (Some(secret), None) => Ok(Self::Signed { client, url, secret }),
            (None, Some(from)) => Ok(Self::Form { client, url, from }),
            _ => Err(Error::unavailable("sms_url needs either sms_secret or sms_from")),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`NotSent`] says why, without the text and without a password.
    pub async fn send(&self, message: &TextMessage) -> std::result::Result<(), NotSent> {
        let request = match self {
            Self::Folder(folder) => return file(folder, message).map_err(|error| NotSent(error.to_string())),
            Self::Signed { client, url, secret } => signed(client.post(url.clone()), secret, message),
            Self::Form { client, url, from } => {
                let form = [("To", message.to.as_str()), ("From", from), ("Body", &message.text)];
                client.post(url.clone()).form(&form)
            }
        };
        let answer = request.send().await.map_err(|error| NotSent(error.without_url().to_string()))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(NotSent(format!("the gateway answered {status}"))) }
    }
}

/// The document, and over its time and itself what only the two of us can make.
fn signed(request: RequestBuilder, secret: &Secret, message: &TextMessage) -> RequestBuilder {
    let body = json!({ "id": message.id, "to": message.to, "text": message.text }).to_string();
    sign(request, secret, message.at, body)
}

fn file(folder: &Path, message: &TextMessage) -> std::io::Result<()> {
    let TextMessage { to, text, at, id } = message;
    write_private(folder, *at, id, &format!("To: {to}\nDate: {at}\n\n{text}\n"))
}
