//! The commands on users and owners: one directory call each, and its result printed.

use std::io::Read as _;

use serde_json::json;

use crate::access::{UsersStatus, UsersUnlock, decide, decide_widely};
use crate::directory::accounts::status::Status;
use crate::directory::accounts::{self, StatusChange};
use crate::directory::factors::{self, Code};
use crate::directory::owners::{self, NewOwner, Owner};
use crate::directory::{operators, places, tenants};
use crate::error::{Error, Result};
use crate::password::{MOST_CHARACTERS, Password};

use super::administration::Run;
use super::arguments::{OwnerCommand, UserCommand, UserCreate};
use super::output;

/// Bytes of standard input that can hold a password.
const MOST_BYTES: u64 = 4 * MOST_CHARACTERS as u64 + 2;

/// Runs a command on users.
pub(super) async fn user(run: &Run<'_>, command: UserCommand) -> Result<()> {
    let (directory, actor, cx) = (run.directory, &run.actor, &run.cx);
    let (of, who) = match &command {
        UserCommand::Create(wanted) => return create(run, wanted).await,
        UserCommand::Unlock(one)
        | UserCommand::Disable(one)
        | UserCommand::SignOut(one)
        | UserCommand::ResetMfa(one)
        | UserCommand::EnrolmentCode(one) => (&one.of.tenant, &one.user),
    };
    let place = places::find(directory, of).await?;
    let account = operators::find(directory, actor, place.tenant, who).await?;
    match command {
        UserCommand::Unlock(_) => {
            accounts::unlock(directory, &decide::<UsersUnlock>(actor, &place)?, cx, account.id).await?;
            output::complain("unlocked");
        }
        UserCommand::Disable(_) => {
            let (reason, until) = (None, None);
            let change = StatusChange { status: Status::Disabled, reason, until, terminate_sessions: true };
            accounts::set_status(directory, &decide::<UsersStatus>(actor, &place)?, cx, account.id, change).await?;
            output::complain("disabled");
        }
        UserCommand::SignOut(_) => {
            operators::sign_out(directory, actor, cx, &account).await?;
            output::complain("signed out everywhere");
        }
        UserCommand::ResetMfa(_) => {
            show_code(run, "no second factors", &factors::operate_reset(directory, actor, cx, &account).await?)?;
        }
        UserCommand::EnrolmentCode(_) => {
            show_code(run, "nothing was removed", &factors::enrolment_code(directory, actor, cx, &account).await?)?;
        }
        UserCommand::Create(_) => {}
    }
    Ok(())
}

/// Prints a code that sets up a second factor.
fn show_code(run: &Run<'_>, what: &str, code: &Code) -> Result<()> {
    let (token, expires) = (code.token.reveal(), code.expires);
    output::complain(&format!("{what}; the code sets up another one, once, until {expires}"));
    run.output.one(token, &json!({ "enrolment_code": token, "expires": expires.to_string() }))
}

async fn create(run: &Run<'_>, wanted: &UserCreate) -> Result<()> {
    if !wanted.password_stdin {
        return Err(Error::Denied("a password is read from standard input only: give --password-stdin".to_owned()));
    }
    let place = places::find(run.directory, &wanted.of.tenant).await?;
    let tenant = tenants::find(run.directory, &decide(&run.actor, &place)?).await?;
    let password = password()?;
    let new = operators::NewUser { email: wanted.email.clone(), role: wanted.role.clone(), password };
    let account = operators::create(run.directory, &run.actor, &run.cx, &tenant, new).await?;
    let json = json!({ "id": account.id.to_string(), "tenant": tenant.slug, "email": account.email,
        "username": account.user_name, "role": wanted.role });
    run.output.one(&account.id.to_string(), &json)
}

/// The password on standard input; one line break at its end is not part of it.
fn password() -> Result<Password> {
    let fault = |why: &dyn std::fmt::Display| Error::unavailable(format!("the password on standard input: {why}"));
    let mut text = String::new();
    std::io::stdin().lock().take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| fault(&error))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |rest| rest.strip_suffix('\r').unwrap_or(rest));
    Password::new(text).map_err(|error| fault(&error))
}

/// Runs a command on owners.
pub(super) async fn owner(run: &Run<'_>, command: OwnerCommand) -> Result<()> {
    let (directory, actor, cx) = (run.directory, &run.actor, &run.cx);
    match command {
        OwnerCommand::Create { email } => show(run, &owners::create(directory, actor, cx, &email).await?),
        OwnerCommand::Recover { email } => show(run, &owners::recover(directory, actor, cx, &email).await?),
        OwnerCommand::List => {
            let json = |owner: &Owner| {
                json!({ "id": owner.user.to_string(), "tenant_id": owner.tenant.to_string(), "email": owner.email,
                    "username": owner.user_name, "status": owner.status, "since": owner.since.to_string() })
            };
            let line = |owner: &Owner| {
                let email = owner.email.as_deref().unwrap_or("-");
                format!("{}\t{email}\t{}\tsince {}", owner.user, owner.status, owner.since)
            };
            run.output.list(&owners::list(directory, &decide_widely(actor)?).await?, line, json)
        }
    }
}

fn show(run: &Run<'_>, owner: &NewOwner) -> Result<()> {
    let password = owner.password.reveal();
    let json = json!({ "id": owner.id.to_string(), "email": owner.email, "password": password,
        "expires": owner.expires.to_string() });
    output::complain(&format!("works once, until {}; then another one must be chosen", owner.expires));
    run.output.one(password, &json)
}
