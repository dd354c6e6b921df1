//! Which passwords are good enough. A tenant's settings carry a [`Policy`]; what is not set there is as here.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Hash, Memory, Password};
use crate::clock::Instant;

/// What a tenant asks of passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Characters at the least.
    pub min_length: u32,
    /// How hard to guess at the least, from 0 to 4 by zxcvbn.
    pub min_score: u8,
    /// How many earlier passwords may not be used again.
    pub history: u32,
    /// Days after which another one must be chosen; `None` is never.
    pub max_age_days: Option<u32>,
}

/// The highest score that zxcvbn gives.
pub const MOST_SCORE: u8 = 4;
/// No more earlier passwords than these are compared: each costs as much as a sign-in.
const MOST_HISTORY: u32 = 24;
/// Shorter names say nothing when a password contains them.
const LEAST_NAME: usize = 3;

impl Default for Policy {
    fn default() -> Self {
        Self { min_length: 12, min_score: 3, history: 5, max_age_days: None }
    }
}

/// Why a password is not good enough. The text says what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Too few characters.
    Short {
        /// How many there must be.
        least: u32,
    },
    /// Too easy to guess.
    Guessable {
        /// What makes it so and what would help.
        advice: String,
    },
    /// It was used before.
    Reused,
    /// It stands in a list of passwords that became known.
    Breached,
}

impl fmt::Display for Weakness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { least } => write!(out, "choose a password of at least {least} characters"),
            Self::Guessable { advice } => write!(out, "this password is too easy to guess: {advice}"),
            Self::Reused => out.write_str("this password was used before: choose another one"),
            Self::Breached => {
                out.write_str("this password became known in a breach of some other service: choose another one")
            }
        }
    }
}

impl Policy {
    /// Judges a password by what it is made of. `known` is what anybody knows of the user: names, addresses.
    ///
    /// # Errors
    /// The first [`Weakness`] found.
    pub fn judge(&self, password: &Password, known: &[&str]) -> Result<(), Weakness> {
        let characters = u32::try_from(password.text().chars().count()).unwrap_or(u32::MAX);
        if characters < self.min_length {
            return Err(Weakness::Short { least: self.min_length });
        }
        let words: Vec<&str> = known.iter().flat_map(|text| parts(text)).collect();
        let estimate = zxcvbn::zxcvbn(password.text(), &words);
        if u8::from(estimate.score()) >= self.min_score {
            return Ok(());
        }
        let advice = estimate.feedback().map(advice).filter(|advice| !advice.is_empty());
        let advice = advice.unwrap_or_else(|| "add a few words that do not belong together".to_owned());
        Err(Weakness::Guessable { advice })
    }

    /// How many earlier hashes have to be compared.
    pub fn remembered(&self) -> u32 {
        self.history.min(MOST_HISTORY)
    }

    /// Refuses a password that is one of the earlier ones, newest first, the present one among them.
    ///
    /// # Errors
    /// [`Weakness::Reused`].
    pub fn refuse_reuse(&self, password: &Password, earlier: &[Hash], memory: &mut Memory) -> Result<(), Weakness> {
        let remembered = usize::try_from(self.remembered()).unwrap_or(usize::MAX);
        let reused = earlier.iter().take(remembered).any(|hash| hash.verify(password, memory));
        if reused { Err(Weakness::Reused) } else { Ok(()) }
    }

    /// Whether a password of that time has become too old.
    pub fn expired(&self, changed: Instant, now: Instant) -> bool {
        self.max_age_days.is_some_and(|days| changed.plus_seconds(i64::from(days) * 24 * 3600) <= now)
    }
}

/// A name as a whole and its parts: `anna.meier@example.org` is also `anna`, `meier`, `example`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(|character: char| !character.is_alphanumeric());
    std::iter::once(text).chain(pieces).filter(|part| part.chars().count() >= LEAST_NAME)
}

/// What zxcvbn says, in one line.
fn advice(feedback: &zxcvbn::feedback::Feedback) -> String {
    let warning = feedback.warning().map(|warning| warning.to_string());
    let suggestions = feedback.suggestions().iter().map(|suggestion| suggestion.to_string());
    let sentences: Vec<String> = warning.into_iter().chain(suggestions).collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{Cost, SALT_BYTES};
    use super::*;

    fn judge(text: &str, known: &[&str]) -> Result<(), Weakness> {
        Policy::default().judge(&Password::new(text).unwrap(), known)
    }

    #[test]
    fn s2_31_short_and_guessable_passwords_are_refused_with_advice() {
        assert_eq!(judge("kS8#vq2Lw!p", &[]), Err(Weakness::Short { least: 12 }));
        for guessable in ["passwordpassword", "aaaaaaaaaaaaaaaa", "123456789012", "qwertyuiopasdf"] {
            let weakness = judge(guessable, &[]).unwrap_err();
            let text = weakness.to_string();
            assert!(matches!(weakness, Weakness::Guessable { .. }) && text.len() > 45, "{guessable}: {text}");
            assert!(!text.contains(guessable), "{text}");
        }
        for good in ["correct horse battery staple", "Fünf große Käsebrötchen", &"kS8#vq2L".repeat(16)] {
            assert_eq!(judge(good, &[]), Ok(()), "{good}");
        }
    }

    #[test]
    fn s2_31_a_users_own_names_make_a_password_guessable() {
        let password = "WolkensteinZabrze";
        assert_eq!(judge(password, &[]), Ok(()));
        assert!(judge(password, &["zabrze.wolkenstein@example.org"]).is_err());
        assert_eq!(judge(password, &["", "W", "an", "someone.else@example.org"]), Ok(()));
    }

    #[test]
    fn s2_31_no_earlier_password_is_used_again_as_far_as_the_history_goes() {
        let hash = |text: &str| {
            Hash::make(&Password::new(text).unwrap(), [1; SALT_BYTES], Cost::RECOMMENDED, &mut Memory::default())
                .unwrap()
        };
        let earlier = [hash("the newest one"), hash("the one before"), hash("the oldest one")];
        let policy = Policy { history: 2, ..Policy::default() };
        let judge = |text: &str| policy.refuse_reuse(&Password::new(text).unwrap(), &earlier, &mut Memory::default());
        assert_eq!(judge("the newest one"), Err(Weakness::Reused));
        assert_eq!(judge("the one before"), Err(Weakness::Reused));
        assert_eq!(judge("the oldest one"), Ok(()));
        assert_eq!(judge("quite another one"), Ok(()));
    }

    #[test]
    fn s2_31_a_password_expires_on_the_day() {
        let changed = Instant::from_micros(0);
        let policy = Policy { max_age_days: Some(90), ..Policy::default() };
        assert!(!policy.expired(changed, changed.plus_seconds(90 * 86_400 - 1)));
        assert!(policy.expired(changed, changed.plus_seconds(90 * 86_400)));
        assert!(!Policy::default().expired(changed, changed.plus_seconds(1_000_000_000)));
    }

    #[test]
    fn a_settings_document_names_only_what_differs() {
        let policy: Policy = serde_json::from_str(r#"{"min_length": 16}"#).unwrap();
        assert_eq!(policy, Policy { min_length: 16, ..Policy::default() });
        assert!(serde_json::from_str::<Policy>(r#"{"min_lenght": 16}"#).is_err());
    }
}
