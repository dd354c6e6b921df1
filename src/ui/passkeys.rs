//! Passkeys of one's own: registered, renamed, given up.

use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::rest::body::text;
use crate::http::rest::present;
use crate::ids::PasskeyId;
use crate::mfa::passkey::{self, LONGEST_NAME, Passkey};

use super::factors::enrolled;
use super::forms::Form;
use super::security;
use super::sign_in::{HOME, is_ours};
use super::view::{self, Action, Badge, Field, Item, Link, Look, Page, Part};
use super::visit::Visit;
use super::words;

/// A passkey in the list.
pub(super) fn item(passkey: &Passkey) -> Item {
    let used =
        passkey.last_used.map_or_else(|| "not used yet".to_owned(), |at| format!("last used {}", words::time(at)));
    let kind = match (passkey.backed_up, passkey.device_bound) {
        (true, _) => "Synchronised",
        (false, true) => "Only on its device",
        (false, false) => "Can be synchronised",
    };
    let link = |what: &str, text: &str| {
        let href = format!("/ui/security/passkeys/{what}?id={}", passkey.id);
        Action::Link(Link::new(href, text, Look::Quiet).about(&passkey.name))
    };
    Item {
        title: passkey.name.clone(),
        badge: Some(Badge { good: false, text: kind.to_owned() }),
        facts: format!("Added {}, {used}", words::time(passkey.created)),
        actions: vec![link("rename", "Rename"), link("remove", "Remove")],
    }
}

fn name_field(value: impl Into<String>) -> Field {
    let field = Field { most: LONGEST_NAME, capitals: "sentences", ..Field::line("name", "Name", "off") };
    field.holding(value).hinted("So that you recognise it in this list.").or_says("Please give it a name.").focused()
}

/// Begins to register a passkey: the page whose script asks the browser to make one.
pub(super) async fn add(visit: Visit, _: Form) -> Result<Reply> {
    let name = words::device(visit.user_agent());
    adding(visit, 200, name, None).await
}

async fn adding(visit: Visit, status: u16, name: String, error: Option<&Error>) -> Result<Reply> {
    let options = passkey::start_registration(visit.mfa(), &visit.cx, visit.person()?).await?;
    let mut form = view::Form::new("/ui/security/passkeys/finish", "Continue", Look::Primary).field(name_field(name));
    form.hidden.push(("credential".to_owned(), String::new()));
    form.passkey = Some(view::Passkey { kind: "create", options: options.to_string() });
    form.cancel = Some(Link::cancel(HOME));
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    let text = Part::text("Give it a name. Then your device asks for your fingerprint, your face or its PIN.");
    visit.show(status, &Page::new("Add a passkey", alert.into_iter().chain([text, form.into()]).collect()))
}

/// Ends the registration with what the authenticator made.
pub(super) async fn finish(visit: Visit, form: Form) -> Result<Reply> {
    let made = read(&form).and_then(|name| Ok((form.json("credential")?, Some(name))));
    let done = match made {
        Ok(made) => {
            passkey::finish_registration(visit.mfa(), &visit.cx, (visit.person()?, &visit.origin()), made).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok((_, made)) => enrolled(visit, made, "passkey-added").await,
        Err(error @ Error::Unprocessable(_)) => adding(visit, 422, form.text("name").to_owned(), Some(&error)).await,
        Err(error) => Err(error),
    }
}

/// The name in a form.
fn read(form: &Form) -> Result<String> {
    let mut fields = form.fields(&["name"])?;
    let name = fields.required("name", text(1..=LONGEST_NAME));
    fields.finish()?;
    present(name)
}

/// The passkey that the address or the form names.
async fn named(visit: &Visit, id: &str) -> Result<Passkey> {
    let id: PasskeyId = id.parse().map_err(|_| Error::Missing("passkey"))?;
    let all = passkey::list(visit.mfa(), visit.person()?).await?;
    all.into_iter().find(|one| one.id == id).ok_or(Error::Missing("passkey"))
}

/// The page that asks for another name.
pub(super) async fn look_rename(visit: Visit) -> Result<Reply> {
    let known = named(&visit, visit.query.get("id")?.unwrap_or_default()).await?;
    renaming(visit, 200, (&known, known.name.clone()), None)
}

fn renaming(visit: Visit, status: u16, (known, name): (&Passkey, String), error: Option<&Error>) -> Result<Reply> {
    let mut form = view::Form::new("/ui/security/passkeys/rename", "Save", Look::Primary)
        .with("id", known.id.to_string())
        .field(name_field(name));
    form.cancel = Some(Link::cancel(HOME));
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    visit.show(status, &Page::new("Rename the passkey", alert.into_iter().chain([form.into()]).collect()))
}

/// Gives it the name.
pub(super) async fn rename(visit: Visit, form: Form) -> Result<Reply> {
    let known = named(&visit, form.text("id")).await?;
    match read(&form) {
        Ok(name) => {
            passkey::rename(visit.mfa(), &visit.cx, visit.person()?, known.id, name).await?;
            Ok(visit.go("/ui/security?done=passkey-renamed"))
        }
        Err(error) => renaming(visit, 422, (&known, form.text("name").to_owned()), Some(&error)),
    }
}

/// The page that asks whether it shall go.
pub(super) async fn look_remove(visit: Visit) -> Result<Reply> {
    let known = named(&visit, visit.query.get("id")?.unwrap_or_default()).await?;
    removing(visit, 200, &known, None)
}

fn removing(visit: Visit, status: u16, known: &Passkey, alert: Option<String>) -> Result<Reply> {
    let mut form =
        view::Form::new("/ui/security/passkeys/remove", "Remove", Look::Danger).with("id", known.id.to_string());
    form.cancel = Some(Link::cancel(HOME));
    let name = &known.name;
    let text = format!("\u{201c}{name}\u{201d} does not sign you in any more. Remove it from your device too.");
    let parts = alert.map(Part::Alert).into_iter().chain([Part::Text(text), form.into()]);
    visit.show(status, &Page::new("Remove the passkey?", parts.collect()))
}

/// Gives it up.
pub(super) async fn remove(visit: Visit, form: Form) -> Result<Reply> {
    let known = named(&visit, form.text("id")).await?;
    match passkey::give_up(visit.mfa(), &visit.cx, visit.person()?, known.id).await {
        Ok(()) => Ok(visit.go("/ui/security?done=passkey-removed")),
        Err(Error::StepUp(lacking)) => Err(Error::StepUp(lacking)),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => removing(visit, words::status(&error), &known, Some(words::sentence(&error))),
    }
}

/// What is said of passkeys where there may be none.
pub(super) fn section(visit: &Visit, known: &[Passkey], on: bool, offered: bool) -> Option<view::Section> {
    if known.is_empty() && !offered {
        return None;
    }
    let why = visit.lacks_passkeys();
    let add = view::Form::new("/ui/security/passkeys/add", "Add a passkey", Look::Primary);
    let actions = (offered && why.is_none()).then(|| Action::from(add)).into_iter().collect();
    let text = "The safest way: your fingerprint, your face or your device's PIN, and nothing that can be phished. A passkey signs you in without a password.";
    Some(view::Section {
        id: "passkeys",
        title: "Passkeys",
        badge: security::on(on),
        text: why.unwrap_or_else(|| text.to_owned()),
        items: known.iter().map(item).collect(),
        actions,
    })
}
