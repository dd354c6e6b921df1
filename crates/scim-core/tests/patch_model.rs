//! PATCH by the engine and by a plain model of RFC 7644 section 3.5.2, on random resources and random requests: the same
//! resource, or a refusal by both. Each case follows from its seed; the first ones that differ are shown.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests: what is not as it must be ends the test")]

#[path = "patch_model/model.rs"]
mod model;
#[path = "patch_model/random.rs"]
mod random;
#[path = "patch_model/reading.rs"]
mod reading;

use std::ops::Range;

use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Kind, Policy, patch};
use scim_filter_parser::Dialect;
use serde_json::{Map, Value, json};

use model::{Model, Stop};
use random::Dice;

/// Seeds that every run takes.
const CASES: u64 = 2_000;
/// Seeds on which engine and model once differed: one object for a list, `""` for an extension, values that differ in case,
/// nothing written where nothing is, equal terms, an unquoted number, `primary` that is not said.
const FOUND: &[u64] = &[7, 25, 39, 84, 2_828, 4_858, 22_833];

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn seeds() -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("ROLLCALL_TEST_SEED").unwrap_or(1);
    first..first + number("ROLLCALL_TEST_CASES").unwrap_or(CASES)
}

fn by_engine(index: &TypeIndex, stored: &Map<String, Value>, operations: &Value, strict: bool) -> Result<Value, Kind> {
    let policy = if strict { Policy::strict() } else { Policy::tolerant() };
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    let dialect = Dialect { urns: index.urns(), lenient: !strict };
    let patch = patch::parse(index, &body, &policy, &dialect, None).map_err(|invalid| invalid.kind)?;
    let mut resource = stored.clone();
    let outcome = patch.apply(index, &mut resource, &policy, &mut Vec::new());
    match outcome {
        Ok(outcome) => assert_eq!(outcome.changed, resource != *stored, "{operations}"),
        Err(_) => assert_eq!(resource, *stored, "{operations}"),
    }
    outcome.map(|_| Value::Object(resource)).map_err(|invalid| invalid.kind)
}

/// Compares one case; `None` when the rules do not settle it.
fn compare(index: &TypeIndex, seed: u64) -> Result<Option<bool>, String> {
    let mut dice = Dice::new(seed);
    let strict = dice.once_in(2);
    let stored = random::resource(&mut dice);
    let operations = random::operations(&mut dice);
    let engine = by_engine(index, &stored, &operations, strict);
    let model = Model::new(strict).run(&stored, &operations);
    let alone = operations.as_array().unwrap().len() == 1 && operations[0].get("path").is_some();
    let agree = match (&engine, &model) {
        (_, Err(Stop::Unsettled)) => return Ok(None),
        (Ok(left), Ok(right)) => left == right,
        // Of several faults each may be the one that is named.
        (Err(left), Err(Stop::Refused(right))) => !alone || left == right,
        _ => false,
    };
    let shown = || {
        let stored = Value::Object(stored.clone());
        format!(
            "seed {seed}, strict {strict}\n stored {stored}\n request {operations}\n engine {engine:?}\n model {model:?}"
        )
    };
    if agree { Ok(Some(engine.is_ok())) } else { Err(shown()) }
}

#[test]
fn the_engine_does_what_the_rfc_says() {
    let index = builtin::registry().index("User").unwrap();
    let results: Vec<_> = FOUND.iter().copied().chain(seeds()).map(|seed| compare(&index, seed)).collect();
    let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    let shown: Vec<&str> = wrong.iter().take(8).map(|text| text.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), results.len(), shown.join("\n"));
    let count = |wanted: Option<bool>| results.iter().filter(|result| **result == Ok(wanted)).count();
    let (applied, refused, unsettled) = (count(Some(true)), count(Some(false)), count(None));
    assert!(applied * 4 > results.len() && refused * 20 > results.len(), "{applied} applied, {refused} refused");
    assert!(unsettled * 5 < results.len(), "{unsettled} unsettled");
}
