//! The order of a run: start, fill, and every part on the filled server, readers before writers.

use std::cell::{Cell, RefCell};
use std::path::Path;

use serde_json::Value;

use crate::client::{Answer, Load, Request, drive};
use crate::report::Report;
use crate::server::Server;
use crate::{Options, Outcome, Part, lists, members, people, persons, progress, reads, searches, starts, writes};

/// A filled server and who is in it.
pub(crate) struct World {
    /// The server.
    pub(crate) server: Server,
    /// Connections that ask at once.
    pub(crate) clients: usize,
    /// The ids of the users that were there before anything was measured, by their number.
    pub(crate) ids: Vec<String>,
    /// The number of the next new user.
    next_user: Cell<usize>,
}

/// Runs every part that needs a server.
///
/// # Errors
/// Anything that fails to run; a missed bar is no failure.
pub(crate) async fn run(options: &Options, directory: &Path, report: &mut Report) -> Outcome<()> {
    let program = options.server()?;
    let folder = tempfile::Builder::new().prefix("rollcall-bench-").tempdir_in(directory);
    let folder = folder.map_err(crate::at(directory))?;
    if options.wants(Part::Start) {
        starts::measure(&program, folder.path(), report).await?;
    }
    let parts = [Part::Read, Part::Create, Part::Patch, Part::Member, Part::Person];
    if !parts.into_iter().any(|part| options.wants(part)) {
        return Ok(());
    }
    let home = folder.path().join("filled");
    std::fs::create_dir(&home).map_err(crate::at(&home))?;
    let server = Server::start(&program, &home, None)?;
    let world = World::fill(server, options.clients(), options.users()).await?;
    if options.wants(Part::Read) {
        reads::measure(&world, report).await?;
        searches::measure(&world, report).await?;
    }
    if options.wants(Part::Create) {
        writes::measure_creates(&world, folder.path(), report).await?;
        writes::measure_bulk(&world, report).await?;
    }
    if options.wants(Part::Patch) {
        writes::measure_patches(&world, report).await?;
    }
    if options.wants(Part::Member) {
        members::measure(&world, report).await?;
    }
    report.memory(options.users(), world.server.process.memory()?);
    // After the memory was looked at: a password hash takes 19 MiB.
    if options.wants(Part::Person) {
        let rest = persons::administrator(&world).await?;
        lists::measure(&world, &rest, report).await?;
        persons::measure(&world, &rest, report).await?;
    }
    if options.wants(Part::Start) {
        starts::measure_filled(&program, &home, world, report)?;
    }
    Ok(())
}

impl World {
    async fn fill(server: Server, clients: usize, users: usize) -> Outcome<Self> {
        progress(&format!("creating {users} users"));
        let world = Self { server, clients, ids: Vec::new(), next_user: Cell::new(0) };
        let ids = world.create_users(users).await?;
        Ok(Self { ids, ..world })
    }

    /// Numbers of so many new users.
    pub(crate) fn new_users(&self, count: usize) -> usize {
        self.next_user.replace(self.next_user.get() + count)
    }

    /// Creates users and returns their ids in the order of their numbers.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) async fn create_users(&self, count: usize) -> Outcome<Vec<String>> {
        let first = self.new_users(count);
        let make = |n| Request::with("POST", "/Users", people::body(first + n));
        self.create(count, &make).await
    }

    /// Sends requests that each create something and returns the ids in the order of the requests.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) async fn create(&self, count: usize, make: &dyn Fn(usize) -> Request) -> Outcome<Vec<String>> {
        let ids = RefCell::new(vec![String::new(); count]);
        let check = |n: usize, answer: &Answer<'_>| {
            answer.succeeded()?;
            let id = id_of(answer.body)?;
            if let Some(place) = ids.borrow_mut().get_mut(n) {
                *place = id;
            }
            Ok(())
        };
        drive(&self.server.target, Load::all(self.clients, count), make, &check).await?;
        Ok(ids.into_inner())
    }

    /// The id of some user, chosen by a number.
    pub(crate) fn id(&self, n: usize) -> &str {
        let at = crate::measure::scatter(n, self.ids.len());
        self.ids.get(at).map_or("", String::as_str)
    }
}

fn id_of(body: &[u8]) -> Outcome<String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    let id = value.get("id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| format!("no id: {value}"))
}
