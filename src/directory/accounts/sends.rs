//! How often somebody is written to because whoever it may be asked for it: counted in rows, over all doors, processes and
//! addresses that ask, so that nobody's mailbox or telephone is flooded (IR-6).

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::accounts::Account;
use crate::store::guesses::{self as rows, Guess};

use super::guesses;

const DAY: i64 = 24 * 3600;
/// Messages of a kind that may go to a user at an address within so many seconds.
const SENDS: [(&str, i64, i32); 3] = [("pause", 30, 1), ("hour", 3600, 5), ("day", DAY, 10)];
/// Messages of a kind that may go to the users of a tenant in a day.
const SENDS_OF_TENANT: i32 = 5_000;

/// What is sent; each kind is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Codes.
    Code,
    /// Links to whoever forgot the password, or did not get the first link.
    Link,
}

impl Kind {
    /// What the count of a tenant is called: codes were counted first, under no name.
    fn of_tenant(self) -> &'static str {
        match self {
            Self::Code => "",
            Self::Link => "link",
        }
    }
}

/// Counts a message that is to be sent by a method to an address. `key` is that of the guesses.
///
/// # Errors
/// The outer one is the database's. The inner one is [`Error::TooFast`] when too many were sent: then nothing is counted, and
/// none may be sent.
pub fn count(
    tx: &mut Tx<'_>,
    key: &[u8],
    account: &Account,
    (kind, method, address): (Kind, &str, &str),
    now: Instant,
) -> Result<Result<()>> {
    let (user, tenant) = (account.id.to_string(), account.tenant_id.to_string());
    let own = SENDS.map(|(part, seconds, most)| (["sent", part, &user, method, address], seconds, most));
    let all = [(["sent", "tenant", &tenant, kind.of_tenant(), ""], DAY, SENDS_OF_TENANT)];
    let mut counts = Vec::new();
    for (parts, seconds, most) in own.into_iter().chain(all) {
        let mut count = rows::keep(tx, &guesses::name(key, &parts), now)?;
        if count.first.plus_seconds(seconds) <= now {
            count = Guess { failures: 0, first: now, ..count };
        }
        if count.failures >= most {
            let retry_after = now.seconds_until(count.first.plus_seconds(seconds));
            return Ok(Err(Error::TooFast { retry_after }));
        }
        counts.push(count);
    }
    for count in counts {
        rows::update(tx, &Guess { failures: count.failures.saturating_add(1), last: now, ..count })?;
    }
    Ok(Ok(()))
}
