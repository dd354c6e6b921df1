//! Trees as text. What the parsers return, written out and parsed again, is the same tree: parentheses appear only
//! where `and` and `or` meet and behind `not`.
use crate::ast::{AttributePath, Comparison, ElementTest, Expression, Literal, Operator, Path, Term};
use std::fmt::{self, Display, Formatter, Write as _};

impl Operator {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::GreaterThan,
        Self::GreaterOrEqual,
        Self::LessThan,
        Self::LessOrEqual,
    ];

    /// The operator as it is written in a filter, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::GreaterThan => "gt",
            Self::GreaterOrEqual => "ge",
            Self::LessThan => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of that name, in any case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name().eq_ignore_ascii_case(name))
    }
}

impl<T: Display> Display for Expression<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(operands) => {
                write_list(f, operands, " and ", |operand| !matches!(operand, Self::And(_) | Self::Or(_)))
            }
            Self::Or(operands) => write_list(f, operands, " or ", |operand| !matches!(operand, Self::Or(_))),
            Self::Not(operand) => write!(f, "not ({operand})"),
            Self::Term(term) => term.fmt(f),
        }
    }
}

/// Writes the operands with `separator` between them, in parentheses where `is_tight` says they need some.
fn write_list<T: Display>(
    f: &mut Formatter<'_>,
    operands: &[Expression<T>],
    separator: &str,
    is_tight: impl Fn(&Expression<T>) -> bool,
) -> fmt::Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        if is_tight(operand) { write!(f, "{operand}") } else { write!(f, "({operand})") }?;
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute { path, comparison } => write!(f, "{path} {comparison}"),
            Self::Element { path, filter, tail: None } => write!(f, "{path}[{filter}]"),
            Self::Element { path, filter, tail: Some(tail) } => write!(f, "{path}[{filter}].{tail}"),
        }
    }
}

impl Display for ElementTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.comparison)
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("pr"),
            Self::Compare(operator, operand) => write!(f, "{operator} {operand}"),
        }
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => write_string(f, text),
            Self::Number(number) => f.write_str(number),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

/// A JSON string, with no more escapes than JSON asks for.
fn write_string(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

impl Display for AttributePath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        write_sub_attribute(f, self.sub.as_deref())
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(path) => path.fmt(f),
            Self::Element { path, filter, sub } => {
                write!(f, "{path}[{filter}]")?;
                write_sub_attribute(f, sub.as_deref())
            }
            Self::Schema(urn) => f.write_str(urn),
        }
    }
}

fn write_sub_attribute(f: &mut Formatter<'_>, sub: Option<&str>) -> fmt::Result {
    match sub {
        Some(sub) => write!(f, ".{sub}"),
        None => Ok(()),
    }
}
