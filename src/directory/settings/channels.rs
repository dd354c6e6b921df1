//! By which methods people can be reached here: what the installation is configured for. Pure.

use crate::directory::factors::Method;

/// What is configured; nothing unless it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// A mail server.
    pub mail: bool,
    /// A gateway for text messages.
    pub sms: bool,
    /// A name that browsers know us by.
    pub passkeys: bool,
}

impl Channels {
    /// Whether a method reaches anybody. Authenticators need nothing of us.
    pub fn reach(self, method: Method) -> bool {
        match method {
            Method::Email => self.mail,
            Method::Sms => self.sms,
            Method::Passkey => self.passkeys,
            Method::Totp | Method::RecoveryCode | Method::EnrolmentCode | Method::Password => true,
        }
    }
}
