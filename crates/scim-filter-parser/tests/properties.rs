//! What holds for every text and every tree.
use crate::{ENTERPRISE, LONGER, USER, lenient, strict};
use proptest::{collection::vec, option, prelude::*};
use scim_filter_parser::{
    AttributePath, Comparison, Dialect, ElementTest, Error, Expression, Filter, Literal, MAX_LENGTH, Operator, Path,
    Term, parse_attribute_path, parse_filter, parse_path,
};
use std::fmt::{Debug, Display};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[$]?[a-zA-Z][a-zA-Z0-9_$-]{0,8}",
        prop_oneof![Just("not"), Just("and"), Just("or"), Just("pr"), Just("order"), Just("true")]
            .prop_map(str::to_owned),
    ]
}

fn schema() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(USER.to_owned()),
        Just(ENTERPRISE.to_owned()),
        Just(LONGER.to_owned()),
        "(urn|URN):[a-z]{1,5}(:[a-zA-Z0-9.~%+*!@,;=/&$_-]{1,5}){1,3}",
    ]
}

/// No path that is a known URN as a whole: that text means the schema.
fn attribute_path(sub: bool) -> impl Strategy<Value = AttributePath> {
    let sub = if sub { option::of(name()).boxed() } else { Just(None).boxed() };
    (option::of(schema()), name(), sub)
        .prop_map(|(schema, name, sub)| AttributePath { schema, name, sub })
        .prop_filter("a known URN", |path| path.to_string() != LONGER)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[^\u{0}]{0,12}".prop_map(Literal::String),
        "-?(0|[1-9][0-9]{0,20})([.][0-9]{1,5})?([eE][+-]?[0-9]{1,3})?".prop_map(Literal::Number),
        any::<bool>().prop_map(Literal::Boolean),
        Just(Literal::Null),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Operator::*;
    let operators =
        [Equal, NotEqual, Contains, StartsWith, EndsWith, GreaterThan, GreaterOrEqual, LessThan, LessOrEqual];
    prop_oneof![
        Just(Comparison::Present),
        (proptest::sample::select(operators.to_vec()), literal())
            .prop_map(|(operator, operand)| Comparison::Compare(operator, operand)),
    ]
}

fn element_test() -> impl Strategy<Value = ElementTest> {
    (name(), comparison()).prop_map(|(name, comparison)| ElementTest { name, comparison })
}

/// Trees as the parser makes them: no list directly inside a list of its own kind.
fn expression<T: Clone + Debug + 'static>(term: BoxedStrategy<T>, size: u32) -> BoxedStrategy<Expression<T>> {
    let list = |inner: BoxedStrategy<Expression<T>>| vec(inner, 2..4);
    term.prop_map(Expression::Term)
        .prop_recursive(4, size, 3, move |inner| {
            let no_and = inner.clone().prop_filter("flat", |operand| !matches!(operand, Expression::And(_)));
            let no_or = inner.clone().prop_filter("flat", |operand| !matches!(operand, Expression::Or(_)));
            prop_oneof![
                list(no_and.boxed()).prop_map(Expression::And),
                list(no_or.boxed()).prop_map(Expression::Or),
                inner.prop_map(|operand| Expression::Not(Box::new(operand))),
            ]
        })
        .boxed()
}

fn element_filter() -> BoxedStrategy<Expression<ElementTest>> {
    expression(element_test().boxed(), 6)
}

fn filter() -> BoxedStrategy<Filter> {
    let attribute =
        (attribute_path(true), comparison()).prop_map(|(path, comparison)| Term::Attribute { path, comparison });
    let element = (attribute_path(false), element_filter(), option::of(element_test()))
        .prop_map(|(path, filter, tail)| Term::Element { path, filter, tail });
    expression(prop_oneof![2 => attribute, 1 => element].boxed(), 16)
}

fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        attribute_path(true).prop_map(Path::Attribute),
        (attribute_path(false), element_filter(), option::of(name())).prop_map(|(path, filter, sub)| Path::Element {
            path,
            filter,
            sub
        }),
        prop_oneof![Just(USER), Just(ENTERPRISE), Just(LONGER)].prop_map(|urn| Path::Schema(urn.to_owned())),
    ]
}

/// Pieces of filters in any order: far more of them get past the first token than of random text.
fn jumble() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "not",
        "and",
        "or",
        "pr",
        "eq",
        "emails",
        ".value",
        " ",
        " ",
        " ",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"x\"",
        "\\",
        "\\u0041",
        "1",
        "-0.5e1",
        "true",
        "True",
        "null",
        "jyoung",
        "é",
        "\t",
        "'",
        ":",
        ".",
        "$ref",
        USER,
        ENTERPRISE,
        "urn:a:b:c",
        "\u{0}",
        "userName eq \"x\"",
        "emails[type eq \"work\"]",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

/// What must hold of one parser's answers to one text.
fn check<T: Clone + Debug + Display + PartialEq>(
    text: &str,
    parse: impl Fn(&str, &Dialect<'_>) -> Result<T, Error>,
) -> Result<(), TestCaseError> {
    let (strictly, leniently) = (parse(text, &strict()), parse(text, &lenient()));
    if strictly.is_ok() {
        prop_assert_eq!(&strictly, &leniently, "lenient changes what strict accepts");
    }
    for answer in [strictly, leniently] {
        match answer {
            Err(error) => prop_assert!(text.is_char_boundary(error.offset), "{:?} points nowhere", error),
            Ok(tree) if tree.to_string().len() <= MAX_LENGTH => {
                prop_assert_eq!(parse(&tree.to_string(), &strict()), Ok(tree));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

fn check_all(text: &str) -> Result<(), TestCaseError> {
    check(text, parse_filter)?;
    check(text, parse_path)?;
    check(text, parse_attribute_path)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn filters_survive_writing_and_parsing(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(parse_filter(&text, &strict()), Ok(filter.clone()), "{}", text);
        prop_assert_eq!(parse_filter(&text, &lenient()), Ok(filter), "{}", text);
    }

    #[test]
    fn paths_survive_writing_and_parsing(path in path()) {
        let text = path.to_string();
        prop_assert_eq!(parse_path(&text, &strict()), Ok(path.clone()), "{}", text);
        prop_assert_eq!(parse_path(&text, &lenient()), Ok(path), "{}", text);
    }

    #[test]
    fn attribute_paths_survive_writing_and_parsing(path in attribute_path(true)) {
        prop_assert_eq!(parse_attribute_path(&path.to_string(), &strict()), Ok(path));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check_all(&text)?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        check_all(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_jumble_is_answered(text in jumble()) {
        check_all(&text)?;
    }

    #[test]
    fn any_piece_of_a_filter_is_answered(filter in filter(), cut in any::<prop::sample::Index>()) {
        let text = filter.to_string();
        let (head, tail) = text.split_at(text.floor_char_boundary(cut.index(text.len())));
        check_all(head)?;
        check_all(tail)?;
    }
}
