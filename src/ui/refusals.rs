//! What people see in place of what they asked for: the way to the sign-in for who is not known, and pages for the rest, which
//! say what to do.

use crate::error::{Anonymous, Error};
use crate::http::{Asked, Refusal, Reply};

use super::cookies::base_of;
use super::forms::FOREIGN;
use super::sign_in::{HOME, START};
use super::view::{Frame, Look, Page, Part};
use super::visit::{Visit, guarded, leading};
use super::words;

/// Seconds after which a browser may ask again when the server could not answer.
const RETRY_AFTER: u32 = 5;

/// Renders whatever is not done.
pub(super) fn refuse(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    match refusal {
        Refusal::Error(error) => of_error(error, asked),
        Refusal::NoSuchPath | Refusal::BadPath(_) => nothing_here(asked),
        Refusal::WrongMethod { .. } => say(
            asked,
            405,
            "This page is not opened like this",
            "It is the answer to a form. Please go on from the first page.",
        ),
        Refusal::TooLarge { .. } => {
            say(asked, 413, "This is too much", "What was sent is longer than anything that is asked for.")
        }
        Refusal::UnsupportedMediaType | Refusal::BadRequest(_) => {
            say(asked, 400, "This cannot be read", "Please go back, load the page again, and try once more.")
        }
        Refusal::Slow => {
            say(asked, 408, "This took too long", "What was sent did not arrive in time. Please try again.")
        }
        Refusal::Panicked => broken(asked),
    }
}

fn of_error(error: &Error, asked: &Asked) -> Reply {
    match error {
        Error::Anonymous(Anonymous::BadLogin) => say(asked, 422, "This does not work", &words::sentence(error)),
        Error::Anonymous(why) => sign_in_first(*why, asked),
        Error::Forbidden(reason) if reason.code == "enrolment_required" => leading(&asked.public_url, HOME),
        Error::Forbidden(reason) if reason.code == FOREIGN => say(
            asked,
            403,
            "Please open the page again",
            "This form was made for another session, or is too old. Nothing was done. Go back, load the page again, and send it once more. Cookies must be allowed.",
        ),
        Error::StepUp(_) => leading(&asked.public_url, HOME),
        Error::Missing(_) => nothing_here(asked),
        Error::TooFast { retry_after } => {
            say(asked, 429, "Too many tries", &words::sentence(error)).with("retry-after", retry_after.to_string())
        }
        Error::Unavailable(_) => {
            say(asked, 503, "Not now", &words::sentence(error)).with("retry-after", RETRY_AFTER.to_string())
        }
        Error::Internal(_) => broken(asked),
        other => say(asked, words::status(other), "This cannot be done", &words::sentence(other)),
    }
}

/// Leads to the sign-in, which then leads on to where somebody wanted to go.
fn sign_in_first(why: Anonymous, asked: &Asked) -> Reply {
    let wanted = asked.wanted.as_deref().and_then(Visit::wanted).filter(|wanted| wanted != HOME);
    let next = wanted.map(|wanted| format!("next={}", words::encode(&wanted)));
    // Whoever showed a session believes to be signed in.
    let ended = (why == Anonymous::BadCredential).then(|| "done=ended".to_owned());
    let query: Vec<String> = ended.into_iter().chain(next).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    leading(&asked.public_url, &format!("{START}{mark}{}", query.join("&")))
}

fn nothing_here(asked: &Asked) -> Reply {
    say(asked, 404, "There is nothing here", "The address may be mistyped, or what was here is gone.")
}

/// What it was stands in the server's log, under the request's id.
fn broken(asked: &Asked) -> Reply {
    let id = &asked.request_id;
    let text = format!("Please try again. If it stays, give your administrator this number: {id}");
    say(asked, 500, "Something went wrong on the server", &text)
}

/// A page of nobody in particular: who asks is not known where things are refused.
fn say(asked: &Asked, status: u16, title: &str, text: &str) -> Reply {
    let page = Page::new(title, vec![Part::text(text), Part::link(START, "To the first page", Look::Plain)]);
    match page.render(Frame::Nobody, "", base_of(&asked.public_url)) {
        Ok(html) => guarded(Reply::new(status, "text/html; charset=utf-8", html)).with("cache-control", "no-store"),
        Err(_) => Reply::empty(500),
    }
}
