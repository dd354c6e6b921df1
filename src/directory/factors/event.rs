//! What becomes of the second factors of a user, in the words of the journal and in those of people. Pure.

use super::Method;

/// What became of a user's factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A factor was set up.
    Added(Method),
    /// A factor was given up or taken away.
    Removed(Method),
    /// A passkey was given another name.
    PasskeyRenamed,
    /// Another method, or none, is liked best.
    Preferred(Option<Method>),
    /// There are new recovery codes in place of all before.
    CodesMade,
    /// A recovery code stood in for a factor.
    CodeUsed,
    /// Somebody was handed a code that lets them set up a factor.
    EnrolmentCode,
}

impl Event {
    /// Where the journal says so, and the word.
    pub(super) fn recorded(self) -> (String, String) {
        let (path, word) = match self {
            Self::Added(method) => return (format!("mfa.{method}"), "added".to_owned()),
            Self::Removed(method) => return (format!("mfa.{method}"), "removed".to_owned()),
            Self::PasskeyRenamed => ("mfa.passkey", "renamed"),
            Self::Preferred(method) => ("mfa.preferred", method.map_or("none", Method::as_str)),
            Self::CodesMade => ("mfa.recovery_codes", "regenerated"),
            Self::CodeUsed => ("mfa.recovery_codes", "used"),
            Self::EnrolmentCode => ("mfa.enrolment_code", "handed over"),
        };
        (path.to_owned(), word.to_owned())
    }

    /// What people are told; nothing of what lets nobody in and keeps nobody out.
    pub(super) fn sentence(self) -> Option<String> {
        let sentence = match self {
            Self::Added(method) => return Some(format!("{} was added", named(method))),
            Self::Removed(method) => return Some(format!("{} was removed", named(method))),
            Self::PasskeyRenamed | Self::Preferred(_) => return None,
            Self::CodesMade => "New recovery codes were made, and all before are good for nothing",
            Self::CodeUsed => "A recovery code was used to sign in",
            Self::EnrolmentCode => "A code by which a second factor can be set up was given out",
        };
        Some(sentence.to_owned())
    }
}

/// A factor as people call it.
fn named(method: Method) -> &'static str {
    match method {
        Method::Totp => "An authenticator",
        Method::Passkey => "A passkey",
        Method::Sms => "A telephone that codes are sent to",
        Method::Email => "A mailbox that codes are sent to",
        Method::RecoveryCode | Method::EnrolmentCode | Method::Password => "A code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_hear_of_what_lets_somebody_in_or_keeps_them_out() {
        for method in Method::FACTORS {
            assert!(Event::Added(method).sentence().is_some_and(|text| text.ends_with(" was added")), "{method}");
            assert!(Event::Removed(method).sentence().is_some_and(|text| text.ends_with(" was removed")), "{method}");
            assert_eq!(Event::Removed(method).recorded(), (format!("mfa.{method}"), "removed".to_owned()));
        }
        for event in [Event::CodesMade, Event::CodeUsed, Event::EnrolmentCode] {
            assert!(event.sentence().is_some(), "{event:?}");
        }
        assert_eq!(Event::PasskeyRenamed.sentence(), None);
        assert_eq!(Event::Preferred(None).sentence(), None);
    }
}
