//! Which runs of characters many users' texts hold, so that a search need not ask its index for those: the words of
//! SQLite's index, the trigrams of PostgreSQL's.
//!
//! They are found in a sample, a slice of it after each few writes, and found anew when there are twice as many users. A
//! failure here, and whatever stands in the table, makes searches slow, never wrong.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::conn::{Conn, directly};
use super::job::{begin, commit, rollback};
use super::schema::{search_common, search_sample, users};
use super::seams;
use super::search;
use super::search_grams;
use super::tx::Lock;

/// Users that are looked at, spread over all.
const USERS: i64 = 4000;
/// A large prime, to scatter them.
const SCATTER: i64 = 2_654_435_761;
/// Users that are looked at in one go.
const SLICE: i64 = 250;
/// With fewer users than this every list is short.
const FEWEST: i64 = 1000;
/// A run is common when one text in so many holds it, on SQLite.
const ONE_IN: u32 = 1000;
/// The same on PostgreSQL, whose shorter runs are in more texts.
const ONE_IN_OF_TRIGRAMS: u32 = 100;
/// Fewer texts with it say nothing.
const FEWEST_TEXTS: u32 = 4;
/// What a share is counted in.
const WHOLE: u32 = 10_000;
/// Characters of a text that are looked at.
const CHARACTERS: usize = 1024;
/// Different runs that are counted: those that are common turn up early.
const GRAMS: usize = 65_536;

/// The search for common runs, if it is going on.
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
    /// In how many of them each run stands.
    counts: HashMap<Box<str>, u32>,
}

impl Sampling {
    /// Whether a sample was begun and is not complete.
    pub(super) fn is_running(&self) -> bool {
        self.0.is_some()
    }

    /// Looks at some users, if a sample is due, in a transaction or a savepoint of one. When that fails, what is
    /// known stays as it was.
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
                tracing::error!(cause = %error, "common runs of characters cannot be found: searches may be slow");
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

/// The user that is looked at as the one of a number. Not every so many-th of many: people are often numbered, and of those
/// that stand at such places all numbers would end alike.
fn place(number: i64, last: i64) -> i64 {
    if last > USERS { 1 + number * SCATTER % last } else { 1 + number * last / USERS }
}

impl Sample {
    /// Looks at the next slice. A user that is deleted is left out, not replaced: finding another could take long.
    fn look(&mut self, conn: &mut Conn) -> QueryResult<()> {
        let end = (self.looked + SLICE).min(USERS);
        let mut seqs: Vec<i64> = (self.looked..end).map(|number| place(number, self.last)).collect();
        // Of few users each would be there several times.
        seqs.dedup();
        let texts: Vec<Option<String>> =
            users::table.filter(users::seq.eq_any(seqs)).select(users::search).load(conn)?;
        for text in texts.into_iter().flatten() {
            let text: String = text.chars().take(CHARACTERS).collect();
            self.count(match conn {
                Conn::Sqlite(_) => search_grams::of_text(&text).split_terminator(' ').map(str::to_owned).collect(),
                Conn::Pg(_) => search::trigrams(&text),
            });
        }
        self.looked = end;
        Ok(())
    }

    fn count(&mut self, mut grams: Vec<String>) {
        grams.sort_unstable();
        grams.dedup();
        for gram in grams {
            if let Some(count) = self.counts.get_mut(gram.as_str()) {
                *count += 1;
            } else if self.counts.len() < GRAMS {
                self.counts.insert(gram.into_boxed_str(), 1);
            }
        }
        self.texts += 1;
    }

    /// In how many texts a common run stands, at the least.
    fn many(&self, conn: &Conn) -> u32 {
        let one_in = match conn {
            Conn::Sqlite(_) => ONE_IN,
            Conn::Pg(_) => ONE_IN_OF_TRIGRAMS,
        };
        self.texts.div_ceil(one_in).max(FEWEST_TEXTS)
    }

    /// Puts what was found in the place of what was known, unless another process was quicker.
    fn keep(&self, conn: &mut Conn) -> QueryResult<()> {
        seams::lock(conn, Lock::Installation)?;
        if due(conn)?.is_none() {
            return Ok(());
        }
        diesel::delete(search_common::table).execute(conn)?;
        let many = self.many(conn);
        for (gram, count) in self.counts.iter().filter(|(_, count)| **count >= many) {
            let share = i32::try_from(count.saturating_mul(WHOLE) / self.texts.max(1)).unwrap_or(i32::MAX);
            let row = (search_common::gram.eq(&**gram), search_common::share.eq(share));
            let statement = diesel::insert_into(search_common::table).values(row);
            directly!(conn, inner => statement.execute(inner))?;
        }
        diesel::delete(search_sample::table).execute(conn)?;
        diesel::insert_into(search_sample::table).values(search_sample::last_seq.eq(self.last)).execute(conn)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_users_that_are_looked_at_lie_scattered_over_all() {
        for last in [1_000, 4_000, 9_999, 100_000, 1_000_000] {
            let places: HashSet<i64> = (0..USERS).map(|number| place(number, last)).collect();
            assert_eq!(i64::try_from(places.len()).unwrap(), USERS.min(last), "{last}");
            assert!(places.iter().all(|place| (1..=last).contains(place)), "{last}");
            let ends: HashSet<i64> = places.iter().map(|place| place % 100).collect();
            assert_eq!(ends.len(), 100, "{last}");
        }
    }
}
