//! How texts become index keys: folded by the one fold that filters and uniqueness share, and cut to what an index of
//! either store can hold.

use scim_core::fold::fold;

/// Bytes of a folded text that are kept as an index key. PostgreSQL's b-trees refuse keys of about 2,700 bytes.
pub const KEY_BYTES: usize = 512;

/// Operands up to this length are decided by the key alone: a key that was cut is longer.
const EXACT_BYTES: usize = KEY_BYTES - 4;

/// No key that was cut has fewer characters.
pub const SHORTEST_CUT_KEY: i32 = 127;

/// The key of a text that is compared without regard to case.
pub fn key(text: &str) -> String {
    cut(fold(text))
}

/// Cuts a folded text to a key, at a character's end.
pub fn cut(mut folded: String) -> String {
    if folded.len() > KEY_BYTES {
        let end = (0..=KEY_BYTES).rev().find(|end| folded.is_char_boundary(*end)).unwrap_or(0);
        folded.truncate(end);
    }
    folded
}

/// Whether comparing keys with this folded operand says the same as comparing whole texts, for `eq` and `sw`.
pub fn is_decided_by_key(operand: &str) -> bool {
    operand.len() < EXACT_BYTES
}

/// The smallest text greater than every text that begins with `prefix`; `None` when there is none.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// A LIKE pattern's metacharacters taken literally, with `\` as the escape.
pub fn like_literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_cut_at_a_characters_end() {
        assert_eq!(key("ABC"), "abc");
        let long = "é".repeat(400);
        assert_eq!(key(&long).len(), KEY_BYTES);
        let odd = format!("a{long}");
        assert_eq!(key(&odd).len(), KEY_BYTES - 1);
        assert!(!is_decided_by_key(&key(&odd)));
    }

    #[test]
    fn the_end_of_a_prefix_range_follows_every_text_with_the_prefix() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{10ffff}"), None);
        assert_eq!(after_prefix(""), None);
    }

    #[test]
    fn like_metacharacters_are_literal() {
        assert_eq!(like_literal(r"50%_\"), r"50\%\_\\");
    }
}
