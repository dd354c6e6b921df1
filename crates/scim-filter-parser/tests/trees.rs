//! Which tree a filter becomes: precedence, words that look like keywords, operands, schema URNs.
use crate::{ENTERPRISE, LONGER, USER, equals, number, strict, test, text};
use scim_filter_parser::{AttributePath, Comparison, Expression, Filter, Literal, Operator, Term, parse_filter};

fn attribute(schema: Option<&str>, name: &str, sub: Option<&str>, comparison: Comparison) -> Filter {
    let path = AttributePath { schema: schema.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) };
    Expression::Term(Term::Attribute { path, comparison })
}

fn present(name: &str) -> Filter {
    attribute(None, name, None, Comparison::Present)
}

fn parse(text: &str) -> Filter {
    parse_filter(text, &strict()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn literal(operand: &str) -> Option<Literal> {
    match parse_filter(&format!("a eq {operand}"), &strict()) {
        Ok(Expression::Term(Term::Attribute { comparison: Comparison::Compare(_, literal), .. })) => Some(literal),
        _ => None,
    }
}

#[test]
fn and_binds_tighter_than_or() {
    let [a, b, c] = ["a", "b", "c"].map(present);
    let left = Expression::Or(vec![Expression::And(vec![a.clone(), b.clone()]), c.clone()]);
    assert_eq!(parse("a pr and b pr or c pr"), left);
    let right = Expression::Or(vec![a.clone(), Expression::And(vec![b.clone(), c.clone()])]);
    assert_eq!(parse("a pr or b pr and c pr"), right);
    let grouped = Expression::And(vec![Expression::Or(vec![a, b]), c]);
    assert_eq!(parse("(a pr or b pr) and c pr"), grouped);
    assert_eq!(grouped.to_string(), "(a pr or b pr) and c pr");
}

#[test]
fn nested_lists_of_one_kind_are_flattened() {
    let operands: Vec<_> = ["a", "b", "c", "d"].map(present).into();
    assert_eq!(parse("a pr and (b pr and (c pr and d pr))"), Expression::And(operands.clone()));
    assert_eq!(parse("((a pr or b pr) or c pr) or (d pr)"), Expression::Or(operands));
}

#[test]
fn not_negates_only_before_a_parenthesis() {
    let negated = Expression::Not(Box::new(present("title")));
    for text in ["not(title pr)", "not (title pr)", "NOT   ( title pr )"] {
        assert_eq!(parse(text), negated, "{text}");
    }
    assert_eq!(parse("not pr"), present("not"));
    assert_eq!(parse("not(not pr)"), Expression::Not(Box::new(present("not"))));
    assert_eq!(parse("not.x pr"), attribute(None, "not", Some("x"), Comparison::Present));
    assert_eq!(parse("not eq \"(\""), attribute(None, "not", None, equals(text("("))));
    assert!(parse_filter("not title pr", &strict()).is_err());
    assert_eq!(parse("not (a pr) and b pr").to_string(), "not (a pr) and b pr");
}

#[test]
fn words_that_begin_with_a_keyword_are_names() {
    for name in
        ["order", "notes", "android", "prefix", "not-x", "pr", "and", "or", "eq", "$ref", "x-attr_1", "nullable"]
    {
        assert_eq!(parse(&format!("{name} pr")), present(name));
    }
    let both = Expression::And(vec![present("title"), present("and")]);
    assert_eq!(parse("title pr and and pr"), both);
    for text in
        ["title prx", "a pr andb pr", "a pr and(b pr)", "(a pr)and b pr", "a eq1", "a eq nullable", "a eq true1"]
    {
        assert!(parse_filter(text, &strict()).is_err(), "{text}");
    }
}

#[test]
fn keywords_and_operators_are_read_in_any_case() {
    assert_eq!(parse("a PR AND b Pr oR NoT (c pR)"), parse("a pr and b pr or not (c pr)"));
    let operators = [
        ("eQ", Operator::Equal),
        ("NE", Operator::NotEqual),
        ("Co", Operator::Contains),
        ("sW", Operator::StartsWith),
        ("EW", Operator::EndsWith),
        ("Gt", Operator::GreaterThan),
        ("gE", Operator::GreaterOrEqual),
        ("LT", Operator::LessThan),
        ("Le", Operator::LessOrEqual),
    ];
    for (name, operator) in operators {
        let comparison = Comparison::Compare(operator, number("1"));
        assert_eq!(parse(&format!("a {name} 1")), attribute(None, "a", None, comparison));
    }
}

#[test]
fn numbers_are_strict_json() {
    for valid in ["0", "-0", "1", "-1.5e3", "1e5", "1E+05", "0.0", "10.25e-7", "99999999999999999999999999"] {
        assert_eq!(literal(valid), Some(number(valid)));
    }
    for invalid in ["01", "1.", ".5", "-", "+1", "1e", "1e+", "0x1", "--1", "1.e5", "NaN", "1_0", "1,5"] {
        assert_eq!(literal(invalid), None, "{invalid}");
    }
}

#[test]
fn strings_are_unescaped_as_json() {
    let valid = [
        (r#""""#, ""),
        (r#""say \"hi\"""#, "say \"hi\""),
        (r#""back\\slash""#, "back\\slash"),
        (r#""\/\b\f\n\r\t""#, "/\u{8}\u{c}\n\r\t"),
        (r#""\u00e9\u00C9""#, "éÉ"),
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\uD83D\uDE00\u0041""#, "😀A"),
        (r#""]) and (""#, "]) and ("),
        ("\"é😀\u{7f}\"", "é😀\u{7f}"),
        (r#""\u0001""#, "\u{1}"),
    ];
    for (written, meant) in valid {
        assert_eq!(literal(written), Some(text(meant)), "{written}");
    }
    let invalid = [
        r#"""#,
        r#""a"#,
        r#""\"#,
        r#""\""#,
        r#""\x""#,
        r#""\u12""#,
        r#""\u+123""#,
        r#""\u123g""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ude00\ud83d""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\u0000""#,
        "\"\u{0}\"",
        "\"\t\"",
        "\"\n\"",
        r#""a"b"#,
        r#""a""b""#,
    ];
    for written in invalid {
        assert_eq!(literal(written), None, "{written}");
    }
}

#[test]
fn keyword_literals_are_lower_case() {
    assert_eq!(literal("true"), Some(Literal::Boolean(true)));
    assert_eq!(literal("false"), Some(Literal::Boolean(false)));
    assert_eq!(literal("null"), Some(Literal::Null));
    for other in ["True", "FALSE", "Null", "undefined", "'x'", "{}", "[]"] {
        assert_eq!(literal(other), None, "{other}");
    }
}

#[test]
fn the_urn_ends_at_the_last_colon() {
    let cases = [
        (format!("{USER}:userName pr"), USER, "userName", None),
        (format!("{USER}:name.familyName pr"), USER, "name", Some("familyName")),
        (format!("{ENTERPRISE}:manager.$ref pr"), ENTERPRISE, "manager", Some("$ref")),
        (format!("{LONGER}:shoe.size pr"), LONGER, "shoe", Some("size")),
        ("urn:example:acme:3.1:Thing:a.b pr".to_owned(), "urn:example:acme:3.1:Thing", "a", Some("b")),
        (format!("{USER}:other:a pr"), &format!("{USER}:other"), "a", None),
    ];
    for (filter, schema, name, sub) in cases {
        assert_eq!(parse(&filter), attribute(Some(schema), name, sub, Comparison::Present), "{filter}");
    }
    let shouted = USER.to_uppercase();
    assert_eq!(parse(&format!("{shouted}:a pr")), attribute(Some(&shouted), "a", None, Comparison::Present));
    for text in [&format!("{USER} pr"), &format!("{USER}: pr"), "a:b pr", "urn:a pr", ":a pr", "urn::a pr"] {
        assert!(parse_filter(text, &strict()).is_err(), "{text}");
    }
}

#[test]
fn brackets_hold_tests_of_one_element() {
    let work = test("type", equals(text("work")));
    let filter = Expression::Or(vec![
        Expression::Term(work.clone()),
        Expression::Not(Box::new(Expression::And(vec![
            Expression::Term(test("primary", equals(Literal::Boolean(true)))),
            Expression::Term(test("$ref", Comparison::Present)),
        ]))),
    ]);
    let path = AttributePath { schema: Some(USER.to_owned()), name: "emails".to_owned(), sub: None };
    let whole = Expression::Term(Term::Element { path, filter, tail: Some(test("value", equals(text("x")))) });
    let written = format!(r#"{USER}:emails[ type eq "work" or not(primary eq true and $ref pr) ].value eq "x""#);
    assert_eq!(parse(&written), whole);
    for text in [
        "emails[]",
        "emails[value[x pr]]",
        "emails[a.b pr]",
        "emails[urn:a:b:c pr]",
        "emails.value[a pr]",
        "emails [a pr]",
        "emails[a pr] .b pr",
        "emails[a pr].b",
        "emails[a pr].b.c pr",
        "emails[a pr].",
        "emails[a pr] pr",
        "emails[(a pr]",
        "emails[a pr)",
    ] {
        assert!(parse_filter(text, &strict()).is_err(), "{text}");
    }
}

#[test]
fn only_spaces_separate() {
    assert_eq!(parse("   a   pr   and   (   b   pr   )   "), parse("a pr and (b pr)"));
    for text in ["a\tpr", "\ta pr", "a pr\t", "a pr and\tb pr", "a pr\nand b pr", "a\u{a0}pr", "a eq\t1", "(\ta pr)"] {
        assert!(parse_filter(text, &strict()).is_err(), "{text:?}");
    }
}
