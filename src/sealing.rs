//! Sealing: authenticated encryption (XChaCha20-Poly1305) of what is kept or sent out and comes back. Pure: keys, nonces
//! and what is sealed are handed in. It knows no file and no row.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce; long enough to be drawn at random as often as one likes.
pub const NONCE_BYTES: usize = 24;

/// What the text of a key begins with.
const PREFIX: &str = "rc_key_";

/// A key. `Debug` prints that there is one; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; KEY_BYTES]);

impl Key {
    /// The key of these bytes, which must be unpredictable.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key of bytes that were opened; `None` when they are not as many as a key has.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads what [`Self::to_text`] wrote; white space round it is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.trim().strip_prefix(PREFIX)?;
        Self::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?)
    }

    /// The key as one line of text, for the file that keeps it.
    pub fn to_text(&self) -> Secret {
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0)))
    }

    /// The bytes, to be sealed with another key.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the key is called. Made from it by a hash, so that it can be shown and tells nothing of the key.
    pub fn id(&self) -> String {
        let digest = Sha256::new().chain_update(b"rollcall key id\0").chain_update(self.0).finalize();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Seals a text and binds it to `bound`, which [`Self::open`] must be given again. The nonce, which must never be used
    /// twice with one key, precedes the result.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], bound: &[u8], plain: &[u8]) -> Vec<u8> {
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound });
        // Only a text of hundreds of gigabytes cannot be sealed; what is empty is opened by nobody.
        sealed.map_or_else(|_| Vec::new(), |sealed| [nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::seal`] made. `None` when it was made with another key, bound to something else, or altered: which
    /// of them it was cannot be known.
    pub fn open(&self, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: bound }).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key")
    }
}

/// What only those who have the key can make of a text: HMAC-SHA-256, in hexadecimal.
pub fn signature(key: &[u8], text: &str) -> String {
    // A key of any length is one.
    let Ok(mut hash) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    hash.update(text.as_bytes());
    hex(&hash.finalize().into_bytes())
}

/// A keyed hash (HMAC-SHA-256) of some parts; none can be taken for another, because each is preceded by its length.
pub fn keyed_hash(key: &[u8], parts: &[&str]) -> Vec<u8> {
    // A key of any length is one.
    let Ok(mut hash) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        hash.update(&part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into_bytes().to_vec()
}

/// What ties something sealed to its row: the parts of the row's name.
pub fn bond(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal; nothing when it is none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_BYTES] = [3; NONCE_BYTES];

    fn key() -> Key {
        Key::new([7; KEY_BYTES])
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_with_its_bond_alone() {
        let sealed = key().seal(NONCE, b"row 1", b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(key().open(b"row 1", &sealed).as_deref(), Some(b"secret".as_slice()));
        assert_eq!(key().open(b"row 2", &sealed), None);
        assert_eq!(Key::new([8; KEY_BYTES]).open(b"row 1", &sealed), None);
    }

    #[test]
    fn nothing_that_was_altered_or_cut_is_opened() {
        let sealed = key().seal(NONCE, b"", b"secret");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(key().open(b"", &altered), None, "byte {at}");
            assert_eq!(key().open(b"", &sealed[..at]), None, "cut at {at}");
        }
    }

    /// The vector of draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn sealing_is_xchacha20_poly1305() {
        let key = Key::new(std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap()));
        let nonce = std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
        let bound = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let sealed = key.seal(nonce, &bound, plain);
        let tag = [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49];
        assert_eq!(sealed[..NONCE_BYTES], nonce);
        assert_eq!(sealed[sealed.len() - tag.len()..], tag);
    }

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(unhex(&hex(&[0, 1, 0xfe])), Some(vec![0, 1, 0xfe]));
        assert_eq!((unhex("0"), unhex("0g"), unhex("+1"), unhex("")), (None, None, None, Some(Vec::new())));
    }

    #[test]
    fn no_part_of_a_keyed_hash_is_taken_for_another() {
        assert_ne!(keyed_hash(b"key", &["ab", "c"]), keyed_hash(b"key", &["a", "bc"]));
        assert_ne!(keyed_hash(b"key", &["a"]), keyed_hash(b"yek", &["a"]));
        assert_eq!(keyed_hash(b"key", &["a"]).len(), 32);
    }

    #[test]
    fn a_key_survives_its_text_and_shows_itself_nowhere_else() {
        let text = key().to_text();
        assert_eq!(Key::parse(&format!("{}\n", text.reveal())), Some(key()));
        for bad in ["", "rc_key_", "rc_key_AAAA", text.reveal().trim_start_matches(PREFIX)] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
        assert_eq!(format!("{:?}", key()), "Key");
        assert_eq!(key().id().len(), 16);
        assert_ne!(key().id(), Key::new([8; KEY_BYTES]).id());
    }
}
