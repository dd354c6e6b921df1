//! Pages that ask whether something shall be done that takes something away. Looking at one does nothing.

use crate::error::{Error, Result};
use crate::http::Reply;

use super::sign_in::HOME;
use super::view::{Form, Link, Look, Page, Part};
use super::visit::Visit;

/// What is asked.
struct Question {
    /// The word for it in the address.
    word: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    look: Look,
    /// Where the answer goes.
    action: &'static str,
    /// The hidden field that says what it is about: a word of its own, or the id of the address.
    about: Option<(&'static str, Option<&'static str>)>,
}

const NOT_ASKED_FOR: &str = "It is not asked for any more.";

const QUESTIONS: [Question; 7] = [
    Question {
        word: "totp",
        title: "Remove the authenticator app?",
        text: NOT_ASKED_FOR,
        button: "Remove",
        look: Look::Danger,
        action: "/ui/security/factors/remove",
        about: Some(("method", Some("totp"))),
    },
    Question {
        word: "sms",
        title: "Remove the telephone?",
        text: NOT_ASKED_FOR,
        button: "Remove",
        look: Look::Danger,
        action: "/ui/security/factors/remove",
        about: Some(("method", Some("sms"))),
    },
    Question {
        word: "email",
        title: "Remove the mailbox?",
        text: NOT_ASKED_FOR,
        button: "Remove",
        look: Look::Danger,
        action: "/ui/security/factors/remove",
        about: Some(("method", Some("email"))),
    },
    Question {
        word: "recovery-codes",
        title: "Make new recovery codes?",
        text: "Ten new ones take their place. The codes that you have now do not work any more.",
        button: "Make new codes",
        look: Look::Primary,
        action: "/ui/security/recovery-codes",
        about: None,
    },
    Question {
        word: "everywhere",
        title: "Sign out everywhere?",
        text: "Every session ends, this one too. You sign in again afterwards.",
        button: "Sign out everywhere",
        look: Look::Danger,
        action: "/ui/security/sessions/end-all",
        about: None,
    },
    Question {
        word: "devices",
        title: "Forget all devices?",
        text: "At the next sign-in, each of them is asked for the second factor again.",
        button: "Forget all",
        look: Look::Danger,
        action: "/ui/security/devices/forget-all",
        about: None,
    },
    Question {
        word: "reset",
        title: "Object to it?",
        text: "Your second factors stay as they are.",
        button: "Object",
        look: Look::Danger,
        action: "/ui/security/resets/object",
        about: Some(("id", None)),
    },
];

/// The page of a question.
pub(super) async fn look(visit: Visit) -> Result<Reply> {
    let (word, id) = (visit.path.get("what").to_owned(), visit.query.get("id")?.unwrap_or_default().to_owned());
    show(visit, 200, (&word, &id), None)
}

/// The same, with what went wrong when it was answered.
pub(super) fn show(visit: Visit, status: u16, (word, id): (&str, &str), alert: Option<String>) -> Result<Reply> {
    let asked = QUESTIONS.iter().find(|question| question.word == word).ok_or(Error::Missing("page"))?;
    let mut form = Form::new(asked.action, asked.button, asked.look);
    if let Some((name, value)) = asked.about {
        form = form.with(name, value.unwrap_or(id));
    }
    form.cancel = Some(Link::cancel(HOME));
    let parts = alert.map(Part::Alert).into_iter().chain([Part::text(asked.text), form.into()]);
    visit.show(status, &Page::new(asked.title, parts.collect()))
}
