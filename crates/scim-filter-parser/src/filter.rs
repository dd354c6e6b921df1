//! The grammar of filters, whole ones and those inside brackets. Both share the rules of `and`, `or`, `not` and
//! parentheses and differ in the term. Every choice is made by the next token: no rule is tried twice, so time is linear.
use crate::{
    Dialect,
    ast::{Comparison, ElementFilter, ElementTest, Expression, Filter, Term},
    error::{Expected, Fault, Limit, Parsed, Reason, expect},
    lexical::{gap, keyword, literal, name, operator, spaces},
    limits::MAX_TERMS,
    path::attribute_path,
};
use nom::{
    Parser,
    character::complete::char,
    combinator::{opt, peek, value},
    multi::separated_list1,
    sequence::{delimited, terminated},
};
use std::cell::Cell;

/// What one parse carries along.
pub(crate) struct Context<'d> {
    pub(crate) dialect: &'d Dialect<'d>,
    terms: Cell<usize>,
}

impl<'d> Context<'d> {
    pub(crate) fn new(dialect: &'d Dialect<'d>) -> Self {
        Self { dialect, terms: Cell::new(0) }
    }

    /// Counts the comparison that begins at `input`.
    fn count_term(&self, input: &str) -> Result<(), nom::Err<Fault>> {
        if self.terms.get() == MAX_TERMS {
            return Err(Fault::failure(input, Reason::Limit(Limit::Terms)));
        }
        self.terms.set(self.terms.get() + 1);
        Ok(())
    }
}

/// The rule for a single term: what tells a whole filter from one inside brackets.
type TermParser<T> = for<'a> fn(&Context<'_>, &'a str) -> Parsed<'a, T>;

/// A filter without the spaces around it.
pub(crate) fn filter<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, Filter> {
    disjunction(cx, term, input)
}

/// An element filter together with its brackets.
pub(crate) fn bracketed<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, ElementFilter> {
    delimited(
        (char('['), spaces),
        |input| disjunction(cx, element_test, input),
        (spaces, expect(Expected::ClosingBracket, char(']'))),
    )
    .parse(input)
}

fn disjunction<'a, T>(cx: &Context<'_>, term: TermParser<T>, input: &'a str) -> Parsed<'a, Expression<T>> {
    let (rest, operands) = separated_list1(connective("or"), |input| conjunction(cx, term, input)).parse(input)?;
    let operands = operands.into_iter().flat_map(|operand| match operand {
        Expression::Or(inner) => inner,
        other => vec![other],
    });
    Ok((rest, join(operands.collect(), Expression::Or)))
}

fn conjunction<'a, T>(cx: &Context<'_>, term: TermParser<T>, input: &'a str) -> Parsed<'a, Expression<T>> {
    let (rest, operands) = separated_list1(connective("and"), |input| operand(cx, term, input)).parse(input)?;
    let operands = operands.into_iter().flat_map(|operand| match operand {
        Expression::And(inner) => inner,
        other => vec![other],
    });
    Ok((rest, join(operands.collect(), Expression::And)))
}

/// A lone operand stands for itself.
fn join<T>(operands: Vec<Expression<T>>, list: fn(Vec<Expression<T>>) -> Expression<T>) -> Expression<T> {
    match <[_; 1]>::try_from(operands) {
        Ok([only]) => only,
        Err(operands) => list(operands),
    }
}

fn connective<'a>(word: &'static str) -> impl Parser<&'a str, Output = (), Error = Fault> {
    value((), (gap, keyword(word), expect(Expected::Space, gap)))
}

/// `not` negates only before a parenthesis; anywhere else it is an attribute's name.
fn operand<'a, T>(cx: &Context<'_>, term: TermParser<T>, input: &'a str) -> Parsed<'a, Expression<T>> {
    let (rest, negation) = opt(terminated(keyword("not"), (spaces, peek(char('('))))).parse(input)?;
    if !rest.starts_with('(') {
        return term(cx, rest).map(|(rest, term)| (rest, Expression::Term(term)));
    }
    let (rest, inner) = group(cx, term, rest)?;
    Ok((rest, if negation.is_some() { Expression::Not(Box::new(inner)) } else { inner }))
}

fn group<'a, T>(cx: &Context<'_>, term: TermParser<T>, input: &'a str) -> Parsed<'a, Expression<T>> {
    delimited(
        (char('('), spaces),
        |input| disjunction(cx, term, input),
        (spaces, expect(Expected::ClosingParenthesis, char(')'))),
    )
    .parse(input)
}

fn term<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, Term> {
    let (rest, path) = attribute_path(cx.dialect, input)?;
    if path.sub.is_none() && rest.starts_with('[') {
        let (rest, filter) = bracketed(cx, rest)?;
        let (rest, dot) = opt(char('.')).parse(rest)?;
        let (rest, tail) = match dot {
            Some(_) => element_test(cx, rest).map(|(rest, test)| (rest, Some(test)))?,
            None => (rest, None),
        };
        return Ok((rest, Term::Element { path, filter, tail }));
    }
    cx.count_term(input)?;
    let (rest, comparison) = comparison(cx, rest)?;
    Ok((rest, Term::Attribute { path, comparison }))
}

fn element_test<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, ElementTest> {
    cx.count_term(input)?;
    let (rest, name) = expect(Expected::SubAttribute, name)(input)?;
    let (rest, comparison) = comparison(cx, rest)?;
    Ok((rest, ElementTest { name: name.to_owned(), comparison }))
}

fn comparison<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, Comparison> {
    let (rest, _) = expect(Expected::Operator, gap)(input)?;
    let (rest, operator) = expect(Expected::Operator, operator)(rest)?;
    let Some(operator) = operator else {
        return Ok((rest, Comparison::Present));
    };
    let (rest, _) = expect(Expected::Value, gap)(rest)?;
    let (rest, operand) = literal(cx.dialect.lenient, rest)?;
    Ok((rest, Comparison::Compare(operator, operand)))
}
