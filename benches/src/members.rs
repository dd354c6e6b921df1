//! Groups: one member added to a small and to a large one, and reads that leave the members out.

use crate::bench::World;
use crate::client::{Load, Request, drive};
use crate::measure::{ROUNDS, Step, measure as measure_in_turns, scatter};
use crate::report::{Bar, Report};
use crate::{Outcome, people, progress, reads};

/// Members of a small group.
const SMALL: usize = 10;
/// Members of the large group, if there are so many users.
const LARGE: usize = 100_000;
/// Members in one PATCH while the large group is filled.
const FILL: usize = 1_000;
/// Members added in a round, each to another small group.
const ADDS: usize = 1_000;
/// Users that are in no group.
const LONE: usize = 1_000;
/// What every round and the warm-up use together, at the most.
const ALL_ADDS: usize = (ROUNDS + 1) * ADDS;

/// Measures groups.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure(world: &World, report: &mut Report) -> Outcome<()> {
    let size = LARGE.min(world.ids.len());
    progress(&format!("a group of {size} and {ALL_ADDS} of {SMALL}"));
    let spare = world.create_users(ALL_ADDS).await?;
    let lone = world.create_users(LONE).await?;
    let small = small_groups(world).await?;
    let large = large_group(world, size).await?;
    let server = (&world.server.process, &world.server.target);
    let adds = (world.clients, ADDS);
    let get = (world.clients, reads::ONE);
    let at = |list: &[String], n: usize| list.get(n % list.len().max(1)).cloned().unwrap_or_default();
    let add = |group: &str, n: usize| {
        let body = people::add_members(&[at(&spare, n)]);
        Request::with("PATCH", format!("/Groups/{group}"), body)
    };
    let group = |id: &str| Request::get(format!("/Groups/{id}?excludedAttributes=members"));
    let add_small = format!("one member added to a group of {SMALL}");
    let add_large = format!("one member added to a group of {size}");
    let get_small = format!("GET of a group of {SMALL} without members");
    let get_large = format!("GET of a group of {size} without members");
    let in_none = "GET of a user in no group";
    let in_some = "GET of a user in the large group and some small ones";
    let grouped = world.ids.get(..size).unwrap_or_default();
    let user = |id: &str| Request::get(format!("/Users/{id}"));
    let steps = [
        Step::new(in_none, server, get, |n| user(&at(&lone, n)), "emails"),
        Step::new(in_some, server, get, |n| user(&at(grouped, scatter(n, size))), "groups"),
        Step::new(&get_small, server, get, |n| group(&at(&small, n)), "displayName"),
        Step::new(&get_large, server, get, |_| group(&large), "displayName"),
        Step::new(&add_small, server, adds, |n| add(&at(&small, n), n), ""),
        Step::new(&add_large, server, adds, |n| add(&large, n), ""),
    ];
    report.steps(measure_in_turns(&steps).await?);
    report.ratio(&add_large, &add_small, Bar::AtMost(1.5));
    report.ratio(&get_small, in_none, Bar::AtMost(1.5));
    report.ratio(&get_large, in_none, Bar::AtMost(1.5));
    report.ratio(in_some, in_none, Bar::None);
    Ok(())
}

async fn small_groups(world: &World) -> Outcome<Vec<String>> {
    let make = |n: usize| {
        let users = world.ids.iter().cycle().skip(n * SMALL % world.ids.len());
        let members: Vec<_> = users.take(SMALL).cloned().collect();
        Request::with("POST", "/Groups", people::group(&format!("Small group {n}"), &members))
    };
    world.create(ALL_ADDS, &make).await
}

/// A group made as identity providers make it: empty, then filled by PATCHes.
async fn large_group(world: &World, size: usize) -> Outcome<String> {
    let make = |_| Request::with("POST", "/Groups", people::group("Large group", &[]));
    let id = world.create(1, &make).await?.concat();
    let users = world.ids.get(..size).unwrap_or_default();
    let chunks: Vec<_> = users.chunks(FILL).collect();
    let make = |n: usize| {
        let body = people::add_members(chunks.get(n).copied().unwrap_or_default());
        Request::with("PATCH", format!("/Groups/{id}"), body)
    };
    drive(&world.server.target, Load::all(1, chunks.len()), &make, &|_, answer| answer.succeeded()).await?;
    Ok(id)
}
