//! The store's queues and threads: how a request's work reaches a thread that owns a connection.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::job::{Job, Kind};
use super::postgres::{self, Address, Session};
use super::sqlite::{self, Role};
use crate::error::{Error, Result};

/// Jobs that may wait in a lane before the next one is refused.
const QUEUE: usize = 2048;
/// Long reads that may wait.
const SCAN_QUEUE: usize = 64;
/// Threads for SQLite's short reads, at the most: more than there are processors only hold memory.
const SQLITE_READERS: usize = 4;
/// Of PostgreSQL's connections, how many serve long reads.
const POSTGRES_SCANNERS: usize = 2;

/// What a store thread is sent.
pub(super) enum Message {
    /// Run this.
    Job(Box<dyn Job>),
    /// End; what was sent before is done first.
    Stop,
}

/// One queue and how many threads take from it.
struct Lane {
    sender: Sender<Message>,
    threads: usize,
}

/// All queues and threads.
pub(super) struct Lanes {
    write: Lane,
    /// `None` where reads share the write lane's threads.
    read: Option<Lane>,
    scan: Lane,
    /// Where reads of a few rows need no other thread: the database file.
    here: Option<PathBuf>,
    stopped: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Lanes {
    /// Starts SQLite's threads.
    ///
    /// # Errors
    /// When the file cannot be opened or a thread not started.
    pub(super) fn sqlite(path: &std::path::Path) -> Result<Self> {
        let mut threads = Vec::new();
        let (write, jobs) = lane(QUEUE, 1);
        let (conn, file) = (sqlite::open(path, Role::Writer)?, path.to_owned());
        threads.push(spawn("store-write", move || sqlite::write_jobs(file, conn, &jobs))?);
        let readers = thread::available_parallelism().map_or(2, NonZero::get).clamp(2, SQLITE_READERS);
        let read = sqlite_readers(path, "store-read", QUEUE, readers, &mut threads)?;
        let scan = sqlite_readers(path, "store-scan", SCAN_QUEUE, 1, &mut threads)?;
        Ok(Self {
            write,
            read: Some(read),
            scan,
            here: Some(path.to_owned()),
            stopped: AtomicBool::new(false),
            threads: Mutex::new(threads),
        })
    }

    /// Starts PostgreSQL's threads: `connections` of them, each with a connection of its own, opened when first needed.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(super) fn postgres(address: &Address, connections: usize) -> Result<Self> {
        let mut threads = Vec::new();
        let workers = connections.saturating_sub(POSTGRES_SCANNERS).max(1);
        let write = postgres_workers(address, "store-work", QUEUE, workers, &mut threads)?;
        let scan = postgres_workers(address, "store-scan", SCAN_QUEUE, POSTGRES_SCANNERS, &mut threads)?;
        Ok(Self { write, read: None, scan, here: None, stopped: AtomicBool::new(false), threads: Mutex::new(threads) })
    }

    /// Puts a job into its lane. A read of a few rows of SQLite is done here and now: it finds them through an index in
    /// a few microseconds, less than handing it to another thread and back would cost.
    ///
    /// # Errors
    /// [`Error::TooFast`] when the lane is full; [`Error::Unavailable`] when the store has stopped.
    pub(super) fn send(&self, mut job: Box<dyn Job>) -> Result<()> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(Error::unavailable("the store has stopped"));
        }
        if let (Kind::Single | Kind::Few, Some(path)) = (job.kind(), &self.here) {
            let outcome = sqlite::read_here(path, job.as_mut());
            job.settle(outcome);
            return Ok(());
        }
        let lane = match job.kind() {
            Kind::Write => &self.write,
            Kind::Snapshot | Kind::Few | Kind::Single => self.read.as_ref().unwrap_or(&self.write),
            Kind::Scan => &self.scan,
        };
        lane.sender.try_send(Message::Job(job)).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::TooFast { retry_after: 1 },
            TrySendError::Disconnected(_) => Error::unavailable("the store has stopped"),
        })
    }

    /// Lets every thread finish what it was sent, and waits for them.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        for lane in [Some(&self.write), self.read.as_ref(), Some(&self.scan)].into_iter().flatten() {
            for _ in 0..lane.threads {
                // A lane without threads has nothing left to finish.
                let _no_threads = lane.sender.send(Message::Stop);
            }
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a store thread had panicked");
            }
        }
    }
}

fn lane(queue: usize, threads: usize) -> (Lane, Receiver<Message>) {
    let (sender, receiver) = bounded(queue);
    (Lane { sender, threads }, receiver)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(Error::unavailable)
}

fn sqlite_readers(
    path: &std::path::Path,
    name: &str,
    queue: usize,
    count: usize,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Lane> {
    let (lane, jobs) = lane(queue, count);
    for _ in 0..count {
        let (conn, jobs) = (sqlite::open(path, Role::Reader)?, jobs.clone());
        let path: PathBuf = path.to_owned();
        threads.push(spawn(name, move || sqlite::read_jobs(&path, conn, &jobs))?);
    }
    Ok(lane)
}

fn postgres_workers(
    address: &Address,
    name: &str,
    queue: usize,
    count: usize,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Lane> {
    let (lane, jobs) = lane(queue, count);
    for number in 0..count {
        let (session, jobs) = (Session::new(address.clone())?, jobs.clone());
        threads.push(spawn(name, move || postgres::work(session, &jobs, number == 0))?);
    }
    Ok(lane)
}
