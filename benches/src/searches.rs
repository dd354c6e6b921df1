//! Searches as identity providers send them, each matching few users, and pages by cursor: what must cost the same however
//! many users there are.

use serde_json::Value;

use crate::bench::World;
use crate::client::{Request, answer};
use crate::measure::{Step, measure as measure_in_turns, scatter};
use crate::reads::{GET, filter};
use crate::report::{Bar, Report};
use crate::{Outcome, people, progress};

/// Requests of a round that match one user.
const ONE: usize = 10_000;
/// Requests of a round that answer with more.
const SOME: usize = 600;
/// Users in a page by cursor.
const PAGE: usize = 100;
/// About how many users changed after the time that a filter names.
const RECENT: usize = 500;

const FIRST: &str = "page of 100 by cursor at the beginning";
const LAST: &str = "page of 100 by cursor at the end";

/// A search by the number of a user.
type Search = (&'static str, fn(usize) -> String);

const SEARCHES: [Search; 5] = [
    ("filter `externalId eq`", |n| format!("externalId eq \"{}\"", people::external_id(n))),
    ("filter `userName eq` and `active eq`", |n| {
        format!("userName eq \"{}\" and active eq true", people::user_name(n))
    }),
    ("filter `userName sw`, one match", |n| format!("userName sw \"person{n:07}\"")),
    ("filter `displayName co`, one match", |n| format!("displayName co \"st{n:07} L\"")),
    ("filter `emails.value ew`, one match", |n| format!("emails.value ew \"{n:07}.last@mail.corp.example\"")),
];

/// Measures searches and pages by cursor.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure(world: &World, report: &mut Report) -> Outcome<()> {
    let users = world.ids.len();
    let server = (&world.server.process, &world.server.target);
    let one = (world.clients, ONE);
    let some = (world.clients, SOME);
    let search = |(name, text): Search| {
        Step::new(name, server, one, move |n| filter(&text(scatter(n, users))), "\"totalResults\":1,")
    };
    let recent = recent(world).await?;
    let deep = last_cursor(world, users).await?;
    let changed = "filter `meta.lastModified gt`, about 500 matches";
    let mut steps: Vec<Step<'_>> = SEARCHES.into_iter().map(search).collect();
    steps.push(Step::new(changed, server, some, |_| filter(&recent), "emails"));
    steps.push(Step::new(FIRST, server, some, |_| page(""), "nextCursor"));
    steps.push(Step::new(LAST, server, some, |_| page(&deep), "emails"));
    report.steps(measure_in_turns(&steps).await?);
    for (name, _) in SEARCHES {
        report.ratio(name, GET, Bar::None);
    }
    report.ratio(LAST, FIRST, Bar::AtMost(1.5));
    Ok(())
}

fn page(cursor: &str) -> Request {
    Request::get(format!("/Users?count={PAGE}&cursor={cursor}"))
}

/// A filter that few users match: those that were made last.
async fn recent(world: &World) -> Outcome<String> {
    let id = world.ids.get(world.ids.len().saturating_sub(RECENT)).ok_or("there are no users")?;
    let user = answer(&world.server.target, &Request::get(format!("/Users/{id}"))).await?;
    let modified = user.pointer("/meta/lastModified").and_then(Value::as_str).ok_or("no meta.lastModified")?;
    Ok(format!("meta.lastModified gt \"{modified}\""))
}

/// The cursor of the last whole page, found by walking there.
async fn last_cursor(world: &World, users: usize) -> Outcome<String> {
    progress("walking to the last page by cursor");
    let mut cursor = String::new();
    for _ in 1..users / PAGE {
        let found = answer(&world.server.target, &page(&cursor)).await?;
        found.get("nextCursor").and_then(Value::as_str).ok_or("the list ends early")?.clone_into(&mut cursor);
    }
    Ok(cursor)
}
