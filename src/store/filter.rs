//! A compiled SCIM condition as SQL, as far as columns, index rows and links can decide it.
//!
//! What SQL cannot decide is left to the evaluation in memory: a `Plan` says whether its SQL is the whole answer or
//! only narrows the rows down. Both stores get the same expression; nothing here is an `if` over engines.

pub mod groups;
pub mod resources;
pub mod users;

use diesel::expression::{BoxableExpression, IntoSql, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{BoolExpressionMethods, define_sql_function, dsl};
use scim_core::evaluate::{Comparison, Condition, Leaf, Operand, Test};

use super::conn::MultiBackend;
use super::text;
use super::types::sql;
use crate::clock::Instant;

/// A boxed condition over a table.
pub(super) type Sql<Table> = Box<dyn BoxableExpression<Table, MultiBackend, SqlType = Bool>>;

/// What SQL can say of a condition.
pub(super) struct Plan<Table> {
    /// Holds for every row that matches; `None` narrows nothing down.
    pub sql: Option<Sql<Table>>,
    /// Whether it holds for matching rows only.
    pub exact: bool,
    /// Whether an index leads to the rows.
    pub indexed: bool,
}

/// One test as SQL, with what [`Plan`] says of it.
pub(super) struct Translated<Table> {
    sql: Sql<Table>,
    exact: bool,
    indexed: bool,
}

impl<Table> Translated<Table> {
    fn through_index(sql: Sql<Table>) -> Self {
        Self { sql, exact: true, indexed: true }
    }

    fn by_scan(sql: Sql<Table>) -> Self {
        Self { sql, exact: true, indexed: false }
    }
}

define_sql_function! {
    /// Characters of a text.
    fn length(text: Text) -> Integer;
}

define_sql_function! {
    /// A row number, twice, to sort by where an index leads to the rows already: an engine that sees a bare column may
    /// rather walk through all rows in its order, in the hope that the first few will do.
    #[sql_name = "coalesce"]
    fn unindexed(number: BigInt, same: BigInt) -> BigInt;
}

impl<Table> Plan<Table> {
    fn nothing() -> Self {
        Self { sql: None, exact: false, indexed: false }
    }

    fn everything() -> Self {
        Self { sql: None, exact: true, indexed: false }
    }
}

/// Plans a condition; `leaf` says what one test is in SQL, if anything.
pub(super) fn plan<Table: 'static>(
    condition: &Condition,
    leaf: &impl Fn(&Leaf) -> Option<Translated<Table>>,
) -> Plan<Table> {
    match condition {
        Condition::Constant(true) => Plan::everything(),
        Condition::Constant(false) => Plan { sql: Some(never()), exact: true, indexed: true },
        Condition::Leaf(test) => match leaf(test) {
            Some(Translated { sql, exact, indexed }) => Plan { sql: Some(sql), exact, indexed },
            None => Plan::nothing(),
        },
        Condition::Not(inner) => match plan(inner, leaf) {
            Plan { sql: Some(sql), exact: true, .. } => {
                Plan { sql: Some(Box::new(dsl::not(sql))), exact: true, indexed: false }
            }
            Plan { sql: None, exact: true, .. } => Plan { sql: Some(never()), exact: true, indexed: true },
            _ => Plan::nothing(),
        },
        Condition::And(all) => all.iter().map(|part| plan(part, leaf)).reduce(both).unwrap_or_else(Plan::everything),
        Condition::Or(any) => any.iter().map(|part| plan(part, leaf)).reduce(either).unwrap_or_else(Plan::nothing),
    }
}

fn never<Table: 'static>() -> Sql<Table> {
    Box::new(false.into_sql::<Bool>())
}

fn both<Table: 'static>(left: Plan<Table>, right: Plan<Table>) -> Plan<Table> {
    let exact = left.exact && right.exact;
    let indexed = left.indexed || right.indexed;
    let sql = match (left.sql, right.sql) {
        (Some(left), Some(right)) => Some(Box::new(left.and(right)) as Sql<Table>),
        (one, None) | (None, one) => one,
    };
    Plan { sql, exact, indexed }
}

fn either<Table: 'static>(left: Plan<Table>, right: Plan<Table>) -> Plan<Table> {
    match (left.sql, right.sql) {
        (Some(one), Some(other)) => Plan {
            sql: Some(Box::new(one.or(other))),
            exact: left.exact && right.exact,
            indexed: left.indexed && right.indexed,
        },
        // A side without SQL may hold for every row, and so may the whole.
        (None, _) if left.exact => Plan::everything(),
        (_, None) if right.exact => Plan::everything(),
        _ => Plan::nothing(),
    }
}

/// What a column must be to be tested here.
pub(super) trait Column<Table, Type>:
    Expression<SqlType = Type>
    + SelectableExpression<Table>
    + ValidGrouping<(), IsAggregate = is_aggregate::No>
    + QueryFragment<MultiBackend>
    + QueryId
    + Copy
    + Send
    + 'static
{
}

impl<Table, Type, C> Column<Table, Type> for C where
    C: Expression<SqlType = Type>
        + SelectableExpression<Table>
        + ValidGrouping<(), IsAggregate = is_aggregate::No>
        + QueryFragment<MultiBackend>
        + QueryId
        + Copy
        + Send
        + 'static
{
}

/// Whether a key column may hold keys that were cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// The rules above allow no text that long.
    Whole,
    /// Some may be cut.
    PerhapsCut,
}

/// A test of a key column. Where the column may be null, the caller adds that it is not.
pub(super) fn key_column<Table: 'static>(
    column: impl Column<Table, Text>,
    keys: Keys,
    test: &Test,
) -> Option<Translated<Table>> {
    let Test::Compare(comparison, Operand::Text(operand)) = test else {
        return matches!(test, Test::Present).then(|| Translated::by_scan(Box::new(true.into_sql::<Bool>())));
    };
    if !text::is_decided_by_key(operand) {
        return None;
    }
    let pattern = text::like_literal(operand);
    let operand = operand.clone();
    Some(match comparison {
        Comparison::Equal => Translated::through_index(Box::new(column.eq(operand))),
        Comparison::StartsWith => {
            let end = text::after_prefix(&operand)?;
            Translated::through_index(Box::new(column.ge(operand).and(column.lt(end))))
        }
        Comparison::Contains => substring(column, keys, format!("%{pattern}%")),
        Comparison::EndsWith => substring(column, keys, format!("%{pattern}")),
        Comparison::Greater => Translated::through_index(Box::new(column.gt(operand))),
        Comparison::GreaterOrEqual => Translated::through_index(Box::new(column.ge(operand))),
        Comparison::Less => Translated::through_index(Box::new(column.lt(operand))),
        Comparison::LessOrEqual => Translated::through_index(Box::new(column.le(operand))),
    })
}

/// A LIKE over a key column. Of a key that was cut, the text itself must be asked.
fn substring<Table: 'static>(column: impl Column<Table, Text>, keys: Keys, pattern: String) -> Translated<Table> {
    let like = column.like(pattern).escape('\\');
    match keys {
        Keys::Whole => Translated::by_scan(Box::new(like)),
        Keys::PerhapsCut => {
            let perhaps_cut = length(column).ge(text::SHORTEST_CUT_KEY);
            Translated { sql: Box::new(like.or(perhaps_cut)), exact: false, indexed: false }
        }
    }
}

/// A test of an instant column.
pub(super) fn instant_column<Table: 'static>(
    column: impl Column<Table, sql::Instant>,
    indexed: bool,
    test: &Test,
) -> Option<Translated<Table>> {
    let Test::Compare(comparison, Operand::Instant(micros)) = test else {
        return matches!(test, Test::Present).then(|| Translated::by_scan(Box::new(true.into_sql::<Bool>())));
    };
    let operand = Instant::from_micros(*micros);
    let sql: Sql<Table> = match comparison {
        Comparison::Equal => Box::new(column.eq(operand)),
        Comparison::Greater => Box::new(column.gt(operand)),
        Comparison::GreaterOrEqual => Box::new(column.ge(operand)),
        Comparison::Less => Box::new(column.lt(operand)),
        Comparison::LessOrEqual => Box::new(column.le(operand)),
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => return None,
    };
    Some(Translated { sql, exact: true, indexed })
}
