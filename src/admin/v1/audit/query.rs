//! What records are asked for by: filters that changes and events share, and where a page begins.
//!
//! A cursor is the position of the last record of the page before it, in plain text: whoever changes it reads what they may
//! read anyway, since filters and permissions are judged anew with every page.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::admin::v1::shared::instant;
use crate::directory::records::{Filter, Instant};
use crate::http::Document;
use crate::http::document::{integer, nonempty, text};
use crate::http::rest::{PER_PAGE, Parameters};

/// What a cursor begins with.
const MARK: char = 'b';
/// The longest filter, in characters.
const LONGEST: usize = 200;

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CursorPagination)]
pub(in crate::admin::v1) struct Cursors {
    /// How many items a page has.
    pub(in crate::admin::v1) per_page: u32,
    /// The cursor of the next page; null when there is none.
    pub(in crate::admin::v1) next_cursor: Option<String>,
}

impl Cursors {
    pub(in crate::admin::v1) fn of(asked: &Asked, next: Option<i64>) -> Self {
        Self { per_page: asked.per_page, next_cursor: next.map(|seq| format!("{MARK}{seq}")) }
    }
}

/// Which records are asked for, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admin::v1) struct Asked {
    /// Which.
    pub(in crate::admin::v1) filter: Filter,
    /// Before which position the page begins.
    pub(in crate::admin::v1) before: Option<i64>,
    /// How many a page has.
    pub(in crate::admin::v1) per_page: u32,
}

/// Reads what changes and events share. The caller reads what is its own and finishes.
pub(in crate::admin::v1) fn read(parameters: &mut Parameters<'_>) -> Asked {
    let cursor = parameters.free_text("cursor", LONGEST);
    let before = cursor.as_deref().map(|cursor| cursor.strip_prefix(MARK).and_then(|seq| seq.parse::<i64>().ok()));
    if before == Some(None) {
        parameters.refuse("cursor", "value_error", "is no cursor of this list");
    }
    let per_page = parameters.per_page();
    let filter = Filter { from: time(parameters, "from"), to: time(parameters, "to"), ..Filter::default() };
    Asked { filter, before: before.flatten(), per_page }
}

/// A filter that is a text.
pub(in crate::admin::v1) fn word(parameters: &mut Parameters<'_>, name: &str) -> Option<String> {
    parameters.text(name, LONGEST)
}

fn time(parameters: &mut Parameters<'_>, name: &str) -> Option<Instant> {
    parameters.read(name, |text| instant(&Value::from(text)))
}

/// Describes what changes and events share.
pub(in crate::admin::v1) fn described(document: Document) -> Document {
    document
        .query("cursor", "Where the page begins: `next_cursor` of the page before it", text())
        .query(
            "per_page",
            "How many items a page has; more than 100 gives 100, 20 when nobody says",
            integer(Some(i64::from(PER_PAGE))),
        )
        .query("actor", "The id of whoever did it", nonempty())
        .query("from", "Not before this time, RFC 3339", text())
        .query("to", "Before this time, RFC 3339", text())
}
