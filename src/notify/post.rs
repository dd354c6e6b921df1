//! Where mails go: to an SMTP server, or, where none is configured, into files that only the server's owner reads.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::secret::Secret;

use super::render::Text;

/// How long a server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);
/// The ending of files in the sink.
const ENDING: &str = "txt";

/// A mail, ready to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// What it says.
    pub text: Text,
    /// When it was made.
    pub at: Instant,
    /// What tells it from every other mail.
    pub id: String,
}

/// Where mails go.
#[derive(Clone)]
pub enum Post {
    /// To an SMTP server.
    Smtp {
        /// The way there.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// Who writes.
        from: Mailbox,
    },
    /// Into a folder.
    Folder(PathBuf),
}

impl Post {
    /// The way to an SMTP server: `smtps://` is TLS from the start. With `smtp://`, TLS is demanded when there is a
    /// password, else used where the server offers it; `?tls=none` sends in the clear.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the URL or the address is none. The URL is not quoted: it holds a password.
    pub fn smtp(url: &Secret, from: &str) -> Result<Self> {
        let from = from.parse().map_err(|_| Error::unavailable("mail_from is no address"))?;
        let url = url.reveal();
        let named = url.contains("tls=");
        let way = if url.contains('@') { "required" } else { "opportunistic" };
        let joined = if url.contains('?') { '&' } else { '?' };
        let url = match url.strip_prefix("smtp://") {
            Some(_) if !named => format!("{url}{joined}tls={way}"),
            Some(_) => url.replace("tls=none", ""),
            None => url.to_owned(),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
            .map_err(|_| Error::unavailable("smtp_url is no URL of an SMTP server"))?;
        Ok(Self::Smtp { transport: builder.timeout(Some(PATIENCE)).build(), from })
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// [`NotSent`] says why, without the text and without a password.
    pub async fn send(&self, mail: &Mail) -> std::result::Result<(), NotSent> {
        match self {
            Self::Folder(folder) => write(folder, mail).map_err(|error| NotSent(error.to_string())),
            Self::Smtp { transport, from } => {
                let message = message(from, mail)?;
                let sent = tokio::time::timeout(3 * PATIENCE, transport.send(message)).await;
                match sent {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(NotSent(error.to_string())),
                    Err(_) => Err(NotSent("the server took too long".to_owned())),
                }
            }
        }
    }
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSent(pub String);

impl fmt::Display for NotSent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn message(from: &Mailbox, mail: &Mail) -> std::result::Result<lettre::Message, NotSent> {
    let fault = |error: &dyn fmt::Display| NotSent(error.to_string());
    let to: Address = mail.to.parse().map_err(|_| NotSent("the address is none".to_owned()))?;
    let micros = u64::try_from(mail.at.micros()).unwrap_or_default();
    // Nobody shall answer with an automatic mail (RFC 3834).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.text.subject.as_str())
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(mail.text.plain.clone(), mail.text.html.clone()))
        .map_err(|error| fault(&error))
}

/// Writes a mail into the folder.
fn write(folder: &Path, mail: &Mail) -> std::io::Result<()> {
    let Text { subject, plain, .. } = &mail.text;
    let text = format!("To: {}\nDate: {}\nSubject: {subject}\n\n{plain}", mail.to, mail.at);
    write_private(folder, mail.at, &mail.id, &text)
}

/// Writes a file that only its owner reads, under a name that begins with the time: whole or not at all.
pub(super) fn write_private(folder: &Path, at: Instant, id: &str, text: &str) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let time = at.to_string().replace(':', "");
    let (path, draft) = (folder.join(format!("{time}-{id}.{ENDING}")), folder.join(format!(".{id}")));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(draft, path)
}

/// A mail that lies in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lying {
    /// The name of its file, without the ending.
    pub name: String,
    /// To whom.
    pub to: String,
    /// When it was made.
    pub date: String,
    /// Its subject.
    pub subject: String,
}

/// The mails that lie in a folder, the oldest first; none when there is no folder.
///
/// # Errors
/// [`Error::Unavailable`] when they cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Lying>> {
    let mut names = names(folder)?;
    names.sort();
    names.into_iter().map(|name| head(name.clone(), &show(folder, &name)?)).collect()
}

/// The text of a mail that lies in a folder.
///
/// # Errors
/// [`Error::Missing`] when there is none of that name.
pub fn show(folder: &Path, name: &str) -> Result<String> {
    if !names(folder)?.iter().any(|known| known == name) {
        return Err(Error::Missing("mail"));
    }
    let path = folder.join(format!("{name}.{ENDING}"));
    std::fs::read_to_string(&path).map_err(|error| Error::unavailable(format!("{}: {error}", path.display())))
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let fault = |error| Error::unavailable(format!("{}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fault)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(fault)?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(ENDING)?.strip_suffix('.'));
        names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    Ok(names)
}

fn head(name: String, text: &str) -> Result<Lying> {
    let line = |wanted: &str| {
        let found = text.lines().take(3).find_map(|line| line.strip_prefix(wanted)?.strip_prefix(": "));
        found.unwrap_or_default().to_owned()
    };
    Ok(Lying { name, to: line("To"), date: line("Date"), subject: line("Subject") })
}
