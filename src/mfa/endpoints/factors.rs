//! Factors that are secrets, recovery codes, and what there is in all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::access::Needs;
use crate::error::Result;
use crate::http::rest::body::{secret, word};
use crate::http::rest::{self, Fields, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::mfa::{Method as Factor, enrol, overview, totp};

use super::shown::{CodeRequest, EnrolledResponse, MfaResponse, MfaUpdate, RecoveryCodesResponse, TotpResponse};
use super::{TAG, bodiless, change, origin, own, private, row};

/// The factors that may be preferred, in words.
const FACTORS: [(&str, Factor); 4] =
    [("passkey", Factor::Passkey), ("totp", Factor::Totp), ("sms", Factor::Sms), ("email", Factor::Email)];

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post};
    const STEP_UP: &str = "Sign in anew, or step up";
    let document = |operation, summary| Document::new(operation, summary, TAG);
    let show = document("get_own_mfa", "See your second factors").data::<MfaResponse>(200, "What there is");
    let update = document("update_own_mfa", "Choose which method is offered first")
        .request::<MfaUpdate>()
        .data::<MfaResponse>(200, "What there is");
    let start = document("start_totp", "Begin to set up an authenticator")
        .data::<TotpResponse>(200, "What to scan or type")
        .conflict("The tenant does not allow it");
    let verify = document("verify_totp", "Prove that the authenticator works")
        .request::<CodeRequest>()
        .data::<EnrolledResponse>(200, "It is set up")
        .conflict("Nothing was begun");
    let remove = document("delete_totp", "Give up the authenticator")
        .empty(204, "It is gone")
        .error(404, "There is none")
        .conflict("The tenant asks for a factor, and it is the last one");
    let codes = document("regenerate_recovery_codes", "Make new recovery codes")
        .data::<RecoveryCodesResponse>(200, "The codes, shown this once")
        .conflict("There is no factor that they could stand in for")
        .described(STEP_UP);
    vec![
        row(Get, "/me/mfa", Needs::Enrolling, |x| Box::pin(show_own(x)), show),
        change(row(Patch, "/me/mfa", Needs::SignedIn, |x| Box::pin(update_own(x)), update)),
        bodiless(row(Post, "/me/mfa/totp", Needs::Enrolling, |x| Box::pin(start_totp(x)), start)),
        change(row(Post, "/me/mfa/totp/verify", Needs::Enrolling, |x| Box::pin(verify_totp(x)), verify)),
        change(row(Delete, "/me/mfa/totp", Needs::SignedIn, |x| Box::pin(give_up(x, Factor::Totp)), remove)),
        bodiless(change(row(Post, "/me/mfa/recovery-codes", Needs::SignedIn, |x| Box::pin(regenerate(x)), codes))),
    ]
}

async fn show_own(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let shown = MfaResponse::of(overview::own(mfa, person).await?);
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn update_own(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let preferred = fields.nullable("preferred", word(&FACTORS));
    fields.finish()?;
    let shown = match preferred.is_absent() {
        true => overview::own(mfa, person).await?,
        false => overview::prefer(mfa, &exchange.cx, person, preferred.value()).await?,
    };
    Ok(private(rest::data(200, &MfaResponse::of(shown), &exchange.cx)?))
}

async fn start_totp(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let card = enrol::start_totp(mfa, &exchange.cx, person).await?;
    let png = STANDARD.encode(totp::png(&card.uri)?);
    let shown = TotpResponse {
        qr_svg: totp::svg(&card.uri)?,
        qr_png: format!("data:image/png;base64,{png}"),
        secret: card.secret,
        otpauth_uri: card.uri,
    };
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn verify_totp(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let code = code(&exchange)?;
    let enrolled = enrol::verify_totp(mfa, &exchange.cx, (person, &origin(&exchange)), code.reveal()).await?;
    let shown = EnrolledResponse { enabled: true, recovery_codes: enrolled.recovery_codes };
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn give_up(exchange: Exchange, method: Factor) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    enrol::give_up(mfa, &exchange.cx, person, method).await?;
    Ok(Reply::empty(204))
}

async fn regenerate(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let recovery_codes = enrol::regenerate(mfa, &exchange.cx, person).await?;
    Ok(private(rest::data(200, &RecoveryCodesResponse { recovery_codes }, &exchange.cx)?))
}

/// The code in a body.
pub(super) fn code(exchange: &Exchange) -> Result<crate::secret::Secret> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let code = fields.required("code", secret(1..=64));
    fields.finish()?;
    present(code)
}
