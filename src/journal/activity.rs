//! What happened and changed nothing: the provisioning log of each request of a known connection, and the activity of
//! people. Beside the journal, which records changes and is never lost, this is for whoever looks into a fault or an
//! incident: it is written after the answer, in batches, by one thread. When it cannot keep up, entries are dropped and
//! counted; a request never waits for it.

mod event;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Moment};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::access::ConnectionActor;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::store::{Store, activity, provisioning_log as rows};

use super::redact::{self, Secrets, cut};
use event::{Merged, Recent};

pub use event::{Event, Kind};

/// Entries that may wait to be written.
const QUEUE: usize = 8192;
/// Bytes of bodies that may wait with them.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// Entries that are written without waiting for more.
const BATCH: usize = 200;
/// Entries in one transaction, at the most, when more than a batch are there already.
const MOST: usize = 500;
/// How long an entry waits for others to be written with.
const BATCH_TIME: Duration = Duration::from_millis(250);
/// How often a batch is tried while the database cannot be reached or is overloaded.
const ATTEMPTS: u32 = 5;
/// The longest text in a column, in bytes; a body may be longer.
const LONGEST_TEXT: usize = 1024;

/// One request, or one operation of a bulk request, that was answered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who asked.
    pub who: ConnectionActor,
    /// When and in which request.
    pub cx: Cx,
    /// The number of the operation in a bulk request, from 1; `None` is the request itself.
    pub part: Option<i32>,
    /// The client, as far as it was recognised.
    pub client: Option<&'static str>,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query without its values.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// What was done, in words.
    pub did: String,
    /// What was tolerated.
    pub tolerated: Vec<String>,
    /// The kind and id of the resource it was about.
    pub resource: Option<(String, String)>,
    /// What the answer said was wrong.
    pub detail: Option<String>,
    /// The body, as it came.
    pub body: Bytes,
}

/// Takes entries and has them written. Cheap to clone; every clone shares the queue.
#[derive(Clone)]
pub struct Activity {
    sender: Sender<Message>,
    shared: Arc<Shared>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

#[derive(Default)]
struct Shared {
    dropped: AtomicU64,
    /// Whether the log has said that entries are being dropped.
    warned: AtomicBool,
    waiting_bytes: AtomicUsize,
}

/// What can be recorded.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// A request of a connection, for the provisioning log.
    Request(Box<Entry>),
    /// A sign-in, a refusal, a look at people's data.
    Event(Box<Event>),
}

impl From<Entry> for Recorded {
    fn from(entry: Entry) -> Self {
        Self::Request(Box::new(entry))
    }
}

impl From<Event> for Recorded {
    fn from(event: Event) -> Self {
        Self::Event(Box::new(event))
    }
}

enum Message {
    /// With the length of its body, which is left out when it is too long to be kept.
    Entry(Box<Entry>, usize),
    Event(Box<Event>),
    /// Write what came before, then say so.
    Flush(Sender<()>),
    /// Write what came before, then end.
    Stop,
}

impl Activity {
    /// Starts the thread that writes. Bodies lose their `secrets`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no thread to be had.
    pub fn start(store: Store, secrets: Secrets) -> Result<Self> {
        let (sender, queue) = bounded(QUEUE);
        let shared = Arc::new(Shared::default());
        let writer = Writer { store, secrets, shared: Arc::clone(&shared), recent: Recent::default() };
        let thread = std::thread::Builder::new().name("provisioning-log".to_owned());
        let thread = thread.spawn(move || writer.run(&queue)).map_err(Error::unavailable)?;
        Ok(Self { sender, shared, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Hands over an entry or an event; never waits. When too many wait already, it is dropped and counted.
    pub fn record(&self, what: impl Into<Recorded>) {
        let (message, bytes) = match what.into() {
            Recorded::Event(event) => (Message::Event(event), 0),
            Recorded::Request(mut entry) => {
                let length = entry.body.len();
                if length > redact::LONGEST_BODY {
                    entry.body = Bytes::new();
                }
                let bytes = entry.body.len();
                (Message::Entry(entry, length), bytes)
            }
        };
        if self.shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= WAITING_BYTES
            && self.sender.try_send(message).is_ok()
        {
            return;
        }
        self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.shared.drop_entries(1, "more requests than can be written");
    }

    /// Entries that were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Returns when everything recorded before is written. Blocks.
    pub fn flush(&self) {
        let (done, wait) = bounded(1);
        if self.sender.send(Message::Flush(done)).is_ok() {
            // An error is a writer that ended, after it wrote everything.
            let _ended = wait.recv();
        }
    }

    /// Writes what was recorded and ends the thread. What is recorded later is dropped. Blocks.
    pub fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        // Without a receiver the thread has ended already.
        let _ended = self.sender.send(Message::Stop);
        if thread.join().is_err() {
            tracing::error!("the thread of the provisioning log had panicked");
        }
    }
}

impl Shared {
    fn drop_entries(&self, count: u64, why: &str) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(cause = why, "entries of the provisioning log are being dropped");
        }
    }
}

struct Writer {
    store: Store,
    secrets: Secrets,
    shared: Arc<Shared>,
    recent: Recent,
}

/// A row to be written.
enum Line {
    Request(rows::Row),
    Event(activity::Row),
}

impl Writer {
    /// Writes batches until it is told to stop or nobody is left to record anything.
    fn run(mut self, queue: &Receiver<Message>) {
        while let Ok(first) = queue.recv() {
            let (batch, then) = self.collect(first, queue);
            self.write(batch);
            match then {
                Some(Message::Stop) => return,
                // Who asked may have gone.
                Some(Message::Flush(done)) => drop(done.send(())),
                Some(Message::Entry(..) | Message::Event(_)) | None => {}
            }
        }
    }

    /// Takes entries until there are enough, time is up or something else is asked for.
    fn collect(&self, first: Message, queue: &Receiver<Message>) -> (Vec<Line>, Option<Message>) {
        let end = Moment::now() + BATCH_TIME;
        let (mut batch, mut next) = (Vec::with_capacity(16), Some(first));
        while let Some(message) = next.take() {
            match message {
                Message::Entry(entry, length) => {
                    self.shared.waiting_bytes.fetch_sub(entry.body.len(), Ordering::Relaxed);
                    batch.push(Line::Request(self.row(*entry, length)));
                }
                Message::Event(event) => batch.push(Line::Event(event.row())),
                other @ (Message::Flush(_) | Message::Stop) => return (batch, Some(other)),
            }
            next = match batch.len() {
                ..BATCH => queue.recv_deadline(end).ok(),
                BATCH..MOST => queue.try_recv().ok(),
                _ => None,
            };
        }
        (batch, None)
    }

    fn row(&self, entry: Entry, length: usize) -> rows::Row {
        let connection = entry.who.connection;
        let (resource_type, resource_id) = entry.resource.unzip();
        let tolerated = (!entry.tolerated.is_empty()).then(|| serde_json::Value::from(entry.tolerated).to_string());
        let too_long = (length > redact::LONGEST_BODY).then(|| redact::too_long(length));
        rows::Row {
            tenant_id: connection.tenant,
            connection_id: connection.id,
            connection_name: connection.name,
            token_id: entry.who.token,
            at: entry.cx.now,
            request_id: entry.cx.request_id,
            part: entry.part,
            client: entry.client.map(str::to_owned),
            user_agent: entry.user_agent.map(storable),
            method: storable(entry.method),
            path: storable(entry.path),
            query: entry.query.map(storable),
            status: i32::from(entry.status),
            micros: entry.micros,
            did: storable(entry.did),
            tolerated,
            resource_type: resource_type.map(storable),
            resource_id: resource_id.map(storable),
            detail: entry.detail.map(storable),
            body: too_long.or_else(|| self.secrets.and(&entry.who.types.secrets).body(&entry.body)),
        }
    }

    fn write(&mut self, batch: Vec<Line>) {
        let (mut requests, mut events) = (Vec::new(), Vec::new());
        for line in batch {
            match line {
                Line::Request(row) => requests.push(row),
                Line::Event(row) => events.push(row),
            }
        }
        self.write_requests(requests);
        self.write_events(events);
    }

    fn write_requests(&self, batch: Vec<rows::Row>) {
        if batch.is_empty() {
            return;
        }
        let batch: Arc<[rows::Row]> = batch.into();
        let written = self.attempt(|| {
            let batch = Arc::clone(&batch);
            futures_executor::block_on(self.store.write(move |tx| rows::insert(tx, &batch)))
        });
        match written {
            Ok(()) => {}
            // One row that the database does not take must not cost the others.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                batch.iter().for_each(|row| self.write_requests(vec![row.clone()]));
            }
            Err(error) => self.shared.drop_entries(batch.len() as u64, &format!("{error:?}")),
        }
    }

    fn write_events(&mut self, batch: Vec<activity::Row>) {
        if batch.is_empty() {
            return;
        }
        let merged: Arc<Merged> = Arc::new(self.recent.merge(batch.clone()));
        let written = self.attempt(|| {
            let merged = Arc::clone(&merged);
            futures_executor::block_on(self.store.write(move |tx| merged.write(tx)))
        });
        match written {
            Ok(written) => self.recent.remember(written),
            Err(Error::Internal(_)) if batch.len() > 1 => {
                batch.into_iter().for_each(|row| self.write_events(vec![row]));
            }
            Err(error) => self.shared.drop_entries(batch.len() as u64, &format!("{error:?}")),
        }
    }

    /// Tries a batch again while the database cannot be reached or is overloaded.
    fn attempt<R>(&self, insert: impl Fn() -> Result<R>) -> Result<R> {
        let mut written = insert();
        for attempt in 1..ATTEMPTS {
            if !matches!(written, Err(Error::Unavailable(_) | Error::TooFast { .. })) {
                break;
            }
            std::thread::sleep(BATCH_TIME * attempt);
            written = insert();
        }
        if written.is_ok() {
            self.shared.warned.store(false, Ordering::Relaxed);
        }
        written
    }
}

/// A text that every database takes: not too long, and without NUL.
fn storable(text: String) -> String {
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    cut(text, LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Adoption, Connection, Profile, Reach, TokenScope};
    use crate::clock::Instant;
    use crate::ids::{ConnectionId, TenantId};
    use crate::store::Settings;

    const TIME: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn tenant() -> TenantId {
        TenantId::new(TIME, [1; 10])
    }

    fn entry(body: &'static [u8]) -> Entry {
        let connection = Connection {
            id: ConnectionId::new(TIME, [2; 10]),
            tenant: tenant(),
            name: "hr".to_owned(),
            profile: Profile::Tolerant,
            reach: Reach::All,
            adoption: Adoption::Link,
            rate: None,
        };
        let types = Arc::new(crate::access::Types::new(0, scim_core::schema::builtin::registry()).unwrap());
        Entry {
            who: ConnectionActor { connection, token: "t".to_owned(), scope: TokenScope::Write, types },
            cx: Cx { request_id: "r".to_owned(), now: TIME },
            part: None,
            client: None,
            user_agent: None,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: None,
            status: 200,
            micros: 1,
            did: "\0".to_owned(),
            tolerated: Vec::new(),
            resource: None,
            detail: None,
            body: Bytes::from_static(body),
        }
    }

    fn open() -> (tempfile::TempDir, Store) {
        let place = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite:{}", place.path().join("test.db").display());
        let store = Store::open(&Settings { database_url, pg_pool: 1, create: true }).unwrap();
        (place, store)
    }

    fn count(store: &Store) -> usize {
        let newest = |tx: &mut crate::store::Tx<'_>| rows::newest(tx, tenant(), &rows::Wanted::default(), i64::MAX);
        futures_executor::block_on(store.read(newest)).unwrap().len()
    }

    /// Holds the store's writer until the sender is dropped.
    fn hold(store: &Store) -> (Sender<()>, JoinHandle<()>) {
        let ((go, wait), (began, running)) = (bounded::<()>(0), bounded::<()>(1));
        let store = store.clone();
        let held = std::thread::spawn(move || {
            let work = move |_: &mut crate::store::Tx<'_>| {
                let _ = began.send(());
                let _ = wait.recv();
                Ok(())
            };
            futures_executor::block_on(store.write(work)).unwrap();
        });
        running.recv().unwrap();
        (go, held)
    }

    #[test]
    fn what_cannot_be_written_in_time_is_dropped_and_counted_and_nobody_waits() {
        let (_place, store) = open();
        let activity = Activity::start(store.clone(), Secrets::default()).unwrap();
        let (go, held) = hold(&store);
        let recorded = QUEUE + 3 * MOST;
        (0..recorded).for_each(|_| activity.record(entry(b"{}")));
        let dropped = usize::try_from(activity.dropped()).unwrap();
        assert!((2 * MOST..=3 * MOST).contains(&dropped), "{dropped}");
        drop(go);
        held.join().unwrap();
        activity.flush();
        assert_eq!(count(&store) + dropped, recorded);
        activity.record(entry(b"{}"));
        activity.close();
        assert_eq!(count(&store) + dropped, recorded + 1);
        activity.record(entry(b"{}"));
        activity.close();
        assert_eq!(usize::try_from(activity.dropped()).unwrap(), dropped + 1);
        store.close();
    }

    #[test]
    fn bodies_that_wait_are_bounded_too() {
        static LONG: [u8; redact::LONGEST_BODY] = [b' '; redact::LONGEST_BODY];
        static LONGER: [u8; redact::LONGEST_BODY + 1] = [b' '; redact::LONGEST_BODY + 1];
        let (_place, store) = open();
        let activity = Activity::start(store.clone(), Secrets::default()).unwrap();
        let (go, held) = hold(&store);
        let fit = WAITING_BYTES / redact::LONGEST_BODY;
        (0..fit + 2 * MOST).for_each(|_| activity.record(entry(&LONG)));
        let dropped = usize::try_from(activity.dropped()).unwrap();
        assert!((MOST..=2 * MOST).contains(&dropped), "{dropped}");
        (0..100).for_each(|_| activity.record(entry(&LONGER)));
        assert_eq!(usize::try_from(activity.dropped()).unwrap(), dropped, "what is not kept takes no room");
        drop(go);
        held.join().unwrap();
        activity.close();
        assert_eq!(count(&store), fit + 2 * MOST - dropped + 100);
        assert_eq!(activity.shared.waiting_bytes.load(Ordering::Relaxed), 0);
        store.close();
    }
}
