//! The password, sessions, remembered devices of one's own, and what administrators asked for that lets them past one's
//! second factors.

use crate::auth::{passwords, sessions};
use crate::directory::factors::{devices, requests};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::rest::present;

use super::forms::Form;
use super::sign_in::{HOME, is_ours, password, waiting};
use super::view::{self, Field, Link, Look, Page, Part};
use super::visit::Visit;
use super::words;

/// The page that asks for another password.
pub(super) async fn look_password(visit: Visit) -> Result<Reply> {
    changing(visit, 200, None)
}

fn changing(visit: Visit, status: u16, error: Option<&Error>) -> Result<Reply> {
    let present = Field::password("current_password", "Present password", "current-password");
    let mut form = view::Form::new("/ui/security/password", "Change it", Look::Primary)
        .field(present.or_says("Please type your present password.").focused())
        .field(Field::new_password());
    form.account = Some(visit.person()?.name.to_string());
    form.cancel = Some(Link::cancel(HOME));
    let alert = match error {
        Some(Error::Anonymous(_)) => Some("This is not your present password. Please type it again.".to_owned()),
        other => other.and_then(|error| form.blame(error)),
    };
    let parts = alert.map(Part::Alert).into_iter().chain([form.into()]);
    visit.show(status, &Page::new("Change the password", parts.collect()))
}

/// Changes the password; every other session ends.
pub(super) async fn change_password(visit: Visit, form: Form) -> Result<Reply> {
    let read = || {
        let mut fields = form.fields(&["current_password", "new_password"])?;
        let (known, wanted) =
            (fields.required("current_password", password), fields.required("new_password", password));
        fields.finish()?;
        Ok((present(known)?, present(wanted)?))
    };
    let changed = match read() {
        Ok(both) => passwords::change(visit.auth(), &visit.cx, visit.person()?, both, &visit.client()).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(tokens) => Ok(visit.entered(tokens).await?.go("/ui/security?done=password-changed")),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => changing(visit, words::status(&error), Some(&error)).map(|reply| waiting(reply, &error)),
    }
}

/// Ends a session.
pub(super) async fn end_session(visit: Visit, form: Form) -> Result<Reply> {
    let id = form.id("id", "session")?;
    sessions::end(visit.auth(), &visit.cx, visit.person()?, id).await?;
    Ok(visit.go("/ui/security?done=session-ended"))
}

/// Ends all of them, the present one too.
pub(super) async fn end_all(visit: Visit, _: Form) -> Result<Reply> {
    sessions::log_out_everywhere(visit.auth(), &visit.cx, visit.person()?).await?;
    Ok(visit.left().go("/ui/?done=signed-out-everywhere"))
}

/// Forgets a device.
pub(super) async fn forget_device(visit: Visit, form: Form) -> Result<Reply> {
    let id = form.id("id", "device")?;
    devices::forget_own(visit.mfa().directory(), &visit.cx, visit.person()?, Some(id)).await?;
    Ok(visit.go("/ui/security?done=device-forgotten"))
}

/// Forgets all of them.
pub(super) async fn forget_devices(visit: Visit, _: Form) -> Result<Reply> {
    devices::forget_own(visit.mfa().directory(), &visit.cx, visit.person()?, None).await?;
    Ok(visit.go("/ui/security?done=devices-forgotten"))
}

/// Objects to a reset of one's factors that waits.
pub(super) async fn object(visit: Visit, form: Form) -> Result<Reply> {
    let id = form.id("id", "request")?;
    requests::object(visit.mfa().directory(), visit.person()?, &visit.cx, id).await?;
    Ok(visit.go("/ui/security?done=objected"))
}
