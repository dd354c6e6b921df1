//! The reasons to write to somebody, as data: each has a word, an address it goes to, and perhaps a link that it brings.

use crate::store::one_time_links::Purpose as Link;

/// Why somebody is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Prove that the address is yours.
    Verify,
    /// Set a new password.
    Reset,
    /// Welcome: set your first password.
    Welcome,
    /// You are invited.
    Invite,
    /// The code by which to set up a second factor again; `epoch` in the payload, after whose end it is not sent.
    Enrol,
    /// Confirm your new address; goes there.
    EmailChange,
    /// Your address was changed, and how to take that back; goes to the old one, `to` in the payload.
    EmailChanged,
    /// Your password was changed.
    PasswordChanged,
    /// Your second factors were removed; goes to every address that codes go to as well.
    FactorsRemoved,
    /// The same as a text message.
    FactorsRemovedText,
    /// Somebody asked to be let past your second factors, and how to object; `what`, `due` and `reset`, the request, in the
    /// payload.
    ResetRequested,
    /// The same as a text message.
    ResetRequestedText,
    /// A reset of the second factors of somebody else waits for your approval; `reset`, the request, in the payload.
    ApprovalWanted,
    /// A second factor was added or removed, or recovery codes were made or used; `what` in the payload.
    FactorChanged,
    /// The same as a text message.
    FactorChangedText,
    /// Your account was approved.
    Approved,
    /// A provider was linked with your account; `provider` in the payload.
    IdentityLinked,
    /// Your account was locked after wrong passwords.
    Locked,
    /// An owner of the platform was made, demoted or recovered; `what` and `owner` in the payload.
    OwnerChanged,
    /// Something looks like an attack; `suspicion` and `of`, its tenant, in the payload, and `to` when it goes to no user.
    Alert,
    /// The code that a sign-in or an enrolment waits for, by mail; `ceremony` and `method` in the payload.
    Code,
    /// The same as a text message.
    CodeText,
    /// Look after your second factors.
    MfaReminder,
}

/// To which address of a user a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// The one that the account shows, proven or not.
    Current,
    /// The last one that was proven; nobody is told without.
    Verified,
    /// The one that the payload names.
    Named,
    /// The one that codes go to.
    Factor,
    /// The one that the payload holds sealed. Whatever purpose has a sealed address in its payload goes there.
    Sealed,
}

struct Row {
    purpose: Purpose,
    word: &'static str,
    to: To,
    /// The purpose of the one-time link that it brings.
    link: Option<Link>,
    /// The subject on the first line, then the text.
    template: &'static str,
}

macro_rules! row {
    ($purpose:ident, $word:literal, $to:ident, $link:expr) => {
        Row {
            purpose: Purpose::$purpose,
            word: $word,
            to: To::$to,
            link: $link,
            template: include_str!(concat!("templates/", $word, ".txt")),
        }
    };
}

const ROWS: &[Row] = &[
    row!(Verify, "verify", Current, Some(Link::Verify)),
    row!(Reset, "reset", Verified, Some(Link::Reset)),
    row!(Welcome, "welcome", Current, Some(Link::Welcome)),
    row!(Invite, "invite", Current, Some(Link::Invite)),
    row!(Enrol, "enrol", Verified, Some(Link::Enrol)),
    row!(EmailChange, "email_change", Current, Some(Link::Verify)),
    row!(EmailChanged, "email_changed", Named, Some(Link::EmailChange)),
    row!(PasswordChanged, "password_changed", Verified, None),
    row!(FactorsRemoved, "factors_removed", Verified, None),
    row!(FactorsRemovedText, "factors_removed_text", Sealed, None),
    row!(ResetRequested, "reset_requested", Verified, Some(Link::Object)),
    row!(ResetRequestedText, "reset_requested_text", Sealed, Some(Link::Object)),
    row!(ApprovalWanted, "approval_wanted", Verified, None),
    row!(FactorChanged, "factor_changed", Verified, None),
    row!(FactorChangedText, "factor_changed_text", Sealed, None),
    row!(Approved, "approved", Current, None),
    row!(IdentityLinked, "identity_linked", Verified, None),
    row!(Locked, "locked", Verified, None),
    row!(OwnerChanged, "owner_changed", Verified, None),
    row!(Alert, "alert", Verified, None),
    row!(Code, "code", Factor, None),
    row!(CodeText, "code_text", Factor, None),
    row!(MfaReminder, "mfa_reminder", Verified, None),
];

impl Purpose {
    /// Every purpose.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.purpose)
    }

    /// The word for it: in the database, and the name of its templates.
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |row| row.word)
    }

    /// The purpose of that word.
    pub fn of(word: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.word == word).map(|row| row.purpose)
    }

    /// To which address it goes.
    pub fn to(self) -> To {
        self.row().map_or(To::Verified, |row| row.to)
    }

    /// The purpose of the one-time link that it brings.
    pub fn link(self) -> Option<Link> {
        self.row().and_then(|row| row.link)
    }

    /// Whether it goes as a text message.
    pub fn is_text(self) -> bool {
        matches!(self, Self::CodeText | Self::FactorsRemovedText | Self::ResetRequestedText | Self::FactorChangedText)
    }

    /// The subject on the first line, then the text.
    pub(super) fn template(self) -> &'static str {
        self.row().map_or("", |row| row.template)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.purpose == self)
    }
}
