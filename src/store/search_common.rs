//! Which trigrams many users' texts hold, so that a search on SQLite need not ask its index for those.
//!
//! They are found in a sample, a slice of it in each group of writes, and found anew when there are twice as many users.
//! A failure here, and whatever stands in the table, makes searches slow, never wrong. PostgreSQL has none of it: pg_trgm
//! chooses the trigrams of a search itself.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::json;

use super::conn::Conn;
use super::job::{begin, commit, rollback};
use super::schema::users;
use super::search::TRIGRAM;

/// Users that are looked at, spread over all.
const USERS: i64 = 4000;
/// Users that are looked at in one group of writes.
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

/// How far it is known whether there is anything to do.
const STANDING: &str =
    "SELECT (SELECT max(seq) FROM users) AS last, (SELECT max(last_seq) FROM search_sample) AS sampled";
const FORGET: &str = "DELETE FROM search_common";
const KEEP: &str = "INSERT INTO search_common (trigram, share) \
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)";
const FORGET_SAMPLE: &str = "DELETE FROM search_sample";
const KEEP_SAMPLE: &str = "INSERT INTO search_sample (last_seq) VALUES (?)";

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

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    sampled: Option<i64>,
}

impl Sampling {
    /// Whether a sample was begun and is not complete.
    pub(super) fn is_running(&self) -> bool {
        self.0.is_some()
    }

    /// Looks at some users, if a sample is due, in a savepoint of the writer's transaction. When that fails, the trigrams
    /// stay as they were.
    ///
    /// # Errors
    /// When the savepoint itself fails: the transaction is in ruins.
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
    let due = if begun.is_some() { begun } else { due(conn)? };
    let Some(mut sample) = due else { return Ok(None) };
    sample.look(conn)?;
    if sample.looked < USERS {
        return Ok(Some(sample));
    }
    sample.keep(conn)?;
    Ok(None)
}

/// A new sample, if there are many more users than when the last one was taken.
fn due(conn: &mut Conn) -> QueryResult<Option<Sample>> {
    let Standing { last, sampled } = diesel::sql_query(STANDING).get_result(conn)?;
    let last = last.unwrap_or(0);
    let is_due = last >= FEWEST.max(sampled.unwrap_or(0).saturating_mul(2));
    Ok(is_due.then(|| Sample { last, looked: 0, texts: 0, counts: HashMap::new() }))
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

    /// Puts what was found in the place of what was known.
    fn keep(&self, conn: &mut Conn) -> QueryResult<()> {
        let common = self.counts.iter().filter(|(_, count)| count.saturating_mul(ONE_IN) >= self.texts);
        let rows = common.map(|(trigram, count)| {
            json!([trigram.iter().collect::<String>(), count.saturating_mul(WHOLE) / self.texts.max(1)])
        });
        let rows = serde_json::Value::from_iter(rows).to_string();
        diesel::sql_query(FORGET).execute(conn)?;
        diesel::sql_query(KEEP).bind::<Text, _>(rows).execute(conn)?;
        diesel::sql_query(FORGET_SAMPLE).execute(conn)?;
        diesel::sql_query(KEEP_SAMPLE).bind::<BigInt, _>(self.last).execute(conn)?;
        Ok(())
    }
}
