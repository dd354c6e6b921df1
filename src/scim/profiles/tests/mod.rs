//! The observed requests, mended and read by the core, on resources in memory. A test names the rows that it is made from.

mod entra_groups;
mod entra_users;
mod okta;
mod open_source;
mod others;
mod switches;
mod values;

use std::fmt::Debug;
use std::sync::Arc;

use scim_core::patch::{self, MemberChange};
use scim_core::read::{self, Context};
use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Kind, message};
use scim_filter_parser::Dialect;
use serde_json::{Map, Value, json};

use super::*;

const TOLERANT: [Profile; 3] = [Profile::Tolerant, Profile::Entra, Profile::Okta];
const ENT: &str = builtin::ENTERPRISE_USER;

fn index(type_name: &str) -> Arc<TypeIndex> {
    builtin::registry().index(type_name).unwrap()
}

fn dialect<'a>(index: &'a TypeIndex, manners: &Manners) -> Dialect<'a> {
    Dialect { urns: index.urns(), lenient: manners.lenient_filters }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("not an object") };
    members
}

/// What the profile `rfc` does with a request that the others understand.
enum Rfc<T> {
    /// The same, and then nothing needs mending anywhere.
    Same,
    /// Another thing.
    Gives(T),
    /// It refuses.
    Refuses(Kind),
}

/// What a request came to, and which tolerances fired.
type Outcome<T> = Result<(T, Vec<Tolerance>), Kind>;

#[track_caller]
fn agree<T: PartialEq + Debug>(run: impl Fn(Profile) -> Outcome<T>, expected: T, rfc: Rfc<T>) {
    let strict = run(Profile::Rfc);
    for profile in TOLERANT {
        let (outcome, fired) = run(profile).unwrap();
        assert_eq!(outcome, expected, "{profile:?}");
        if matches!(rfc, Rfc::Same) {
            assert_eq!(fired, [], "{profile:?}");
        }
    }
    match rfc {
        Rfc::Same => assert_eq!(strict, Ok((expected, Vec::new()))),
        Rfc::Gives(other) => assert_eq!(strict, Ok((other, Vec::new()))),
        Rfc::Refuses(kind) => assert_eq!(strict, Err(kind)),
    }
}

/// Every profile refuses, with the same error.
#[track_caller]
fn all_refuse<T: PartialEq + Debug>(run: impl Fn(Profile) -> Outcome<T>, kind: Kind) {
    for profile in TOLERANT.into_iter().chain([Profile::Rfc]) {
        assert_eq!(run(profile).map(|(outcome, _)| outcome), Err(kind), "{profile:?}");
    }
}

/// Mends and reads the body of a POST or PUT.
fn read(profile: Profile, type_name: &str, body: &Value, context: Context) -> Outcome<Map<String, Value>> {
    let (index, mut body, mut fired) = (index(type_name), body.clone(), Vec::new());
    mend_resource(profile, &index, &mut body, &mut fired);
    let policy = &manners(profile).policy;
    let read = read::resource(&index, body, context, policy, &mut Vec::new());
    read.map(|read| (read, fired)).map_err(|invalid| invalid.kind)
}

/// A POST without regard to the `schemas` of the result.
fn post<'a>(type_name: &'a str, body: &'a Value) -> impl Fn(Profile) -> Outcome<Value> + 'a {
    move |profile| {
        let (mut resource, fired) = read(profile, type_name, body, Context::Create)?;
        resource.remove("schemas");
        Ok((Value::Object(resource), fired))
    }
}

/// The body of a user, with its `schemas`.
fn user(mut body: Value) -> Value {
    let extended = body.get(ENT).is_some();
    body["schemas"] = match extended {
        true => json!([builtin::USER, ENT]),
        false => json!([builtin::USER]),
    };
    body
}

/// The body of a group, with its `schemas`.
fn group(mut body: Value) -> Value {
    body["schemas"] = json!([builtin::GROUP]);
    body
}

/// What a PATCH came to: the document, and the changes of members.
type Patched = (Value, Vec<MemberChange>);

/// A PATCH with a whole body.
fn patch_with<'a>(
    type_name: &'a str,
    resource: &'a Value,
    body: &'a Value,
) -> impl Fn(Profile) -> Outcome<Patched> + 'a {
    move |profile| {
        let (index, manners) = (index(type_name), manners(profile));
        let (mut body, mut fired) = (body.clone(), Vec::new());
        mend_patch(profile, &index, &mut body, &mut fired);
        let dialect = dialect(&index, manners);
        let patch = patch::parse(&index, &body, &manners.policy, &dialect, Some("members"));
        let patch = patch.map_err(|invalid| invalid.kind)?;
        let mut resource = object(resource.clone());
        let applied = patch.apply(&index, &mut resource, &manners.policy, &mut Vec::new());
        applied.map_err(|invalid| invalid.kind)?;
        Ok(((Value::Object(resource), patch.members), fired))
    }
}

fn envelope(operations: Value) -> Value {
    json!({ "schemas": [message::PATCH_OP], "Operations": operations })
}

/// A PATCH of a user and the user that results.
#[track_caller]
fn patches(before: Value, operations: Value, after: Value, rfc: Rfc<Value>) {
    let rfc = match rfc {
        Rfc::Same => Rfc::Same,
        Rfc::Gives(other) => Rfc::Gives((other, Vec::new())),
        Rfc::Refuses(kind) => Rfc::Refuses(kind),
    };
    agree(patch_with("User", &before, &envelope(operations)), (after, Vec::new()), rfc);
}

/// A PATCH of a group and the changes of members that result; its name stays `G`.
#[track_caller]
fn changes(operations: Value, expected: &[MemberChange], rfc: Rfc<Vec<MemberChange>>) {
    let before = json!({ "displayName": "G" });
    let rfc = match rfc {
        Rfc::Same => Rfc::Same,
        Rfc::Gives(other) => Rfc::Gives((before.clone(), other)),
        Rfc::Refuses(kind) => Rfc::Refuses(kind),
    };
    let body = envelope(operations);
    agree(patch_with("Group", &before, &body), (before.clone(), expected.to_vec()), rfc);
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}
