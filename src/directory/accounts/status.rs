//! What the facts of an account come to. Pure: it is told the time and decides; it reads and writes nothing.

use std::fmt;
use std::str::FromStr;

use crate::clock::Instant;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($word:literal $(#[$variant_doc:meta])* $variant:ident)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word for it in answers and in the database.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = NotAWord;

            fn from_str(word: &str) -> Result<Self, NotAWord> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or(NotAWord)
            }
        }
    };
}

/// The text is none of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAWord;

impl fmt::Display for NotAWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not one of the words")
    }
}

impl std::error::Error for NotAWord {}

words! {
    /// The status of an account.
    Status {
        "ACTIVE" /// It may sign in.
            Active
        "PENDING_EMAIL_VERIFICATION" /// It waits for its user to accept the invitation or to confirm the e-mail.
            PendingEmailVerification
        "PENDING_APPROVAL" /// It waits for an administrator.
            PendingApproval
        "DISABLED" /// It may not sign in: suspended, deactivated, or disabled by its source.
            Disabled
        "LOCKED" /// It may not sign in with a password: too many guesses, or an administrator locked it.
            Locked
    }
}

impl Status {
    /// What SCIM shows as `active` of a user that no connection is linked with.
    pub fn shows_active(self) -> bool {
        matches!(self, Self::Active | Self::Locked)
    }

    /// Whether it waits for its user or an administrator before its first use.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingEmailVerification | Self::PendingApproval)
    }
}

words! {
    /// How far a new account got.
    Activation {
        "done" /// It is in use.
            Done
        "invited" /// Its user was invited and did not come yet: the first sign-in, by any method, activates it.
            Invited
        "unverified" /// Its e-mail must be confirmed by the mailed link.
            Unverified
        "approval" /// An administrator must approve it.
            Approval
    }
}

/// Something that holds an account back, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// It does not.
    #[default]
    None,
    /// Up to this time.
    Until(Instant),
    /// Until somebody ends it.
    Endless,
}

impl Hold {
    fn holds(self, at: Instant) -> bool {
        match self {
            Self::None => false,
            Self::Until(end) => at < end,
            Self::Endless => true,
        }
    }

    /// When it ends by itself.
    pub fn end(self) -> Option<Instant> {
        if let Self::Until(end) = self { Some(end) } else { None }
    }
}

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How far it got.
    pub activation: Activation,
    /// What the provisioner last wrote as `active`, unless an administrator overruled it since.
    pub source_active: bool,
    /// Suspended by an administrator.
    pub suspended: Hold,
    /// Deactivated, for good, since then.
    pub deactivated: Option<Instant>,
    /// Locked by an administrator or after too many guesses.
    pub locked: Hold,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            activation: Activation::Done,
            source_active: true,
            suspended: Hold::None,
            deactivated: None,
            locked: Hold::None,
        }
    }
}

/// A status, and when it ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// When it ends by itself, and what it is then.
    pub ends: Option<(Instant, Status)>,
}

impl Standing {
    /// The status at a time, from what was true when it was written.
    pub fn at(self, now: Instant) -> Status {
        match self.ends {
            Some((end, after)) if end <= now => after,
            _ => self.status,
        }
    }
}

impl Facts {
    /// The status at a time.
    pub fn status(&self, at: Instant) -> Status {
        if self.deactivated.is_some() || self.suspended.holds(at) || !self.source_active {
            return Status::Disabled;
        }
        match self.activation {
            Activation::Invited | Activation::Unverified => Status::PendingEmailVerification,
            Activation::Approval => Status::PendingApproval,
            Activation::Done if self.locked.holds(at) => Status::Locked,
            Activation::Done => Status::Active,
        }
    }

    /// The status now, and when time alone makes it another.
    pub fn standing(&self, now: Instant) -> Standing {
        let status = self.status(now);
        let mut ends: Vec<Instant> = [self.suspended, self.locked].into_iter().filter_map(Hold::end).collect();
        ends.sort_unstable();
        let other = ends.into_iter().map(|end| (end, self.status(end)));
        Standing { status, ends: other.into_iter().find(|(end, after)| *end > now && *after != status) }
    }
}

/// Whether an administrator may make one status of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is that already: nothing is written.
    Same,
    /// It may.
    Goes,
    /// It may, with the permission to approve users too.
    Approves,
    /// It cannot be.
    Never,
}

/// From which status an administrator makes which other.
pub const TRANSITIONS: &[(Status, Status, Verdict)] = {
    use Status::{Active, Disabled, Locked, PendingApproval, PendingEmailVerification};
    use Verdict::{Approves, Goes, Never, Same};
    &[
        (Active, Active, Same),
        (Active, PendingEmailVerification, Never),
        (Active, PendingApproval, Never),
        (Active, Disabled, Goes),
        (Active, Locked, Goes),
        (PendingEmailVerification, Active, Approves),
        (PendingEmailVerification, PendingEmailVerification, Same),
        (PendingEmailVerification, PendingApproval, Never),
        (PendingEmailVerification, Disabled, Goes),
        (PendingEmailVerification, Locked, Never),
        (PendingApproval, Active, Approves),
        (PendingApproval, PendingEmailVerification, Never),
        (PendingApproval, PendingApproval, Same),
        (PendingApproval, Disabled, Goes),
        (PendingApproval, Locked, Never),
        (Disabled, Active, Goes),
        (Disabled, PendingEmailVerification, Never),
        (Disabled, PendingApproval, Never),
        (Disabled, Disabled, Same),
        (Disabled, Locked, Goes),
        (Locked, Active, Goes),
        (Locked, PendingEmailVerification, Never),
        (Locked, PendingApproval, Never),
        (Locked, Disabled, Goes),
        (Locked, Locked, Same),
    ]
};

/// What the table says of a pair.
pub fn verdict(from: Status, to: Status) -> Verdict {
    TRANSITIONS.iter().find(|row| row.0 == from && row.1 == to).map_or(Verdict::Never, |row| row.2)
}

/// Why a status cannot be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account was deactivated for good.
    Final,
    /// No way leads from here to there.
    Transition,
    /// The source disabled it, and the tenant lets nobody else decide.
    SourceLocked,
}

/// What an administrator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The status that it is to have.
    pub status: Status,
    /// Up to when, for a suspension that ends by itself.
    pub until: Option<Instant>,
    /// Whether what the source says of the account is not to be overruled.
    pub source_locked: bool,
}

impl Wish {
    /// The suspension that it comes to.
    fn hold(self) -> Hold {
        self.until.map_or(Hold::Endless, Hold::Until)
    }
}

impl Facts {
    /// The facts after an administrator's wish, and what it took. Of the same status nothing is changed, unless what held the
    /// account back would end otherwise than is wished.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn changed(&self, wish: Wish, now: Instant) -> Result<(Self, Verdict), Refusal> {
        if self.deactivated.is_some() {
            return Err(Refusal::Final);
        }
        let verdict = match verdict(self.status(now), wish.status) {
            Verdict::Never => return Err(Refusal::Transition),
            Verdict::Same if self.is_as_wished(wish) => return Ok((*self, Verdict::Same)),
            Verdict::Same => Verdict::Goes,
            verdict => verdict,
        };
        let after = self.with(wish);
        if after.source_active && !self.source_active && wish.source_locked {
            return Err(Refusal::SourceLocked);
        }
        // Somebody who is not activated yet cannot be locked: it would not show.
        if after.status(now) != wish.status {
            return Err(Refusal::Transition);
        }
        let approves = after.activation != self.activation;
        Ok((after, if approves { Verdict::Approves } else { verdict }))
    }

    /// Whether nothing is left to be wished for by the status that is there. What is disabled or locked by a source, by guesses
    /// or for a while is not yet so until somebody ends it.
    fn is_as_wished(&self, wish: Wish) -> bool {
        match wish.status {
            Status::Disabled => self.suspended == wish.hold(),
            Status::Locked => self.locked == Hold::Endless,
            Status::Active | Status::PendingEmailVerification | Status::PendingApproval => true,
        }
    }

    fn with(&self, wish: Wish) -> Self {
        match wish.status {
            Status::Active => Self::default(),
            Status::Locked => Self { source_active: true, suspended: Hold::None, locked: Hold::Endless, ..*self },
            // A lock that would end by itself ends here, so that it does not come back when the suspension ends.
            _ => Self {
                suspended: wish.hold(),
                locked: if self.locked == Hold::Endless { Hold::Endless } else { Hold::None },
                ..*self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_000);
    const SOON: Instant = Instant::from_micros(2_000);
    const LATER: Instant = Instant::from_micros(3_000);

    fn wish(status: Status) -> Wish {
        Wish { status, until: None, source_locked: false }
    }

    /// Facts that come to a status.
    fn facts(status: Status) -> Facts {
        let plain = Facts::default();
        match status {
            Status::Active => plain,
            Status::PendingEmailVerification => Facts { activation: Activation::Unverified, ..plain },
            Status::PendingApproval => Facts { activation: Activation::Approval, ..plain },
            Status::Disabled => Facts { suspended: Hold::Endless, ..plain },
            Status::Locked => Facts { locked: Hold::Endless, ..plain },
        }
    }

    #[test]
    fn ir4_a_hold_that_would_end_otherwise_becomes_what_is_wished() {
        let (by_source, for_a_while) = (Facts { source_active: false, ..Facts::default() }, Hold::Until(LATER));
        for before in [by_source, Facts { suspended: for_a_while, ..Facts::default() }] {
            let (after, verdict) = before.changed(wish(Status::Disabled), NOW).unwrap();
            assert_eq!((after.suspended, verdict), (Hold::Endless, Verdict::Goes));
            assert_eq!(after.source_active, before.source_active);
        }
        let guessed_at = Facts { locked: for_a_while, ..Facts::default() };
        let (after, verdict) = guessed_at.changed(wish(Status::Locked), NOW).unwrap();
        assert_eq!((after.locked, verdict), (Hold::Endless, Verdict::Goes));
    }

    #[test]
    fn ir13_lists_that_are_sorted_by_status_know_every_one() {
        let mut words: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        words.sort_unstable();
        assert_eq!(words, crate::store::people::STATUSES);
    }

    #[test]
    fn ir4_what_holds_back_most_is_the_status() {
        let all = Facts {
            activation: Activation::Approval,
            source_active: false,
            suspended: Hold::Endless,
            deactivated: Some(NOW),
            locked: Hold::Endless,
        };
        let steps: &[(Facts, Status)] = &[
            (all, Status::Disabled),
            (Facts { deactivated: None, ..all }, Status::Disabled),
            (Facts { deactivated: None, suspended: Hold::None, ..all }, Status::Disabled),
            (Facts { deactivated: None, suspended: Hold::None, source_active: true, ..all }, Status::PendingApproval),
            (
                Facts { activation: Activation::Invited, locked: Hold::Endless, ..Facts::default() },
                Status::PendingEmailVerification,
            ),
            (Facts { activation: Activation::Unverified, ..Facts::default() }, Status::PendingEmailVerification),
            (Facts { locked: Hold::Endless, ..Facts::default() }, Status::Locked),
            (Facts::default(), Status::Active),
        ];
        for (facts, status) in steps {
            assert_eq!(facts.standing(NOW), Standing { status: *status, ends: None }, "{facts:?}");
        }
    }

    #[test]
    fn ir4_timed_holds_end_when_they_are_read() {
        let suspended = Facts { suspended: Hold::Until(SOON), ..Facts::default() };
        let standing = suspended.standing(NOW);
        assert_eq!(standing, Standing { status: Status::Disabled, ends: Some((SOON, Status::Active)) });
        for (at, status) in
            [(NOW, Status::Disabled), (Instant::from_micros(1_999), Status::Disabled), (SOON, Status::Active)]
        {
            assert_eq!((standing.at(at), suspended.status(at)), (status, status));
        }
        // A lock below a suspension shows when that ends; one that ends before it never does.
        let both = |suspended, locked| Facts {
            suspended: Hold::Until(suspended),
            locked: Hold::Until(locked),
            ..Facts::default()
        };
        assert_eq!(both(SOON, LATER).standing(NOW).ends, Some((SOON, Status::Locked)));
        assert_eq!(both(LATER, SOON).standing(NOW).ends, Some((LATER, Status::Active)));
        assert_eq!(
            both(SOON, LATER).standing(SOON),
            Standing { status: Status::Locked, ends: Some((LATER, Status::Active)) }
        );
        let pending = Facts { activation: Activation::Approval, locked: Hold::Until(SOON), ..Facts::default() };
        assert_eq!(pending.standing(NOW), Standing { status: Status::PendingApproval, ends: None });
        assert_eq!(Facts { source_active: false, ..both(SOON, LATER) }.standing(NOW).ends, None);
    }

    #[test]
    fn ir4_every_transition_does_what_the_table_says() {
        assert_eq!(TRANSITIONS.len(), Status::ALL.len() * Status::ALL.len());
        for from in Status::ALL {
            for to in Status::ALL {
                let (before, verdict) = (facts(*from), verdict(*from, *to));
                let changed = before.changed(wish(*to), NOW);
                match verdict {
                    Verdict::Same => assert_eq!(changed, Ok((before, Verdict::Same)), "{from} {to}"),
                    Verdict::Never => assert_eq!(changed, Err(Refusal::Transition), "{from} {to}"),
                    Verdict::Goes | Verdict::Approves => {
                        let (after, took) = changed.unwrap();
                        assert_eq!((after.status(NOW), after.status(LATER), took), (*to, *to, verdict), "{from} {to}");
                    }
                }
                assert_eq!(
                    verdict == Verdict::Never,
                    to.is_pending() && from != to || from.is_pending() && *to == Status::Locked
                );
                let gone = Facts { deactivated: Some(NOW), ..before };
                assert_eq!(gone.changed(wish(*to), NOW), Err(Refusal::Final), "{from} {to}");
            }
        }
    }

    #[test]
    fn ir4_an_administrator_overrules_the_source_unless_it_is_locked() {
        let disabled = Facts { source_active: false, ..Facts::default() };
        for to in [Status::Active, Status::Locked] {
            assert!(disabled.changed(wish(to), NOW).unwrap().0.source_active);
            let locked = Wish { source_locked: true, ..wish(to) };
            assert_eq!(disabled.changed(locked, NOW), Err(Refusal::SourceLocked));
            assert!(facts(Status::Disabled).changed(locked, NOW).is_ok());
        }
        // Who waits behind a suspension is approved by being enabled, and cannot be locked.
        let behind = Facts { activation: Activation::Approval, ..facts(Status::Disabled) };
        assert_eq!(behind.changed(wish(Status::Active), NOW), Ok((Facts::default(), Verdict::Approves)));
        assert_eq!(behind.changed(wish(Status::Locked), NOW), Err(Refusal::Transition));
    }

    #[test]
    fn ir4_a_suspension_gets_an_end_and_outlasts_a_lock() {
        let until = Wish { until: Some(LATER), ..wish(Status::Disabled) };
        let (timed, _) = facts(Status::Disabled).changed(until, NOW).unwrap();
        assert_eq!(timed.suspended, Hold::Until(LATER));
        let guessed_at = Facts { locked: Hold::Until(LATER), ..Facts::default() };
        let (after, _) = guessed_at.changed(Wish { until: Some(SOON), ..until }, NOW).unwrap();
        assert_eq!(after.status(SOON), Status::Active);
        let by_hand = Facts { locked: Hold::Endless, ..Facts::default() };
        let (after, _) = by_hand.changed(Wish { until: Some(SOON), ..until }, NOW).unwrap();
        assert_eq!(after.status(SOON), Status::Locked);
    }

    #[test]
    fn words_read_back() {
        assert!(Status::ALL.iter().all(|status| status.as_str().parse() == Ok(*status)));
        assert!(Activation::ALL.iter().all(|activation| activation.as_str().parse() == Ok(*activation)));
        assert_eq!("active".parse::<Status>(), Err(NotAWord));
    }
}
