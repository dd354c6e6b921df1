//! Access tokens: JSON Web Tokens signed with ES256 and nothing else. What a token says is who asked for it and when it
//! ends; whether it still counts is decided from the database at every request, never here.
//!
//! A verified signature is remembered by the hash of its token, because verifying costs more than everything else a warm
//! request does.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::clock::Instant;
use crate::error::{Anonymous, Error, Result};
use crate::ids::{SessionId, TenantId, UserId};

/// The audience of every token of ours.
pub const AUDIENCE: &str = "rollcall";

/// Seconds that another process's clock may be behind.
const LEEWAY: i64 = 3;
/// Longer texts are no token of ours.
const MOST_BYTES: usize = 8 * 1024;
/// Verified tokens remembered at the most.
const REMEMBERED: usize = 20_000;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: the public URL.
    pub iss: String,
    /// For whom: [`AUDIENCE`].
    pub aud: String,
    /// The user.
    #[serde(with = "spelled")]
    pub sub: UserId,
    /// The session.
    #[serde(with = "spelled")]
    pub sid: SessionId,
    /// The user's tenant.
    #[serde(with = "spelled")]
    pub tenant: TenantId,
    /// The user's roles when it was made, for clients to show. Decisions are made from the database.
    pub roles: Vec<String>,
    /// How the user signed in (RFC 8176).
    pub amr: Vec<String>,
    /// How strong that was.
    pub acr: String,
    /// When the user signed in; seconds since 1970, as all times here.
    pub auth_time: i64,
    /// The user's epoch: a later one ends this token.
    pub epoch: i64,
    /// When it was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
}

/// A key that signs.
#[derive(Clone)]
pub struct Signer {
    id: String,
    key: EncodingKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signer({})", self.id)
    }
}

impl Signer {
    /// The key of that id, a P-256 key in PKCS #8.
    pub fn new(id: &str, pkcs8: &[u8]) -> Self {
        Self { id: id.to_owned(), key: EncodingKey::from_ec_der(pkcs8) }
    }

    /// Makes the token.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key is none.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.key).map_err(Error::internal)
    }
}

/// A key that verifies, as everybody may know it: a point of P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id.
    pub id: String,
    /// Its first coordinate, in base64url.
    pub x: String,
    /// Its second coordinate, in base64url.
    pub y: String,
}

/// The JSON Web Key Set (RFC 7517) by which others verify our tokens.
pub fn key_set(keys: &[PublicKey]) -> Value {
    let key = |PublicKey { id, x, y }: &PublicKey| json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id, "x": x, "y": y});
    json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() })
}

/// Verifies tokens by a set of keys, and remembers which it verified.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    keys: HashMap<String, DecodingKey>,
    verified: RwLock<HashMap<[u8; 32], Arc<Claims>>>,
}

impl Verifier {
    /// A verifier of tokens by that issuer, signed with one of these keys.
    pub fn new(issuer: &str, keys: &[PublicKey]) -> Self {
        let decoding = |key: &PublicKey| Some((key.id.clone(), DecodingKey::from_ec_components(&key.x, &key.y).ok()?));
        let keys = keys.iter().filter_map(decoding).collect();
        Self { issuer: issuer.to_owned(), keys, verified: RwLock::default() }
    }

    /// Whether a token says that it is signed with a key that this verifier does not have: others may have made a new one.
    pub fn lacks_key_of(&self, token: &str) -> bool {
        key_id(token).is_some_and(|id| !self.keys.contains_key(&id))
    }

    /// What the token says, when it is signed by us and has not ended.
    ///
    /// # Errors
    /// [`Anonymous::BadCredential`].
    pub fn verify(&self, token: &str, now: Instant) -> Result<Arc<Claims>> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        let remembered = self.verified.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let known = remembered.is_some();
        let claims = remembered.or_else(|| self.check(token).map(Arc::new));
        let seconds = now.micros().div_euclid(1_000_000);
        let Some(claims) = claims.filter(|claims| seconds < claims.exp.saturating_add(LEEWAY)) else {
            return Err(Error::Anonymous(Anonymous::BadCredential));
        };
        if !known {
            self.remember(hash, &claims, seconds);
        }
        Ok(claims)
    }

    /// Signature, algorithm, issuer and audience; not the time.
    fn check(&self, token: &str) -> Option<Claims> {
        let key = self.keys.get(&key_id(token)?)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The time is handed in; the library would ask the machine.
        validation.validate_exp = false;
        decode(token, key, &validation).ok().map(|decoded| decoded.claims)
    }

    fn remember(&self, hash: [u8; 32], claims: &Arc<Claims>, now: i64) {
        let mut verified = self.verified.write().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, claims| claims.exp.saturating_add(LEEWAY) > now);
        }
        if verified.len() >= REMEMBERED {
            // Every one is alive; to verify some again is cheaper than to keep an order of all.
            let mut keep = false;
            verified.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
        verified.insert(hash, Arc::clone(claims));
    }
}

/// The key that a token names, when it is one of ours by its form.
fn key_id(token: &str) -> Option<String> {
    if token.len() > MOST_BYTES {
        return None;
    }
    let header = decode_header(token).ok()?;
    // What a token calls critical has to be understood (RFC 7515 section 4.1.11); none of ours does.
    if header.alg == Algorithm::ES256 && header.crit.is_none() { header.kid } else { None }
}

/// Ids in claims, in their one spelling.
mod spelled {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
#[path = "jwt/tests.rs"]
mod tests;
