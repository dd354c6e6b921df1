//! Creates against the same rows by plain rusqlite, what the journal costs of them, and PATCH of one attribute.

use std::path::Path;

use crate::baseline::{Baseline, Source, Written};
use crate::bench::World;
use crate::client::Request;
use crate::measure::{ROUNDS, Step, as_float, measure, median, median_of, microseconds};
use crate::report::{Bar, Report, Row};
use crate::{Outcome, people, progress};

/// Creates in a round.
const CREATES: usize = 3_000;
/// Bulk requests in a round.
const BULKS: usize = 3;
/// Operations in a bulk request.
const OPERATIONS: usize = 1_000;
/// PATCH requests in a round.
const PATCHES: usize = 3_000;

/// What the step of a create is called.
pub(crate) const CREATE: &str = "POST of a user";
/// What the step of a bulk request is called.
const BULK: &str = "bulk request of 1,000 creates";
/// What the step of a PATCH is called.
pub(crate) const PATCH: &str = "PATCH of one attribute";

/// Creates users over HTTP and writes the rows that this made once more with plain rusqlite, into a copy of the database as
/// it was before, with and without those of the journal.
///
/// # Errors
/// A request or a statement fails.
pub(crate) async fn measure_creates(world: &World, folder: &Path, report: &mut Report) -> Outcome<()> {
    let first = world.new_users((ROUNDS + 1) * CREATES);
    let make = |n| Request::with("POST", "/Users", people::body(first + n));
    let server = (&world.server.process, &world.server.target);
    let step = Step::new(CREATE, server, (world.clients, CREATES), make, "\"id\"");
    progress(CREATE);
    step.warm_up().await?;
    let mut source = Source::open(&world.server.database())?;
    let mut all = Baseline::copy(&source, &folder.join("all.db"), true)?;
    let mut bare = Baseline::copy(&source, &folder.join("bare.db"), false)?;
    let (mut http, mut plain, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let sent = step.sent();
        http.push(step.round().await?);
        let (made, created) = (source.new_users()?, step.sent() - sent);
        if made.len() != created {
            return Err(format!("{} of {created} new users are in the database", made.len()));
        }
        plain.push(all.write(&made)?);
        without.push(bare.write(&made)?);
    }
    let figures = median_of(&http)?;
    let [plain, without] = [plain, without].map(|rounds| Plain::of(&rounds));
    let share = figures.per_second / plain.per_second;
    report.row(Row::new(
        "creates a second over HTTP : users a second by plain rusqlite, 32 a commit",
        format!("{:.0} : {:.0}", figures.per_second, plain.per_second),
        share,
        Bar::AtLeast(0.5),
    ));
    let cost = plain.cpu - without.cpu;
    report.row(Row::new(
        "CPU of the journal's rows by plain rusqlite : CPU of a create",
        format!("{cost:.1} µs : {:.1} µs", figures.cpu),
        cost / figures.cpu,
        Bar::AtMost(0.1),
    ));
    report.row(Row::new(
        "plain rusqlite: users a second with the journal : without",
        format!("{:.0} : {:.0}", plain.per_second, without.per_second),
        plain.per_second / without.per_second,
        Bar::None,
    ));
    report.steps(vec![figures]);
    Ok(())
}

/// Creates users by bulk requests, one at a time, each with as many operations as are allowed.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure_bulk(world: &World, report: &mut Report) -> Outcome<()> {
    let first = world.new_users((ROUNDS + 1) * BULKS * OPERATIONS);
    let make = |n| Request::with("POST", "/Bulk", people::bulk(first + n * OPERATIONS, OPERATIONS));
    let server = (&world.server.process, &world.server.target);
    let figures = measure(&[Step::new(BULK, server, (1, BULKS), make, "\"201\"")]).await?;
    if let (Some(bulk), Some(create)) = (figures.first(), report.step(CREATE)) {
        let (operation, create) = (bulk.cpu / as_float(OPERATIONS), create.cpu);
        report.row(Row::new(
            format!("CPU of one of {OPERATIONS} creates in a bulk request : CPU of a create"),
            format!("{operation:.1} µs : {create:.1} µs"),
            operation / create,
            Bar::AtMost(3.0),
        ));
    }
    report.steps(figures);
    Ok(())
}

/// The median of what plain rusqlite did.
struct Plain {
    per_second: f64,
    /// Microseconds a user.
    cpu: f64,
}

impl Plain {
    fn of(rounds: &[Written]) -> Self {
        let per_second = |round: &Written| as_float(round.users) / round.elapsed.as_secs_f64();
        let cpu = |round: &Written| microseconds(round.cpu) / as_float(round.users);
        Self {
            per_second: median(rounds.iter().map(per_second).collect()),
            cpu: median(rounds.iter().map(cpu).collect()),
        }
    }
}

/// Changes one attribute of users that are spread over the whole database.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure_patches(world: &World, report: &mut Report) -> Outcome<()> {
    let make = |n| {
        let body = people::replace("title", &format!("Title {n}"));
        Request::with("PATCH", format!("/Users/{}", world.id(n)), body)
    };
    let server = (&world.server.process, &world.server.target);
    let step = Step::new(PATCH, server, (world.clients, PATCHES), make, "\"Title ");
    report.steps(measure(&[step]).await?);
    Ok(())
}
