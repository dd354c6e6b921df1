//! How long the server takes to start and how much memory it uses before anything happens.

use std::path::Path;

use crate::bench::World;
use crate::client::{Load, Request, drive};
use crate::measure::median;
use crate::report::{Bar, Report, Row};
use crate::server::Server;
use crate::{Outcome, progress};

/// How often it is started.
const STARTS: usize = 5;
/// What a start may take, in milliseconds.
const START_BAR: f64 = 100.0;
/// What an empty server may use, in MiB.
const EMPTY_BAR: f64 = 20.0;

/// Starts empty servers: the first time, when they make their database, and a second time.
///
/// # Errors
/// One does not start.
pub(crate) async fn measure(program: &Path, folder: &Path, report: &mut Report) -> Outcome<()> {
    progress("start-up");
    let (mut first, mut second, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..STARTS {
        let home = folder.join(format!("empty-{n}"));
        std::fs::create_dir(&home).map_err(crate::at(&home))?;
        let server = Server::start(program, &home, None)?;
        first.push(server.process.start_up.as_secs_f64() * 1e3);
        let token = server.target.token.clone();
        server.process.stop()?;
        let server = Server::start(program, &home, Some(token))?;
        second.push(server.process.start_up.as_secs_f64() * 1e3);
        // One request on each thread, so that nothing is left to be made on first use.
        let make = |_| Request::get("/Users?count=1");
        drive(&server.target, Load::all(32, 320), &make, &|_, answer| answer.succeeded()).await?;
        memory.push(mebibytes(server.process.peak()?));
    }
    report.row(start_row("start on an empty folder", median(first)));
    report.row(start_row("start on an empty database", median(second)));
    let memory = median(memory);
    let bar = Bar::AtMost(EMPTY_BAR);
    report.row(Row::new("memory of an empty server, highest", format!("{memory:.1} MiB"), memory, bar));
    Ok(())
}

/// Starts the server again on the database that the bench filled.
///
/// # Errors
/// It does not stop or start.
pub(crate) fn measure_filled(program: &Path, home: &Path, world: World, report: &mut Report) -> Outcome<()> {
    progress("start on the filled database");
    let token = world.server.target.token.clone();
    world.server.process.stop()?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(program, home, Some(token.clone()))?;
        times.push(server.process.start_up.as_secs_f64() * 1e3);
        server.process.stop()?;
    }
    report.row(start_row("start on the filled database", median(times)));
    Ok(())
}

fn start_row(name: &str, milliseconds: f64) -> Row {
    Row::new(name, format!("{milliseconds:.0} ms"), milliseconds, Bar::AtMost(START_BAR))
}

/// KiB in MiB.
pub(crate) fn mebibytes(kibibytes: u64) -> f64 {
    u32::try_from(kibibytes).map_or(f64::INFINITY, f64::from) / 1024.0
}
