//! What mailed links lead to. Looking at the page uses nothing up; sending its form does (whoever looks into mails for
//! viruses follows links too). The token stands behind the sign `#` of the address, which browsers send to nobody: a script
//! moves it into the form, and who has no scripts pastes it.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::auth::{addresses, passwords, resets};
use crate::error::{Error, Result};
use crate::http::Reply;

use super::forms::Form;
use super::second_step::token_of;
use super::sign_in::{self, START, Way, is_ours, new_password};
use super::view::{self, Field, Look, Page, Part};
use super::visit::Visit;
use super::words;

const OVER: &str = "This link does not work any more: it was used, a newer one took its place, or its time is over.";
const INCOMPLETE: &str = "The link is not complete any more. Please open it from the mail again.";

/// What a link is for.
struct Purpose {
    /// The word for it in the address.
    word: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    look: Look,
    /// What is said when the link is over.
    over: &'static str,
    /// Whether another link can be asked for.
    again: bool,
    /// What a conflict means.
    conflict: Option<&'static str>,
    does: Does,
}

/// What the form of a link does.
enum Does {
    /// Uses the token; the word says what was done.
    Uses(fn(Visit, String) -> BoxFuture<'static, Result<()>>, &'static str),
    /// Sets the password that is typed.
    SetsPassword,
    /// Goes on to the sign-in, with the token as a code.
    SignsIn,
}

const PURPOSES: &[Purpose] = &[
    Purpose {
        word: "verify",
        title: "Confirm your e-mail address",
        text: "Press the button to confirm that this address is yours.",
        button: "Confirm the address",
        look: Look::Primary,
        over: "Ask your administrator for a new one if the address still waits to be confirmed.",
        again: false,
        conflict: None,
        does: Does::Uses(verify, "address-confirmed"),
    },
    Purpose {
        word: "email_change",
        title: "Take the change of your e-mail back?",
        text: "Your earlier address becomes the account's again, and every session and every other link ends. Then sign in and change your password, in case somebody else knows it.",
        button: "Take the change back",
        look: Look::Danger,
        over: "If your address was changed and you did not do it, tell your administrator at once.",
        again: false,
        conflict: Some("Somebody else has the earlier address now. Please tell your administrator."),
        does: Does::Uses(take_back, "change-taken-back"),
    },
    Purpose {
        word: "reset",
        title: "Choose a new password",
        text: "You sign in with it from now on. A second factor stays as it is.",
        button: "Set the password",
        look: Look::Primary,
        over: "You can ask for a new link.",
        again: true,
        conflict: None,
        does: Does::SetsPassword,
    },
    Purpose {
        word: "welcome",
        title: "Welcome",
        text: "Choose the password that you will sign in with.",
        button: "Set the password",
        look: Look::Primary,
        over: "If you have a password already, sign in with it; otherwise ask your administrator for a new link.",
        again: false,
        conflict: None,
        does: Does::SetsPassword,
    },
    Purpose {
        word: "invite",
        title: "Accept the invitation",
        text: "Choose the password that you will sign in with. That accepts the invitation.",
        button: "Set the password",
        look: Look::Primary,
        over: "Ask whoever invited you for a new one.",
        again: false,
        conflict: None,
        does: Does::SetsPassword,
    },
    Purpose {
        word: "enrol",
        title: "Set up your second factor",
        text: "First sign in with your password. The code of this link then comes in by itself, and you set up a new second factor.",
        button: "Go on to the sign-in",
        look: Look::Primary,
        over: "Ask your administrator for a new code.",
        again: false,
        conflict: None,
        does: Does::SignsIn,
    },
    Purpose {
        word: "object",
        title: "Object to the reset?",
        text: "An administrator asked for a way past your second factors. Press the button if you did not ask for it: then nothing becomes of it.",
        button: "Object",
        look: Look::Danger,
        over: "If somebody gets past your second factors without your consent, tell your administrator at once.",
        again: false,
        conflict: None,
        does: Does::Uses(object, "objected"),
    },
];

fn verify(visit: Visit, token: String) -> BoxFuture<'static, Result<()>> {
    async move { addresses::verify(visit.auth(), &visit.cx, &token).await }.boxed()
}

fn take_back(visit: Visit, token: String) -> BoxFuture<'static, Result<()>> {
    async move { addresses::take_back(visit.auth(), &visit.cx, &token).await }.boxed()
}

fn object(visit: Visit, token: String) -> BoxFuture<'static, Result<()>> {
    async move { resets::object(visit.auth(), &visit.cx, &token).await }.boxed()
}

fn purpose(visit: &Visit) -> Option<&'static Purpose> {
    PURPOSES.iter().find(|purpose| purpose.word == visit.path.get("purpose"))
}

/// The page of a link.
pub(super) async fn look(visit: Visit) -> Result<Reply> {
    match purpose(&visit) {
        Some(purpose) => show(visit, 200, (purpose, ""), None, None),
        None => nowhere(visit),
    }
}

fn nowhere(visit: Visit) -> Result<Reply> {
    let text = "Please open it from the mail again. If you typed it, look for a letter that is missing.";
    visit.show(404, &Page::new("This link leads nowhere", vec![Part::text(text), home("To the sign-in")]))
}

fn home(text: &str) -> Part {
    Part::link(START, text, Look::Plain)
}

fn show(
    visit: Visit,
    status: u16,
    (purpose, token): (&Purpose, &str),
    alert: Option<String>,
    error: Option<&Error>,
) -> Result<Reply> {
    let mut form = view::Form::new(format!("/link/{}", purpose.word), purpose.button, purpose.look);
    form.hidden.push(("token".to_owned(), token.to_owned()));
    form.from_link = true;
    if matches!(purpose.does, Does::SetsPassword) {
        form.fields.push(Field::new_password().focused());
    }
    let alert = error.and_then(|error| form.blame(error)).or(alert).map(Part::Alert);
    let incomplete = Part::Incomplete(INCOMPLETE.to_owned());
    let parts = alert.into_iter().chain([incomplete, Part::text(purpose.text), form.into()]);
    visit.show(status, &Page::new(purpose.title, parts.collect()))
}

/// Uses a link.
pub(super) async fn use_up(visit: Visit, form: Form) -> Result<Reply> {
    let Some(purpose) = purpose(&visit) else { return nowhere(visit) };
    let shown = [form.text("token"), form.text("pasted")].map(token_of);
    let Some(token) = shown.into_iter().find(|token| !token.is_empty()).map(str::to_owned) else {
        return show(visit, 422, (purpose, ""), Some(INCOMPLETE.to_owned()), None);
    };
    let (done, word) = match purpose.does {
        Does::SignsIn => {
            let organisation = visit.organisation().unwrap_or_default();
            return sign_in::first(visit, 200, (&Way::with_code(&token), organisation), None, None);
        }
        Does::Uses(work, word) => (work(visit.clone(), token.clone()).await, word),
        Does::SetsPassword => match set_password(&visit, &form, &token).await {
            Ok(Some(back)) => return lead_back(visit, &back),
            done => (done.map(drop), "password-set"),
        },
    };
    match done {
        Ok(()) => Ok(visit.go(&format!("/ui/done?done={word}"))),
        Err(Error::Anonymous(_)) => over(visit, purpose),
        Err(error) if is_ours(&error) => Err(error),
        Err(error @ (Error::Conflict(_) | Error::Taken(_))) => {
            let told = purpose.conflict.map_or_else(|| words::sentence(&error), str::to_owned);
            show(visit, 409, (purpose, &token), Some(told), None)
        }
        Err(error) => show(visit, words::status(&error), (purpose, &token), None, Some(&error)),
    }
}

async fn set_password(visit: &Visit, form: &Form, token: &str) -> Result<Option<String>> {
    passwords::reset(visit.auth(), &visit.cx, token, new_password(form)?).await
}

/// The password is set, and there is a way on. It is a link and no redirect: browsers follow none from a form to elsewhere.
fn lead_back(visit: Visit, back: &str) -> Result<Reply> {
    let said = words::done("password-set").unwrap_or_default();
    let on = Part::link(back, "Go on", Look::Primary);
    visit.show(200, &Page::new("Your password is set", vec![Part::text(said), on]))
}

fn over(visit: Visit, purpose: &Purpose) -> Result<Reply> {
    let again = purpose.again.then(|| Part::link("/ui/forgot", "Ask for a new link", Look::Words));
    let parts = [Part::text(OVER), Part::text(purpose.over)].into_iter().chain(again);
    visit.show(422, &Page::new("This link is over", parts.chain([home("To the sign-in")]).collect()))
}
