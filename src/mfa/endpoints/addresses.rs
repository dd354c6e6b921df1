//! Factors that are addresses: telephones and mailboxes that codes are sent to.

use crate::access::Needs;
use crate::error::Result;
use crate::http::rest::body::{email, phone};
use crate::http::rest::{self, Fields, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::mfa::sent::{self, PAUSE};
use crate::mfa::{Method as Factor, enrol};

use super::factors::code;
use super::shown::{CodeRequest, CodeSentResponse, EmailCreate, EnrolledResponse, SmsCreate};
use super::{TAG, change, origin, own, private, row};

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    const ALLOWED: &str = "The tenant does not allow it";
    let document = |operation, summary| Document::new(operation, summary, TAG);
    let started = |document: Document| document.data::<CodeSentResponse>(200, "A code is on its way").conflict(ALLOWED);
    let verified = |document: Document| {
        document.request::<CodeRequest>().data::<EnrolledResponse>(200, "It is set up").conflict("Nothing was begun")
    };
    let removed = |document: Document| {
        document
            .empty(204, "It is gone")
            .error(404, "There is none")
            .conflict("The tenant asks for a factor, and it is the last one")
    };
    let sms = started(document("start_sms", "Begin to set up a telephone").request::<SmsCreate>());
    let email = started(document("start_email", "Begin to set up a mailbox").optional_request::<EmailCreate>());
    let prove_sms = verified(document("verify_sms", "Prove that the telephone is yours"));
    let prove_email = verified(document("verify_email_factor", "Prove that the mailbox is yours"));
    let no_sms = removed(document("delete_sms", "Give up the telephone"));
    let no_email = removed(document("delete_email_factor", "Give up the mailbox"));
    vec![
        row(Post, "/me/mfa/sms", Needs::Enrolling, |x| Box::pin(start_sms(x)), sms),
        row(Post, "/me/mfa/email", Needs::Enrolling, |x| Box::pin(start_email(x)), email),
        change(row(Post, "/me/mfa/sms/verify", Needs::Enrolling, |x| Box::pin(verify(x, Factor::Sms)), prove_sms)),
        change(row(
            Post,
            "/me/mfa/email/verify",
            Needs::Enrolling,
            |x| Box::pin(verify(x, Factor::Email)),
            prove_email,
        )),
        change(row(Delete, "/me/mfa/sms", Needs::SignedIn, |x| Box::pin(give_up(x, Factor::Sms)), no_sms)),
        change(row(Delete, "/me/mfa/email", Needs::SignedIn, |x| Box::pin(give_up(x, Factor::Email)), no_email)),
    ]
}

async fn start_sms(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let phone = fields.required("phone", phone);
    fields.finish()?;
    start(&exchange, Factor::Sms, Some(present(phone)?)).await
}

async fn start_email(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let address = fields.nullable("email", email).value();
    fields.finish()?;
    start(&exchange, Factor::Email, address).await
}

async fn start(exchange: &Exchange, method: Factor, address: Option<String>) -> Result<Reply> {
    let (mfa, person) = own(exchange)?;
    let sent = sent::start(mfa, &exchange.cx, person, (method, address)).await?;
    let shown = CodeSentResponse { sent_to: sent.to, retry_after: PAUSE };
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn verify(exchange: Exchange, method: Factor) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let code = code(&exchange)?;
    let enrolled = sent::verify(mfa, &exchange.cx, (person, &origin(&exchange)), (method, code.reveal())).await?;
    let shown = EnrolledResponse { enabled: true, recovery_codes: enrolled.recovery_codes };
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn give_up(exchange: Exchange, method: Factor) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    enrol::give_up(mfa, &exchange.cx, person, method).await?;
    Ok(Reply::empty(204))
}
