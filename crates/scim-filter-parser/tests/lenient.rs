//! What the lenient dialect accepts on top of the strict one, and what it still refuses.
use crate::{equals, lenient, number, strict, test, text};
use scim_filter_parser::{Comparison, Expression, Literal, Operator, Term, parse_filter, parse_path};

fn literal(operand: &str) -> Option<Literal> {
    match parse_filter(&format!("a gt {operand}"), &lenient()) {
        Ok(Expression::Term(Term::Attribute {
            comparison: Comparison::Compare(Operator::GreaterThan, literal),
            ..
        })) => Some(literal),
        _ => None,
    }
}

#[test]
fn operands_without_quotes_are_strings() {
    let operands = [
        "jyoung",
        "2015-10-10T14:38:21.8617979-07:00",
        "a@b.example",
        "foo(bar)",
        "foo[0](1)",
        "01",
        "1.",
        "NULL",
        "nullable",
        "CORP\\bob",
        "O'Malley",
        "é",
        "and",
    ];
    for operand in operands {
        assert_eq!(literal(operand), Some(text(operand)), "{operand}");
        assert!(parse_filter(&format!("a gt {operand}"), &strict()).is_err(), "{operand}");
    }
}

#[test]
fn json_scalars_keep_their_type() {
    assert_eq!(literal("-1.5e3"), Some(number("-1.5e3")));
    assert_eq!(literal("null"), Some(Literal::Null));
    assert_eq!(literal("\"true\""), Some(text("true")));
    for (operand, boolean) in [("true", true), ("True", true), ("TRUE", true), ("False", false), ("fALSE", false)] {
        assert_eq!(literal(operand), Some(Literal::Boolean(boolean)));
    }
}

#[test]
fn an_operand_ends_at_what_it_did_not_open() {
    let bare = "(name.FamilyName eq Employee and (emails.Value co example.com or emails[type eq work].value eq x(y)))";
    let quoted = r#"(name.FamilyName eq "Employee" and (emails.Value co "example.com" or emails[type eq "work"].value eq "x(y)"))"#;
    assert_eq!(parse_filter(bare, &lenient()), parse_filter(quoted, &strict()));
    let path = parse_path("emails[type eq work].value", &lenient()).unwrap();
    assert_eq!(path.to_string(), r#"emails[type eq "work"].value"#);
    let Ok(Expression::Term(Term::Element { filter, .. })) = parse_filter("a[b eq x(y]", &lenient()) else {
        panic!("a parenthesis left open does not swallow the bracket")
    };
    assert_eq!(filter, Expression::Term(test("b", equals(text("x(y")))));
}

#[test]
fn still_refuses_what_has_no_clear_meaning() {
    for operand in ["", "'bob'", "o\"brien", "x\"", "John Smith", "a\tb", "a\u{0}", "x)", "x]", "\"x\"y", "(a b)"] {
        assert_eq!(literal(operand), None, "{operand:?}");
    }
    for text in ["a eq", "a xx y", "a pr b", "a eq x and", "(a eq x", "a[b eq x", "userName\teq x"] {
        assert!(parse_filter(text, &lenient()).is_err(), "{text}");
    }
}
