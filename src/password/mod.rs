//! Passwords: how they are kept, and which are good enough. Pure: salts are handed in, and nothing is looked up. It is slow
//! on purpose, so nothing here may run on a thread that serves requests or owns a connection.

mod hash;
mod memory;
mod policy;
mod schemes;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::secret::Secret;

pub use hash::{Cost, Hash, SALT_BYTES, Scheme, verify_nothing};
pub use memory::Memory;
pub use policy::{MOST_SCORE, Policy, Weakness};
pub use schemes::Unreadable;

/// Characters of a password at the most; longer ones are refused before anything is computed of them.
pub const MOST_CHARACTERS: usize = 128;

/// A password as it was typed, prepared so that it does not depend on the keyboard: every space is the one of ASCII, and the
/// text is in Unicode normal form C (the profile OpaqueString of RFC 8265; RFC 7644 section 5).
#[derive(Clone, Debug)]
pub struct Password(Secret);

/// A password has more than [`MOST_CHARACTERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a password has at most {MOST_CHARACTERS} characters")
    }
}

impl std::error::Error for TooLong {}

/// Whether it is a space of any kind: all become the one of ASCII (RFC 8265 section 4.2.2).
fn is_space(character: char) -> bool {
    character.general_category() == GeneralCategory::SpaceSeparator
}

impl Password {
    /// A password of at most [`MOST_CHARACTERS`].
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn new(text: &str) -> Result<Self, TooLong> {
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(TooLong);
        }
        let spaced = text.chars().map(|character| if is_space(character) { ' ' } else { character });
        Ok(Self(Secret::new(spaced.nfc().collect())))
    }

    fn text(&self) -> &str {
        self.0.reveal()
    }

    /// Its bytes in UTF-8, for what else is computed of it.
    pub fn bytes(&self) -> &[u8] {
        self.0.reveal().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_at_most_128_characters_and_never_shown() {
        assert!(Password::new(&"ü".repeat(128)).is_ok());
        assert_eq!(Password::new(&"a".repeat(129)).unwrap_err(), TooLong);
        assert_eq!(format!("{:?}", Password::new("hunter2").unwrap()), "Password(Secret)");
    }

    #[test]
    fn both_spellings_of_a_character_are_one_password() {
        assert_eq!(Password::new("u\u{308}").unwrap().text(), "ü");
        assert_eq!(Password::new("a\u{a0}b\u{3000}C").unwrap().text(), "a b C");
    }
}
