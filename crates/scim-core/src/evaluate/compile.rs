//! Filters to conditions: names are found and operands checked here, once, so that evaluation cannot fail.
//!
//! Every refusal is `invalidFilter` (RFC 7644 section 3.4.2.2). Recursion is bounded by the parser's limit on depth.

use scim_filter_parser::ast;
use scim_filter_parser::ast::{AttributePath, ElementFilter, ElementTest, Expression, Filter, Literal, Operator, Term};

use crate::error::{Invalid, Kind, clip};
use crate::fold::fold;
use crate::read::date_time::microseconds;
use crate::schema::{Attribute, Home, Resolved, Returned, Type, TypeIndex};

use super::condition::{Comparison, Condition, Field, Leaf, Operand, Place, SubTest, Test};
use super::number::Number;

/// What is let pass that is no match of types by the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// `"True"` and `"false"` in quotes are read as booleans where one is compared, and a number without quotes as text.
    pub coerce_booleans: bool,
}

/// What a name that no schema of the resource type has comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// An error: a query of one resource type.
    Refuse,
    /// An attribute without a value: a query of several resource types (RFC 7644 section 3.4.2.1).
    NoValue,
}

/// Compiles a whole filter.
///
/// # Errors
/// `invalidFilter` when a name is unknown and `unknown` refuses it, when an attribute is never returned, when an operator
/// does not suit the attribute's type, and when an operand is not of that type.
pub fn compile(index: &TypeIndex, filter: &Filter, leniency: Leniency, unknown: Unknown) -> Result<Condition, Invalid> {
    map_terms(filter, &|term| match term {
        Term::Attribute { path, comparison } => compile_attribute(index, path, comparison, leniency, unknown),
        Term::Element { path, filter, tail } => {
            let Some(found) = find(index, path, unknown)? else {
                return Ok(Condition::Constant(false));
            };
            let mut condition = compile_element(found.attribute, filter, leniency, unknown)?;
            if let Some(test) = tail {
                condition = Condition::And(vec![condition, compile_sub(found.attribute, test, leniency, unknown)?]);
            }
            // Tests inside the brackets can be looked up by the `value` of the elements, which is what index rows hold.
            let field = Field { indexed: found.attribute.searched(), ..whole_field(&found) };
            Ok(Condition::Leaf(Leaf::Element { field, condition }))
        }
    })
}

/// Compiles the filter between the brackets of `attribute[...]`, whose names are sub-attributes of `attribute`.
///
/// # Errors
/// As [`compile`], and when the attribute is not complex.
pub fn compile_element(
    attribute: &Attribute,
    filter: &ElementFilter,
    leniency: Leniency,
    unknown: Unknown,
) -> Result<Condition<SubTest>, Invalid> {
    if attribute.kind != Type::Complex {
        return Err(invalid(&attribute.name, "has no sub-attributes to filter by"));
    }
    map_terms(filter, &|test| compile_sub(attribute, test, leniency, unknown))
}

fn map_terms<T, U>(
    expression: &Expression<T>,
    compile: &dyn Fn(&T) -> Result<Condition<U>, Invalid>,
) -> Result<Condition<U>, Invalid> {
    let all = |operands: &[Expression<T>]| -> Result<Vec<_>, Invalid> {
        operands.iter().map(|operand| map_terms(operand, compile)).collect()
    };
    Ok(match expression {
        Expression::And(operands) => Condition::And(all(operands)?),
        Expression::Or(operands) => Condition::Or(all(operands)?),
        Expression::Not(operand) => Condition::Not(Box::new(map_terms(operand, compile)?)),
        Expression::Term(term) => compile(term)?,
    })
}

fn compile_attribute(
    index: &TypeIndex,
    path: &AttributePath,
    comparison: &ast::Comparison,
    leniency: Leniency,
    unknown: Unknown,
) -> Result<Condition, Invalid> {
    let Some(found) = find(index, path, unknown)? else {
        return absent(&path.to_string(), comparison);
    };
    let field = compared_field(&found, comparison);
    let compiled = compile_test(&path.to_string(), field.kind, field.case_exact, comparison, leniency)?;
    if let Some(sub) = found.sub
        && is_not_primary(found.attribute, sub, &compiled.test)
    {
        let condition = Condition::Not(Box::new(Condition::Leaf(sub_test(sub, primary()))));
        return Ok(wrap(compiled.negated, Leaf::Element { field: whole_field(&found), condition }));
    }
    Ok(wrap(compiled.negated, Leaf::Value { field, test: compiled.test }))
}

fn compile_sub(
    attribute: &Attribute,
    test: &ElementTest,
    leniency: Leniency,
    unknown: Unknown,
) -> Result<Condition<SubTest>, Invalid> {
    let label = format!("{}.{}", attribute.name, test.name);
    let Some(sub) = attribute.sub(&test.name) else {
        return match unknown {
            Unknown::Refuse => Err(invalid(&label, "is not an attribute of this resource type")),
            Unknown::NoValue => absent(&label, &test.comparison),
        };
    };
    refuse_never_returned(&label, sub)?;
    let compiled = compile_test(&label, sub.kind, case_exact(sub), &test.comparison, leniency)?;
    Ok(match is_not_primary(attribute, sub, &compiled.test) {
        true => wrap(!compiled.negated, sub_test(sub, primary())),
        false => wrap(compiled.negated, sub_test(sub, compiled.test)),
    })
}

fn sub_test(sub: &Attribute, test: Test) -> SubTest {
    SubTest { name: sub.name.clone(), kind: sub.kind, case_exact: case_exact(sub), test }
}

/// `None` when nothing has that name and `unknown` lets that pass.
fn find<'a>(index: &'a TypeIndex, path: &AttributePath, unknown: Unknown) -> Result<Option<Resolved<'a>>, Invalid> {
    match index.resolve(path) {
        Some(found) => {
            refuse_never_returned(&path.to_string(), found.attribute)?;
            found.sub.map_or(Ok(()), |sub| refuse_never_returned(&path.to_string(), sub))?;
            Ok(Some(found))
        }
        None if unknown == Unknown::NoValue => Ok(None),
        None => Err(invalid(&path.to_string(), "is not an attribute of this resource type")),
    }
}

/// Whether values of the attribute must not be learnt through filters or sorting.
pub(crate) fn never_returned(attribute: &Attribute) -> bool {
    attribute.returned == Returned::Never
}

fn refuse_never_returned(label: &str, attribute: &Attribute) -> Result<(), Invalid> {
    match never_returned(attribute) {
        true => Err(invalid(label, "is never returned and cannot be filtered by")),
        false => Ok(()),
    }
}

/// References and binaries are exact whatever their definition says (RFC 7643 sections 2.3.6 and 2.3.7), except `schemas`:
/// its URNs are the same in any case (RFC 8141 section 3.1).
pub(crate) fn case_exact(attribute: &Attribute) -> bool {
    let holds_urns = attribute.kind == Type::Reference && attribute.name == "schemas";
    !holds_urns && attribute.compares_exactly()
}

/// The field a comparison reads: a complex attribute is compared by its `value`, but present as a whole.
fn compared_field(found: &Resolved<'_>, comparison: &ast::Comparison) -> Field {
    let as_whole = matches!(comparison, ast::Comparison::Present | ast::Comparison::Compare(_, Literal::Null));
    match (found.sub, value_of(found.attribute)) {
        (Some(sub), _) => sub_field(found, sub),
        (None, Some(value)) if !as_whole => sub_field(found, value),
        _ => whole_field(found),
    }
}

/// The sub-attribute that stands for a complex attribute.
pub(super) fn value_of(attribute: &Attribute) -> Option<&Attribute> {
    attribute.sub("value")
}

pub(super) fn whole_field(found: &Resolved<'_>) -> Field {
    let Resolved { home, attribute, .. } = found;
    Field {
        place: Place::from(*home as Home<'_>),
        name: attribute.name.clone(),
        sub: None,
        kind: attribute.kind,
        multi_valued: attribute.multi_valued,
        case_exact: case_exact(attribute),
        // Index rows of a complex attribute hold its `value`, which an element need not have.
        indexed: attribute.searched().filter(|_| attribute.kind != Type::Complex),
    }
}

pub(super) fn sub_field(found: &Resolved<'_>, sub: &Attribute) -> Field {
    let of_value = found.attribute.searched().filter(|_| sub.name.eq_ignore_ascii_case("value"));
    Field {
        sub: Some(sub.name.clone()),
        kind: sub.kind,
        case_exact: case_exact(sub),
        indexed: sub.searched().or(of_value),
        ..whole_field(found)
    }
}

/// A test of which the complement is meant when `negated`.
struct Compiled {
    negated: bool,
    test: Test,
}

fn wrap<T>(negated: bool, leaf: T) -> Condition<T> {
    match negated {
        true => Condition::Not(Box::new(Condition::Leaf(leaf))),
        false => Condition::Leaf(leaf),
    }
}

/// `primary eq false`: an element without `primary` passes as well.
fn is_not_primary(attribute: &Attribute, sub: &Attribute, test: &Test) -> bool {
    attribute.multi_valued
        && sub.name.eq_ignore_ascii_case("primary")
        && *test == Test::Compare(Comparison::Equal, Operand::Boolean(false))
}

fn primary() -> Test {
    Test::Compare(Comparison::Equal, Operand::Boolean(true))
}

/// What a comparison of an attribute that has no value comes to.
fn absent<T>(label: &str, comparison: &ast::Comparison) -> Result<Condition<T>, Invalid> {
    Ok(Condition::Constant(match comparison {
        ast::Comparison::Present => false,
        ast::Comparison::Compare(operator, Literal::Null) => null_test(label, *operator)?.negated,
        ast::Comparison::Compare(operator, _) => *operator == Operator::NotEqual,
    }))
}

fn null_test(label: &str, operator: Operator) -> Result<Compiled, Invalid> {
    match operator {
        Operator::Equal => Ok(Compiled { negated: true, test: Test::Present }),
        Operator::NotEqual => Ok(Compiled { negated: false, test: Test::Present }),
        _ => Err(invalid(label, "can be compared with null by eq and ne only")),
    }
}

fn compile_test(
    label: &str,
    kind: Type,
    case_exact: bool,
    comparison: &ast::Comparison,
    leniency: Leniency,
) -> Result<Compiled, Invalid> {
    let (operator, literal) = match comparison {
        ast::Comparison::Present => {
            return Ok(Compiled { negated: false, test: Test::Present });
        }
        ast::Comparison::Compare(operator, Literal::Null) => return null_test(label, *operator),
        ast::Comparison::Compare(operator, literal) => (*operator, literal),
    };
    if kind == Type::Complex {
        return Err(invalid(label, "is complex: compare one of its sub-attributes"));
    }
    let (negated, comparison) = split_negation(operator);
    if !suits(kind, comparison) {
        return Err(invalid(label, "cannot be compared by that operator, which does not suit its type"));
    }
    let operand = operand(kind, case_exact, literal, leniency)
        .ok_or_else(|| invalid(label, &format!("must be compared with {}", expected(kind))))?;
    Ok(Compiled { negated, test: Test::Compare(comparison, operand) })
}

fn split_negation(operator: Operator) -> (bool, Comparison) {
    match operator {
        Operator::Equal => (false, Comparison::Equal),
        Operator::NotEqual => (true, Comparison::Equal),
        Operator::Contains => (false, Comparison::Contains),
        Operator::StartsWith => (false, Comparison::StartsWith),
        Operator::EndsWith => (false, Comparison::EndsWith),
        Operator::GreaterThan => (false, Comparison::Greater),
        Operator::GreaterOrEqual => (false, Comparison::GreaterOrEqual),
        Operator::LessThan => (false, Comparison::Less),
        Operator::LessOrEqual => (false, Comparison::LessOrEqual),
    }
}

fn suits(kind: Type, comparison: Comparison) -> bool {
    let text = matches!(kind, Type::String | Type::Reference | Type::Binary);
    let ordered = !matches!(kind, Type::Boolean | Type::Binary | Type::Complex);
    match comparison {
        Comparison::Equal => true,
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => text,
        Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual => ordered,
    }
}

fn operand(kind: Type, case_exact: bool, literal: &Literal, leniency: Leniency) -> Option<Operand> {
    let text = |value: &str| Operand::Text(if case_exact { value.to_owned() } else { fold(value) });
    match (kind, literal) {
        (Type::String | Type::Reference | Type::Binary, Literal::String(value)) => Some(text(value)),
        (Type::String, Literal::Number(digits)) if leniency.coerce_booleans => Some(text(digits)),
        (Type::Boolean, Literal::Boolean(value)) => Some(Operand::Boolean(*value)),
        (Type::Boolean, Literal::String(value)) if leniency.coerce_booleans => {
            value.to_ascii_lowercase().parse().ok().map(Operand::Boolean)
        }
        (Type::Integer | Type::Decimal, Literal::Number(digits)) => Number::parse(digits).map(Operand::Number),
        (Type::DateTime, Literal::String(value)) => microseconds(value).map(Operand::Instant),
        _ => None,
    }
}

fn expected(kind: Type) -> &'static str {
    match kind {
        Type::String | Type::Reference | Type::Binary => "a text in double quotes",
        Type::Boolean => "true or false",
        Type::Integer | Type::Decimal => "a number",
        Type::DateTime => "a date and time in double quotes, such as \"2011-05-13T04:42:34Z\"",
        Type::Complex => "nothing",
    }
}

fn invalid(label: &str, why: &str) -> Invalid {
    Invalid::at(Kind::InvalidFilter, clip(label), why)
}
