//! The one folding behind uniqueness and every comparison that ignores case.
//!
//! It is PRECIS' mapping for names (RFC 8265 section 3.3): width, lower case, NFC. It refuses nothing; which characters
//! are allowed is judged elsewhere.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

/// Folds a text: full- and half-width forms become ordinary ones, every character its lower case (without regard to its
/// neighbours), and the whole NFC. Folding twice changes nothing more.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(ordinary_width).flat_map(char::to_lowercase).nfc().collect()
}

/// Like [`fold`], without copying a text that is folded ASCII already.
pub fn fold_cow(text: &str) -> Cow<'_, str> {
    let folded = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if folded { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Whether two texts are equal after folding.
pub fn same(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    fold(left) == fold(right)
}

/// The ordinary form of a full- or half-width character: one step of its `<wide>` or `<narrow>` mapping, since the full
/// compatibility decomposition would also take Hangul letters and the macron apart.
fn ordinary_width(character: char) -> char {
    let hangul = |first: u32, target: u32| char::from_u32(u32::from(character) - first + target).unwrap_or(character);
    match character {
        '\u{3000}' => ' ',
        '\u{FFE3}' => '\u{AF}',
        '\u{FFA0}' => '\u{3164}',
        '\u{FFA1}'..='\u{FFBE}' => hangul(0xFFA1, 0x3131),
        '\u{FFC2}'..='\u{FFC7}' => hangul(0xFFC2, 0x314F),
        '\u{FFCA}'..='\u{FFCF}' => hangul(0xFFCA, 0x3155),
        '\u{FFD2}'..='\u{FFD7}' => hangul(0xFFD2, 0x315B),
        '\u{FFDA}'..='\u{FFDC}' => hangul(0xFFDA, 0x3161),
        '\u{FF00}'..='\u{FFEF}' => {
            let mut mapped = character;
            decompose_compatible(character, |part| mapped = part);
            mapped
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_width_and_composition_fold() {
        assert_eq!(fold("BJensen@Example.COM"), "bjensen@example.com");
        assert_eq!(fold("ＡＢＣ\u{3000}１"), "abc 1");
        assert_eq!(fold("Zoe\u{308}"), "zo\u{eb}");
        assert_eq!(fold("ZOË"), "zo\u{eb}");
        assert_eq!(fold("ΣΟΦΟΣ"), "σοφοσ", "a final sigma depends on its neighbours and is not made");
        assert_eq!(fold("\u{FFA1}\u{FFC2}"), "\u{3131}\u{314F}", "Hangul letters stay letters");
        assert_eq!(fold("\u{FFE3}"), "\u{AF}");
        assert_eq!(fold("ﾊﾞ"), "バ");
        assert_eq!(fold("straße"), "straße", "no case folding beyond lower case");
    }

    #[test]
    fn every_character_folds_once_and_for_all() {
        for character in '\0'..=char::MAX {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "{:?}", character);
        }
    }

    #[test]
    fn width_forms_map_to_single_characters_outside_their_block() {
        for character in '\u{FF01}'..='\u{FFEE}' {
            let mut parts = 0;
            decompose_compatible(character, |_| parts += 1);
            let special = character == '\u{FFE3}' || ('\u{FFA0}'..='\u{FFDC}').contains(&character);
            assert!(parts == 1 || special, "{character:?} has {parts} parts");
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert_eq!(fold_cow(&text), once);
        }

        #[test]
        fn canonically_equal_texts_fold_alike(text in any::<String>()) {
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(fold(&decomposed), fold(&text));
            prop_assert!(same(&decomposed, &text));
        }

        #[test]
        fn sameness_is_equality_of_folds(left in "[aA\u{e9}\u{c9}]{0,3}", right in "[aA\u{e9}\u{c9}]{0,3}") {
            prop_assert_eq!(same(&left, &right), fold(&left) == fold(&right));
        }
    }
}
