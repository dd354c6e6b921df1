//! Paths of every form, with and without the URN before them.
use crate::{ENTERPRISE, LONGER, USER, equals, lenient, strict, test, text};
use scim_filter_parser::{AttributePath, Dialect, ElementFilter, Expression, Path, parse_attribute_path, parse_path};

fn attribute(schema: Option<&str>, name: &str, sub: Option<&str>) -> AttributePath {
    AttributePath { schema: schema.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) }
}

fn equal(name: &str, value: &str) -> ElementFilter {
    Expression::Term(test(name, equals(text(value))))
}

fn assert_path(written: &str, expected: Path) {
    for dialect in [strict(), lenient()] {
        assert_eq!(parse_path(written, &dialect), Ok(expected.clone()), "{written}");
        assert_eq!(parse_path(&expected.to_string(), &dialect), Ok(expected.clone()), "{expected}");
    }
}

#[test]
fn attributes_and_sub_attributes() {
    for schema in [None, Some(USER), Some(ENTERPRISE), Some(LONGER), Some("urn:example:acme:2.0:User")] {
        for (name, sub) in
            [("active", None), ("name", Some("familyName")), ("manager", Some("$ref")), ("$ref", None), ("x-a_1", None)]
        {
            let path = attribute(schema, name, sub);
            assert_path(&path.to_string(), Path::Attribute(path.clone()));
            assert_eq!(parse_attribute_path(&path.to_string(), &strict()), Ok(path));
        }
    }
}

#[test]
fn elements() {
    for schema in [None, Some(USER), Some("urn:example:acme:2.0:User")] {
        for sub in [None, Some("value"), Some("$ref")] {
            let prefix = schema.map(|schema| format!("{schema}:")).unwrap_or_default();
            let suffix = sub.map(|sub| format!(".{sub}")).unwrap_or_default();
            let expected = Path::Element {
                path: attribute(schema, "emails", None),
                filter: equal("type", "work"),
                sub: sub.map(str::to_owned),
            };
            assert_path(&format!(r#"{prefix}emails[type eq "work"]{suffix}"#), expected.clone());
            assert_path(&format!(r#"{prefix}emails[ type  EQ "work" ]{suffix}"#), expected);
        }
    }
    let roles = Path::Element {
        path: attribute(None, "roles", None),
        filter: equal("primary", "True"),
        sub: Some("value".to_owned()),
    };
    assert_path(r#"roles[primary eq "True"].value"#, roles);
}

#[test]
fn operands_may_hold_what_ends_a_path() {
    for value in ["urn:ietf:params:scim:schemas:core:2.0:User:a.b", "a]b", "a\"].c", "https://x/y?z=1:2.0"] {
        let path = Path::Element {
            path: attribute(Some(USER), "emails", None),
            filter: equal("value", value),
            sub: Some("type".to_owned()),
        };
        assert_path(&path.to_string(), path.clone());
    }
}

#[test]
fn a_known_urn_alone_is_the_schema() {
    for urn in [USER, ENTERPRISE, LONGER] {
        assert_path(urn, Path::Schema(urn.to_owned()));
        assert_path(&urn.to_lowercase(), Path::Schema(urn.to_lowercase()));
    }
    let unknown = Path::Attribute(attribute(Some("urn:example:acme"), "User", None));
    assert_path("urn:example:acme:User", unknown);
    let unregistered = parse_path(LONGER, &Dialect { urns: &[USER.to_owned()], lenient: false });
    assert_eq!(unregistered, Ok(Path::Attribute(attribute(Some(USER), "custom", None))));
}

#[test]
fn a_known_schema_need_not_be_a_urn() {
    let known = ["https://example.com/schemas/2.0".to_owned()];
    let dialect = Dialect { urns: &known, lenient: false };
    let text = "https://example.com/schemas/2.0:a.b";
    assert_eq!(parse_path(text, &dialect), Ok(Path::Attribute(attribute(Some(&known[0]), "a", Some("b")))));
    assert!(parse_path(text, &strict()).is_err());
}

#[test]
fn spaces_around_a_path_are_ignored() {
    assert_path("  name.familyName ", Path::Attribute(attribute(None, "name", Some("familyName"))));
}

#[test]
fn refuses_what_is_no_path() {
    let refused = [
        "",
        " ",
        ".",
        "/userName",
        "$",
        "$.userName",
        "_a",
        "a.1",
        "a..b",
        "a.b.c",
        "emails[",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work\"].",
        "emails[type eq \"work\"][type eq \"home\"]",
        "emails[0]",
        "emails[].value",
        "emails.value[type pr]",
        "emails[a[b pr]]",
        "userName eq \"x\"",
        "userName,title",
        "userName\t",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
        "urn:ietf:params:scim:schemas:core:2.0:User[a pr]",
        "urn:ietf:params:scim:schemas:core:2.0:User:a:",
        "ünïcode",
    ];
    for text in refused {
        for dialect in [strict(), lenient()] {
            assert!(parse_path(text, &dialect).is_err(), "{text}");
        }
    }
}
