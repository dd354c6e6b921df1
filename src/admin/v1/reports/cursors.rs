//! Where a page of a report begins. A cursor is that place in plain text, as those of the audit are: whoever changes it sees what
//! they may see anyway, since permissions are judged anew with every page.

use crate::http::Document;
use crate::http::document::{integer, text};
use crate::http::rest::{PER_PAGE, Parameters};

/// The longest cursor, in characters.
const LONGEST: usize = 100;

/// The place that `cursor` names. Pages by number are refused: whoever asked for them would get the first one for ever.
pub(super) fn read<T>(parameters: &mut Parameters<'_>, place: impl Fn(&str) -> Option<T>) -> Option<T> {
    if parameters.text("page", LONGEST).is_some() {
        parameters.refuse("page", "value_error", "this list goes by `cursor`: see `next_cursor`");
    }
    let cursor = parameters.free_text("cursor", LONGEST)?;
    let found = place(&cursor);
    if found.is_none() {
        parameters.refuse("cursor", "value_error", "is no cursor of this list");
    }
    found
}

/// How many items a page has.
pub(super) fn per_page(parameters: &mut Parameters<'_>) -> u32 {
    parameters.per_page()
}

/// Describes both.
pub(super) fn described(document: Document) -> Document {
    document.query("cursor", "Where the page begins: `next_cursor` of the page before it", text()).query(
        "per_page",
        "How many items a page has; more than 100 gives 100, 20 when nobody says",
        integer(Some(i64::from(PER_PAGE))),
    )
}
