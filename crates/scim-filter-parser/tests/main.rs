//! The parser from outside: what it accepts, what it refuses and where, and how long that takes.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bombs;
mod errors;
mod lenient;
mod paths;
mod properties;
mod trees;
mod vectors;

use scim_filter_parser::{Comparison, Dialect, ElementTest, Literal, Operator};
use std::sync::LazyLock;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A schema whose URN goes on where another known one ends.
const LONGER: &str = "urn:ietf:params:scim:schemas:core:2.0:User:custom";

static URNS: LazyLock<Vec<String>> = LazyLock::new(|| [USER, ENTERPRISE, LONGER].map(str::to_owned).into());

fn strict() -> Dialect<'static> {
    Dialect { urns: &URNS, lenient: false }
}

fn lenient() -> Dialect<'static> {
    Dialect { urns: &URNS, lenient: true }
}

fn equals(literal: Literal) -> Comparison {
    Comparison::Compare(Operator::Equal, literal)
}

fn text(text: &str) -> Literal {
    Literal::String(text.to_owned())
}

fn number(number: &str) -> Literal {
    Literal::Number(number.to_owned())
}

fn test(name: &str, comparison: Comparison) -> ElementTest {
    ElementTest { name: name.to_owned(), comparison }
}
