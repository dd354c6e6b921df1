//! scim-core against serde_json on the same 1 KB users: no server, no I/O, one thread.

use std::hint::black_box;
use std::time::{Duration, Instant};

use scim_core::project::Projection;
use scim_core::read::{Context, resource};
use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Policy, json};
use serde_json::Value;

use crate::measure::{as_float, median, microseconds};
use crate::report::{Bar, Report, Row};
use crate::{Outcome, people};

/// Users in a round.
const USERS: usize = 2_000;
/// Rounds; the median counts.
const ROUNDS: usize = 25;

/// Measures parsing, validation and projection.
///
/// # Errors
/// A user is refused.
pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    let index = builtin::registry().index("User").ok_or("scim-core knows no User")?;
    let bodies: Vec<_> = (0..USERS).map(people::body).collect();
    let (mut general, mut strict, mut judged) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (took, values) =
            timed(&bodies, |body| serde_json::from_slice::<Value>(body).map_err(|error| error.to_string()))?;
        general.push(took);
        strict.push(timed(&bodies, |body| json::parse(body).map_err(|error| error.to_string()))?.0);
        judged.push(timed(values, |value| validate_and_project(&index, value))?.0);
    }
    let [general, strict, judged] = [general, strict, judged].map(median);
    report.row(Row::new(
        "scim-core: validate and project 1 KB : serde_json: parse it",
        format!("{judged:.1} µs : {general:.1} µs"),
        judged / general,
        Bar::AtMost(3.0),
    ));
    report.row(Row::new(
        "scim-core: parse 1 KB strictly : serde_json: parse it",
        format!("{strict:.1} µs : {general:.1} µs"),
        strict / general,
        Bar::None,
    ));
    Ok(())
}

fn validate_and_project(index: &TypeIndex, body: Value) -> Outcome<Value> {
    let mut notes = Vec::new();
    let read = resource(index, body, Context::Create, &Policy::tolerant(), &mut notes);
    let read = read.map_err(|error| error.to_string())?;
    Ok(Value::Object(Projection::all().apply(index, read, None)))
}

/// Microseconds for one item, and what came of all; dropping them is not counted.
fn timed<I, T>(items: impl IntoIterator<Item = I>, work: impl Fn(I) -> Outcome<T>) -> Outcome<(f64, Vec<T>)> {
    let mut made = Vec::with_capacity(USERS);
    let began = Instant::now();
    for item in items {
        made.push(black_box(work(item)?));
    }
    let took: Duration = began.elapsed();
    Ok((microseconds(took) / as_float(made.len()), made))
}
