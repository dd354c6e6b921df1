//! Lists as a whole: CSV for tables, or a JSON object a line, made piece by piece while they are sent. Which list, and who may
//! have it, is a matter of its subject.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::document::words;
use crate::http::rest::Parameters;
use crate::http::rest::body::Words;
use crate::http::{Document, Exchange, Pieces, Reply};

const FORMS: &Words<Option<Form>> = &[("json", None), ("csv", Some(Form::Csv)), ("ndjson", Some(Form::Lines))];

/// The media type of CSV, without its parameters (RFC 4180).
const CSV: &str = "text/csv";
/// That of a JSON text in each line.
const LINES: &str = "application/x-ndjson";

/// A form of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Lines,
}

/// A row of a list.
pub(super) trait Row: Serialize {
    /// What the columns of a table are called.
    fn columns() -> Vec<&'static str>;

    /// What stands in them.
    fn cells(&self) -> Vec<String>;
}

/// Some rows, and where those behind them begin.
pub(super) struct Piece<T, P> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<P>,
}

/// What gives a list piece by piece.
pub(super) trait Walk: Send + Sync + 'static {
    /// A row.
    type Row: Row;
    /// Where a piece begins.
    type Place: Send + 'static;

    /// The piece that begins there; the first one when it is not said where.
    fn piece(&self, place: Option<Self::Place>) -> impl Future<Output = Result<Piece<Self::Row, Self::Place>>> + Send;
}

/// The parameter of the query that asks for a form, and the media types of the forms.
pub(super) fn described(document: Document) -> Document {
    document.exported(&[CSV, LINES]).query(
        "format",
        "The form of the answer; `csv` and `ndjson` export everything that is asked for",
        words(&["json", "csv", "ndjson"], Some("json")),
    )
}

/// The form that is asked for; `None` for a page.
pub(super) fn read(parameters: &mut Parameters<'_>, exchange: &Exchange) -> Option<Form> {
    let form = parameters.word("format", FORMS);
    form.unwrap_or_else(|| accepted(exchange.headers.get("accept").unwrap_or_default()))
}

/// The form that the `Accept` header likes best, and of such the one it names first, when it names one of ours.
fn accepted(accept: &str) -> Option<Form> {
    let forms = accept.split(',').filter_map(|part| {
        let (essence, parameters) = part.split_once(';').unwrap_or((part, ""));
        // Whoever takes anything gets a page, unless a form is named that is liked as much.
        let (form, named) = match essence.trim() {
            CSV => (Some(Form::Csv), true),
            LINES => (Some(Form::Lines), true),
            "application/json" => (None, true),
            "*/*" | "application/*" => (None, false),
            _ => return None,
        };
        Some((form, (quality(parameters), named)))
    });
    let wanted = forms.filter(|(_, (quality, _))| *quality > 0);
    wanted.reduce(|best, other| if other.1 > best.1 { other } else { best })?.0
}

/// How much a media type is liked, in thousandths (RFC 9110, section 12.4.2): fully when nobody says, or not in this form.
fn quality(parameters: &str) -> u16 {
    let mut named = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let q = named.find(|(name, _)| name.eq_ignore_ascii_case("q")).map_or("1", |(_, value)| value);
    let (whole, rest) = q.split_once('.').unwrap_or((q, ""));
    match (whole, format!("{rest:0<3}").parse()) {
        ("0", Ok(thousandths @ 0..=999)) if rest.len() <= 3 => thousandths,
        _ => 1000,
    }
}

/// Everything from a place on, as a file of that name. What is refused is refused before the first piece.
pub(super) async fn answer<W: Walk>(walk: W, place: Option<W::Place>, form: Form, name: &str) -> Result<Reply> {
    let first = walk.piece(place).await?;
    let head = form.rows(&first.items, true)?;
    let rest = stream::try_unfold((walk, first.next), move |(walk, next)| async move {
        let Some(place) = next else { return Ok(None) };
        let piece = walk.piece(Some(place)).await?;
        let rows = form.rows(&piece.items, false)?;
        Ok(Some((rows, (walk, piece.next))))
    });
    Ok(form.file(name, Pieces::new(stream::iter([Ok(head)]).chain(rest))))
}

/// A list that is short.
pub(super) fn at_once<T: Row>(rows: &[T], form: Form, name: &str) -> Result<Reply> {
    let rows = form.rows(rows, true)?;
    Ok(form.file(name, Pieces::new(stream::iter([Ok(rows)]))))
}

impl Form {
    fn file(self, name: &str, pieces: Pieces) -> Reply {
        let (media_type, ending) = match self {
            Self::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
            Self::Lines => (LINES, "ndjson"),
        };
        let file = format!("attachment; filename=\"{name}.{ending}\"");
        Reply::in_pieces(200, media_type, pieces).with("content-disposition", file)
    }

    fn rows<T: Row>(self, rows: &[T], first: bool) -> Result<Bytes> {
        match self {
            Self::Csv => table(rows, first),
            Self::Lines => {
                let mut lines = Vec::with_capacity(rows.len() * 512);
                for row in rows {
                    serde_json::to_writer(&mut lines, row).map_err(Error::internal)?;
                    lines.push(b'\n');
                }
                Ok(lines.into())
            }
        }
    }
}

fn table<T: Row>(rows: &[T], first: bool) -> Result<Bytes> {
    let mut table = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 512));
    if first {
        table.write_record(T::columns()).map_err(Error::internal)?;
    }
    for row in rows {
        table.write_record(row.cells().into_iter().map(harmless)).map_err(Error::internal)?;
    }
    Ok(table.into_inner().map_err(Error::internal)?.into())
}

/// A cell that no program for tables takes for a formula: such a one gets an apostrophe in front.
fn harmless(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::{Form, accepted, harmless};

    #[test]
    fn ir19_no_cell_is_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(bad.to_owned()), format!("'{bad}"));
        }
        for good in ["", "ann", "1-1", "'=1", "a=b"] {
            assert_eq!(harmless(good.to_owned()), good);
        }
    }

    #[test]
    fn ir19_the_form_is_the_one_that_is_liked_best() {
        let (csv, lines) = (Some(Form::Csv), Some(Form::Lines));
        for (accept, form) in [
            ("", None),
            ("text/html", None),
            ("text/csv", csv),
            ("text/csv, application/json", csv),
            ("application/json, text/csv", None),
            ("text/csv;q=0", None),
            ("text/csv;q=0.000, application/x-ndjson;q=0.001", lines),
            ("text/csv;q=0.5, application/json", None),
            ("application/json;q=0.5, text/csv", csv),
            ("application/x-ndjson;q=0.25,text/csv;header=present; Q=0.3", csv),
            ("text/csv;q=0.5, application/x-ndjson;q=0.5", csv),
            ("*/*, text/csv", csv),
            ("text/csv;q=0.5, */*", None),
            ("text/csv, */*;q=0.8", csv),
            ("application/json, text/csv;q=much", None),
            ("text/csv;q=1.000, application/json", csv),
        ] {
            assert_eq!(accepted(accept), form, "{accept}");
        }
    }
}
