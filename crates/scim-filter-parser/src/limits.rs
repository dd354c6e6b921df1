//! The bounds of a text. Length and nesting are checked before anything is parsed, because the parsers recurse over
//! parentheses and brackets.
use crate::error::{Error, Limit, Reason};

/// The longest text that is parsed, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;

/// How many parentheses and brackets may be open at once.
pub const MAX_NESTING: usize = 32;

/// How many comparisons a filter or a path may hold, those inside brackets included.
pub const MAX_TERMS: usize = 200;

/// Refuses a text that is too long or too deep.
///
/// What counts as a string here is what the parsers take for one: a quote opens a string wherever they go on, and
/// inside one a backslash takes the next byte with it. The depth found is therefore never less than theirs.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error { offset: text.floor_char_boundary(MAX_LENGTH), reason: Reason::Limit(Limit::Length) });
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'(' | b'[' if depth == MAX_NESTING => {
                return Err(Error { offset, reason: Reason::Limit(Limit::Nesting) });
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
