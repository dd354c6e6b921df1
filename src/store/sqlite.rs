//! SQLite: one writer thread with group commit, reader threads, and a lane for long reads.
//!
//! The writer puts many waiting jobs under one COMMIT, a savepoint each, and answers each only after the commit held.
//! It asserts its transaction depth after every job: a job that ended the outer transaction must not let later ones be
//! acknowledged and lost.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;

use super::conn::Conn;
use super::job::{Job, Kind, begin, commit, depth, rollback};
use super::lanes::Message;
use super::search_common::Sampling;
use super::{search_grams, search_index};
use crate::error::{Error, Result};

/// Jobs under one commit, at the most.
const GROUP_JOBS: usize = 128;
/// How long a group takes in further jobs.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// Jobs after which the search index takes in what they left for it.
const SEARCH_JOBS: usize = 512;
/// How long one process waits for another that writes.
const BUSY_TIME: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    /// A thread of the store that reads.
    Reader,
    /// Any thread, for a few rows at a time.
    Near,
}

/// Opens the database file.
///
/// # Errors
/// [`Error::Unavailable`] when it cannot be opened.
pub(super) fn open(path: &Path, role: Role) -> Result<Conn> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(Error::unavailable)?;
    let cache_kib = match role {
        Role::Writer => 8192,
        Role::Reader => 4096,
        Role::Near => 2048,
    };
    // Each job's savepoint keeps the pages that it changes: in memory, not in a file.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout={}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; \
         PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{cache_kib};",
        BUSY_TIME.as_millis()
    ))
    .map_err(Error::unavailable)?;
    keep_write_ahead_log(&mut conn)?;
    if role == Role::Writer {
        search_grams::register(&mut conn)?;
    }
    Ok(Conn::Sqlite(conn))
}

/// The first process to open a new file changes how it is journaled. SQLite does not wait for others who are about to do
/// the same, as it does for other statements, so we do.
fn keep_write_ahead_log(conn: &mut SqliteConnection) -> Result<()> {
    let began = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode=WAL") {
            Err(error) if error.to_string().contains("locked") && began.elapsed() < BUSY_TIME => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done.map_err(Error::unavailable),
        }
    }
}

/// The writer thread: takes jobs until it is told to stop and the queue is empty.
pub(super) fn write_jobs(path: PathBuf, conn: Conn, queue: &Receiver<Message>) {
    let mut writer = Writer { path, conn: Some(conn), since_search: SEARCH_JOBS, sampling: Sampling::default() };
    while let Ok(Message::Job(first)) = queue.recv() {
        if !writer.write_group(first, queue) {
            break;
        }
    }
}

struct Writer {
    path: PathBuf,
    /// `None` after its state was found broken, until it is opened again.
    conn: Option<Conn>,
    /// Jobs since the search index took in what waited.
    since_search: usize,
    sampling: Sampling,
}

impl Writer {
    /// Runs a group of jobs and answers them. False when the thread was told to stop meanwhile.
    fn write_group(&mut self, first: Box<dyn Job>, queue: &Receiver<Message>) -> bool {
        let began = Instant::now();
        let mut jobs = Vec::with_capacity(8);
        let mut next = Some(first);
        let mut go_on = true;
        let search_is_due = self.since_search >= SEARCH_JOBS;
        let mut more_waits = false;
        let mut sampling = std::mem::take(&mut self.sampling);
        let group = self.in_transaction(|conn| {
            while let Some(mut job) = next.take() {
                let held = run_in_savepoint(conn, job.as_mut());
                jobs.push(job);
                held?;
                if jobs.len() < GROUP_JOBS && began.elapsed() < GROUP_TIME {
                    match queue.try_recv() {
                        Ok(Message::Job(job)) => next = Some(job),
                        Ok(Message::Stop) => go_on = false,
                        Err(_) => {}
                    }
                }
            }
            if search_is_due {
                more_waits = search_index::take_in(conn)?;
            }
            if search_is_due || sampling.is_running() {
                sampling.go_on(conn)?;
            }
            Ok(())
        });
        self.sampling = sampling;
        jobs.extend(next);
        self.since_search = if search_is_due && !more_waits { 0 } else { self.since_search.saturating_add(jobs.len()) };
        match group {
            Ok(()) => jobs.into_iter().for_each(|job| job.settle(Ok(()))),
            Err(error) => {
                tracing::warn!(cause = ?error, jobs = jobs.len(), "a group of writes failed: running each alone");
                jobs.into_iter().for_each(|job| self.write_alone(job));
            }
        }
        go_on
    }

    /// Runs one job in a transaction of its own.
    fn write_alone(&mut self, mut job: Box<dyn Job>) {
        let outcome = self.in_transaction(|conn| run_in_savepoint(conn, job.as_mut()));
        job.settle(outcome);
    }

    /// BEGIN IMMEDIATE, `work`, COMMIT; the connection is opened again if its state is not what it must be.
    fn in_transaction(&mut self, work: impl FnOnce(&mut Conn) -> Result<()>) -> Result<()> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => open(&self.path, Role::Writer)?,
        };
        let outcome = begin_immediate(&mut conn).and_then(|()| {
            let worked = work(&mut conn).and_then(|()| expect_depth(&mut conn, 1));
            match worked {
                Ok(()) => commit(&mut conn).map_err(Error::from),
                Err(error) => Err(error),
            }
        });
        if outcome.is_err() && depth(&mut conn) == Some(1) {
            // A failure here shows in the depth, which decides just below.
            let _shows_in_depth = rollback(&mut conn);
        }
        if depth(&mut conn) == Some(0) {
            self.conn = Some(conn);
        } else {
            tracing::error!("the writer's transaction state is broken: opening its connection again");
        }
        outcome
    }
}

fn begin_immediate(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Sqlite(sqlite) => {
            AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE").map_err(Error::from)
        }
        Conn::Pg(_) => Err(Error::internal("the SQLite writer was given another connection")),
    }
}

/// Runs one job in a savepoint. An error of the job's own is the job's matter; an error here ends the group.
fn run_in_savepoint(conn: &mut Conn, job: &mut dyn Job) -> Result<()> {
    begin(conn)?;
    let ended = if job.run(conn).is_ok() { commit(conn) } else { rollback(conn) };
    ended?;
    expect_depth(conn, 1)
}

fn expect_depth(conn: &mut Conn, expected: u32) -> Result<()> {
    match depth(conn) {
        Some(found) if found == expected => Ok(()),
        found => Err(Error::Internal(format!("transaction depth is {found:?}, not {expected}"))),
    }
}

/// A reader thread.
pub(super) fn read_jobs(path: &Path, conn: Conn, queue: &Receiver<Message>) {
    let mut conn = Some(conn);
    while let Ok(Message::Job(mut job)) = queue.recv() {
        let opened = match conn.take() {
            Some(conn) => Ok(conn),
            None => open(path, Role::Reader),
        };
        match opened {
            Ok(mut open) => {
                let outcome = read(&mut open, job.as_mut());
                if depth(&mut open) == Some(0) {
                    conn = Some(open);
                }
                job.settle(outcome);
            }
            Err(error) => job.settle(Err(error)),
        }
    }
}

thread_local! {
    /// The connection of this thread, for what it reads itself.
    static OWN: RefCell<Option<(PathBuf, Box<Conn>)>> = const { RefCell::new(None) };
}

/// Runs a read on this thread, which keeps a connection for that.
pub(super) fn read_here(path: &Path, job: &mut dyn Job) -> Result<()> {
    let (of, mut conn) = match OWN.take().filter(|(of, _)| of == path) {
        Some(kept) => kept,
        None => (path.to_owned(), Box::new(open(path, Role::Near)?)),
    };
    let outcome = read(&mut conn, job);
    if depth(&mut conn) == Some(0) {
        OWN.set(Some((of, conn)));
    }
    outcome
}

fn read(conn: &mut Conn, job: &mut dyn Job) -> Result<()> {
    if job.kind() == Kind::Single {
        let _kept_in_the_job = job.run(conn);
        return Ok(());
    }
    begin(conn)?;
    let ended = if job.run(conn).is_ok() { commit(conn) } else { rollback(conn) };
    ended.map_err(Error::from)
}
