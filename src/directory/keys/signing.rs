//! The keys that sign access tokens. All processes on a database share them. A new key stands in the published set for a
//! while before it first signs, so that nobody meets a token whose key is not known yet; a retired one stays there until
//! every token that it signed has ended.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Directory, still};
use crate::access::Actor;
use crate::clock::{Instant, Sources};
use crate::directory::tenants::operators_only;
use crate::error::{Error, Result};
use crate::sealing::Key;
use crate::store::signing_keys::{self as rows, SigningKey};

/// Seconds that a new key is published before it signs.
const PUBLISHED_BEFORE: i64 = 10 * 60;
/// Seconds after which another key takes over.
const ROTATED_AFTER: i64 = 90 * 24 * 3600;
/// Seconds that a retired key is kept; longer than any access token lives, whatever the installation says.
const KEPT_AFTER: i64 = 2 * 3600;
/// How often a private key is drawn at the most. That one is none happens once in four billion times.
const DRAWS: usize = 4;

/// A key as it is worked with.
#[derive(Clone)]
pub struct Signing {
    /// Its id, which tokens carry.
    pub id: String,
    /// The private key in PKCS #8.
    pub pkcs8: Vec<u8>,
    /// The first coordinate of the public key, in base64url.
    pub x: String,
    /// The second one.
    pub y: String,
    /// When it first signs.
    pub usable_from: Instant,
}

/// The keys in use, the newest first. Makes the first one, and the next one when the newest has signed long enough.
///
/// # Errors
/// When the database cannot be asked, or the keys cannot be opened.
pub async fn signing(directory: &Directory) -> Result<Vec<Signing>> {
    let now = directory.sources.clock.now();
    let mut found = directory.store.read_one(rows::all).await?;
    let too_old = |newest: &SigningKey| newest.usable_from.plus_seconds(ROTATED_AFTER) <= now;
    if found.first().is_none_or(too_old) {
        found = add(directory, false).await?;
    }
    let master = &directory.keys.master;
    found.iter().map(|row| opened(master, row)).collect()
}

/// Makes another key at once, which signs as soon as everybody can know it; answers its id.
///
/// # Errors
/// [`Error::Denied`] unless an operator asks.
pub async fn rotate_signing(directory: &Directory, actor: &Actor) -> Result<String> {
    operators_only(actor)?;
    let keys = add(directory, true).await?;
    keys.first().map(|key| key.id.clone()).ok_or_else(|| Error::internal("a signing key came and went"))
}

/// Adds a key, unless another process just did; answers all.
async fn add(directory: &Directory, at_once: bool) -> Result<Vec<SigningKey>> {
    let (sources, master) = (&directory.sources, &directory.keys.master);
    let now = sources.clock.now();
    let (pkcs8, x, y) = draw(sources)?;
    let id: String =
        Sha256::digest(format!("{x}.{y}").as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let sealed = master.seal(sources.random()?, &bond(&id), &pkcs8);
    let new = SigningKey::new(id, sealed, json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}), now, now);
    let master_id = master.id();
    let work = move |tx: &mut crate::store::Tx<'_>| {
        still(tx, &master_id)?;
        rows::purge(tx, now.plus_seconds(-KEPT_AFTER))?;
        let found = rows::all(tx)?;
        let fresh = |newest: &SigningKey| newest.usable_from.plus_seconds(ROTATED_AFTER) > now;
        if !at_once && found.first().is_some_and(fresh) {
            return Ok(found);
        }
        // The first one of all has nobody who could know another.
        let usable_from = if found.is_empty() { now } else { now.plus_seconds(PUBLISHED_BEFORE) };
        rows::insert(tx, &SigningKey { usable_from, ..new.clone() })?;
        rows::retire(tx, &new.id, usable_from)?;
        rows::all(tx)
    };
    directory.store.write(work).await
}

/// A new private key, and the coordinates of its public half.
fn draw(sources: &Sources) -> Result<(Vec<u8>, String, String)> {
    for _ in 0..DRAWS {
        let scalar: [u8; 32] = sources.random()?;
        let Ok(private) = PrivateKey::from_private_key(&ECDH_P256, &scalar) else { continue };
        let public = private.compute_public_key().map_err(Error::internal)?;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &scalar, public.as_ref());
        let pkcs8 = pair.map_err(Error::internal)?.to_pkcs8v1().map_err(Error::internal)?;
        let Some((4, coordinates)) = public.as_ref().split_first() else { continue };
        let (x, y) = coordinates.split_at_checked(32).ok_or_else(|| Error::internal("a public key is too short"))?;
        return Ok((pkcs8.as_ref().to_vec(), URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)));
    }
    Err(Error::unavailable("the machine's randomness makes no keys"))
}

fn opened(master: &Key, row: &SigningKey) -> Result<Signing> {
    let pkcs8 = plain(master, row)?;
    let text = |name: &str| row.public().get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Signing { id: row.id.clone(), pkcs8, x: text("x"), y: text("y"), usable_from: row.usable_from })
}

/// The private key in a row.
pub(super) fn plain(master: &Key, row: &SigningKey) -> Result<Vec<u8>> {
    let plain = master.open(&bond(&row.id), &row.sealed);
    plain.ok_or_else(|| Error::unavailable(format!("the signing key `{}` is not sealed with the master key", row.id)))
}

/// What ties a sealed key to its row.
pub(super) fn bond(id: &str) -> Vec<u8> {
    format!("signing_key\0{id}").into_bytes()
}
