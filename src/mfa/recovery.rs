//! Recovery codes: ten, each good for one use, shown once. Of each only a keyed hash is kept.

use crate::clock::{NoEntropy, Sources};
use crate::ids::UserId;
use crate::sealing::keyed_hash;

use super::Keys;

/// Codes that are made at once.
pub const CODES: usize = 10;
/// Characters of a code, the hyphen in the middle aside.
const CHARACTERS: usize = 10;
/// What codes are made of: nothing that looks like something else.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";

/// Fresh codes, to be shown once.
///
/// # Errors
/// [`NoEntropy`] when the operating system has none to give.
pub fn draw(sources: &Sources) -> std::result::Result<Vec<String>, NoEntropy> {
    (0..CODES).map(|_| draw_one(sources)).collect()
}

fn draw_one(sources: &Sources) -> std::result::Result<String, NoEntropy> {
    let mut code = String::with_capacity(CHARACTERS + 1);
    // 31 of 32 values name a character; the one that names none is drawn again.
    while code.len() < CHARACTERS + 1 {
        for byte in sources.random::<16>()? {
            let character = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'-');
            if character != b'-' && code.len() < CHARACTERS + 1 {
                code.push(char::from(character));
                if code.len() == CHARACTERS / 2 {
                    code.push('-');
                }
            }
        }
    }
    Ok(code)
}

/// What is kept of a code. People type them with or without the hyphen, in any case.
pub fn hash(keys: &Keys, user: UserId, code: &str) -> Vec<u8> {
    let plain = |character: &char| character.is_ascii_alphanumeric();
    let code: String = code.chars().filter(plain).map(|character| character.to_ascii_lowercase()).collect();
    keyed_hash(keys.codes.bytes(), &["recovery", &user.to_string(), &code])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::Key;

    #[test]
    fn s1_08_codes_are_ten_differ_and_are_read_as_people_type_them() {
        let codes = draw(&Sources::system()).unwrap();
        assert_eq!(codes.len(), CODES);
        let unique: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(unique.len(), CODES);
        let key = Key::new([1; 32]);
        let keys = Keys { sealing: key.clone(), codes: key.clone(), guesses: key };
        let user = UserId::from(uuid::Uuid::nil());
        for code in &codes {
            assert_eq!((code.len(), code.find('-')), (11, Some(5)), "{code}");
            let typed = code.to_ascii_uppercase().replace('-', " ");
            assert_eq!(hash(&keys, user, code), hash(&keys, user, &typed));
        }
        assert_ne!(hash(&keys, user, &codes[0]), hash(&keys, user, &codes[1]));
        let other = UserId::from(uuid::Uuid::max());
        assert_ne!(hash(&keys, user, &codes[0]), hash(&keys, other, &codes[0]));
    }
}
