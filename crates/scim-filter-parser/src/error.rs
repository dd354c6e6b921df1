//! What is wrong with a text, and where. Messages never repeat the text itself: it may hold personal data.
use crate::limits::{MAX_LENGTH, MAX_NESTING, MAX_TERMS};
use nom::{
    IResult, Parser,
    error::{ErrorKind, ParseError},
};
use std::fmt;

/// Why a text is no filter or path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where the fault lies: bytes from the start of the text as given, always at the start of a character.
    pub offset: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The grammar asks for something else.
    Expected(Expected),
    /// The text may be well-formed but is too big.
    Limit(Limit),
}

/// What the grammar asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An attribute name.
    Attribute,
    /// A colon and an attribute name, behind a schema URN that stands alone where it must not.
    AttributeOfSchema,
    /// The name of a sub-attribute.
    SubAttribute,
    /// A space and one of the operators.
    Operator,
    /// A space and an operand.
    Value,
    /// A space.
    Space,
    /// The rest of an escape sequence in a string.
    Escape,
    /// The quote that ends a string.
    ClosingQuote,
    /// The parenthesis that ends a group, or another term of it.
    ClosingParenthesis,
    /// The bracket that ends an element filter, or another term of it.
    ClosingBracket,
    /// The end of the filter, or another term of it.
    FilterEnd,
    /// The end of the path.
    PathEnd,
}

/// The bounds of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// More than [`MAX_LENGTH`] bytes.
    Length,
    /// More than [`MAX_NESTING`] parentheses and brackets open at once.
    Nesting,
    /// More than [`MAX_TERMS`] comparisons.
    Terms,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::Expected(expected) => write!(f, "expected {expected} at byte {}", self.offset),
            Reason::Limit(limit) => write!(f, "{limit} (at byte {})", self.offset),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attribute => "an attribute name",
            Self::AttributeOfSchema => "a colon and an attribute name after the schema URN",
            Self::SubAttribute => "a sub-attribute name",
            Self::Operator => "a space and an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)",
            Self::Value => "a space and a value (a string in double quotes, a number, true, false or null)",
            Self::Space => "a space",
            Self::Escape => "a JSON escape sequence (surrogates only in pairs, and not \\u0000)",
            Self::ClosingQuote => "a closing quote (control characters must be escaped)",
            Self::ClosingParenthesis => "a closing parenthesis, or \"and\" or \"or\" between spaces",
            Self::ClosingBracket => "a closing bracket, or \"and\" or \"or\" between spaces",
            Self::FilterEnd => "the end of the filter, or \"and\" or \"or\" between spaces",
            Self::PathEnd => "the end of the path",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => write!(f, "longer than {MAX_LENGTH} bytes"),
            Self::Nesting => write!(f, "parentheses and brackets nested more than {MAX_NESTING} deep"),
            Self::Terms => write!(f, "more than {MAX_TERMS} comparisons"),
        }
    }
}

/// What every parser of this crate returns.
pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Fault>;

/// An [`Error`] before the whole text is known: its place counts from the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    remaining: usize,
    reason: Reason,
}

impl Fault {
    /// A fault that no alternative can mend, at the start of `input`.
    pub(crate) fn failure(input: &str, reason: Reason) -> nom::Err<Self> {
        nom::Err::Failure(Self { remaining: input.len(), reason })
    }

    /// The fault's place in `text`, whose end is the end of what the parsers were given.
    pub(crate) fn in_text(self, text: &str) -> Error {
        Error { offset: text.len().saturating_sub(self.remaining), reason: self.reason }
    }
}

impl ParseError<&str> for Fault {
    /// Only tells an alternative apart: [`expect`] replaces the reason before a fault can leave the crate.
    fn from_error_kind(input: &str, _: ErrorKind) -> Self {
        Self { remaining: input.len(), reason: Reason::Expected(Expected::Attribute) }
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl From<nom::Err<Fault>> for Fault {
    fn from(error: nom::Err<Fault>) -> Self {
        match error {
            nom::Err::Error(fault) | nom::Err::Failure(fault) => fault,
            // Every parser here is complete; the arm is unreachable but costs nothing.
            nom::Err::Incomplete(_) => Self { remaining: 0, reason: Reason::Expected(Expected::FilterEnd) },
        }
    }
}

/// `cut` with a reason: what `parser` does not recognise is a failure, at the place where `parser` began.
pub(crate) fn expect<'a, P>(expected: Expected, mut parser: P) -> impl FnMut(&'a str) -> Parsed<'a, P::Output>
where
    P: Parser<&'a str, Error = Fault>,
{
    move |input| {
        parser.parse(input).map_err(|error| match error {
            nom::Err::Failure(fault) => nom::Err::Failure(fault),
            _ => Fault::failure(input, Reason::Expected(expected)),
        })
    }
}
