//! What looks like an attack, how bad it is, and how it is told in words. Pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of suspicious activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Many sign-ins of a user failed: wrong passwords, codes or passkeys.
    MultipleFailures,
    /// From one address, passwords of many users were guessed at.
    PasswordSpray,
    /// Somebody who knows the password asks for the second factor again and again.
    MfaFatigue,
    /// A user signed in from many new devices in a short time.
    NewDevice,
    /// A user signed in from places between which nobody travels that fast.
    ImpossibleTravel,
    /// Somebody signed in with a recovery code.
    RecoveryCodeUse,
    /// A second factor was removed.
    FactorRemoved,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::MultipleFailures,
        Self::PasswordSpray,
        Self::MfaFatigue,
        Self::NewDevice,
        Self::ImpossibleTravel,
        Self::RecoveryCodeUse,
        Self::FactorRemoved,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MultipleFailures => "MultipleFailures",
            Self::PasswordSpray => "PasswordSpray",
            Self::MfaFatigue => "MfaFatigue",
            Self::NewDevice => "NewDevice",
            Self::ImpossibleTravel => "ImpossibleTravel",
            Self::RecoveryCodeUse => "RecoveryCodeUse",
            Self::FactorRemoved => "FactorRemoved",
        }
    }

    /// How bad one is that just reached its limit.
    fn severity(self) -> Severity {
        match self {
            Self::RecoveryCodeUse => Severity::Low,
            Self::MultipleFailures | Self::NewDevice | Self::FactorRemoved => Severity::Medium,
            Self::PasswordSpray | Self::MfaFatigue | Self::ImpossibleTravel => Severity::High,
        }
    }

    /// How bad so many are: one step worse from twice the limit on, and another one from four times.
    pub fn severity_of(self, amount: i64, limit: i64) -> Severity {
        let steps = match amount / limit.max(1) {
            ..2 => 0,
            2..4 => 1,
            4.. => 2,
        };
        (0..steps).fold(self.severity(), |severity, _| severity.worse())
    }

    /// What happened, in words: so many within so many microseconds.
    pub fn details(self, amount: i64, micros: i64) -> String {
        let (one, many) = match self {
            Self::MultipleFailures => ("failed sign-in", "failed sign-ins"),
            Self::PasswordSpray => ("account guessed at from one address", "accounts guessed at from one address"),
            Self::MfaFatigue => ("unfinished second step", "unfinished second steps"),
            Self::NewDevice => ("sign-in from a new device", "sign-ins from new devices"),
            Self::ImpossibleTravel => ("journey too fast to be one", "journeys too fast to be one"),
            Self::RecoveryCodeUse => ("sign-in with a recovery code", "sign-ins with recovery codes"),
            Self::FactorRemoved => ("removal of second factors", "removals of second factors"),
        };
        if amount == 1 { format!("1 {one}") } else { format!("{amount} {many} in {}", span(micros)) }
    }
}

/// A time in words, rounded up.
fn span(micros: i64) -> String {
    let minutes = micros.max(1).saturating_add(59_999_999) / 60_000_000;
    match minutes {
        1 => "1 minute".to_owned(),
        2..=120 => format!("{minutes} minutes"),
        121..=2880 => format!("{} hours", minutes.saturating_add(59) / 60),
        _ => format!("{} days", minutes.saturating_add(1439) / 1440),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Worth a look.
    Low,
    /// Worth a look today.
    Medium,
    /// Somebody is at it.
    High,
    /// Somebody is at it, and does not stop.
    Critical,
}

impl Severity {
    /// Every severity, the mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }

    fn worse(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}

/// A word that names no severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSeverity;

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(word: &str) -> Result<Self, UnknownSeverity> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word).ok_or(UnknownSeverity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn s1_07_ten_failures_in_five_minutes_are_high() {
        let kind = Kind::MultipleFailures;
        assert_eq!(kind.details(10, 5 * MINUTE), "10 failed sign-ins in 5 minutes");
        let severities = [5, 9, 10, 19, 20, 1000].map(|amount| kind.severity_of(amount, 5).as_str());
        assert_eq!(severities, ["Medium", "Medium", "High", "High", "Critical", "Critical"]);
        assert_eq!(Kind::RecoveryCodeUse.severity_of(1, 1), Severity::Low);
        assert_eq!(Kind::PasswordSpray.severity_of(4, 0), Severity::Critical);
    }

    #[test]
    fn spans_are_rounded_up() {
        for (micros, said) in [
            (0, "1 minute"),
            (MINUTE, "1 minute"),
            (MINUTE + 1, "2 minutes"),
            (121 * MINUTE, "3 hours"),
            (2881 * MINUTE, "3 days"),
        ] {
            assert_eq!(span(micros), said);
        }
        assert_eq!(Kind::FactorRemoved.details(1, MINUTE), "1 removal of second factors");
    }

    #[test]
    fn severities_read_back_in_order() {
        assert!(Severity::ALL.is_sorted());
        assert!(Severity::ALL.iter().all(|severity| severity.as_str().parse() == Ok(*severity)));
        assert_eq!("high".parse::<Severity>(), Err(UnknownSeverity));
        assert_eq!(serde_json::to_value(Severity::Low).unwrap(), "Low");
    }
}
