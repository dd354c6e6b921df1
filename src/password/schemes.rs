//! The texts that passwords are stored as, here and in systems that users are imported from. What a text asks for in time
//! and memory is judged before anything is computed: an import may be hostile.
//!
//! Firebase keeps its parameters apart from the passwords; here one text carries all of it:
//!
//! `$firebase$m=<memory cost>,r=<rounds>$<salt>$<salt separator>$<signer key>$<hash>`, the last four in base64 as exported.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::hash::Scheme;
use super::memory::Memory;

/// Bytes of a stored text at the most.
const MOST_BYTES: usize = 1024;
/// Bytes of a salt, a key or a result at the most.
const MOST_BINARY: usize = 256;
/// KiB that verifying may take: Django's default for Argon2 is 100 MiB.
const MOST_MEMORY: u64 = 128 * 1024;
/// KiB that all passes together may touch; a second's work.
const MOST_MEMORY_TIMES_PASSES: u64 = 512 * 1024;
/// Lanes of Argon2.
const MOST_LANES: u32 = 16;
/// Rounds of PBKDF2; today's defaults of others are about a million.
const MOST_ROUNDS: u32 = 2_500_000;
/// The cost of bcrypt, an exponent of two; 15 takes two seconds.
const MOST_BCRYPT: u32 = 15;

/// With or without padding, as the systems differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(false),
);

/// Why a stored text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It begins like nothing that is known.
    UnknownScheme,
    /// It is not as its scheme has it.
    Malformed,
    /// Verifying it would take more time or memory than is given.
    TooCostly,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::UnknownScheme => {
                "the password hash is of no known scheme: argon2, bcrypt, pbkdf2 (sha256, sha512), django or firebase"
            }
            Self::Malformed => "the password hash is malformed",
            Self::TooCostly => "the password hash asks for more time or memory than is allowed",
        })
    }
}

impl std::error::Error for Unreadable {}

type Read<T> = Result<T, Unreadable>;

/// A stored text, taken apart.
#[derive(Clone)]
pub(super) enum Parsed {
    Argon2(Box<PasswordHash>),
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Firebase(Firebase),
}

#[derive(Clone)]
pub(super) struct Bcrypt {
    text: String,
    /// Whether the password is hashed with SHA-256 first, against bcrypt's limit of 72 bytes.
    digested: bool,
}

#[derive(Clone)]
pub(super) struct Pbkdf2 {
    long: bool,
    rounds: u32,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Firebase {
    parameters: scrypt::Params,
    /// The salt and the salt separator.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    expected: Vec<u8>,
}

impl Parsed {
    pub(super) fn read(text: &str) -> Read<(Scheme, Self)> {
        if text.len() > MOST_BYTES || !text.is_ascii() {
            return Err(Unreadable::Malformed);
        }
        if text.starts_with("$argon2") {
            return Ok((Scheme::Argon2, Self::Argon2(argon2(text)?)));
        }
        if text.starts_with("$2") {
            return Ok((Scheme::Bcrypt, Self::Bcrypt(bcrypt(text, false)?)));
        }
        if let Some(rest) = text.strip_prefix("$pbkdf2-") {
            return Ok((Scheme::Pbkdf2, Self::Pbkdf2(pbkdf2(rest)?)));
        }
        if let Some(rest) = text.strip_prefix("$firebase$") {
            return Ok((Scheme::Firebase, Self::Firebase(firebase(rest)?)));
        }
        django(text).map(|parsed| (Scheme::Django, parsed))
    }

    /// KiB that verifying takes.
    pub(super) fn memory(&self) -> u64 {
        match self {
            Self::Argon2(hash) => Params::try_from(hash.as_ref()).map_or(0, |parameters| parameters.m_cost().into()),
            Self::Bcrypt(_) | Self::Pbkdf2(_) => 0,
            Self::Firebase(firebase) => scrypt_memory(&firebase.parameters),
        }
    }

    pub(super) fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        match self {
            Self::Argon2(hash) => argon2_verify(hash, password, memory).unwrap_or(false),
            Self::Bcrypt(bcrypt) => bcrypt.verify(password),
            Self::Pbkdf2(pbkdf2) => pbkdf2.verify(password),
            Self::Firebase(firebase) => firebase.verify(password),
        }
    }
}

impl Bcrypt {
    fn verify(&self, password: &[u8]) -> bool {
        let digest = self.digested.then(|| hex(&Sha256::digest(password)));
        let password = digest.as_ref().map_or(password, |digest| digest.as_bytes());
        bcrypt::verify(password, &self.text).unwrap_or(false)
    }
}

impl Pbkdf2 {
    fn verify(&self, password: &[u8]) -> bool {
        let mut found = vec![0; self.expected.len()];
        if self.long {
            pbkdf2::pbkdf2_hmac::<Sha512>(password, &self.salt, self.rounds, &mut found);
        } else {
            pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, self.rounds, &mut found);
        }
        found.ct_eq(&self.expected).into()
    }
}

impl Firebase {
    /// The password becomes a key by scrypt, and what that key makes of the signer key is the hash.
    fn verify(&self, password: &[u8]) -> bool {
        self.compute(password).is_some_and(|found| found.ct_eq(&self.expected).into())
    }

    fn compute(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut key = [0; 32];
        scrypt::scrypt(password, &self.salt, &self.parameters, &mut key).ok()?;
        let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
        let mut found = self.signer_key.clone();
        key.less_safe_encrypt(&mut found, EncryptionContext::Iv128(FixedLength::from([0; 16]))).ok()?;
        Some(found)
    }
}

/// Whether the hash is of the password; `None` for one that cannot be computed.
fn argon2_verify(hash: &PasswordHash, password: &[u8], memory: &mut Memory) -> Option<bool> {
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let mut found = vec![0; expected.len()];
    memory.compute(&argon2, password, salt, &mut found).ok()?;
    Some(found.ct_eq(expected.as_bytes()).into())
}

fn argon2(text: &str) -> Read<Box<PasswordHash>> {
    let hash = PasswordHash::new(text).map_err(|_| Unreadable::Malformed)?;
    let parameters = Params::try_from(&hash).map_err(|_| Unreadable::Malformed)?;
    let memory = u64::from(parameters.m_cost());
    let work = memory.saturating_mul(parameters.t_cost().into());
    if memory > MOST_MEMORY || work > MOST_MEMORY_TIMES_PASSES || parameters.p_cost() > MOST_LANES {
        return Err(Unreadable::TooCostly);
    }
    // A parser takes strings without salt and result for parameters alone.
    let complete = hash.salt.is_some()
        && hash.hash.is_some()
        && hash.version.is_none_or(|version| version == 0x10 || version == 0x13);
    if complete { Ok(Box::new(hash)) } else { Err(Unreadable::Malformed) }
}

fn bcrypt(text: &str, digested: bool) -> Read<Bcrypt> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| Unreadable::Malformed)?;
    // `2x` marks hashes of a faulty program, which are made in another way.
    if text.starts_with("$2x$") || parts.get_cost() < 4 {
        return Err(Unreadable::Malformed);
    }
    if parts.get_cost() > MOST_BCRYPT {
        return Err(Unreadable::TooCostly);
    }
    Ok(Bcrypt { text: text.to_owned(), digested })
}

/// `sha256$i=1000,l=32$salt$hash`, or `sha256$1000$salt$hash` with `.` for `+`.
fn pbkdf2(text: &str) -> Read<Pbkdf2> {
    let [function, parameters, salt, expected] = fields(text)?;
    let long = match function {
        "sha256" => false,
        "sha512" => true,
        _ => return Err(Unreadable::UnknownScheme),
    };
    let mut rounds = None;
    for parameter in parameters.split(',') {
        match parameter.split_once('=') {
            None => rounds = Some(parameter),
            Some(("i", value)) => rounds = Some(value),
            Some(("l", _)) => {}
            Some(_) => return Err(Unreadable::Malformed),
        }
    }
    let binary = |text: &str| binary(&text.replace('.', "+"));
    pbkdf2_of(long, rounds.unwrap_or_default(), binary(salt)?, binary(expected)?)
}

fn pbkdf2_of(long: bool, rounds: &str, salt: Vec<u8>, expected: Vec<u8>) -> Read<Pbkdf2> {
    let rounds = number(rounds)?;
    // A short result could be met by chance; a longer one than the function's costs its rounds again.
    let most = if long { 64 } else { 32 };
    if !(16..=most).contains(&expected.len()) || rounds == 0 {
        return Err(Unreadable::Malformed);
    }
    if rounds > MOST_ROUNDS {
        return Err(Unreadable::TooCostly);
    }
    Ok(Pbkdf2 { long, rounds, salt, expected })
}

/// What follows `$firebase$`.
fn firebase(text: &str) -> Read<Firebase> {
    let [parameters, salt, separator, signer_key, expected] = fields(text)?;
    let (memory, rounds) = parameters.split_once(',').ok_or(Unreadable::Malformed)?;
    let memory = number(memory.strip_prefix("m=").unwrap_or_default())?;
    let rounds = number(rounds.strip_prefix("r=").unwrap_or_default())?;
    if memory > 20 || rounds > 32 {
        return Err(Unreadable::TooCostly);
    }
    let memory = u8::try_from(memory).map_err(|_| Unreadable::TooCostly)?;
    let parameters = scrypt::Params::new(memory, rounds, 1).map_err(|_| Unreadable::Malformed)?;
    if scrypt_memory(&parameters) > MOST_MEMORY {
        return Err(Unreadable::TooCostly);
    }
    let salt = [binary(salt)?, binary(separator)?].concat();
    let (signer_key, expected) = (binary(signer_key)?, binary(expected)?);
    if expected.len() < 16 || signer_key.len() != expected.len() {
        return Err(Unreadable::Malformed);
    }
    Ok(Firebase { parameters, salt, signer_key, expected })
}

/// KiB of scrypt's table.
fn scrypt_memory(parameters: &scrypt::Params) -> u64 {
    parameters.n().saturating_mul(parameters.r().into()) / 8
}

fn django(text: &str) -> Read<Parsed> {
    let (algorithm, rest) = text.split_once('$').ok_or(Unreadable::UnknownScheme)?;
    match algorithm {
        "argon2" => argon2(&format!("${rest}")).map(Parsed::Argon2),
        "bcrypt" => bcrypt(rest, false).map(Parsed::Bcrypt),
        "bcrypt_sha256" => bcrypt(rest, true).map(Parsed::Bcrypt),
        "pbkdf2_sha256" => {
            let [rounds, salt, expected] = fields(rest)?;
            pbkdf2_of(false, rounds, salt.as_bytes().to_vec(), binary(expected)?).map(Parsed::Pbkdf2)
        }
        _ => Err(Unreadable::UnknownScheme),
    }
}

/// Exactly that many fields.
fn fields<const N: usize>(text: &str) -> Read<[&str; N]> {
    let all: Vec<&str> = text.split('$').collect();
    all.try_into().map_err(|_| Unreadable::Malformed)
}

fn number(text: &str) -> Read<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable::Malformed);
    }
    text.parse().map_err(|_| Unreadable::TooCostly)
}

fn binary(text: &str) -> Read<Vec<u8>> {
    let bytes = BASE64.decode(text).map_err(|_| Unreadable::Malformed)?;
    if bytes.len() > MOST_BINARY { Err(Unreadable::Malformed) } else { Ok(bytes) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Unreadable {
        Parsed::read(text).map(|_| ()).unwrap_err()
    }

    #[test]
    fn a_hostile_text_cannot_ask_for_time_or_memory() {
        let salt = "MDEyMzQ1Njc4OWFiY2RlZg";
        let result = "N5RZxLuhpFjcCYQPBhkOD/ISRVjqd5bIkYRS+zUXNEc";
        let bcrypt = "8YF.6/1gTvzEomyctAUR1OscrvQzd7Nt6lNVfejhHf9JLOvTaX9JK";
        for costly in [
            format!("$argon2id$v=19$m=1048576,t=1,p=1${salt}${result}"),
            format!("$argon2id$v=19$m=19456,t=1000,p=1${salt}${result}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1000${salt}${result}"),
            format!("argon2$argon2id$v=19$m=1048576,t=1,p=1${salt}${result}"),
            format!("$2b$31${bcrypt}"),
            format!("bcrypt_sha256$$2b$16${bcrypt}"),
            format!("$pbkdf2-sha256$i=4294967295,l=32${salt}${result}"),
            format!("$pbkdf2-sha256$99999999999999999999${salt}${result}"),
            format!("pbkdf2_sha256$100000000$salt${result}"),
            format!("$firebase$m=20,r=8${salt}$Bw==${result}${result}"),
            format!("$firebase$m=14,r=4000000000${salt}$Bw==${result}${result}"),
            format!("$firebase$m=300,r=1${salt}$Bw==${result}${result}"),
        ] {
            assert_eq!(fault(&costly), Unreadable::TooCostly, "{costly}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let salt = "MDEyMzQ1Njc4OWFiY2RlZg";
        let result = "N5RZxLuhpFjcCYQPBhkOD/ISRVjqd5bIkYRS+zUXNEc";
        for malformed in [
            "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
            format!("$argon2id$v=18$m=19456,t=2,p=1${salt}${result}"),
            format!("$argon2id$v=19$m=x,t=2,p=1${salt}${result}"),
            "$2b$05$short".to_owned(),
            "$2x$05$8YF.6/1gTvzEomyctAUR1OscrvQzd7Nt6lNVfejhHf9JLOvTaX9JK".to_owned(),
            format!("$pbkdf2-sha256$i=0${salt}${result}"),
            format!("$pbkdf2-sha256$i=1000${salt}$AAAA"),
            format!("$pbkdf2-sha256$i=1000${salt}${result}{result}"),
            format!("$pbkdf2-sha256$i=1000${salt}"),
            format!("$pbkdf2-sha256$i=-1${salt}${result}"),
            format!("$firebase$m=14,r=8${salt}$Bw==${result}$AAAA"),
            format!("$firebase$m=0,r=0${salt}$Bw==${result}${result}"),
            "x".repeat(MOST_BYTES + 1),
            "pbkdf2_sha256$1000$ß$x".to_owned(),
        ] {
            assert_eq!(fault(&malformed), Unreadable::Malformed, "{malformed}");
        }
        for unknown in ["", "hunter2", "md5$salt$hash", "$pbkdf2-md5$1000$AAAA$AAAA"] {
            assert_eq!(fault(unknown), Unreadable::UnknownScheme, "{unknown}");
        }
    }
}
