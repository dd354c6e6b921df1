//! Authenticator app, telephone and mailbox of one's own, which is offered first, and recovery codes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::rest::Fields;
use crate::http::rest::body::{email, phone, secret};
use crate::http::rest::present;
use crate::mfa::enrol::{self, Enrolled};
use crate::mfa::sent::{self, OnItsWay};
use crate::mfa::{Method, overview, totp};
use crate::secret::Secret;

use super::forms::Form;
use super::sign_in::{HOME, is_ours, waiting};
use super::view::{self, Card, Choice, Codes, Field, Link, Look, Page, Part};
use super::visit::Visit;
use super::words;

/// Begins to set up an authenticator app.
pub(super) async fn start_totp(visit: Visit, _: Form) -> Result<Reply> {
    let card = enrol::start_totp(visit.mfa(), &visit.cx, visit.person()?).await?;
    app(visit, 200, &card, None)
}

fn app(visit: Visit, status: u16, card: &totp::Card, error: Option<&Error>) -> Result<Reply> {
    let field = Field::code("Code").hinted("The six digits that the app shows for this account");
    let mut form = view::Form::new("/ui/security/totp/verify", "Confirm", Look::Primary).field(field);
    form.cancel = Some(Link::cancel(HOME));
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    let spaced: Vec<&str> =
        card.secret.as_bytes().chunks(4).filter_map(|part| std::str::from_utf8(part).ok()).collect();
    let shown = Card {
        image: format!("data:image/png;base64,{}", STANDARD.encode(totp::png(&card.uri)?)),
        secret: spaced.join(" "),
        uri: card.uri.clone(),
    };
    let text = Part::text("Scan this with an authenticator app, then type the code that it shows.");
    let parts = alert.into_iter().chain([text, Part::Card(shown), form.into()]).collect();
    visit.show(status, &Page::new("Set up an authenticator app", parts))
}

/// Ends setting it up.
pub(super) async fn verify_totp(visit: Visit, form: Form) -> Result<Reply> {
    let done = match code(&form) {
        Ok(code) => {
            enrol::verify_totp(visit.mfa(), &visit.cx, (visit.person()?, &visit.origin()), code.reveal().trim()).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => enrolled(visit, made, "totp-set").await,
        Err(error @ (Error::Unprocessable(_) | Error::TooFast { .. })) => {
            let card = enrol::begun_totp(visit.mfa(), &visit.cx, visit.person()?).await?;
            app(visit, words::status(&error), &card, Some(&error)).map(|reply| waiting(reply, &error))
        }
        Err(error) => Err(error),
    }
}

/// The code in a form.
fn code(form: &Form) -> Result<Secret> {
    let mut fields = form.fields(&["code"])?;
    let code = fields.required("code", secret(1..=64));
    fields.finish()?;
    present(code)
}

/// What follows from a factor that was set up: new recovery codes are shown, this once.
pub(super) async fn enrolled(visit: Visit, made: Enrolled, done: &str) -> Result<Reply> {
    let visit = visit.renewed().await?;
    let on = format!("/ui/security?done={done}");
    match made.recovery_codes {
        Some(codes) => show_codes(visit, codes, &on),
        None => Ok(visit.go(&on)),
    }
}

fn show_codes(visit: Visit, codes: Vec<String>, on: &str) -> Result<Reply> {
    let account = visit.person()?.name.to_string();
    let head = format!(
        "Recovery codes of {account} at {}\nMade {}. Each works once.\n",
        visit.host(),
        words::time(visit.cx.now)
    );
    let file = format!("data:text/plain;charset=utf-8,{}", words::encode(&format!("{head}\n{}\n", codes.join("\n"))));
    let text = Part::text("Each of these gets you in once when nothing else is at hand. They are shown only now.");
    let kept = Part::link(on, "I have kept them", Look::Primary);
    let parts = vec![text, Part::Codes(Codes { codes, file }), kept];
    visit.show(200, &Page::new("Keep your recovery codes", parts))
}

/// Makes new recovery codes.
pub(super) async fn make_codes(visit: Visit, _: Form) -> Result<Reply> {
    let codes = enrol::regenerate(visit.mfa(), &visit.cx, visit.person()?).await?;
    show_codes(visit, codes, "/ui/security?done=codes-made")
}

/// A factor that is an address: its words.
pub(super) struct Address {
    pub(super) method: Method,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) add: &'static str,
    done: &'static str,
    field: fn() -> Field,
    read: fn(&mut Fields) -> Option<String>,
}

/// The factors that are addresses.
pub(super) const ADDRESSES: [Address; 2] = [
    Address {
        method: Method::Sms,
        title: "Text message",
        text: "A code is sent to your telephone. Safer than a password alone, but a passkey or an app is better.",
        add: "Add a telephone",
        done: "sms-set",
        field: || {
            let field =
                Field::line("phone", "Telephone number", "tel").hinted("With the country code: +49 151 23456789");
            Field { kind: view::Kind::Line("tel"), most: 32, ..field }.or_says("Please type the number.")
        },
        read: |fields| fields.required("phone", phone),
    },
    Address {
        method: Method::Email,
        title: "E-mail",
        text: "A code is sent to your mailbox. Whoever reads your mail reads the code too.",
        add: "Add a mailbox",
        done: "email-set",
        field: || {
            let field = Field::line("email", "E-mail address", "email");
            Field { kind: view::Kind::Line("email"), ..field }.or_says("Please type the address.")
        },
        read: |fields| fields.required("email", email),
    },
];

fn address(word: &str) -> Result<&'static Address> {
    ADDRESSES.iter().find(|address| address.method.as_str() == word).ok_or(Error::Missing("method"))
}

/// The page that asks for a telephone or a mailbox.
pub(super) async fn look_address(visit: Visit) -> Result<Reply> {
    let kind = address(visit.query.get("method")?.unwrap_or_default())?;
    let known = match kind.method {
        Method::Email => crate::auth::account(visit.auth(), visit.person()?).await?.0.email.unwrap_or_default(),
        _ => String::new(),
    };
    asking(visit, 200, (kind, known), None)
}

fn asking(visit: Visit, status: u16, (kind, value): (&Address, String), error: Option<&Error>) -> Result<Reply> {
    let mut form = view::Form::new("/ui/security/address/start", "Send me a code", Look::Primary)
        .with("method", kind.method.as_str())
        .field((kind.field)().holding(value).focused());
    form.cancel = Some(Link::cancel(HOME));
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    visit.show(status, &Page::new(kind.add, alert.into_iter().chain([form.into()]).collect()))
}

/// Sends a code there, for the first time or once more.
pub(super) async fn start_address(visit: Visit, form: Form) -> Result<Reply> {
    let kind = address(form.text("method"))?;
    let name = (kind.field)().name;
    let plain: String = form.text(name).chars().filter(|character| !character.is_whitespace()).collect();
    let read = || {
        let mut fields = form.fields(&[name])?;
        if !plain.is_empty() {
            fields = Fields::of_body(serde_json::json!({ name: plain }).to_string().as_bytes())?;
        }
        let address = (kind.read)(&mut fields);
        fields.finish()?;
        present(address)
    };
    let sent = match read() {
        Ok(address) => sent::start(visit.mfa(), &visit.cx, visit.person()?, (kind.method, Some(address))).await,
        Err(error) => Err(error),
    };
    let waited = form.text("sent_to").to_owned();
    match sent {
        Ok(OnItsWay { to }) => proving(visit, 200, (kind, &plain, &to), None),
        Err(Error::TooFast { retry_after }) => {
            let alert = format!("Please wait {retry_after} seconds before you ask for another code.");
            let shown = match waited.is_empty() {
                true => asking_with(visit, (kind, plain), alert),
                false => proving(visit, 429, (kind, &plain, &waited), Some(alert)),
            };
            shown.map(|reply| waiting(reply, &Error::TooFast { retry_after }))
        }
        Err(error @ Error::Unprocessable(_)) => asking(visit, 422, (kind, form.text(name).to_owned()), Some(&error)),
        Err(error) => Err(error),
    }
}

fn asking_with(visit: Visit, (kind, value): (&Address, String), alert: String) -> Result<Reply> {
    let error = Error::conflict("too_fast", alert);
    asking(visit, 429, (kind, value), Some(&error))
}

fn proving(
    visit: Visit,
    status: u16,
    (kind, address, to): (&Address, &str, &str),
    alert: Option<String>,
) -> Result<Reply> {
    let mut form = view::Form::new("/ui/security/address/verify", "Confirm", Look::Primary)
        .with("method", kind.method.as_str())
        .with((kind.field)().name, address)
        .with("sent_to", to)
        .field(Field::code("Code"));
    let again = Choice { value: "again", text: "Send another code", action: "/ui/security/address/start" };
    form.buttons.push(again);
    form.cancel = Some(Link::cancel(HOME));
    let text = Part::Text(format!("A code was sent to {to}. Type it here."));
    let parts = alert.map(Part::Alert).into_iter().chain([text, form.into()]);
    visit.show(status, &Page::new(kind.add, parts.collect()))
}

/// Ends setting up a telephone or a mailbox: the code came back.
pub(super) async fn verify_address(visit: Visit, form: Form) -> Result<Reply> {
    let kind = address(form.text("method"))?;
    let done = match code(&form) {
        Ok(code) => {
            sent::verify(
                visit.mfa(),
                &visit.cx,
                (visit.person()?, &visit.origin()),
                (kind.method, code.reveal().trim()),
            )
            .await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => enrolled(visit, made, kind.done).await,
        Err(error @ (Error::Unprocessable(_) | Error::TooFast { .. })) => {
            let said = match code(&form) {
                Ok(_) => words::sentence(&error),
                Err(_) => "Please type the code.".to_owned(),
            };
            let known = (kind, form.text((kind.field)().name), form.text("sent_to"));
            proving(visit, words::status(&error), known, Some(said)).map(|reply| waiting(reply, &error))
        }
        Err(error) => Err(error),
    }
}

/// Gives up a factor.
pub(super) async fn remove(visit: Visit, form: Form) -> Result<Reply> {
    let method: Method = form.text("method").parse().map_err(|_| Error::Missing("method"))?;
    match enrol::give_up(visit.mfa(), &visit.cx, visit.person()?, method).await {
        Ok(()) => Ok(visit.go(&format!("/ui/security?done={method}-removed"))),
        Err(Error::StepUp(lacking)) => Err(Error::StepUp(lacking)),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            let told = Some(words::sentence(&error));
            super::confirm::show(visit, words::status(&error), (method.as_str(), ""), told)
        }
    }
}

/// Chooses which method is offered first.
pub(super) async fn prefer(visit: Visit, form: Form) -> Result<Reply> {
    let preferred = match form.text("preferred") {
        "" => None,
        word => Some(word.parse().map_err(|_| Error::Missing("method"))?),
    };
    overview::prefer(visit.mfa(), &visit.cx, visit.person()?, preferred).await?;
    Ok(visit.go("/ui/security?done=preferred"))
}
