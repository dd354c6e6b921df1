//! Signing in: by password, by passkey alone, and the password that is due.

use serde_json::json;

use crate::auth::passkey::{self, Started};
use crate::auth::{self, SignIn, SignedIn, passwords, sessions};
use crate::error::{Anonymous, Error, Result};
use crate::http::Reply;
use crate::http::rest::body::{Read, secret, text};
use crate::http::rest::present;
use crate::password::{MOST_CHARACTERS, Password};
use crate::secret::Secret;

use super::forms::Form;
use super::second_step;
use super::view::{self, Field, Link, Look, Page, Part};
use super::visit::Visit;
use super::words;

/// Where people are led who signed in.
pub(super) const HOME: &str = "/ui/security";
/// The page where people sign in.
pub(super) const START: &str = "/ui/";

const WRONG: &str = "This user name and password do not sign in. Check both, and the organisation, and try again.";
const NO_PASSKEY: &str = "This passkey does not sign in here. It may have been removed from your account.";
const LATE: &str = "This took too long. Please sign in once more.";

/// What goes along from one step of a sign-in to the next, in hidden fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// Where somebody wanted to go.
    next: String,
    /// As whom.
    identifier: String,
    /// The enrolment code of a mailed link.
    pub(super) code: String,
}

impl Way {
    /// As a form brings it.
    pub(super) fn of(form: &Form) -> Self {
        Self {
            next: Visit::wanted(form.text("next")).unwrap_or_default(),
            identifier: form.text("identifier").trim().chars().take(254).collect(),
            code: form.text("enrolment_code").trim().to_owned(),
        }
    }

    /// With the code of a mailed link.
    pub(super) fn with_code(code: &str) -> Self {
        Self { code: code.to_owned(), ..Self::default() }
    }

    /// What of it stands in hidden fields.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let all = [("next", &self.next), ("identifier", &self.identifier), ("enrolment_code", &self.code)];
        let there = all.into_iter().filter(|(_, value)| !value.is_empty());
        there.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }
}

/// The first page; whoever is signed in goes on.
pub(super) async fn look(visit: Visit) -> Result<Reply> {
    let next = visit.query.get("next").ok().flatten().and_then(Visit::wanted);
    if visit.person().is_ok() {
        return Ok(visit.go(next.as_deref().unwrap_or(HOME)));
    }
    let told = visit.done().map(|text| Part::Notice(text.to_owned()));
    let asked = visit.query.get("tenant").ok().flatten().map(str::to_owned);
    let way = Way { next: next.unwrap_or_default(), ..Way::default() };
    let organisation = asked.or_else(|| visit.organisation()).unwrap_or_default();
    first(visit, 200, (&way, organisation), told, None)
}

/// The first page, with what is said above and what is wrong with the fields.
pub(super) fn first(
    visit: Visit,
    status: u16,
    (way, organisation): (&Way, String),
    told: Option<Part>,
    error: Option<&Error>,
) -> Result<Reply> {
    let mut form = view::Form::new("/ui/sign-in", "Sign in", Look::Primary)
        .field(who("username webauthn").holding(way.identifier.as_str()).focused())
        .field(Field {
            aside: Some(Link::new("/ui/forgot", "Forgot your password?", Look::Words)),
            ..Field::password("password", "Password", "current-password").or_says("Please type your password.")
        })
        .field(organisation_field(organisation));
    let unnamed = Way { identifier: String::new(), ..way.clone() };
    form.hidden = unnamed.hidden();
    let told = error.and_then(|error| form.blame(error)).map(Part::Alert).or(told);
    let passkey = by_passkey(&visit, unnamed);
    let parts = told.into_iter().chain([form.into()]).chain(passkey);
    visit.show(status, &Page::new("Sign in", parts.collect()))
}

/// The field for a name or an address.
fn who(autocomplete: &'static str) -> Field {
    let field = Field::line("identifier", "E-mail or user name", autocomplete);
    field.or_says("Please type your e-mail address or user name.")
}

/// The field for the organisation; most people need not say to which they belong.
fn organisation_field(known: String) -> Field {
    Field {
        most: 63,
        folded: Some("Sign in to a particular organisation"),
        ..Field::line("tenant", "Organisation", "organization").holding(known).optional()
    }
    .hinted("Its short name, if your administrator told you one.")
}

fn by_passkey(visit: &Visit, way: Way) -> Vec<Part> {
    if let Some(why) = visit.lacks_passkeys() {
        return vec![Part::Hint(why)];
    }
    let kind = view::Passkey { kind: "find", options: "/ui/sign-in/passkey-options".to_owned() };
    let mut form = view::Form::new("/ui/sign-in/passkey", "Sign in with a passkey", Look::Plain);
    form.hidden = way.hidden();
    form.hidden.extend(["passkey_token", "credential"].map(|name| (name.to_owned(), String::new())));
    form.passkey = Some(kind);
    vec![Part::Or, form.into()]
}

/// Signs somebody in by password.
pub(super) async fn sign_in(visit: Visit, form: Form) -> Result<Reply> {
    let (way, organisation) = (Way::of(&form), form.text("tenant").trim().to_owned());
    let request = match read(&visit, &form) {
        Ok(request) => request,
        Err(error) => return first(visit, 422, (&way, organisation), None, Some(&error)),
    };
    let visit = visit.remembering(request.tenant.as_deref());
    match auth::sign_in(visit.auth(), &visit.cx, request, &visit.client()).await {
        Ok(came) => go_on(visit, way, came).await,
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            let told = match &error {
                Error::Anonymous(_) => WRONG.to_owned(),
                other => words::sentence(other),
            };
            first(visit, words::status(&error), (&way, organisation), Some(Part::Alert(told)), None)
                .map(|reply| waiting(reply, &error))
        }
    }
}

/// Whether it is no fault of whoever asks.
pub(super) fn is_ours(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::Internal(_))
}

/// The same answer with how long to wait, where that is what is wrong.
pub(super) fn waiting(reply: Reply, error: &Error) -> Reply {
    match error {
        Error::TooFast { retry_after } => reply.with("retry-after", retry_after.to_string()),
        _ => reply,
    }
}

fn read(visit: &Visit, form: &Form) -> Result<SignIn> {
    let mut fields = form.fields(&["identifier", "password", "tenant"])?;
    let identifier = fields.required("identifier", text(1..=254));
    let password = fields.required("password", password);
    let tenant = fields.optional("tenant", text(1..=63));
    fields.finish()?;
    let device = visit.device();
    Ok(SignIn { tenant, identifier: present(identifier)?, password: present(password)?, device })
}

/// A format: a password.
pub(super) fn password(value: &serde_json::Value) -> Read<Password> {
    let text = secret(1..=MOST_CHARACTERS)(value)?;
    // It has no more characters than a password may have.
    Password::new(text.reveal()).map_err(|_| Vec::new())
}

/// Goes on with what a step of signing in came to.
pub(super) async fn go_on(visit: Visit, way: Way, came: SignedIn) -> Result<Reply> {
    match came {
        SignedIn::Tokens(tokens) => {
            let next = if tokens.enrolling || way.next.is_empty() { HOME.to_owned() } else { way.next };
            Ok(visit.entered(tokens).await?.go(&next))
        }
        SignedIn::Factor(due) => second_step::begin(visit, way, due).await,
        SignedIn::PasswordChange(token) => due_password(visit, 200, (&way, &token), None),
    }
}

/// The page that asks for another password before anything else.
fn due_password(visit: Visit, status: u16, (way, token): (&Way, &Secret), error: Option<&Error>) -> Result<Reply> {
    let mut form = view::Form::new("/ui/sign-in/password", "Save and go on", Look::Primary)
        .with("change_token", token.reveal())
        .field(Field::new_password().focused());
    form.hidden.extend(way.hidden());
    form.account = Some(way.identifier.clone()).filter(|account| !account.is_empty());
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    let text = Part::text("Your password must be changed before you go on.");
    visit.show(status, &Page::new("Choose a new password", alert.into_iter().chain([text, form.into()]).collect()))
}

/// Chooses the password that is due, and goes on.
pub(super) async fn choose_password(visit: Visit, form: Form) -> Result<Reply> {
    let (way, token) = (Way::of(&form), form.secret("change_token"));
    let changed = match new_password(&form) {
        Ok(wanted) => {
            passwords::change_by_token(visit.auth(), &visit.cx, token.reveal(), wanted, &visit.client()).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(tokens) => go_on(visit, way, SignedIn::Tokens(tokens)).await,
        Err(Error::Anonymous(_)) => again(visit, &way, LATE),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => due_password(visit, words::status(&error), (&way, &token), Some(&error)),
    }
}

/// The password that was chosen.
pub(super) fn new_password(form: &Form) -> Result<Password> {
    let mut fields = form.fields(&["new_password"])?;
    let wanted = fields.required("new_password", password);
    fields.finish()?;
    present(wanted)
}

/// The first page once more, because what was begun is over.
pub(super) fn again(visit: Visit, way: &Way, why: &str) -> Result<Reply> {
    let organisation = visit.organisation().unwrap_or_default();
    first(visit, 422, (way, organisation), Some(Part::Alert(why.to_owned())), None)
}

/// What a script asks for before it asks the browser for a passkey: one of who is named, or whichever there is.
pub(super) async fn passkey_options(visit: Visit, form: Form) -> Result<Reply> {
    let mut fields = form.fields(&["identifier", "tenant"])?;
    let identifier = fields.optional("identifier", text(1..=254));
    let tenant = fields.optional("tenant", text(1..=63));
    fields.finish()?;
    let named = identifier.map(|identifier| (tenant, identifier));
    match passkey::start(visit.auth(), &visit.cx, named).await {
        Ok(Started { token, options }) => {
            let body = json!({ "passkey_token": token.reveal(), "options": options });
            Ok(visit.tell(200, &body))
        }
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => Ok(visit.tell(words::status(&error), &json!({ "detail": words::sentence(&error) }))),
    }
}

/// Signs somebody in by what an authenticator showed.
pub(super) async fn by_credential(visit: Visit, form: Form) -> Result<Reply> {
    let (way, token) = (Way::of(&form), form.secret("passkey_token"));
    let came = match form.json("credential") {
        Ok(shown) => passkey::finish(visit.auth(), &visit.cx, &token, (&shown, None), &visit.client()).await,
        Err(error) => Err(error),
    };
    match came {
        Ok(came) => go_on(visit, way, came).await,
        Err(Error::Anonymous(_)) => again(visit, &way, NO_PASSKEY),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => again(visit, &way, &words::sentence(&error)),
    }
}

/// Ends the session of whoever asks.
pub(super) async fn sign_out(visit: Visit, _: Form) -> Result<Reply> {
    sessions::log_out(visit.auth(), &visit.cx, visit.person()?).await?;
    Ok(visit.left().go("/ui/?done=signed-out"))
}

/// The page that asks for a link to set a new password.
pub(super) async fn look_forgotten(visit: Visit) -> Result<Reply> {
    let organisation = visit.organisation().unwrap_or_default();
    forgotten(visit, 200, (String::new(), organisation), None)
}

fn forgotten(
    visit: Visit,
    status: u16,
    (identifier, organisation): (String, String),
    error: Option<&Error>,
) -> Result<Reply> {
    let mut form = view::Form::new("/ui/forgot", "Mail me a link", Look::Primary)
        .field(who("username").holding(identifier).focused())
        .field(organisation_field(organisation));
    let alert = error.and_then(|error| form.blame(error)).map(Part::Alert);
    let text = Part::text("Tell us who you are, and we mail you a link to choose a new password.");
    let back = Part::link(START, "Back to the sign-in", Look::Words);
    let parts = alert.into_iter().chain([text, form.into(), back]).collect();
    visit.show(status, &Page::new("Forgot your password?", parts))
}

/// Has a link mailed. Nobody hears whether there was anybody to mail it to.
pub(super) async fn forgot(visit: Visit, form: Form) -> Result<Reply> {
    let asked = async {
        let mut fields = form.fields(&["identifier", "tenant"])?;
        let identifier = fields.required("identifier", text(1..=254));
        let tenant = fields.optional("tenant", text(1..=63));
        fields.finish()?;
        passwords::forgot(visit.auth(), &visit.cx, tenant.clone(), present(identifier)?, &visit.client()).await?;
        Ok::<_, Error>(tenant)
    };
    match asked.await {
        Ok(tenant) => Ok(visit.remembering(tenant.as_deref()).go("/ui/forgot/mailed")),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            let typed = (form.text("identifier").to_owned(), form.text("tenant").to_owned());
            forgotten(visit, words::status(&error), typed, Some(&error)).map(|reply| waiting(reply, &error))
        }
    }
}

/// The page after that.
pub(super) async fn look_mailed(visit: Visit) -> Result<Reply> {
    let time = words::duration(visit.auth().mfa().directory().lifetimes().reset_link);
    let text = format!("If there is such an account, a mail is on its way. Follow the link in it within {time}.");
    let more =
        "Nothing came? Look among unwanted mail. If you sign in through your company, your password is kept there.";
    let back = Part::link(START, "Back to the sign-in", Look::Words);
    let parts = vec![Part::Notice(text), Part::text(more), back];
    visit.show(200, &Page::new("Look into your mail", parts))
}

/// The page after something was done that ends no step: what was done, and the way to the sign-in.
pub(super) async fn look_done(visit: Visit) -> Result<Reply> {
    let text = visit.done().ok_or(Error::Missing("page"))?;
    let back = Part::link(START, "Go on to the sign-in", Look::Plain);
    visit.show(200, &Page::new("Done", vec![Part::Notice(text.to_owned()), back]))
}

/// Whether nobody is known by what was shown.
pub(super) fn is_over(error: &Error) -> bool {
    matches!(error, Error::Anonymous(Anonymous::BadLogin))
}

/// A box to check for whoever wants the device to be remembered.
pub(super) fn remember(checked: bool) -> Field {
    Field::check("remember", "Do not ask again on this device", checked)
}
