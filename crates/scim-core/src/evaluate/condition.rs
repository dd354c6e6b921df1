//! Compiled conditions as plain data.
//!
//! The tree is already normal in three ways, so that its readers have less to know. `ne` is `Not` of `eq`, because it is the
//! exact complement. `eq null` is `Not` of `Present`. `primary eq false` is `Not` of `primary eq true` on the same
//! element, because an element without `primary` is not the primary one.

use crate::schema::{Home, Type};

use super::Number;

/// Terms combined by `and`, `or` and `not`. Two-valued: a leaf holds or it does not, and `Not` is the exact complement.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition<T = Leaf> {
    /// Decided without looking: what a test of an unknown attribute comes to where that is no error.
    Constant(bool),
    /// Every operand holds.
    And(Vec<Condition<T>>),
    /// At least one operand holds.
    Or(Vec<Condition<T>>),
    /// The operand does not hold.
    Not(Box<Condition<T>>),
    /// A single test.
    Leaf(T),
}

/// One test of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// At least one value of the field passes the test.
    Value {
        /// What is tested.
        field: Field,
        /// How it is tested.
        test: Test,
    },
    /// At least one element of a complex attribute meets the condition.
    Element {
        /// The complex attribute; its `sub` is `None` and its `kind` is [`Type::Complex`].
        field: Field,
        /// What one and the same element must meet.
        condition: Condition<SubTest>,
    },
}

/// One test of an element: a sub-attribute and how it is tested.
#[derive(Clone, Debug, PartialEq)]
pub struct SubTest {
    /// The sub-attribute, in its registered spelling.
    pub name: String,
    /// The type of its values.
    pub kind: Type,
    /// Whether text is compared as it stands; otherwise both sides are folded.
    pub case_exact: bool,
    /// How it is tested.
    pub test: Test,
}

/// What a test or a sort key reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where the attribute stands.
    pub place: Place,
    /// The attribute, in its registered spelling.
    pub name: String,
    /// The sub-attribute, in its registered spelling. The `value` of a complex attribute is named although the client
    /// left it out.
    pub sub: Option<String>,
    /// The type of the values that are compared.
    pub kind: Type,
    /// Whether the attribute holds a list.
    pub multi_valued: bool,
    /// Whether text is compared as it stands; otherwise both sides are folded. Set for binaries and for references
    /// other than `schemas`.
    pub case_exact: bool,
    /// The number under which exactly these values are kept in index rows; of a [`Leaf::Element`], those of its `value`.
    pub indexed: Option<i32>,
}

/// Where an attribute stands in a resource; the owned form of [`Home`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// At the top level.
    Core,
    /// Inside the object of the extension with this URN, in its registered spelling.
    Extension(String),
}

impl From<Home<'_>> for Place {
    fn from(home: Home<'_>) -> Self {
        match home {
            Home::Core => Self::Core,
            Home::Extension(urn) => Self::Extension(urn.to_owned()),
        }
    }
}

/// How a value is tested. A missing value passes no test.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// There is a value.
    Present,
    /// A comparison with an operand of the field's type.
    Compare(Comparison, Operand),
}

/// The comparisons. The order of text is that of its code points after folding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The value is the operand.
    Equal,
    /// The operand occurs in the value.
    Contains,
    /// The value begins with the operand.
    StartsWith,
    /// The value ends with the operand.
    EndsWith,
    /// The value is greater than the operand.
    Greater,
    /// The value is greater than the operand or equal to it.
    GreaterOrEqual,
    /// The value is less than the operand.
    Less,
    /// The value is less than the operand or equal to it.
    LessOrEqual,
}

/// An operand, read by the type of what it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// For strings, references and binaries; already folded unless the field is case exact.
    Text(String),
    /// For integers and decimals.
    Number(Number),
    /// For booleans.
    Boolean(bool),
    /// For dateTimes: microseconds since 1970 began in UTC.
    Instant(i64),
}
