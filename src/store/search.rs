//! Search for a part of a user's name, display name or e-mails: the text that is looked at, the condition, and the index
//! behind it.
//!
//! One column holds the texts in full, folded, each ended by a mark of its own, so that LIKE decides exactly. The index of
//! characters in a row only leads to the rows: on PostgreSQL pg_trgm does, where it can be had; on SQLite a table of FTS5,
//! which takes new texts in by hundreds. What it has not taken in yet is looked at row by row.

use std::collections::HashSet;

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Integer, Text};
use diesel::sqlite::Sqlite;
use scim_core::fold::fold;
use serde_json::{Map, Value};

use super::conn::MultiBackend;
use super::schema::users;
use super::search_grams::{self, GRAM};
use super::text::like_literal;

/// Ends the user name.
const AFTER_USER_NAME: char = '\u{1e}';
/// Ends the display name.
const AFTER_DISPLAY_NAME: char = '\u{1d}';
/// Ends each e-mail.
const AFTER_EMAIL: char = '\u{1f}';
/// Ends the account's own e-mail, which stands last, and only when it is none of those before: they alone are what SCIM
/// calls `emails`.
const AFTER_ACCOUNT_EMAIL: char = '\u{1b}';
/// Stands for every control character within a text, so that no text holds a mark.
const CONTROL: char = '\u{1c}';

/// Characters that either index cannot do without.
pub(super) const LEAST: usize = 3;
/// Characters in a row that pg_trgm knows.
pub(super) const TRIGRAM: usize = 3;
/// Runs of characters among which the rarest are chosen.
const CANDIDATES: usize = 96;

/// What FTS5 is asked for, chosen from a list of words in JSON: the rarest few, all of which must be there. More would leave
/// hardly fewer rows for LIKE, which decides anyway, and each costs a look at every part of the index. A word that is
/// shorter than the index's is the beginning of some.
pub(super) const RAREST: &str = "\
    SELECT group_concat(term, ' ') FROM (\
    SELECT '\"' || value || CASE WHEN length(value) < 5 THEN '\" *' ELSE '\"' END AS term FROM json_each(?) \
    ORDER BY (SELECT share FROM search_common WHERE gram = value), key LIMIT 4)";

/// What pg_trgm is asked for: a pattern with the trigrams that are not known to be common, and with the rarest, chosen from
/// an array of their places and one of their texts; null when there are none. Those that overlap become one run.
pub(super) const RAREST_OF_ARRAYS: [&str; 3] = [
    "SELECT string_agg(\
     CASE WHEN place - before < 3 THEN right(trigram, place - before) ELSE '%' || trigram END, '' ORDER BY place) || '%' \
     FROM (SELECT place, trigram, lag(place) OVER (ORDER BY place) AS before \
     FROM (SELECT place, trigram, share, row_number() OVER (ORDER BY share NULLS FIRST, place) AS rank FROM unnest(",
    ", ",
    ") AS candidate (place, trigram) LEFT JOIN search_common ON gram = trigram) AS ranked \
     WHERE share IS NULL OR rank <= 5) AS chosen",
];

/// Which of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    UserName,
    DisplayName,
    Email,
}

/// Where in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    End,
}

/// What is kept of a user to be searched.
pub(super) fn text(user_name: &str, document: &Map<String, Value>, account_email: Option<&str>) -> String {
    let mut text = String::with_capacity(128);
    let mut add = |part: &str, end: char| {
        text.extend(fold(part).chars().map(|character| if character < ' ' { CONTROL } else { character }));
        text.push(end);
    };
    add(user_name, AFTER_USER_NAME);
    add(document.get("displayName").and_then(Value::as_str).unwrap_or_default(), AFTER_DISPLAY_NAME);
    let emails = document.get("emails").and_then(Value::as_array);
    let mut account_email = account_email;
    for email in emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str()) {
        account_email.take_if(|own| *own == email);
        add(email, AFTER_EMAIL);
    }
    if let Some(own) = account_email {
        add(own, AFTER_ACCOUNT_EMAIL);
    }
    text
}

/// Holds for the users of which a part contains a text, or ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contains {
    /// What `search` must be like.
    pattern: String,
    /// Words that FTS5 knows, as a list in JSON.
    grams: String,
    /// Those that pg_trgm knows as such, with their places.
    words: (Vec<i32>, Vec<String>),
}

impl Contains {
    /// `None` for a folded text that the index cannot find: one of less than three characters, or with control
    /// characters.
    pub(super) fn new(part: Part, place: Place, folded: &str) -> Option<Self> {
        if folded.chars().count() < LEAST || folded.chars().any(|character| character < ' ') {
            return None;
        }
        let pattern = pattern(part, place, folded);
        Some(match place {
            Place::Anywhere => Self::looking_for(pattern, folded),
            Place::End => Self::looking_for(pattern, &format!("{folded}{}", end_of(part))),
        })
    }
}

fn end_of(part: Part) -> char {
    match part {
        Part::UserName => AFTER_USER_NAME,
        Part::DisplayName => AFTER_DISPLAY_NAME,
        Part::Email => AFTER_EMAIL,
    }
}

/// What the searched text of a user must be like for a part of it to contain a folded text, or to end with it.
pub(super) fn pattern(part: Part, place: Place, folded: &str) -> String {
    let (end, literal) = (end_of(part), like_literal(folded));
    let begin = match part {
        Part::UserName => "%".to_owned(),
        Part::DisplayName => format!("%{AFTER_USER_NAME}%"),
        Part::Email => format!("%{AFTER_DISPLAY_NAME}%"),
    };
    match place {
        Place::Anywhere => format!("{begin}{literal}%{end}%"),
        Place::End => format!("{begin}{literal}{end}%"),
    }
}

impl Contains {
    /// What has the runs of a text leads to the rows; the pattern decides.
    fn looking_for(pattern: String, text: &str) -> Self {
        Self { pattern, grams: grams(text), words: words(text) }
    }

    /// Whichever part it is that contains the text: no text holds a mark, so it cannot reach over two of them. `None` as
    /// [`Contains::new`].
    pub(super) fn in_any(folded: &str) -> Option<Self> {
        let found = Self::new(Part::UserName, Place::Anywhere, folded)?;
        Some(Self { pattern: pattern_of_short(folded), ..found })
    }
}

/// What the searched text of a user must be like to contain a folded text anywhere, be that too short for the index.
pub(super) fn pattern_of_short(folded: &str) -> String {
    format!("%{}%", like_literal(folded))
}

/// Whether a character ends a part of the text.
pub(super) fn is_mark(character: char) -> bool {
    [AFTER_USER_NAME, AFTER_DISPLAY_NAME, AFTER_EMAIL, AFTER_ACCOUNT_EMAIL].contains(&character)
}

/// Of the runs of a long text only some, evenly spread.
fn spread<T>(runs: Vec<T>) -> Vec<T> {
    let step = runs.len().div_ceil(CANDIDATES).max(1);
    runs.into_iter().step_by(step).collect()
}

/// The trigrams of a text.
pub(super) fn trigrams(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(TRIGRAM).map(|three| three.iter().collect()).collect()
}

/// Places and texts of the trigrams within words: what else there is pg_trgm sees as where words begin and end.
pub(super) fn words(text: &str) -> (Vec<i32>, Vec<String>) {
    let within = |three: &String| three.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
    spread((0..).zip(trigrams(text)).collect()).into_iter().filter(|(_, three)| within(three)).unzip()
}

/// Different words that FTS5 knows as a list in JSON, those first that have no character in common.
pub(super) fn grams(text: &str) -> String {
    let runs = spread(search_grams::looked_for(text));
    let mut seen = HashSet::new();
    let apart = (0..GRAM).flat_map(|first| runs.iter().skip(first).step_by(GRAM));
    let different = apart.map(String::as_str).filter(|run| seen.insert(*run));
    different.map(Value::from).collect::<Value>().to_string()
}

impl Expression for Contains {
    type SqlType = Bool;
}

impl AppearsOnTable<users::table> for Contains {}
impl SelectableExpression<users::table> for Contains {}

impl ValidGrouping<()> for Contains {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Contains {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<MultiBackend> for Contains {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self, out)
    }
}

impl QueryFragment<Sqlite> for Contains {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(users.seq IN (SELECT rowid FROM user_search WHERE user_search MATCH (");
        let (before, behind) = RAREST.split_once('?').unwrap_or((RAREST, ""));
        out.push_sql(before);
        out.push_bind_param::<Text, _>(&self.grams)?;
        out.push_sql(behind);
        out.push_sql(") UNION ALL SELECT seq FROM search_pending) AND users.search LIKE ");
        out.push_bind_param::<Text, _>(&self.pattern)?;
        out.push_sql(" ESCAPE '\\')");
        Ok(())
    }
}

impl QueryFragment<Pg> for Contains {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let [before, between, behind] = RAREST_OF_ARRAYS;
        out.push_sql("(users.search LIKE coalesce((");
        out.push_sql(before);
        out.push_bind_param::<Array<Integer>, _>(&self.words.0)?;
        out.push_sql(between);
        out.push_bind_param::<Array<Text>, _>(&self.words.1)?;
        out.push_sql(behind);
        out.push_sql("), ");
        out.push_bind_param::<Text, _>(&self.pattern)?;
        out.push_sql(")");
        // The column alone would lead to the index once more, by all trigrams. Twice, because the planner takes either
        // for one row in 200: else it would rather walk through all users in their order until it met the first few.
        for _ in 0..2 {
            out.push_sql(" AND users.search || '' LIKE ");
            out.push_bind_param::<Text, _>(&self.pattern)?;
            out.push_sql(" ESCAPE '\\'");
        }
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_holds_each_part_folded_and_ended() {
        let document = json!({ "displayName": "Ann \u{1e}Smith", "emails": [{ "value": "A@x" }, { "type": "work" }, { "value": "b" }] });
        let document = document.as_object().unwrap();
        let found = "ann\u{1e}ann \u{1c}smith\u{1d}a@x\u{1f}b\u{1f}";
        assert_eq!(text("ANN", document, None), found);
        assert_eq!(text("ANN", document, Some("A@x")), found);
        assert_eq!(text("ANN", document, Some("Own@x")), format!("{found}own@x\u{1b}"));
        assert_eq!(text("ann", &Map::new(), None), "ann\u{1e}\u{1d}");
    }

    #[test]
    fn runs_are_different_and_few() {
        let of = |text: &str| Contains::new(Part::UserName, Place::Anywhere, text).map(|found| found.grams);
        assert_eq!(of("ab"), None);
        assert_eq!(of("a\u{1e}bc"), None);
        assert_eq!(of("abc").unwrap(), r#"["abc"]"#);
        assert_eq!(of("abcde").unwrap(), r#"["abcde"]"#);
        assert_eq!(of("abcdefghijk").unwrap(), r#"["abcde","fghij","bcdef","ghijk","cdefg","defgh","efghi"]"#);
        assert_eq!(of("aaaaaaa").unwrap(), r#"["aaaaa"]"#);
        let long: String = ('\u{4e00}'..).take(168).collect();
        let few: Vec<String> = serde_json::from_str(&of(&long).unwrap()).unwrap();
        assert_eq!(few.len(), 82);
        assert_eq!(words("an-b12.é\u{1f}"), (vec![3], vec!["b12".to_owned()]));
    }

    #[test]
    fn patterns_stay_within_their_part() {
        let pattern = |part, place| Contains::new(part, place, "50%").unwrap().pattern;
        assert_eq!(pattern(Part::UserName, Place::Anywhere), "%50\\%%\u{1e}%");
        assert_eq!(pattern(Part::DisplayName, Place::End), "%\u{1e}%50\\%\u{1d}%");
        assert_eq!(pattern(Part::Email, Place::Anywhere), "%\u{1d}%50\\%%\u{1f}%");
    }
}
