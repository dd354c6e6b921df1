//! The grammar of attribute paths and PATCH paths, and where a schema's URN ends.
//!
//! No attribute name holds a colon, so the URN before one ends at the last colon of the run of characters that can
//! belong to a path: that is the longest known URN that can fit, and no dot inside a URN (`2.0`) is ever taken for the
//! one before a sub-attribute. Operands are not part of the run: it ends at the first bracket or space.
use crate::{
    Dialect,
    ast::{AttributePath, Path},
    error::{Expected, Fault, Parsed, Reason, expect},
    filter::{Context, bracketed},
    lexical::{name, qualified_run},
};
use nom::{Input, Parser, character::complete::char, combinator::opt, sequence::preceded};

/// A path as in a PATCH operation.
pub(crate) fn path<'a>(cx: &Context<'_>, input: &'a str) -> Parsed<'a, Path> {
    let (rest, run) = qualified_run(input)?;
    if cx.dialect.knows(run) {
        return Ok((rest, Path::Schema(run.to_owned())));
    }
    let (rest, path) = attribute_path(cx.dialect, input)?;
    if path.sub.is_some() || !rest.starts_with('[') {
        return Ok((rest, Path::Attribute(path)));
    }
    let (rest, filter) = bracketed(cx, rest)?;
    let (rest, sub) = sub_attribute(rest)?;
    Ok((rest, Path::Element { path, filter, sub }))
}

/// An attribute or sub-attribute, with or without its schema.
pub(crate) fn attribute_path<'a>(dialect: &Dialect<'_>, input: &'a str) -> Parsed<'a, AttributePath> {
    let (rest, schema) = schema(dialect, input)?;
    let (rest, name) = expect(Expected::Attribute, name)(rest)?;
    let (rest, sub) = sub_attribute(rest)?;
    Ok((rest, AttributePath { schema: schema.map(str::to_owned), name: name.to_owned(), sub }))
}

fn sub_attribute(input: &str) -> Parsed<'_, Option<String>> {
    opt(preceded(char('.'), expect(Expected::SubAttribute, name)).map(str::to_owned)).parse(input)
}

/// The URN before a name, and past the colon between the two. What is neither known nor a URN is left for the name's
/// rule to refuse.
fn schema<'a>(dialect: &Dialect<'_>, input: &'a str) -> Parsed<'a, Option<&'a str>> {
    let (behind, run) = qualified_run(input)?;
    if dialect.knows(run) {
        return Err(Fault::failure(behind, Reason::Expected(Expected::AttributeOfSchema)));
    }
    Ok(match run.rsplit_once(':') {
        Some((schema, _)) if dialect.knows(schema) || is_urn(schema) => {
            (input.take_from(schema.len() + 1), Some(schema))
        }
        _ => (input, None),
    })
}

fn is_urn(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("urn") && !rest.is_empty())
}
