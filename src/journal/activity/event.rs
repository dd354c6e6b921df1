//! Sign-ins, refusals and what was looked at: things that happen and change nothing. Equal ones of one actor and minute are
//! one row that counts them.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;
use std::net::IpAddr;

use serde_json::Value;

use crate::access::Actor;
use crate::clock::Instant;
use crate::context::Cx;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::store::activity::{self as rows, Row};
use crate::store::{Json, Tx, tenants};

use super::storable;

/// Rows of the last minute whose equals may still come.
const MOST_REMEMBERED: usize = 4096;
/// How long equal events are one.
const MINUTE: i64 = 60_000_000;
/// The longest detail, in bytes of JSON.
const LONGEST_DETAIL: usize = 4096;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody tried to sign in.
    SignIn,
    /// Somebody who is known was refused.
    Denied,
    /// Somebody looked at people's data.
    Read,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Denied, Self::Read];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Denied => "denied",
            Self::Read => "read",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// The tenant whose record it belongs to.
    pub tenant: TenantId,
    /// When and in which request.
    pub cx: Cx,
    /// What kind it is.
    pub kind: Kind,
    /// What came of it: `success`, or a word for why not.
    pub outcome: &'static str,
    /// The kind and id of whoever did it.
    pub actor: (&'static str, String),
    /// The user it is about.
    pub user: Option<UserId>,
    /// The kind and id of another thing it is about.
    pub resource: Option<(String, String)>,
    /// More of it: an object; of a sign-in its `method`, of a list its `query` and `count`. No secret.
    pub detail: Value,
    /// From which address.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Event {
    /// What somebody did, without more of it.
    pub fn new(kind: Kind, outcome: &'static str, tenant: TenantId, actor: &Actor, cx: &Cx) -> Self {
        Self { actor: actor.journal_name(), ..Self::anonymous(kind, outcome, tenant, cx) }
    }

    /// What somebody did who is not known.
    pub fn anonymous(kind: Kind, outcome: &'static str, tenant: TenantId, cx: &Cx) -> Self {
        Self {
            tenant,
            cx: cx.clone(),
            kind,
            outcome,
            actor: ("nobody", String::new()),
            user: None,
            resource: None,
            detail: Value::Object(serde_json::Map::new()),
            address: None,
            user_agent: None,
        }
    }

    pub(super) fn row(self) -> Row {
        let (resource_type, resource_id) = self.resource.unzip();
        let omitted = || serde_json::json!({ "omitted": "longer than 4 KiB" });
        let long = self.detail.to_string().len() > LONGEST_DETAIL;
        let detail = without_nul(if long { omitted() } else { self.detail });
        Row {
            tenant_id: self.tenant,
            at: self.cx.now,
            kind: self.kind.as_str().to_owned(),
            outcome: self.outcome.to_owned(),
            actor_kind: self.actor.0.to_owned(),
            actor_id: storable(self.actor.1),
            user_id: self.user,
            resource_type: resource_type.map(storable),
            resource_id: resource_id.map(storable),
            // A value has a text always; an empty object stands for one that had none.
            detail: Json::of(&detail).unwrap_or_default(),
            amount: 1,
            address: self.address.map(|address| address.to_string()),
            user_agent: self.user_agent.map(storable),
            request_id: self.cx.request_id,
        }
    }
}

/// PostgreSQL keeps no NUL in a document.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nul).collect()),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(key, value)| (key.replace('\0', "\u{fffd}"), without_nul(value))).collect(),
        ),
        other => other,
    }
}

/// What makes events equal: all but the time, the request and how often.
type Sameness = Row;

fn sameness(row: &Row) -> Sameness {
    let at = Instant::from_micros(row.at.micros().div_euclid(MINUTE));
    Row { at, amount: 0, request_id: String::new(), ..row.clone() }
}

/// The rows of the last minute, by what makes events equal: what comes again is counted there.
#[derive(Default)]
pub(super) struct Recent {
    rows: HashMap<Sameness, i64>,
    minute: i64,
}

/// What a batch comes to: rows to add, and rows to count up.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged {
    new: Vec<(Sameness, Row)>,
    more: HashMap<i64, i32>,
}

impl Recent {
    /// Merges the events of a batch with each other and with those of the last minute.
    pub(super) fn merge(&self, events: Vec<Row>) -> Merged {
        let mut merged = Merged::default();
        let mut places: HashMap<Sameness, usize> = HashMap::new();
        for row in events {
            let same = sameness(&row);
            if let Some(seq) = self.rows.get(&same) {
                *merged.more.entry(*seq).or_default() += row.amount;
                continue;
            }
            match places.entry(same.clone()) {
                Place::Occupied(place) => {
                    if let Some((_, first)) = merged.new.get_mut(*place.get()) {
                        first.amount += row.amount;
                    }
                }
                Place::Vacant(place) => {
                    place.insert(merged.new.len());
                    merged.new.push((same, row));
                }
            }
        }
        merged
    }

    /// Remembers what was written.
    pub(super) fn remember(&mut self, written: Vec<(Sameness, i64)>) {
        for (same, seq) in written {
            let minute = same.at.micros();
            if minute > self.minute || self.rows.len() >= MOST_REMEMBERED {
                self.rows.clear();
                self.minute = self.minute.max(minute);
            }
            self.rows.insert(same, seq);
        }
    }
}

impl Merged {
    /// Writes it, but for reads in tenants that do not want them. The positions of the rows that were added.
    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Result<Vec<(Sameness, i64)>> {
        let mut wants: HashMap<TenantId, bool> = HashMap::new();
        let mut written = Vec::with_capacity(self.new.len());
        for (same, row) in &self.new {
            let wanted = match wants.entry(row.tenant_id) {
                Place::Occupied(known) => *known.get(),
                Place::Vacant(place) => *place.insert(wants_reads(tx, row.tenant_id)?),
            };
            if wanted || row.kind != Kind::Read.as_str() {
                written.push((same.clone(), rows::insert(tx, row)?));
            }
        }
        self.more.iter().try_for_each(|(seq, by)| rows::count_up(tx, *seq, *by))?;
        Ok(written)
    }
}

/// Whether a tenant wants to know who looked at what: it does unless its settings say otherwise.
fn wants_reads(tx: &mut Tx<'_>, tenant: TenantId) -> Result<bool> {
    let settings = tenants::settings(tx, tenant)?;
    Ok(settings.is_none_or(|settings| settings.pointer("/records/reads") != Some(&Value::Bool(false))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, actor: &str) -> Row {
        let tenant = TenantId::new(Instant::from_micros(0), [1; 10]);
        let cx = Cx { request_id: format!("r{at}"), now: Instant::from_micros(at) };
        Event { actor: ("user", actor.to_owned()), ..Event::anonymous(Kind::Read, "success", tenant, &cx) }.row()
    }

    fn seqs(merged: &Merged) -> Vec<(Sameness, i64)> {
        merged.new.iter().zip(1..).map(|((same, _), seq)| (same.clone(), seq)).collect()
    }

    #[test]
    fn equal_events_of_one_actor_and_minute_are_one_row() {
        let mut recent = Recent::default();
        let first = recent.merge(vec![event(1, "ann"), event(2, "bob"), event(3, "ann"), event(MINUTE, "ann")]);
        let amounts: Vec<(i64, i32)> = first.new.iter().map(|(_, row)| (row.at.micros(), row.amount)).collect();
        assert_eq!(amounts, [(1, 2), (2, 1), (MINUTE, 1)]);
        recent.remember(seqs(&first));
        let second = recent.merge(vec![event(MINUTE + 1, "ann"), event(MINUTE + 2, "bob"), event(MINUTE + 3, "ann")]);
        assert_eq!(second.more, HashMap::from([(3, 2)]));
        assert_eq!(second.new.len(), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut recent = Recent::default();
        for actor in 0..3 * MOST_REMEMBERED {
            let merged = recent.merge(vec![event(0, &actor.to_string())]);
            recent.remember(seqs(&merged));
        }
        assert!(recent.rows.len() <= MOST_REMEMBERED);
    }

    #[test]
    fn no_detail_is_too_long_or_holds_a_nul() {
        let tenant = TenantId::new(Instant::from_micros(0), [1; 10]);
        let cx = Cx { request_id: "r".to_owned(), now: Instant::from_micros(0) };
        let with = |detail| Event { detail, ..Event::anonymous(Kind::Denied, "denied", tenant, &cx) }.row().detail;
        let json = |value| Json::of(&value).unwrap();
        assert_eq!(with(serde_json::json!({"a": ["\0"]})), json(serde_json::json!({"a": ["\u{fffd}"]})));
        assert_eq!(with("x".repeat(5000).into()), json(serde_json::json!({"omitted": "longer than 4 KiB"})));
    }
}
