//! The second step of a sign-in, and proving anew who one is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::devices::{LONGEST_NAME, Remember};
use crate::auth::second_step::{self, Answer, Challenge, Due};
use crate::error::{Error, Result};
use crate::http::rest::body::{any_object, boolean, secret, text, word};
use crate::http::rest::{Fields, present};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Method, Reply};
use crate::mfa::Method as Factor;
use crate::mfa::passkey::Shown;
use crate::mfa::sent::PAUSE;

use super::sign_in::{PasswordChangeResponse, TokenResponse, came, json};
use super::{TOKEN, client, password, person, row};

/// The methods that are proven by a code, in words.
const CODES: [(&str, Factor); 5] = [
    ("totp", Factor::Totp),
    ("sms", Factor::Sms),
    ("email", Factor::Email),
    ("recovery_code", Factor::RecoveryCode),
    ("enrolment_code", Factor::EnrolmentCode),
];
const OTHERS: [(&str, Factor); 2] = [("passkey", Factor::Passkey), ("password", Factor::Password)];

/// What is proven: a code, or the password where that is asked for.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct MfaVerifyRequest {
    /// What the step before gave.
    mfa_token: String,
    /// One of the methods that were offered.
    method: String,
    /// The code.
    code: Option<String>,
    /// The credential of `navigator.credentials.get`, for the method `passkey`.
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// The password, for the method `password`.
    password: Option<String>,
    /// Whether the device is to be remembered: `device_token` then stands in for this factor at later sign-ins.
    remember_device: Option<bool>,
    /// What you call the device.
    #[schema(max_length = 64)]
    device_name: Option<String>,
}

/// Which method is asked for.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct MfaChallengeRequest {
    /// What the step before gave.
    mfa_token: String,
    /// One of the methods that were offered: `passkey`, `sms` or `email`.
    method: String,
}

/// What the method needs.
#[derive(Serialize, ToSchema)]
struct MfaChallengeResponse {
    /// The method.
    method: &'static str,
    /// For a passkey, the options for `navigator.credentials.get`; bytes are base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    options: Option<Value>,
    /// For a code, what is shown of the address that it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to: Option<String>,
    /// For a code, the seconds after which another one may be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

/// Something must be proven first.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaRequiredResponse {
    /// True.
    mfa_required: bool,
    /// What the next step asks for; it opens nothing else, for five minutes (`mfa_token_minutes`) and five answers.
    mfa_token: String,
    /// How it may be proven, the best way first.
    methods: Vec<&'static str>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const VERIFY: Needs = Needs::Public("the token of the step before is the credential");
    let verify = Document::new("mfa_verify", "Prove a second factor", "auth")
        .request::<MfaVerifyRequest>()
        .bare::<TokenResponse>(200, "The tokens, or what must be done first")
        .or::<PasswordChangeResponse>();
    let step_up = Document::new("step_up", "Prove anew who you are", "auth")
        .bare::<MfaRequiredResponse>(200, "What is to be proven, at `/auth/mfa/verify`");
    let begin = row(Method::Post, "/auth/step-up", Needs::SignedIn, false, |x| Box::pin(begin(x)), step_up);
    let asked = Document::new("mfa_challenge", "Ask for a second factor", "auth")
        .request::<MfaChallengeRequest>()
        .bare::<MfaChallengeResponse>(200, "What the method needs")
        .conflict("There are no passkeys where the server is reached by an address");
    vec![
        row(Method::Post, "/auth/mfa/challenge", VERIFY, false, |x| Box::pin(challenge(x)), asked),
        row(Method::Post, "/auth/mfa/verify", VERIFY, false, |x| Box::pin(verify_answer(x)), verify),
        Endpoint { body: BodyRule::None, ..begin },
    ]
}

async fn verify_answer(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let token = fields.required("mfa_token", secret(1..=TOKEN));
    let method = fields.required("method", word(&words()));
    let answer = match method {
        Some(Factor::Passkey) => {
            fields.required("credential", any_object).map(|shown| Answered::Shown(Value::Object(shown)))
        }
        Some(Factor::Password) => {
            fields.required("password", password).map(|typed| Answered::Whole(Answer::Password(typed)))
        }
        Some(method) => {
            fields.required("code", secret(1..=TOKEN)).map(|code| Answered::Whole(Answer::Code(method, code)))
        }
        None => None,
    };
    let remember = remember(&mut fields);
    fields.finish()?;
    let token = present(token)?;
    let answer = match present(answer)? {
        Answered::Whole(answer) => answer,
        Answered::Shown(credential) => Answer::Passkey(Box::new(Shown::read(&credential)?)),
    };
    let auth = &exchange.services.auth;
    came(second_step::verify(auth, &exchange.cx, &token, (answer, remember), &client(&exchange)).await?)
}

/// Whether the device is to be remembered, and under which name.
pub(super) fn remember(fields: &mut Fields) -> Option<Remember> {
    let wanted = fields.nullable("remember_device", boolean).value().unwrap_or_default();
    let name = fields.nullable("device_name", text(1..=LONGEST_NAME)).value();
    wanted.then_some(Remember { name })
}

/// What was sent, read as far as its form goes.
enum Answered {
    Whole(Answer),
    Shown(Value),
}

fn words() -> Vec<(&'static str, Factor)> {
    CODES.into_iter().chain(OTHERS).collect()
}

async fn challenge(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let (token, method) = (fields.required("mfa_token", secret(1..=TOKEN)), fields.required("method", word(&words())));
    fields.finish()?;
    let (token, method) = (present(token)?, present(method)?);
    let challenge = second_step::challenge(&exchange.services.auth, &exchange.cx, &token, method).await?;
    let method = method.as_str();
    let shown = match challenge {
        Challenge::Passkey(options) => {
            MfaChallengeResponse { method, options: Some(options), sent_to: None, retry_after: None }
        }
        Challenge::Sent(sent) => {
            MfaChallengeResponse { method, options: None, sent_to: Some(sent.to), retry_after: Some(PAUSE) }
        }
    };
    json(200, &shown)
}

async fn begin(exchange: Exchange) -> Result<Reply> {
    due(second_step::begin_step_up(&exchange.services.auth, &exchange.cx, person(&exchange)?).await?)
}

/// The answer that says what must be proven.
pub(super) fn due(due: Due) -> Result<Reply> {
    let methods: Vec<&'static str> = due.methods.iter().map(|method| method.as_str()).collect();
    if methods.is_empty() {
        return Err(Error::internal("nothing was offered to prove"));
    }
    json(200, &MfaRequiredResponse { mfa_required: true, mfa_token: due.token.reveal().to_owned(), methods })
}
