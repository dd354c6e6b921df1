//! Which trigrams many users' texts hold, so that a search need not ask its index for those.
//!
//! They are found in a sample, a slice of it after each few writes, and found anew when there are twice as many users. A
//! failure here, and whatever stands in the table, makes searches slow, never wrong.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::conn::Conn;
use super::job::{begin, commit, rollback};
use super::schema::{search_common, search_sample, users};
use super::seams;
use super::search::TRIGRAM;
use super::tx::Lock;

/// Users that are looked at, spread over all.
const USERS: i64 = 4000;
/// Users that are looked at in one go.
const SLICE: i64 = 250;
/// With fewer users than this every list is short.
const FEWEST: i64 = 1000;
/// A trigram is common when one text in so many holds it.
const ONE_IN: u32 = 100;
/// What a share is counted in.
const WHOLE: u32 = 10_000;
/// Characters of a text that are looked at.
const CHARACTERS: usize = 1024;
/// Different trigrams that are counted: those that are common turn up early.
const TRIGRAMS: usize = 65_536;

/// The search for common trigrams, if it is going on.
#[derive(Default)]
pub(super) struct Sampling(Option<Sample>);

/// What was seen so far.
struct Sample {
    /// The last user when it began.
    last: i64,
    /// Users looked for.
    looked: i64,
    /// Texts found.
    texts: u32,
    /// In how many of them each trigram stands.
    counts: HashMap<[char; TRIGRAM], u32>,
}

impl Sampling {
    /// Whether a sample was begun and is not complete.
    pub(super) fn is_running(&self) -> bool {
        self.0.is_some()
    }

    /// Looks at some users, if a sample is due, in a transaction or a savepoint of one. When that fails, the trigrams stay
    /// as they were.
    ///
    /// # Errors
    /// When the transaction or savepoint itself fails.
    pub(super) fn go_on(&mut self, conn: &mut Conn) -> QueryResult<()> {
        begin(conn)?;
        match step(self.0.take(), conn) {
            Ok(sample) => {
                self.0 = sample;
                commit(conn)
            }
            Err(error) => {
                tracing::error!(cause = %error, "common trigrams cannot be found: searches may be slow");
                rollback(conn)
            }
        }
    }
}

/// One slice; gives the sample as long as it is not complete.
fn step(begun: Option<Sample>, conn: &mut Conn) -> QueryResult<Option<Sample>> {
    let mut sample = match begun {
        Some(sample) => sample,
        None => match due(conn)? {
            Some(last) => Sample { last, looked: 0, texts: 0, counts: HashMap::new() },
            None => return Ok(None),
        },
    };
    sample.look(conn)?;
    if sample.looked < USERS {
        return Ok(Some(sample));
    }
    sample.keep(conn)?;
    Ok(None)
}

/// The last user, if there are many more users than when the last sample was taken.
fn due(conn: &mut Conn) -> QueryResult<Option<i64>> {
    let last: i64 = users::table.select(max(users::seq)).get_result::<Option<i64>>(conn)?.unwrap_or(0);
    let sampled = search_sample::table.select(max(search_sample::last_seq)).get_result::<Option<i64>>(conn)?;
    Ok((last >= FEWEST.max(sampled.unwrap_or(0).saturating_mul(2))).then_some(last))
}

impl Sample {
    /// Looks at the next slice. A user that is deleted is left out, not replaced: finding another could take long.
    fn look(&mut self, conn: &mut Conn) -> QueryResult<()> {
        let end = (self.looked + SLICE).min(USERS);
        let mut seqs: Vec<i64> = (self.looked..end).map(|number| 1 + number * self.last / USERS).collect();
        // Of few users each would be there several times.
        seqs.dedup();
        let texts: Vec<Option<String>> =
            users::table.filter(users::seq.eq_any(seqs)).select(users::search).load(conn)?;
        texts.into_iter().flatten().for_each(|text| self.count(&text));
        self.looked = end;
        Ok(())
    }

    fn count(&mut self, text: &str) {
        let characters: Vec<char> = text.chars().take(CHARACTERS).collect();
        let mut trigrams: Vec<[char; TRIGRAM]> =
            characters.windows(TRIGRAM).filter_map(|three| three.try_into().ok()).collect();
        trigrams.sort_unstable();
        trigrams.dedup();
        for trigram in trigrams {
            if let Some(count) = self.counts.get_mut(&trigram) {
                *count += 1;
            } else if self.counts.len() < TRIGRAMS {
                self.counts.insert(trigram, 1);
            }
        }
        self.texts += 1;
    }

    /// Puts what was found in the place of what was known, unless another process was quicker.
    fn keep(&self, conn: &mut Conn) -> QueryResult<()> {
        seams::lock(conn, Lock::Installation)?;
        if due(conn)?.is_none() {
            return Ok(());
        }
        diesel::delete(search_common::table).execute(conn)?;
        for (trigram, count) in self.counts.iter().filter(|(_, count)| count.saturating_mul(ONE_IN) >= self.texts) {
            let trigram: String = trigram.iter().collect();
            let share = i32::try_from(count.saturating_mul(WHOLE) / self.texts.max(1)).unwrap_or(i32::MAX);
            let row = (search_common::trigram.eq(trigram), search_common::share.eq(share));
            diesel::insert_into(search_common::table).values(row).execute(conn)?;
        }
        diesel::delete(search_sample::table).execute(conn)?;
        diesel::insert_into(search_sample::table).values(search_sample::last_seq.eq(self.last)).execute(conn)?;
        Ok(())
    }
}
