//! What SQLite's search index holds of a text: every run of five characters, as a word that FTS5 leaves whole. Longer runs
//! are in fewer texts each, so that what a search costs hardly grows with the number of users.
//!
//! Only leads to rows: two texts may come to the same words, and what is looked for is compared with the text itself.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::search::{LEAST, is_mark};

/// Characters in a row.
pub(super) const GRAM: usize = 5;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The words of a text, for FTS5.
    fn search_grams(text: Text) -> Text;
}

/// Makes `search_grams` known to a connection that writes the index.
///
/// # Errors
/// When SQLite has no memory left.
pub(super) fn register(conn: &mut SqliteConnection) -> QueryResult<()> {
    search_grams_utils::register_impl(conn, |text: String| of_text(&text))
}

/// FTS5 ends words at ASCII characters that are neither letters nor digits: each is given another sign.
fn sign(character: char) -> char {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() => char::from(byte | 0x80),
        _ => character,
    }
}

/// The words of what is searched, each place's that at least so many characters follow as are looked for. They end where
/// a part of the text does, with its mark: nobody looks beyond.
pub(super) fn of_text(text: &str) -> String {
    let mut words = String::with_capacity(text.len() * (GRAM + 2));
    let characters: Vec<char> = text.chars().collect();
    for part in characters.split_inclusive(|character| is_mark(*character)) {
        for place in 0..(part.len() + 1).saturating_sub(LEAST) {
            words.extend(part.iter().skip(place).take(GRAM).copied().map(sign));
            words.push(' ');
        }
    }
    words
}

/// The words that a text which is looked for must have, with their places; one that is shorter is the beginning of
/// words.
pub(super) fn looked_for(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().map(sign).collect();
    signs.windows(GRAM.min(signs.len().max(1))).map(|window| window.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_five_characters_and_end_with_their_part() {
        assert_eq!(
            of_text("ann\u{1e}a b-12\u{1d}"),
            "ann\u{9e} nn\u{9e} a\u{a0}b\u{ad}1 \u{a0}b\u{ad}12 b\u{ad}12\u{9d} \u{ad}12\u{9d} 12\u{9d} "
        );
        assert_eq!(of_text("a\u{1e}\u{1d}"), "");
    }

    #[test]
    fn what_is_looked_for_has_the_same_words() {
        assert_eq!(looked_for("a b-12\u{1d}"), ["a\u{a0}b\u{ad}1", "\u{a0}b\u{ad}12", "b\u{ad}12\u{9d}"]);
        assert_eq!(looked_for("é_1"), ["é\u{df}1"]);
        assert_eq!(looked_for(""), Vec::<String>::new());
    }
}
