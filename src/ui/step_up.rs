//! What is sensitive asks for a fresh proof (RFC 9470): a page asks for the strongest factor, what was asked for goes along
//! in hidden fields, and is done once the proof is given.

use crate::auth::second_step;
use crate::auth::{SignedIn, second_step::Due};
use crate::error::{Error, Result};
use crate::http::Reply;

use super::forms::Form;
use super::second_step::{Known, Round, judge, said, show};
use super::sign_in::{is_ours, is_over, waiting};
use super::view::{Link, Look};
use super::visit::Visit;
use super::{Act, act_at, security, words};

/// The field that says what waits.
const ACTION: &str = "action";

/// Does what was asked for; asks for a fresh proof first where that is lacking. What else goes wrong on the page of one's own
/// security is said there.
///
/// # Errors
/// What the page of an error says.
pub(super) async fn carry_out(path: &'static str, act: Act, visit: Visit, form: Form) -> Result<Reply> {
    let before = visit.clone();
    match act(visit, form.clone()).await {
        Err(Error::StepUp(_)) if act_at(path).is_some() => ask(before, path, form.to_carry()).await,
        Err(error) if is_told(path, &error) => {
            let status = words::status(&error);
            security::page(before, status, Some(words::sentence(&error))).await.map(|reply| waiting(reply, &error))
        }
        other => other,
    }
}

/// Whether the page of one's own security says what went wrong. It is not shown to whoever has no session any more.
fn is_told(path: &str, error: &Error) -> bool {
    path.starts_with("/security/") && !is_ours(error) && !matches!(error, Error::Anonymous(_))
}

/// Asks for a fresh proof.
async fn ask(visit: Visit, path: &str, carried: Vec<(String, String)>) -> Result<Reply> {
    let due = second_step::begin_step_up(visit.auth(), &visit.cx, visit.person()?).await?;
    step(visit, 200, (path, carried), due, Known::default()).await
}

async fn step(
    visit: Visit,
    status: u16,
    (path, carried): (&str, Vec<(String, String)>),
    due: Due,
    known: Known,
) -> Result<Reply> {
    let mut hidden = carried;
    hidden.push((ACTION.to_owned(), path.to_owned()));
    let back = if path.starts_with("/profile") { "/ui/profile?done=unchanged" } else { "/ui/security?done=unchanged" };
    let round = Round {
        prove: "/ui/step-up",
        choose: "/ui/step-up/choose",
        hidden,
        before: Some("What you are about to do is sensitive."),
        remember: None,
        code: String::new(),
        out: Link::new(back, "Cancel", Look::Words),
    };
    show(visit, status, (round, due), known).await
}

/// Another method, or another code.
pub(super) async fn choose(visit: Visit, form: Form) -> Result<Reply> {
    once_more(visit, form.clone(), 200, Known::chosen(&form)).await
}

/// Takes the proof, and does what waited for it.
pub(super) async fn prove(visit: Visit, form: Form) -> Result<Reply> {
    match judge(&visit, &form).await {
        Ok(SignedIn::Tokens(tokens)) => {
            let (path, act) = act_at(form.text(ACTION)).ok_or(Error::Missing("action"))?;
            carry_out_now(path, act, visit.entered(tokens).await?, form.carried()).await
        }
        Ok(_) => Err(Error::internal("a fresh proof led to another step")),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            let (status, known) = (words::status(&error), Known::wrong(&form, said(&form, &error)));
            once_more(visit, form, status, known).await.map(|reply| waiting(reply, &error))
        }
    }
}

/// The proof is fresh; whatever is lacking now is not asked for a second time.
async fn carry_out_now(path: &'static str, act: Act, visit: Visit, form: Form) -> Result<Reply> {
    let before = visit.clone();
    match act(visit, form).await {
        Err(error) if is_told(path, &error) => {
            security::page(before, words::status(&error), Some(words::sentence(&error))).await
        }
        other => other,
    }
}

async fn once_more(visit: Visit, form: Form, status: u16, known: Known) -> Result<Reply> {
    let token = form.secret("mfa_token");
    let (path, _) = act_at(form.text(ACTION)).ok_or(Error::Missing("action"))?;
    let before = visit.clone();
    let shown = async {
        let due = second_step::due(visit.auth(), &visit.cx, &token).await?;
        step(visit, status, (path, form.still_carried()), due, known).await
    };
    match shown.await {
        Err(error) if is_over(&error) => {
            let over = "This took too many tries or too long. Nothing was changed; please try again.";
            security::page(before, 422, Some(over.to_owned())).await
        }
        other => other,
    }
}
