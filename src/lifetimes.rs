//! How long what is handed out works, where the installation decides (IR-5). Pure; what a tenant decides for itself is among
//! its settings, and what nobody decides stands with what it is about.

/// How long what is handed out works, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token, and a session of the pages that may do nothing but set up a factor.
    pub access_token: i64,
    /// The token between the first and the second step of a sign-in.
    pub mfa_token: i64,
    /// Any other ceremony: an enrolment, a step-up, a passkey that was asked for.
    pub ceremony: i64,
    /// A link to set a new password.
    pub reset_link: i64,
    /// A link to confirm an e-mail.
    pub verify_link: i64,
    /// A link to set the first password, or to accept an invitation.
    pub welcome_link: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: 10 * 60,
            mfa_token: 5 * 60,
            ceremony: 5 * 60,
            reset_link: 3600,
            verify_link: 24 * 3600,
            welcome_link: 7 * 24 * 3600,
        }
    }
}
