//! The second step of a sign-in, and proving anew who one is: one view for each method, and the way to the others. What is
//! being proven and how often it was tried stands in the ceremony; its token goes along in a hidden field.

use crate::auth::devices::Remember;
use crate::auth::second_step::{self, Answer, Challenge, Due};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::rest::present;
use crate::mfa::Method;
use crate::mfa::passkey::Shown;
use crate::secret::Secret;

use super::forms::Form;
use super::sign_in::{self, Way};
use super::view::{self, Choice, Field, Link, Look, Page, Part};
use super::visit::Visit;
use super::words;

const WRONG_CODE: &str = "This code is not right, or was used already. Please type the next one.";
const WRONG_PASSKEY: &str = "This passkey was not accepted. Please try again, or use another way.";
const WRONG_PASSWORD: &str = "This is not your password. Please try again.";
const OVER: &str = "This took too many tries or too long. Please begin again.";

/// What stands round a step: a sign-in, or an action that waits for it.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// Where the answer goes.
    pub(super) prove: &'static str,
    /// Where somebody chooses another method.
    pub(super) choose: &'static str,
    /// What goes along.
    pub(super) hidden: Vec<(String, String)>,
    /// What is said first.
    pub(super) before: Option<&'static str>,
    /// Whether the device may be remembered, and is to be.
    pub(super) remember: Option<bool>,
    /// An enrolment code that is at hand.
    pub(super) code: String,
    /// The way out.
    pub(super) out: Link,
}

/// What is known of the method that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The method that was chosen.
    pub(super) method: Option<Method>,
    /// Where a code was sent that is waited for.
    sent_to: Option<String>,
    /// Whether another code is asked for.
    again: bool,
    /// What went wrong.
    pub(super) alert: Option<String>,
}

impl Known {
    /// As a form brings it, to choose another method or have another code sent.
    pub(super) fn chosen(form: &Form) -> Self {
        let (method, before) = (form.text("choose").parse().ok(), form.text("method").parse().ok());
        let again = method.is_some() && method == before;
        let sent_to = Some(form.text("sent_to").to_owned()).filter(|to| again && !to.is_empty());
        Self { method, sent_to, again, alert: None }
    }

    /// As a form brings it whose answer was wrong.
    pub(super) fn wrong(form: &Form, alert: String) -> Self {
        let sent_to = Some(form.text("sent_to").to_owned()).filter(|to| !to.is_empty());
        Self { method: form.text("method").parse().ok(), sent_to, again: false, alert: Some(alert) }
    }
}

fn round(way: &Way, remember: bool) -> Round {
    Round {
        prove: "/ui/sign-in/prove",
        choose: "/ui/sign-in/choose",
        hidden: way.hidden(),
        before: None,
        remember: Some(remember),
        code: way.code.clone(),
        out: Link::new(sign_in::START, "Sign in as somebody else", Look::Words),
    }
}

/// The first view of a second step.
pub(super) async fn begin(visit: Visit, way: Way, due: Due) -> Result<Reply> {
    let step = show(visit.clone(), 200, (round(&way, false), due), Known::default()).await;
    over(visit, &way, step)
}

/// Leads back to the sign-in when the step is over.
fn over(visit: Visit, way: &Way, step: Result<Reply>) -> Result<Reply> {
    match step {
        Err(error) if sign_in::is_over(&error) => sign_in::again(visit, way, OVER),
        other => other,
    }
}

/// Chooses another method, or has another code sent.
pub(super) async fn choose(visit: Visit, form: Form) -> Result<Reply> {
    let (way, token) = (Way::of(&form), form.secret("mfa_token"));
    let step = async {
        let due = second_step::due(visit.auth(), &visit.cx, &token).await?;
        let round = round(&way, form.checked("remember"));
        show(visit.clone(), 200, (round, due), Known::chosen(&form)).await
    };
    let step = step.await;
    over(visit, &way, step)
}

/// Proves a second factor.
pub(super) async fn prove(visit: Visit, form: Form) -> Result<Reply> {
    let (way, token) = (Way::of(&form), form.secret("mfa_token"));
    match judge(&visit, &form).await {
        Ok(came) => sign_in::go_on(visit, way, came).await,
        Err(error) if sign_in::is_ours(&error) => Err(error),
        Err(error) => {
            let step = async {
                let due = second_step::due(visit.auth(), &visit.cx, &token).await?;
                let round = round(&way, form.checked("remember"));
                show(visit.clone(), words::status(&error), (round, due), Known::wrong(&form, said(&form, &error))).await
            };
            let step = step.await.map(|reply| sign_in::waiting(reply, &error));
            over(visit, &way, step)
        }
    }
}

/// Judges an answer.
///
/// # Errors
/// As [`second_step::verify`].
pub(super) async fn judge(visit: &Visit, form: &Form) -> Result<crate::auth::SignedIn> {
    let wanted = form.checked("remember");
    let remember = wanted.then(|| Remember { name: Some(words::device(visit.user_agent())) });
    let (token, answer) = (form.secret("mfa_token"), (answer(form)?, remember));
    second_step::verify(visit.auth(), &visit.cx, &token, answer, &visit.client()).await
}

fn answer(form: &Form) -> Result<Answer> {
    let unknown = || Error::fault(["body", "method"], "value_error", "is none of the methods that were offered");
    let method: Method = form.text("method").parse().map_err(|_| unknown())?;
    Ok(match method {
        Method::Passkey => Answer::Passkey(Box::new(Shown::read(&form.json("credential")?)?)),
        Method::Password => {
            let mut fields = form.fields(&["password"])?;
            let typed = fields.required("password", sign_in::password);
            fields.finish()?;
            Answer::Password(present(typed)?)
        }
        Method::EnrolmentCode => Answer::Code(method, Secret::new(token_of(form.text("code")).to_owned())),
        _ => Answer::Code(method, form.secret("code")),
    })
}

/// The token in what was typed or pasted, which may be the whole link.
pub(super) fn token_of(text: &str) -> &str {
    let token = text.rsplit_once("token=").map_or(text, |(_, token)| token);
    token.split('&').next().unwrap_or_default().trim()
}

/// What is wrong with an answer, in words.
pub(super) fn said(form: &Form, error: &Error) -> String {
    let method = form.text("method").parse().ok();
    match (error, method) {
        (Error::Unprocessable(_), Some(Method::Password)) => "Please type your password.".to_owned(),
        (Error::Anonymous(_), Some(Method::Password)) => WRONG_PASSWORD.to_owned(),
        (Error::Anonymous(_) | Error::Unprocessable(_), Some(Method::Passkey)) => WRONG_PASSKEY.to_owned(),
        (Error::Anonymous(_), _) => WRONG_CODE.to_owned(),
        _ => words::sentence(error),
    }
}

/// Shows a step. What must be asked for is asked for: the options of a passkey, or a code that is sent.
///
/// # Errors
/// [`Error::Anonymous`] when the step is over.
pub(super) async fn show(visit: Visit, status: u16, (round, due): (Round, Due), known: Known) -> Result<Reply> {
    let at_hand = || (!round.code.is_empty()).then_some(Method::EnrolmentCode);
    let offered = |method: &Method| due.methods.contains(method);
    let chosen = known.method.filter(offered).or_else(|| at_hand().filter(offered));
    let method = chosen.or_else(|| due.methods.first().copied());
    let method = method.ok_or_else(|| Error::internal("nothing was offered to prove"))?;
    let mut form = view::Form::new(round.prove, "Continue", Look::Primary)
        .with("mfa_token", due.token.reveal())
        .with("method", method.as_str());
    form.hidden.extend(round.hidden.clone());
    let (mut alert, mut text) = (known.alert, String::new());
    match method {
        Method::Passkey => ask_for_passkey(&visit, &due.token, &mut form, &mut text).await?,
        Method::Sms | Method::Email => {
            let sent = send(&visit, &due.token, method, (&known.sent_to, known.again)).await?;
            alert = alert.or(sent.alert);
            text = sent.text;
            form = form.with("sent_to", sent.to.unwrap_or_default()).field(Field::code("Code"));
            form.buttons.push(Choice { value: method.as_str(), text: "Send another code", action: round.choose });
        }
        other => (form, text) = typed(form, other, &round.code),
    }
    if let Some(checked) = round.remember.filter(|_| Method::FACTORS.contains(&method)) {
        form.fields.push(sign_in::remember(checked));
    }
    let others = due.methods.iter().copied().filter(|other| *other != method);
    let choice = |other: Method| Choice { value: other.as_str(), text: words::method(other), action: round.choose };
    form.others = others.map(choice).collect();
    let before = round.before.map(Part::text);
    let parts = alert.map(Part::Alert).into_iter().chain(before).chain([Part::Text(text), form.into()]);
    let page = Page::new("Confirm it is you", parts.chain([Part::Link(round.out)]).collect());
    visit.show(status, &page)
}

/// The form of what is typed, and what is said above it.
fn typed(form: view::Form, method: Method, code: &str) -> (view::Form, String) {
    let plain = |label| Field { keyboard: "text", autocomplete: "off", ..Field::code(label) };
    let (field, text) = match method {
        Method::RecoveryCode => {
            (plain("Recovery code"), "Type one of the recovery codes that you kept. Each works once.")
        }
        Method::EnrolmentCode => {
            let text = match code.is_empty() {
                true => {
                    "Type the enrolment code that was mailed to you or that your administrator gave you. After this you set up a second factor."
                }
                false => {
                    "The code of the link that was mailed to you is filled in. After this you set up a second factor."
                }
            };
            (Field { most: 2048, is_code: false, ..plain("Enrolment code") }.holding(code), text)
        }
        Method::Password => {
            let field = Field::password("password", "Password", "current-password").focused();
            (field, "Type your password once more.")
        }
        _ => (Field::code("Code"), "Type the six digits that your authenticator app shows now."),
    };
    (form.field(field), text.to_owned())
}

async fn ask_for_passkey(visit: &Visit, token: &Secret, form: &mut view::Form, text: &mut String) -> Result<()> {
    let lacking = visit.lacks_passkeys();
    if let Some(why) = lacking {
        *text = why;
        return Ok(());
    }
    let Challenge::Passkey(options) = second_step::challenge(visit.auth(), &visit.cx, token, Method::Passkey).await?
    else {
        return Err(Error::internal("a passkey was asked for, and a code was sent"));
    };
    "Your device asks for your fingerprint, your face or its PIN.".clone_into(text);
    "Use a passkey".clone_into(&mut form.button);
    form.hidden.push(("credential".to_owned(), String::new()));
    form.passkey = Some(view::Passkey { kind: "get", options: options.to_string() });
    Ok(())
}

/// What became of sending a code.
struct Sent {
    to: Option<String>,
    text: String,
    alert: Option<String>,
}

/// Has a code sent, unless one is waited for already.
async fn send(
    visit: &Visit,
    token: &Secret,
    method: Method,
    (sent_to, again): (&Option<String>, bool),
) -> Result<Sent> {
    let waits = |to: &Option<String>| match to {
        Some(to) => format!("A code was sent to {to}. It works once, and for a few minutes."),
        None => "A code was sent before. It works once, and for a few minutes.".to_owned(),
    };
    if sent_to.is_some() && !again {
        return Ok(Sent { to: sent_to.clone(), text: waits(sent_to), alert: None });
    }
    match second_step::challenge(visit.auth(), &visit.cx, token, method).await {
        Ok(Challenge::Sent(on_its_way)) => {
            let to = Some(on_its_way.to);
            Ok(Sent { text: waits(&to), to, alert: None })
        }
        Ok(Challenge::Passkey(_)) => Err(Error::internal("a code was asked for, and a passkey was offered")),
        Err(Error::TooFast { retry_after }) => {
            let alert = Some(format!("Please wait {retry_after} seconds before you ask for another code."));
            Ok(Sent { to: sent_to.clone(), text: waits(sent_to), alert })
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::token_of;

    #[test]
    fn the_whole_link_may_be_pasted() {
        for text in
            ["rc_x.y", " rc_x.y ", "token=rc_x.y", "#token=rc_x.y", "https://id.example/link/enrol#token=rc_x.y&a=b"]
        {
            assert_eq!(token_of(text), "rc_x.y", "{text}");
        }
    }
}
