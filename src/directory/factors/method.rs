//! The ways by which people prove who they are, and how strong each is. Pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A code of an authenticator (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
    /// A code sent to a telephone.
    Sms,
    /// A code sent by mail.
    Email,
    /// One of the codes that were written down for the day when nothing else is at hand.
    RecoveryCode,
    /// The code that lets somebody without factors set up the first one.
    EnrolmentCode,
    /// The password, for those who have nothing stronger.
    Password,
}

/// What tokens say as `acr` of a password alone.
pub const ONE_FACTOR: i32 = 1;
/// Of a password with a code.
pub const TWO_FACTORS: i32 = 2;
/// Of a passkey: no other site can ask for the same proof.
pub const PHISHING_RESISTANT: i32 = 3;

impl Method {
    /// Every method, the strongest first: the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Passkey, Self::Totp, Self::Sms, Self::Email, Self::RecoveryCode, Self::EnrolmentCode, Self::Password];
    /// Those that users set up and policies allow.
    pub const FACTORS: [Self; 4] = [Self::Passkey, Self::Totp, Self::Sms, Self::Email];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::RecoveryCode => "recovery_code",
            Self::EnrolmentCode => "enrolment_code",
            Self::Password => "password",
        }
    }

    /// How strong a sign-in is that ends with it.
    pub fn strength(self) -> i32 {
        match self {
            Self::Passkey => PHISHING_RESISTANT,
            Self::Totp | Self::Sms | Self::Email | Self::RecoveryCode => TWO_FACTORS,
            Self::EnrolmentCode | Self::Password => ONE_FACTOR,
        }
    }

    /// The word of RFC 8176 for it.
    pub fn reference(self) -> &'static str {
        match self {
            Self::Totp | Self::Email | Self::RecoveryCode | Self::EnrolmentCode => "otp",
            Self::Passkey => "hwk",
            Self::Sms => "sms",
            Self::Password => "pwd",
        }
    }

    /// Whether a code has to be sent before it can be given.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Sms | Self::Email)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A word that names no method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(word: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.as_str() == word).ok_or(UnknownMethod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_those_of_documents() {
        for method in Method::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        }
        assert_eq!("TOTP".parse::<Method>(), Err(UnknownMethod));
    }
}
