//! What is said to people: what a refusal means and what to do about it, what was done, and what things are called. Texts of
//! an address are never among them: what was done is a word of a closed set.

use crate::clock::Instant;
use crate::error::{Anonymous, Error, Fault, Segment};
use crate::mfa::Method;

/// What was done, by the word that stands for it in the address.
const DONE: &[(&str, &str)] = &[
    ("signed-out", "You are signed out."),
    ("ended", "Your session has ended. Please sign in again."),
    ("signed-out-everywhere", "You are signed out everywhere."),
    ("passkey-added", "The passkey is added."),
    ("passkey-renamed", "The passkey has its new name."),
    ("passkey-removed", "The passkey is removed."),
    ("totp-set", "The authenticator app is set up."),
    ("totp-removed", "The authenticator app is removed."),
    ("sms-set", "The telephone is set up."),
    ("sms-removed", "The telephone is removed."),
    ("email-set", "The mailbox is set up."),
    ("email-removed", "The mailbox is removed."),
    ("codes-made", "New recovery codes are made."),
    ("preferred", "The choice is saved."),
    ("password-changed", "The password is changed."),
    ("session-ended", "The session has ended."),
    ("device-forgotten", "The device is forgotten."),
    ("devices-forgotten", "All devices are forgotten."),
    ("objected", "Nothing becomes of it."),
    ("unchanged", "Nothing was changed."),
    ("profile-saved", "Your profile is saved."),
    ("profile-overruled", "Your profile is saved. Where your name comes from may write its own again."),
    (
        "email-changed",
        "Your e-mail address is changed. Confirm it by the link that was mailed there, and sign in again.",
    ),
    ("password-set", "Your password is set."),
    ("address-confirmed", "The address is confirmed."),
    ("change-taken-back", "Your earlier address is the account's again. All sessions have ended."),
];

/// What is said of what was done; nothing for a word that is none.
pub(super) fn done(word: &str) -> Option<&'static str> {
    DONE.iter().find(|(known, _)| *known == word).map(|(_, text)| *text)
}

/// What refusals mean that have a code.
const BY_CODE: &[(&str, &str)] = &[
    (
        "no_passkeys",
        "There are no passkeys here, because the server is reached by an IP address. Open it by a host name.",
    ),
    ("last_factor", "Your organisation asks for a second factor, and this is your last one. Set up another one first."),
    ("not_allowed", "Your organisation does not allow this method. Please choose another one."),
    ("not_begun", "This took too long. Please begin again."),
    ("no_factor", "Recovery codes stand in for a second factor, and you have none yet. Set one up first."),
];

/// A sentence for a refusal, with what to do about it.
pub(super) fn sentence(error: &Error) -> String {
    match error {
        Error::TooFast { retry_after } => {
            format!("Too many tries. Please wait {}, and try again.", duration(i64::from(*retry_after)))
        }
        Error::Unprocessable(faults) => faults.iter().map(fault).collect::<Vec<_>>().join(" "),
        Error::Invalid(invalid) => whole(&invalid.detail),
        Error::Conflict(reason) | Error::Forbidden(reason) => {
            let known = BY_CODE.iter().find(|(code, _)| *code == reason.code);
            known.map_or_else(|| whole(&reason.detail), |(_, text)| (*text).to_owned())
        }
        Error::Anonymous(Anonymous::BadLogin) => "This does not sign in. Please check what you typed.".to_owned(),
        Error::Anonymous(_) => "You are not signed in any more. Please sign in again.".to_owned(),
        Error::Taken(what) | Error::TooMany(what) | Error::TooLarge(what) => whole(what),
        Error::StepUp(_) => "This needs a fresh proof of who you are. Please try again, and confirm it.".to_owned(),
        Error::Denied(_) | Error::LacksScope | Error::Unadopted(_) => {
            "You may not do this. Your administrator can tell you why.".to_owned()
        }
        Error::Missing(_) | Error::Stale => "This is not there any more. Please look again.".to_owned(),
        Error::Unavailable(_) => "The server cannot do this now. Please try again in a few seconds.".to_owned(),
        Error::Internal(_) => "Something went wrong on the server. Please try again.".to_owned(),
    }
}

/// The status of a page that says so.
pub(super) fn status(error: &Error) -> u16 {
    match error {
        Error::TooFast { .. } => 429,
        Error::Missing(_) => 404,
        Error::Conflict(_) | Error::Taken(_) => 409,
        Error::Stale => 412,
        Error::Denied(_) | Error::Forbidden(_) | Error::LacksScope | Error::Unadopted(_) => 403,
        Error::TooLarge(_) => 413,
        Error::Unavailable(_) => 503,
        Error::Internal(_) => 500,
        // A browser would ask for a password of its own at a 401.
        Error::Anonymous(_) | Error::StepUp(_) | Error::Unprocessable(_) | Error::Invalid(_) | Error::TooMany(_) => 422,
    }
}

/// Seconds as people say them.
pub(super) fn duration(seconds: i64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        ..90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59).div_euclid(60)),
    }
}

/// How a fault goes on from the name of its field; the others are whole sentences.
const GOES_ON: [&str; 10] = ["must ", "is ", "are ", "cannot ", "can ", "may ", "has ", "have ", "does ", "needs "];

/// What is wrong with one field.
pub(super) fn fault(fault: &Fault) -> String {
    let goes_on = GOES_ON.iter().any(|word| fault.message.starts_with(word));
    if goes_on { whole(&format!("{} {}", label(fault), fault.message)) } else { whole(&fault.message) }
}

fn label(fault: &Fault) -> &'static str {
    let name = match fault.location.last() {
        Some(Segment::Name(name)) => name.as_str(),
        _ => "",
    };
    match name {
        "new_password" => "The new password",
        "current_password" => "The present password",
        "password" => "The password",
        "email" => "The e-mail address",
        "identifier" => "The e-mail address or user name",
        "phone" => "The telephone number",
        "code" => "This",
        "name" | "first_name" | "last_name" | "display_name" => "The name",
        "locale" => "The language",
        "timezone" => "The time zone",
        "tenant" => "The organisation",
        "token" => "The link",
        _ => "What you typed",
    }
}

/// A whole sentence: it begins with a capital letter and ends.
fn whole(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

/// What a method is called.
pub(super) fn method(method: Method) -> &'static str {
    match method {
        Method::Passkey => "Passkey",
        Method::Totp => "Authenticator app",
        Method::Sms => "Text message",
        Method::Email => "E-mail",
        Method::RecoveryCode => "Recovery code",
        Method::EnrolmentCode => "Enrolment code",
        Method::Password => "Password",
    }
}

/// A time, to the minute.
pub(super) fn time(at: Instant) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    format!("{} UTC", text.get(..16).unwrap_or(&text))
}

const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// What a client calls itself, shortened: `Firefox on Windows`.
pub(super) fn device(agent: Option<&str>) -> String {
    let Some(agent) = agent.filter(|agent| !agent.is_empty()) else { return "Unknown device".to_owned() };
    let find =
        |table: &[(&str, &'static str)]| table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().take(60).collect(),
    }
}

/// A text as it stands in an address.
pub(super) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_become_whole_sentences() {
        let said = |name: &str, message: &str| fault(&Fault::at(["body", name], "value_error", message));
        assert_eq!(said("code", "is not the code"), "This is not the code.");
        assert_eq!(
            said("new_password", "must have at least 12 characters"),
            "The new password must have at least 12 characters."
        );
        assert_eq!(said("x", "was used before!"), "Was used before!");
        assert_eq!(
            sentence(&Error::TooFast { retry_after: 91 }),
            "Too many tries. Please wait 2 minutes, and try again."
        );
    }

    #[test]
    fn clients_are_called_as_people_know_them() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(device(Some(agent)), "Chrome on Linux");
        assert_eq!((device(None), device(Some("curl/8"))), ("Unknown device".to_owned(), "curl".to_owned()));
    }

    #[test]
    fn what_was_done_is_said_in_words_of_ours_alone() {
        assert_eq!(done("signed-out"), Some("You are signed out."));
        assert_eq!(done("<script>"), None);
    }
}
