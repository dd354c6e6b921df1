//! A stored password: made with Argon2id, or imported in the scheme of another system and made anew at the next sign-in.

use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};

use super::Password;
use super::memory::Memory;
use super::schemes::{Parsed, Unreadable};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Bytes of salt that a new hash needs.
pub const SALT_BYTES: usize = 16;

/// What making a hash costs, and guessing at it: the parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// As OWASP recommends it. Every password that the server keeps is made so; only tests hand in less.
    pub const RECOMMENDED: Self = Self { memory: 19 * 1024, passes: 2, lanes: 1 };
}

/// How a stored password was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Argon2 as a PHC string; with today's parameters the only one that new hashes have.
    Argon2,
    /// bcrypt in its usual `$2b$` form.
    Bcrypt,
    /// PBKDF2 with SHA-256 or SHA-512 as a PHC string.
    Pbkdf2,
    /// What Django keeps: `pbkdf2_sha256$`, `argon2$`, `bcrypt$`, `bcrypt_sha256$`.
    Django,
    /// The scrypt of Firebase.
    Firebase,
}

impl Scheme {
    /// The word for it in the database and in imports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argon2 => "argon2",
            Self::Bcrypt => "bcrypt",
            Self::Pbkdf2 => "pbkdf2",
            Self::Django => "django",
            Self::Firebase => "firebase",
        }
    }
}

/// A stored password that was read and can be verified within bounded time and memory.
#[derive(Clone)]
pub struct Hash {
    text: Secret,
    scheme: Scheme,
    parsed: Parsed,
}

impl Hash {
    /// Reads a stored password, our own or one of another system.
    ///
    /// # Errors
    /// [`Unreadable`] when the scheme is unknown, the text is malformed, or verifying it would cost too much.
    pub fn parse(text: &str) -> std::result::Result<Self, Unreadable> {
        let (scheme, parsed) = Parsed::read(text)?;
        Ok(Self { text: Secret::new(text.to_owned()), scheme, parsed })
    }

    /// Makes the hash of a password. The salt must be unpredictable.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it.
    pub fn make(password: &Password, salt: [u8; SALT_BYTES], cost: Cost, memory: &mut Memory) -> Result<Self> {
        let Cost { memory: kibibytes, passes, lanes } = cost;
        let parameters = Params::new(kibibytes, passes, lanes, None).map_err(Error::internal)?;
        let params = ParamsString::try_from(&parameters).map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        memory.compute(&argon2, password.bytes(), &salt, &mut out)?;
        let made = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(Salt::new(&salt).map_err(Error::internal)?),
            hash: Some(Output::new(&out).map_err(Error::internal)?),
        };
        Self::parse(&made.to_string()).map_err(Error::internal)
    }

    /// The text to be stored.
    pub fn text(&self) -> &str {
        self.text.reveal()
    }

    /// How it was made.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether this is the hash of the password. Compares in constant time.
    pub fn verify(&self, password: &Password, memory: &mut Memory) -> bool {
        self.parsed.verify(password.bytes(), memory)
    }

    /// Whether it should be made anew when the password is next seen: of another scheme, or with other parameters than
    /// these.
    pub fn needs_rehash(&self, cost: Cost) -> bool {
        let Parsed::Argon2(hash) = &self.parsed else { return true };
        let ours = Params::try_from(hash.as_ref()).is_ok_and(|parameters| {
            let (memory, passes, lanes) = (parameters.m_cost(), parameters.t_cost(), parameters.p_cost());
            Cost { memory, passes, lanes } == cost
        });
        self.scheme != Scheme::Argon2 || hash.algorithm != Algorithm::Argon2id.ident() || !ours
    }

    /// Whether verifying it takes more memory than one of ours does.
    pub fn is_heavy(&self) -> bool {
        self.parsed.memory() > u64::from(Cost::RECOMMENDED.memory)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Hash({})", self.scheme.as_str())
    }
}

/// Takes as long as verifying one of our hashes does, for users that do not exist; nothing comes of it.
pub fn verify_nothing(password: &Password, cost: Cost, memory: &mut Memory) -> bool {
    // Making a hash is the same work as verifying one.
    std::hint::black_box(Hash::make(password, [0; SALT_BYTES], cost, memory).is_ok());
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Fünf große Käsebrötchen 9";

    fn fresh() -> Memory {
        Memory::default()
    }

    fn password() -> Password {
        Password::new(TEXT).unwrap()
    }

    /// Made by argon2-cffi, bcrypt, passlib, hashlib, Django, and hashlib with pycryptodome.
    #[rustfmt::skip]
    const OTHERS: &[(Scheme, &str)] = &[
        (Scheme::Argon2, "$argon2id$v=19$m=19456,t=2,p=1$ULCPMOMgEjE50SCixO2Y+g$6fkp8rkMLrHPI9JZDKnhfxaQCIsHbQ6EiuTTC1rV26E"),
        (Scheme::Argon2, "$argon2i$v=19$m=1024,t=3,p=4$9C8vdOuhcsVosEVq1lglBg$Qv6NhD8M8DxhDNzCV4eVCyNSouzevZAF9t+OB9/sOZ0"),
        (Scheme::Bcrypt, "$2b$05$8YF.6/1gTvzEomyctAUR1OscrvQzd7Nt6lNVfejhHf9JLOvTaX9JK"),
        (Scheme::Pbkdf2, "$pbkdf2-sha256$1000$4RyjdK6VUkpJSWmNUUoJAQ$2E78UgNnKvfv2A6Q1dTAE85zeOBTRB5ZgfIee/GDhQc"),
        (Scheme::Pbkdf2, "$pbkdf2-sha512$1000$gxCi9L733ttbS2nt3Ztzrg$usSwC/GX4s8HNdDL/oWTss7LBEA3LmHUeCUiTeU6ZFPbZsqXJgYNJv.ZTEeAmgn1zRaxF9P8TQETB5uyLlXOHA"),
        (Scheme::Pbkdf2, "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$N5RZxLuhpFjcCYQPBhkOD/ISRVjqd5bIkYRS+zUXNEc"),
        (Scheme::Pbkdf2, "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$ZUM89d14Ip47cgoa8ndjrl/OXq1txftmP6YmOV/l6vFSCZvohM2uC7o8DMb4LpSfa7IHIPhf7qJdgLvdH6acpg"),
        (Scheme::Django, "pbkdf2_sha256$1000$seasalt2seasalt$H0ydVKzdWVNRt6N0ZAG1BRwd+DzXE4xWzTe2ouneaS0="),
        (Scheme::Django, "argon2$argon2id$v=19$m=1024,t=2,p=8$c29tZXNhbHRzb21lc2FsdA$C8hiBwCKlC4UJXt5+L8xd5uJBdadlARIEgYdYZnHp7g"),
        (Scheme::Django, "bcrypt_sha256$$2b$05$K.ZUQwW07xNoVrFZXkard.Tr48IMNgZrJaGvd98pc//mQpF8IriVW"),
        (Scheme::Django, "bcrypt$$2b$05$6xcwC8rjw7PhX5FyXdaugeiUzdiTNt2WXoGrPZCzwmLJUSDS2XR9C"),
        (Scheme::Firebase, "$firebase$m=10,r=4$c29tZXNhbHQ=$Bw==$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==$nVnNHZ3U+CiEXOCF4VDQnrbIuh/aQxUcH9xRsriCMsjRSEbKObMRldwpQirXKbyNQofThSEnHno3A2dVJlxY3w=="),
    ];

    #[test]
    fn what_other_systems_made_is_verified() {
        for (scheme, text) in OTHERS {
            let hash = Hash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(hash.scheme(), *scheme, "{text}");
            assert!(hash.verify(&password(), &mut fresh()), "{text}");
            for wrong in ["", "Fünf große Käsebrötchen 8", "fünf große Käsebrötchen 9"] {
                assert!(!hash.verify(&Password::new(wrong).unwrap(), &mut fresh()), "{text}");
            }
        }
    }

    /// The vector that Firebase publishes with its scrypt.
    #[test]
    fn the_published_firebase_vector_holds() {
        let text = "$firebase$m=14,r=8$42xEC+ixf3L2lw==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
        let hash = Hash::parse(text).unwrap();
        assert!(
            hash.verify(&Password::new("user1password").unwrap(), &mut fresh())
                && !hash.verify(&password(), &mut fresh())
        );
    }

    #[test]
    fn a_hash_of_ours_is_verified_and_needs_no_other() {
        let hash = Hash::make(&password(), [7; SALT_BYTES], Cost::RECOMMENDED, &mut fresh()).unwrap();
        assert!(hash.text().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.text());
        let again = Hash::parse(hash.text()).unwrap();
        assert!(again.verify(&password(), &mut fresh()) && !again.needs_rehash(Cost::RECOMMENDED) && !again.is_heavy());
        assert!(again.needs_rehash(Cost { passes: 3, ..Cost::RECOMMENDED }));
        assert!(!again.verify(&Password::new("another password").unwrap(), &mut fresh()));
        assert_ne!(
            Hash::make(&password(), [8; SALT_BYTES], Cost::RECOMMENDED, &mut fresh()).unwrap().text(),
            hash.text()
        );
        assert_eq!(format!("{hash:?}"), "Hash(argon2)");
    }

    #[test]
    fn every_other_scheme_and_parameter_is_made_anew() {
        let current = |text: &str| !Hash::parse(text).unwrap().needs_rehash(Cost::RECOMMENDED);
        let kept: Vec<_> = OTHERS.iter().filter(|(_, text)| current(text)).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(kept[0].1.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn any_change_of_a_stored_text_is_refused_or_not_verified() {
        for (_, text) in OTHERS {
            let last = text.trim_end_matches('=').len() - 3;
            let mut altered = (*text).to_owned().into_bytes();
            altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(Hash::parse(&altered).map_or(true, |hash| !hash.verify(&password(), &mut fresh())), "{altered}");
            assert!(Hash::parse(text.split_at(text.len() / 2).0).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_that_was_used_before_gives_the_same_results() {
        let mut memory = Memory::default();
        for (_, text) in OTHERS {
            let hash = Hash::parse(text).unwrap();
            for _ in 0..2 {
                assert!(hash.verify(&password(), &mut memory), "{text}");
                assert!(!hash.verify(&Password::new("another").unwrap(), &mut memory), "{text}");
            }
        }
        let ours = Hash::make(&password(), [7; SALT_BYTES], Cost::RECOMMENDED, &mut memory).unwrap();
        assert!(ours.verify(&password(), &mut fresh()) && !memory.is_large());
        let heavy = Cost { memory: 20 * 1024, ..Cost::RECOMMENDED };
        assert!(Hash::make(&password(), [7; SALT_BYTES], heavy, &mut memory).is_ok() && memory.is_large());
        assert!(ours.verify(&password(), &mut memory));
    }

    #[test]
    fn nobody_has_a_password() {
        assert!(!verify_nothing(&password(), Cost::RECOMMENDED, &mut fresh()));
    }
}
