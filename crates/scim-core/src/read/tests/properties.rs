use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use crate::project::Projection;
use crate::schema::builtin::{ENTERPRISE_USER, USER, registry};

/// Any small JSON value.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[aA ]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "value",
        "Value",
        "type",
        "primary",
        "display",
        "$ref",
        "givenName",
        "formatted",
        "title",
        "emails",
        "Emails",
        "roles",
        "name",
        "active",
        "password",
        "groups",
        "manager",
        "department",
        "schemas",
        "unknown",
        "addresses",
        "country",
    ])
    .prop_map(str::to_owned)
}

/// A value that often fits: a list of elements such as e-mail addresses.
fn elements() -> impl Strategy<Value = Value> {
    let element = ("[aAbB]{0,1}", prop::option::of("[wW]"), prop::option::of(any::<bool>()), anything());
    let element = element.prop_map(
        |(value, kind, primary, extra)| json!({ "value": value, "type": kind, "primary": primary, "unknown": extra }),
    );
    prop::collection::vec(element, 0..6).prop_map(Value::from)
}

fn body() -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((name(), anything()), 0..3);
    (members, elements(), elements(), anything(), "[aA]{0,2}").prop_map(
        |(members, emails, roles, manager, department)| {
            let mut body = json!({
                "schemas": [USER], "userName": "ann", "emails": emails, "roles": roles,
                ENTERPRISE_USER: { "department": department, "manager": { "value": "m", "unknown": manager } },
            });
            members.into_iter().for_each(|(name, value)| body[name] = value);
            body
        },
    )
}

proptest! {
    #[test]
    fn canonical_form_is_read_as_it_is(body in body()) {
        let index = registry().index("User").unwrap();
        let mut notes = Vec::new();
        let read = resource(&index, body, Context::Create, &Policy::tolerant(), &mut notes);
        prop_assume!(read.is_ok());
        let once = read.unwrap_or_default();
        for policy in [Policy::tolerant(), Policy { check_formats: false, ..Policy::strict() }] {
            let mut notes = Vec::new();
            let twice = resource(&index, Value::Object(once.clone()), Context::Create, &policy, &mut notes);
            prop_assert_eq!(twice.as_ref(), Ok(&once));
            prop_assert_eq!(notes, []);
        }
    }

    #[test]
    fn a_projection_of_everything_keeps_what_can_be_read(body in body()) {
        let index = registry().index("User").unwrap();
        let read = resource(&index, body, Context::Create, &Policy::tolerant(), &mut Vec::new());
        prop_assume!(read.is_ok());
        let mut read = read.unwrap_or_default();
        let shown = Projection::all().apply(&index, read.clone(), None);
        read.shift_remove("password");
        prop_assert_eq!(shown, read);
    }

    #[test]
    fn no_value_panics(value in anything()) {
        let index = registry().index("User").unwrap();
        for policy in [Policy::tolerant(), Policy::strict()] {
            for attribute in index.core_attributes() {
                let home = Home::Core;
                let _ = super::super::attribute(&index, home, attribute, value.clone(), &policy, &mut Vec::new(), "x");
            }
            let _ = resource(&index, value.clone(), Context::Replace, &policy, &mut Vec::new());
        }
    }
}
