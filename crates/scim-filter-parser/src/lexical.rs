//! The words of the grammar: spaces, names, keywords, operators and operands. Nothing here recurses.
use crate::{
    ast::{Literal, Operator},
    error::{Expected, Fault, Parsed, Reason, expect},
};
use nom::{
    Input, Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while_m_n, take_while1},
    character::complete::{anychar, char, digit1, one_of, satisfy},
    combinator::{all_consuming, map_opt, opt, peek, recognize, success, verify},
    multi::fold_many0,
    sequence::preceded,
};

/// Any number of spaces. Tabs are no spaces.
pub(crate) fn spaces(input: &str) -> Parsed<'_, &str> {
    take_while(|c| c == ' ').parse(input)
}

/// At least one space.
pub(crate) fn gap(input: &str) -> Parsed<'_, &str> {
    take_while1(|c| c == ' ').parse(input)
}

/// An attribute name: a letter, then letters, digits, `-`, `_` and `$`. A `$` may come first, as in `$ref`.
pub(crate) fn name(input: &str) -> Parsed<'_, &str> {
    recognize((opt(char('$')), satisfy(|c| c.is_ascii_alphabetic()), take_while(is_name_character))).parse(input)
}

/// The whole run of characters that a schema URN, an attribute and a sub-attribute joined together can hold. It may be
/// empty.
pub(crate) fn qualified_run(input: &str) -> Parsed<'_, &str> {
    take_while(|c: char| is_name_character(c) || ":.~%+*!@,;=/&".contains(c)).parse(input)
}

/// A whole word equal to `keyword` in any case: `and` is not found in `android`.
pub(crate) fn keyword<'a>(keyword: &'static str) -> impl Parser<&'a str, Output = &'a str, Error = Fault> {
    verify(word, move |word: &str| word.eq_ignore_ascii_case(keyword))
}

/// A comparison operator in any case; `None` is `pr`, which takes no operand.
pub(crate) fn operator(input: &str) -> Parsed<'_, Option<Operator>> {
    map_opt(word, |word| if word.eq_ignore_ascii_case("pr") { Some(None) } else { Operator::from_name(word).map(Some) })
        .parse(input)
}

/// An operand: a JSON scalar, or in lenient text a string without quotes.
pub(crate) fn literal(lenient: bool, input: &str) -> Parsed<'_, Literal> {
    if input.starts_with('"') {
        return string.map(Literal::String).parse(input);
    }
    let (rest, token) = bare_token(input);
    match classify(token).or_else(|| lenient.then(|| classify_leniently(token)).flatten()) {
        Some(literal) => Ok((rest, literal)),
        None => Err(Fault::failure(input, Reason::Expected(Expected::Value))),
    }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

fn word(input: &str) -> Parsed<'_, &str> {
    take_while1(is_name_character).parse(input)
}

/// Splits off what stands before the next space, or before a parenthesis or bracket that closes nothing in the token.
fn bare_token(input: &str) -> (&str, &str) {
    let (mut parentheses, mut brackets) = (0_usize, 0_usize);
    let closes_outside = |open: &mut usize| match open.checked_sub(1) {
        Some(left) => {
            *open = left;
            false
        }
        None => true,
    };
    let end = input.find(|c| {
        match c {
            '(' => parentheses += 1,
            '[' => brackets += 1,
            _ => {}
        }
        c == ' ' || (c == ')' && closes_outside(&mut parentheses)) || (c == ']' && closes_outside(&mut brackets))
    });
    input.take_split(end.unwrap_or(input.len()))
}

fn classify(token: &str) -> Option<Literal> {
    match token {
        "true" => Some(Literal::Boolean(true)),
        "false" => Some(Literal::Boolean(false)),
        "null" => Some(Literal::Null),
        _ => all_consuming(number).parse(token).ok().map(|(_, number)| Literal::Number(number.to_owned())),
    }
}

/// A quote inside is refused because the nesting check takes it for the start of a string; a leading apostrophe because
/// whoever writes one means a quoted string, and would be told that nothing matches.
fn classify_leniently(token: &str) -> Option<Literal> {
    if token.eq_ignore_ascii_case("true") {
        return Some(Literal::Boolean(true));
    }
    if token.eq_ignore_ascii_case("false") {
        return Some(Literal::Boolean(false));
    }
    let unusable = token.is_empty() || token.starts_with('\'') || token.contains(|c: char| c == '"' || c.is_control());
    (!unusable).then(|| Literal::String(token.to_owned()))
}

/// A JSON number (RFC 8259 section 6).
fn number(input: &str) -> Parsed<'_, &str> {
    // Not `digit0`: nom 8.0.0 leaves a rest that does not lie at the end of the text, which misleads `recognize`
    // (rust-bakery/nom issue 1808).
    let digits = take_while(|c: char| c.is_ascii_digit());
    let integer = alt((tag("0"), recognize((one_of("123456789"), digits))));
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    recognize((opt(char('-')), integer, opt((char('.'), digit1)), opt(exponent))).parse(input)
}

/// A JSON string (RFC 8259 section 7), unescaped.
fn string(input: &str) -> Parsed<'_, String> {
    let (rest, _) = char('"').parse(input)?;
    let (rest, text) = fold_many0(alt((plain, escape)), String::new, |mut text, piece| {
        match piece {
            Piece::Plain(plain) => text.push_str(plain),
            Piece::Escaped(c) => text.push(c),
        }
        text
    })
    .parse(rest)?;
    let (rest, _) = expect(Expected::ClosingQuote, char('"'))(rest)?;
    Ok((rest, text))
}

enum Piece<'a> {
    Plain(&'a str),
    Escaped(char),
}

fn plain(input: &str) -> Parsed<'_, Piece<'_>> {
    take_while1(|c| c != '"' && c != '\\' && c >= ' ').map(Piece::Plain).parse(input)
}

fn escape(input: &str) -> Parsed<'_, Piece<'_>> {
    let sequence = preceded(char('\\'), alt((map_opt(anychar, short_escape), preceded(char('u'), code_point))));
    preceded(peek(char('\\')), expect(Expected::Escape, sequence)).map(Piece::Escaped).parse(input)
}

fn short_escape(letter: char) -> Option<char> {
    match letter {
        '"' | '\\' | '/' => Some(letter),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        _ => None,
    }
}

/// What follows `\u`. NUL is refused: a database cannot store it, so nothing could match.
fn code_point(input: &str) -> Parsed<'_, char> {
    let (rest, unit) = hexadecimal(input)?;
    if (0xD800..0xDC00).contains(&unit) {
        let low = preceded(tag("\\u"), hexadecimal);
        return map_opt(low, |low| char::decode_utf16([unit, low]).next()?.ok()).parse(rest);
    }
    // A low surrogate on its own is no `char`.
    map_opt(success(unit), |unit| char::from_u32(unit.into()).filter(|c| *c != '\0')).parse(rest)
}

fn hexadecimal(input: &str) -> Parsed<'_, u16> {
    map_opt(take_while_m_n(4, 4, |c: char| c.is_ascii_hexdigit()), |digits| u16::from_str_radix(digits, 16).ok())
        .parse(input)
}
