//! What people change of their own user. The rules are the directory's, as for every other door; here is counted how often
//! somebody has mails sent to addresses that are not proven to be theirs.

use crate::access::PersonActor;
use crate::context::Cx;
use crate::directory::users::{self, Changed, Edit};
use crate::error::Result;

use super::attempts;
use super::person::account;
use super::service::{Auth, Client};

/// Changes the user who asks. `email` is the one that it is to have, if it says so.
///
/// # Errors
/// As [`users::change_oneself`]; [`crate::error::Error::TooFast`] when the e-mail changes too often.
pub async fn change(
    auth: &Auth,
    cx: &Cx,
    person: &PersonActor,
    (email, edit): (Option<&str>, Edit),
    client: &Client,
) -> Result<Changed> {
    let (known, _) = account(auth, person).await?;
    // Whoever must prove anew who they are has no mail sent, and so is not counted.
    if email.is_some_and(|email| known.email.as_deref() != Some(email)) && person.fresh().is_ok() {
        attempts::begin(auth, cx, ("email change", &person.user.to_string()), client.address, true).await?;
    }
    users::change_oneself(auth.directory(), person, cx, edit).await
}
