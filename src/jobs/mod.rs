//! What is done by itself, as time goes by: mails are sent, what is old goes, what was proven is proven again. Every
//! server does it; each piece of work may be done by several at once and be broken off at any time.

use std::time::Duration;

use futures_util::future::join3;

use crate::access::Actor;
use crate::clock::Sources;
use crate::context::Cx;
use crate::directory::{Directory, accounts, domains, reports, retention, users};
use crate::error::Error;
use crate::notify::Worker;

/// How often it is looked for work that comes with time.
const EVERY: Duration = Duration::from_secs(3600);
/// How often it is looked for accounts whose lock or suspension has ended: what SCIM and reports show of them is written.
const SOON: Duration = Duration::from_secs(5);

/// What runs beside the requests.
pub struct Background {
    /// The directory.
    pub directory: Directory,
    /// Time.
    pub sources: Sources,
    /// What sends mails.
    pub worker: Worker,
    /// How many days the provisioning log is kept where a tenant says nothing.
    pub log_days: i64,
}

impl Background {
    /// Works; never ends.
    pub async fn run(&self) {
        join3(self.worker.run(), self.now_and_then(), self.soon()).await;
    }

    async fn soon(&self) {
        let mut ticks = tokio::time::interval(SOON);
        loop {
            ticks.tick().await;
            let now = self.sources.clock.now();
            let cx = Cx { request_id: format!("job-{}", now.micros()), now };
            let settled = accounts::settle(&self.directory, &Actor::system("job:accounts"), &cx).await;
            note("ended holds still show in lists", settled.map(drop));
        }
    }

    async fn now_and_then(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            self.once().await;
        }
    }

    /// Does all the work that is due.
    pub async fn once(&self) {
        let (directory, now) = (&self.directory, self.sources.clock.now());
        let actor = Actor::system("job:retention");
        note("old records stay for now", retention::purge_records(directory, &actor, now, self.log_days).await);
        note("what has ended stays for now", retention::purge_ended(directory, &actor, now).await);
        let cx = Cx { request_id: format!("job-{}", now.micros()), now };
        let checked = domains::recheck(directory, &Actor::system("job:domains"), &cx).await;
        note("domains are not looked at for now", checked);
        let reporter = Actor::system("job:reports");
        note("today is in no report for now", reports::keep(directory, &reporter, now).await);
        note("old reports stay for now", reports::purge(directory, &reporter, now).await);
        note("deleted users stay for now", users::erase_old(directory, &actor, &cx).await.map(drop));
    }
}

/// Work that failed is done at the next time.
fn note(what: &str, done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::warn!(cause = ?error, "{what}");
    }
}
