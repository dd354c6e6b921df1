//! Sends what waits in the outbox: any number of processes may do so on one database. A message is claimed for a while,
//! rendered, sent and noted; what cannot be sent is tried again later, and given up in the end. A process that dies
//! between sending and noting sends twice, never not at all.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::{join, join_all};

use crate::clock::{Instant, Sources};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::lifetimes::Lifetimes;
use crate::store::outbox::{self as rows, Recipient, Waiting};
use crate::store::{Store, Tx, one_time_links as links};

use super::alerts::{self, Report};
use super::codes::Codes;
use super::outbox::WEBHOOK;
use super::post::{Mail, NotSent, Post};
use super::purpose::{Purpose, To};
use super::render::{Values, render};
use super::resets;
use super::text_messages::{TextMessage, Texts};
use super::webhooks::{Hooks, Posting};

/// How often it is looked for what waits.
const POLL: Duration = Duration::from_secs(1);
/// Messages that are claimed at once.
const AT_ONCE: i64 = 8;
/// For how long, in seconds: longer than sending all of them may take.
const CLAIM: i64 = 900;
/// How often a message is tried.
pub const MOST_ATTEMPTS: i32 = 8;
/// The first wait before it is tried again, in seconds; each later one is four times as long.
const FIRST_WAIT: i64 = 60;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 6 * 3600;
/// Where the pages are that links lead to; the word of the purpose follows, and the token as a fragment: browsers send that to
/// nobody, so that it stands in no log on the way.
const PAGE: &str = "/link";
/// Nobody reads mail at addresses of this domain.
const NOBODY: &str = "@no-email.invalid";

/// Sends what waits.
pub struct Worker {
    /// The database.
    pub store: Store,
    /// Time and randomness.
    pub sources: Sources,
    /// Where mails go.
    pub post: Post,
    /// Where text messages go.
    pub texts: Texts,
    /// What codes are made with.
    pub codes: Codes,
    /// What alerts are posted with.
    pub hooks: Hooks,
    /// What the server is reached by from outside, without a trailing slash.
    pub public_url: Arc<str>,
    /// How long what mails and messages hold works.
    pub lifetimes: Lifetimes,
}

/// Why an alert, or word of what was decided meanwhile, is not sent.
const OVER: &str = "nothing is left of what it tells of";

/// What became of a message when it was rendered.
enum Rendered {
    Mail(Box<Mail>),
    Text(Box<TextMessage>),
    Posting(Box<Posting>),
    /// Nobody wants it; says why.
    Unwanted(&'static str),
}

impl Worker {
    /// Sends what waits, again and again; never ends.
    pub async fn run(&self) {
        let mut ticks = tokio::time::interval(POLL);
        loop {
            ticks.tick().await;
            loop {
                match self.send_due().await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(cause = ?error, "mails wait: the outbox cannot be read");
                        break;
                    }
                }
            }
        }
    }

    /// Sends up to a claim of messages that are due. How many were due.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn send_due(&self) -> Result<usize> {
        let now = self.sources.clock.now();
        if !self.store.read_one(move |tx| rows::any_due(tx, now, MOST_ATTEMPTS)).await? {
            return Ok(0);
        }
        let until = now.plus_seconds(CLAIM);
        let claim = move |tx: &mut Tx<'_>| rows::claim(tx, now, until, MOST_ATTEMPTS, AT_ONCE);
        let claimed = self.store.write(claim).await?;
        let count = claimed.len();
        let (hooks, mails): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|message| message.purpose == WEBHOOK);
        // Whose webhook is slow does not hold up the mails of all others.
        let posted = join_all(hooks.into_iter().map(|message| self.handle(message)));
        let (sent, posted) = join(self.handle_all(mails), posted).await;
        posted.into_iter().chain([sent]).collect::<Result<()>>()?;
        Ok(count)
    }

    async fn handle_all(&self, messages: Vec<Waiting>) -> Result<()> {
        for message in messages {
            self.handle(message).await?;
        }
        Ok(())
    }

    async fn handle(&self, message: Waiting) -> Result<()> {
        let (seq, attempts, purpose) = (message.seq, message.attempts, message.purpose.clone());
        let outcome = match self.render(message).await {
            Ok(Rendered::Unwanted(why)) => Ok(Some(why)),
            Ok(Rendered::Mail(mail)) => self.post.send(&mail).await.map(|()| None),
            Ok(Rendered::Text(message)) => self.texts.send(&message).await.map(|()| None),
            Ok(Rendered::Posting(posting)) => self.hooks.post(&posting).await.map(|()| None),
            Err(error) => Err(NotSent(format!("{error:?}"))),
        };
        let now = self.sources.clock.now();
        match outcome {
            Ok(why) => self.store.write(move |tx| rows::finish(tx, seq, now, why)).await,
            Err(NotSent(why)) => {
                if attempts >= MOST_ATTEMPTS {
                    tracing::error!(seq, purpose, cause = why, "a mail is given up");
                } else {
                    tracing::warn!(seq, purpose, cause = why, "a mail could not be sent and is tried again");
                }
                let due = now.plus_seconds(wait(attempts));
                self.store.write(move |tx| rows::postpone(tx, seq, due, &why)).await
            }
        }
    }

    async fn render(&self, message: Waiting) -> Result<Rendered> {
        let id = URL_SAFE_NO_PAD.encode(self.sources.random::<12>()?);
        let (public_url, now, lifetimes) = (Arc::clone(&self.public_url), self.sources.clock.now(), self.lifetimes);
        let (codes, hooks, random) = (self.codes.clone(), self.hooks.clone(), self.sources.random()?);
        let rendering = Rendering { message, public_url, lifetimes, codes, hooks, now, id, random };
        self.store.write(move |tx| rendering.run(tx)).await
    }
}

/// How long a message waits after so many attempts.
fn wait(attempts: i32) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 10)).unwrap_or_default();
    FIRST_WAIT.saturating_mul(4_i64.saturating_pow(doublings)).min(LONGEST_WAIT)
}

/// A message on its way to a mail.
struct Rendering {
    message: Waiting,
    public_url: Arc<str>,
    lifetimes: Lifetimes,
    codes: Codes,
    hooks: Hooks,
    now: Instant,
    id: String,
    /// For its link or code.
    random: [u8; 40],
}

impl Rendering {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Rendered> {
        let message = &self.message;
        if message.purpose == WEBHOOK {
            return self.posting(tx);
        }
        let purpose = Purpose::of(&message.purpose)
            .ok_or_else(|| Error::internal(format!("unknown purpose `{}`", message.purpose)))?;
        let report = if purpose == Purpose::Alert { alerts::read(tx, &message.payload)? } else { None };
        let pending = match purpose {
            Purpose::ApprovalWanted => resets::pending(tx, &message.payload, self.now)?,
            _ => None,
        };
        if purpose == Purpose::Alert && report.is_none() || purpose == Purpose::ApprovalWanted && pending.is_none() {
            return Ok(Rendered::Unwanted(OVER));
        }
        let Some(user) = message.user else { return self.to_nobody(purpose, report.as_ref()) };
        let Some(recipient) = rows::recipient(tx, message.tenant, user)? else {
            return Ok(Rendered::Unwanted("there is no such user"));
        };
        // What it lets in has ended meanwhile, and must not begin anew with a message that was late.
        if message.payload.get("epoch").is_some_and(|epoch| *epoch != recipient.epoch) {
            return Ok(Rendered::Unwanted("what was issued to the user has ended since"));
        }
        let sent = if purpose.to() == To::Factor { self.codes.mint(tx, message, self.random, self.now)? } else { None };
        let usual = || address(purpose.to(), &recipient, &message.payload);
        let to = match (&sent, self.codes.sealed_address(message)) {
            (Some(sent), _) => Some(sent.to.clone()),
            (None, Some(sealed)) if usual().is_some_and(|usual| usual.eq_ignore_ascii_case(&sealed)) => {
                return Ok(Rendered::Unwanted("the user is told there already"));
            }
            (None, Some(sealed)) => Some(sealed),
            (None, None) => usual(),
        };
        let Some(to) = to else {
            return Ok(Rendered::Unwanted("the user has no such address"));
        };
        if to.to_ascii_lowercase().ends_with(NOBODY) {
            return Ok(Rendered::Unwanted("nobody reads mail there"));
        }
        let mut values = Values::default()
            .with_all(&message.payload)
            .with("name", recipient.display_name.as_deref().unwrap_or(&recipient.user_name))
            .with("account", &recipient.user_name)
            .with("tenant", recipient.tenant_name.as_deref().unwrap_or(&recipient.tenant_slug));
        if let Some(proves) = purpose.link() {
            let link = self.link(tx, proves, (user, recipient.epoch), &to)?;
            values = values.with("expires", &day_and_time(link.1)).with_link(link.0);
        }
        if let Some(sent) = &sent {
            values = values.with("code", &sent.code).with("time", &minutes_until(sent.expires, self.now));
        }
        if let Some(report) = &report {
            values = report.fill(values);
        }
        if let Some(pending) = &pending {
            values = pending.fill(values);
        }
        let text = render(purpose, &values)?;
        if purpose.is_text() {
            let (text, at, id) = (text.plain.trim().to_owned(), self.now, self.id.clone());
            return Ok(Rendered::Text(Box::new(TextMessage { to, text, at, id })));
        }
        Ok(Rendered::Mail(Box::new(Mail { to, text, at: self.now, id: self.id.clone() })))
    }

    /// A message to an address that is no user's: only alerts go there.
    fn to_nobody(&self, purpose: Purpose, report: Option<&Report>) -> Result<Rendered> {
        let to = self.message.payload.get("to").and_then(serde_json::Value::as_str);
        let (Some(report), Some(to)) = (report, to) else { return Ok(Rendered::Unwanted("nobody is named")) };
        let text = render(purpose, &report.fill(Values::default()))?;
        let (to, at, id) = (to.to_owned(), self.now, self.id.clone());
        Ok(Rendered::Mail(Box::new(Mail { to, text, at, id })))
    }

    /// An alert that is posted to the webhook of its tenant, as that is now.
    fn posting(&self, tx: &mut Tx<'_>) -> Result<Rendered> {
        let Some(report) = alerts::read(tx, &self.message.payload)? else { return Ok(Rendered::Unwanted(OVER)) };
        let posting = self.hooks.prepare(tx, self.message.tenant, report.body(self.message.seq), self.now)?;
        Ok(posting.map_or(Rendered::Unwanted("there is no webhook"), |posting| Rendered::Posting(Box::new(posting))))
    }

    /// Makes the link, and says until when it works. It is made now, so that nothing that is kept of a message opens
    /// anything; an older one of the same purpose ends. It keeps the address that it goes to, which is what it proves, unless
    /// that one is sealed.
    fn link(
        &self,
        tx: &mut Tx<'_>,
        purpose: links::Purpose,
        (user, epoch): (UserId, i64),
        to: &str,
    ) -> Result<(String, Instant)> {
        let mut payload = self.message.payload.clone();
        if let Some(members) = payload.as_object_mut()
            && members.remove("sealed").is_none()
        {
            members.insert(links::ADDRESS.to_owned(), to.into());
        }
        let ends = if purpose == links::Purpose::Object { resets::ends(tx, &payload)? } else { None };
        let (now, random) = (self.now, self.random);
        let expires = ends.unwrap_or_else(|| now.plus_seconds(purpose.seconds(&self.lifetimes)));
        let (link, token) = links::mint(links::New { purpose, user, epoch, now, expires, random });
        links::replace_same(tx, &link.with(payload), purpose.apart_by())?;
        Ok((format!("{}{PAGE}/{}#token={}", self.public_url, purpose.as_str(), token.reveal()), expires))
    }
}

/// `2026-11-21 01:40 UTC`.
pub(super) fn day_and_time(time: Instant) -> String {
    let text = time.to_string().replacen('T', " ", 1);
    format!("{} UTC", text.get(..16).unwrap_or(&text))
}

/// `5 minutes`: the nearest whole number of them.
fn minutes_until(end: Instant, now: Instant) -> String {
    match end.micros().saturating_sub(now.plus_seconds(-30).micros()).div_euclid(60_000_000) {
        ..=1 => "a minute".to_owned(),
        left => format!("{left} minutes"),
    }
}

fn address(to: To, recipient: &Recipient, payload: &serde_json::Value) -> Option<String> {
    match to {
        To::Current => recipient.email.clone(),
        To::Verified if recipient.email_verified => recipient.email.clone(),
        To::Verified => recipient.verified_email.clone(),
        // Without a ceremony that waits for a code there is nowhere to send it; what is sealed is opened elsewhere.
        To::Factor | To::Sealed => None,
        To::Named => payload.get("to")?.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_waits_grow_and_end() {
        let waits: Vec<i64> = (1..=MOST_ATTEMPTS).map(wait).collect();
        assert_eq!(waits, [60, 240, 960, 3840, 15_360, 21_600, 21_600, 21_600]);
    }

    #[test]
    fn mail_goes_to_the_last_proven_address() {
        let recipient = |verified, before: Option<&str>| Recipient {
            tenant_slug: String::new(),
            tenant_name: None,
            user_name: String::new(),
            display_name: None,
            email: Some("new@example.org".to_owned()),
            email_verified: verified,
            verified_email: before.map(str::to_owned),
            epoch: 0,
        };
        let payload = serde_json::json!({ "to": "old@example.org" });
        let to = |to, verified, before| address(to, &recipient(verified, before), &payload);
        assert_eq!(to(To::Current, false, None).as_deref(), Some("new@example.org"));
        assert_eq!(to(To::Verified, true, Some("x@example.org")).as_deref(), Some("new@example.org"));
        assert_eq!(to(To::Verified, false, Some("x@example.org")).as_deref(), Some("x@example.org"));
        assert_eq!(to(To::Verified, false, None), None);
        assert_eq!(to(To::Named, true, None).as_deref(), Some("old@example.org"));
    }
}
