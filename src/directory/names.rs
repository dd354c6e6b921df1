//! Which user names are names at all (RFC 8265 section 3.3, without its refusal of spaces and symbols). Pure.

use scim_core::error::Invalid;
use scim_core::fold::fold;
use unicode_bidi::{BidiClass, bidi_class};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::error::{Error, Result};

/// The longest folded user name, in bytes: what the index of either store holds whole.
const USER_NAME_BYTES: usize = 500;
/// The longest `externalId`, in bytes, for the same reason.
const EXTERNAL_ID_BYTES: usize = 1000;

/// Refuses a user name with characters that cannot be seen, or that nothing is left of.
///
/// # Errors
/// [`Error::Invalid`] with `invalidValue`.
pub(super) fn judge_user_name(name: &str, with_bidi_rule: bool) -> Result<()> {
    let refuse = |why: &str| Err(Error::Invalid(Invalid::value("userName", why)));
    let folded = fold(name);
    if folded.trim().is_empty() {
        return refuse("must not be empty");
    }
    if folded.len() > USER_NAME_BYTES {
        return refuse("must not be longer than 500 bytes");
    }
    if name.chars().any(is_invisible) {
        return refuse("must not contain control, direction or zero-width characters");
    }
    if with_bidi_rule && !keeps_bidi_rule(&folded) {
        return refuse("breaks the Bidi Rule of RFC 5893");
    }
    Ok(())
}

/// Refuses an `externalId` that is too long to be looked up.
///
/// # Errors
/// [`Error::Invalid`] with `invalidValue`.
pub(super) fn judge_external_id(external_id: Option<&str>) -> Result<()> {
    match external_id {
        Some(id) if id.len() > EXTERNAL_ID_BYTES => {
            Err(Error::Invalid(Invalid::value("externalId", "must not be longer than 1000 bytes")))
        }
        _ => Ok(()),
    }
}

/// Refuses a group's name that is too long to be kept unique.
///
/// # Errors
/// [`Error::Invalid`] with `invalidValue`.
pub(super) fn judge_group_name(name: &str) -> Result<()> {
    if fold(name).len() > USER_NAME_BYTES {
        return Err(Error::Invalid(Invalid::value("displayName", "must not be longer than 500 bytes")));
    }
    Ok(())
}

fn is_invisible(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    matches!(
        character.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    ) || is_blank_letter(character)
}

/// Letters and marks that are drawn as nothing: fillers and variation selectors.
fn is_blank_letter(character: char) -> bool {
    matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{34f}' | '\u{180b}'..='\u{180f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The Bidi Rule (RFC 5893 section 2). A name without right-to-left characters keeps it.
fn keeps_bidi_rule(name: &str) -> bool {
    use BidiClass::{AL, AN, BN, CS, EN, ES, ET, L, NSM, ON, R};
    let classes: Vec<BidiClass> = name.chars().map(bidi_class).collect();
    if !classes.iter().any(|class| matches!(class, R | AL | AN)) {
        return true;
    }
    let last = classes.iter().rev().find(|class| **class != NSM);
    match classes.first() {
        Some(R | AL) => {
            let allowed = |class: &BidiClass| matches!(class, R | AL | AN | EN | ES | CS | ET | ON | BN | NSM);
            let both_digits = classes.contains(&EN) && classes.contains(&AN);
            classes.iter().all(allowed) && matches!(last, Some(R | AL | EN | AN)) && !both_digits
        }
        Some(L) => {
            let allowed = |class: &BidiClass| matches!(class, L | EN | ES | CS | ET | ON | BN | NSM);
            classes.iter().all(allowed) && matches!(last, Some(L | EN))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(name: &str) -> bool {
        judge_user_name(name, false).is_ok()
    }

    #[test]
    fn whatever_can_be_seen_is_a_name() {
        for name in ["a", "a b", "o'brien+x@example.com", "Ünïcode", "名前", "שלום", "a\"b\\c", "😀"] {
            assert!(accepts(name), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for name in
            ["", " ", "\u{3000}", "a\u{200b}", "a\u{202e}b", "a\u{0}", "a\tb", "\u{feff}a", "a\u{ad}", "\u{3164}"]
        {
            assert!(!accepts(name), "{name:?}");
        }
        assert!(!accepts(&"x".repeat(501)));
    }

    #[test]
    fn the_bidi_rule_binds_only_where_it_is_asked_for() {
        let mixed = "שלוםa";
        assert!(accepts(mixed));
        assert!(judge_user_name(mixed, true).is_err());
        assert!(judge_user_name("שלום1", true).is_ok());
        assert!(judge_user_name("plain", true).is_ok());
    }
}
