//! SCIM 2.0 filters, PATCH paths and attribute paths (RFC 7644 sections 3.4.2.2, 3.5.2 and 3.10).
//!
//! The crate turns text into the trees of [`ast`] and back. It knows no schema and no type: whether an attribute exists
//! and whether an operator fits it is for the caller to judge. Parsing takes linear time, never panics and is bounded
//! by [`MAX_LENGTH`], [`MAX_NESTING`] and [`MAX_TERMS`].
//!
//! ```
//! use scim_filter_parser::{Dialect, parse_filter};
//!
//! let filter = parse_filter(r#"userName eq "bjensen" and active eq true"#, &Dialect::default()).unwrap();
//! assert_eq!(filter.to_string(), r#"userName eq "bjensen" and active eq true"#);
//! ```
pub mod ast;
mod display;
mod error;
mod filter;
mod lexical;
mod limits;
mod path;

pub use ast::{
    AttributePath, Comparison, ElementFilter, ElementTest, Expression, Filter, Literal, Operator, Path, Term,
};
pub use error::{Error, Expected, Limit, Reason};
pub use limits::{MAX_LENGTH, MAX_NESTING, MAX_TERMS};

use error::{Fault, Parsed};
use filter::Context;
use nom::{Parser, combinator::eof, sequence::delimited};

/// What a parser accepts besides RFC 7644's grammar, and the schemas it knows. The default is strict and knows none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dialect<'a> {
    /// The known schema URNs, compared without regard to case. The longest one that fits is taken, whatever their
    /// order. One with a space, quote, parenthesis or bracket in it never fits. A URN that is not among them still
    /// parses when it begins with `urn:`; it then ends at the last colon before the attribute.
    pub urns: &'a [String],
    /// Also accepts operands without quotes as strings (`userName eq bjensen`, up to a space or to a closing
    /// parenthesis or bracket that the operand did not open), and `true` and `false` in any case.
    pub lenient: bool,
}

impl Dialect<'_> {
    fn knows(&self, urn: &str) -> bool {
        self.urns.iter().any(|known| known.eq_ignore_ascii_case(urn))
    }
}

/// Parses a whole filter, as in the query parameter `filter` (RFC 7644 section 3.4.2.2), already percent-decoded.
///
/// Directly nested `and` and directly nested `or` come out as one list: `a pr and (b pr and c pr)` has three operands.
///
/// # Errors
/// The offset of the first fault and what was expected there, or the limit that the text passes.
pub fn parse_filter(text: &str, dialect: &Dialect<'_>) -> Result<Filter, Error> {
    let cx = Context::new(dialect);
    parse_whole(text, Expected::FilterEnd, |input| filter::filter(&cx, input))
}

/// Parses what a PATCH operation's `path` or an entry of `attributes`, `excludedAttributes` or `sortBy` names
/// (RFC 7644 sections 3.5.2 and 3.10).
///
/// # Errors
/// The offset of the first fault and what was expected there, or the limit that the text passes.
pub fn parse_path(text: &str, dialect: &Dialect<'_>) -> Result<Path, Error> {
    let cx = Context::new(dialect);
    parse_whole(text, Expected::PathEnd, |input| path::path(&cx, input))
}

/// Parses an attribute or a sub-attribute, with or without its schema's URN; brackets are an error here, and so is a
/// known URN alone.
///
/// # Errors
/// The offset of the first fault and what was expected there, or the limit that the text passes.
pub fn parse_attribute_path(text: &str, dialect: &Dialect<'_>) -> Result<AttributePath, Error> {
    parse_whole(text, Expected::PathEnd, |input| path::attribute_path(dialect, input))
}

/// Runs `parser` over all of `text`, spaces around it aside. The limits come first: the parsers recurse.
fn parse_whole<'a, T>(text: &'a str, end: Expected, parser: impl FnMut(&'a str) -> Parsed<'a, T>) -> Result<T, Error> {
    limits::check(text)?;
    delimited(lexical::spaces, parser, (lexical::spaces, error::expect(end, eof)))
        .parse(text)
        .map(|(_, tree)| tree)
        .map_err(|error| Fault::from(error).in_text(text))
}

/// Keeps the example in the README compiling and true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
