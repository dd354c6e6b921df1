//! The syntax tree of filters, PATCH paths and attribute paths.
//!
//! Trees are plain data: `and` and `or` hold all their operands in one list, so that a chain of two hundred terms is
//! two levels deep and neither evaluation nor dropping it can exhaust the stack. Nothing here knows a schema.

/// Terms combined by `and`, `or` and `not`. A lone operand is never wrapped in a list of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<T> {
    /// Every operand holds. At least two operands.
    And(Vec<Expression<T>>),
    /// At least one operand holds. At least two operands.
    Or(Vec<Expression<T>>),
    /// The operand does not hold.
    Not(Box<Expression<T>>),
    /// A single test.
    Term(T),
}

/// A whole filter, as in `filter=` (RFC 7644 section 3.4.2.2).
pub type Filter = Expression<Term>;

/// The filter between the brackets of `emails[...]`: every test applies to the same element.
pub type ElementFilter = Expression<ElementTest>;

/// One test of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `userName eq "bjensen"`, `title pr`.
    Attribute {
        /// What is tested.
        path: AttributePath,
        /// How it is tested.
        comparison: Comparison,
    },
    /// `emails[type eq "work"]`, and the form `emails[type eq "work"].value eq "a@example.com"`, which lies outside
    /// RFC 7644's grammar but is sent by clients: its tail applies to the element that the brackets select.
    Element {
        /// The multi-valued attribute whose elements are tested; its `sub` is `None`.
        path: AttributePath,
        /// The test of one element.
        filter: ElementFilter,
        /// The test behind the brackets, of the same element.
        tail: Option<ElementTest>,
    },
}

/// One test inside brackets: a sub-attribute of the element and how it is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementTest {
    /// The sub-attribute, as written.
    pub name: String,
    /// How it is tested.
    pub comparison: Comparison,
}

/// How an attribute is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `pr`: it has a value.
    Present,
    /// An operator and its operand.
    Compare(Operator, Literal),
}

/// The comparison operators of RFC 7644 table 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    GreaterThan,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    LessThan,
    /// `le`
    LessOrEqual,
}

/// An operand: a JSON scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A string, unescaped.
    String(String),
    /// A number, as written: a valid JSON number, whose precision the reader decides.
    Number(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
}

/// `[schema ":"] name ["." sub]`, each part as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath {
    /// The schema URN before the name, when there is one.
    pub schema: Option<String>,
    /// The attribute.
    pub name: String,
    /// The sub-attribute, when there is one.
    pub sub: Option<String>,
}

/// What a PATCH operation's `path` or an entry of `attributes` names (RFC 7644 sections 3.5.2 and 3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// An attribute or a sub-attribute.
    Attribute(AttributePath),
    /// `emails[type eq "work"]` or `emails[type eq "work"].value`.
    Element {
        /// The multi-valued attribute; its `sub` is `None`.
        path: AttributePath,
        /// Which of its elements.
        filter: ElementFilter,
        /// The sub-attribute of those elements, when one is named.
        sub: Option<String>,
    },
    /// A known schema URN alone: the whole object of that extension.
    Schema(String),
}
