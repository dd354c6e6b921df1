//! Tests of a user as SQL over its columns, index rows, links and memberships.

use diesel::prelude::*;
use scim_core::evaluate::{Comparison, Condition, Field, Leaf, Operand, Place, SubTest, Test};

use super::{Keys, Plan, Sql, Translated, instant_column, key_column, plan};
use crate::ids::{ConnectionId, GroupId, UserId};
use crate::store::schema::{group_member, identity, user_attribute, users};
use crate::store::search::{Contains, Part, Place as Where};
use crate::store::text;

type Users = users::table;

/// What SQL can say of a condition on users, as the connection sees them.
pub(in crate::store) fn condition(condition: &Condition, connection: Option<ConnectionId>) -> Plan<Users> {
    plan(condition, &|leaf| match leaf {
        Leaf::Value { field, test } => value(field, test, connection),
        Leaf::Element { field, condition } => element(field, condition),
    })
}

fn value(field: &Field, test: &Test, connection: Option<ConnectionId>) -> Option<Translated<Users>> {
    if let Some(found) = part_of(field).and_then(|part| search(part, test)) {
        return Some(found);
    }
    if let Some(path) = field.indexed {
        return index_row(path, None, test);
    }
    if field.place != Place::Core {
        return None;
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("id", None) => id(test),
        ("userName", None) => key_column(users::user_name_folded, Keys::Whole, test).map(living),
        ("displayName", None) => display_name(test).map(living),
        ("externalId", None) => external_id(test, connection?),
        ("active", None) => active(test),
        ("meta", Some("created")) => instant_column(users::created, true, test),
        ("meta", Some("lastModified")) => instant_column(users::modified, true, test),
        ("groups", Some("value")) => direct_group(test),
        _ => None,
    }
}

/// Says again that the user lives, as every list does: SQLite else does not see, within an OR, that an index of living
/// users will do.
fn living(found: Translated<Users>) -> Translated<Users> {
    Translated { sql: Box::new(users::deleted.is_null().and(found.sql)), ..found }
}

/// The part of the searched text that an attribute is.
fn part_of(field: &Field) -> Option<Part> {
    match (&field.place, field.name.as_str(), field.sub.as_deref()) {
        (Place::Core, "userName", None) => Some(Part::UserName),
        (Place::Core, "displayName", None) => Some(Part::DisplayName),
        (Place::Core, "emails", None | Some("value")) => Some(Part::Email),
        _ => None,
    }
}

/// `co` and `ew`, as far as the search index finds them. It leads to the rows, but to how many is not known before: so
/// they are searched in the lane for long reads.
fn search(part: Part, test: &Test) -> Option<Translated<Users>> {
    let Test::Compare(comparison, Operand::Text(operand)) = test else {
        return None;
    };
    let place = match comparison {
        Comparison::Contains => Where::Anywhere,
        Comparison::EndsWith => Where::End,
        _ => return None,
    };
    if !text::is_decided_by_key(operand) {
        return None;
    }
    Some(Translated::by_scan(Box::new(Contains::new(part, place, operand)?)))
}

fn id(test: &Test) -> Option<Translated<Users>> {
    let Test::Compare(Comparison::Equal, Operand::Text(operand)) = test else {
        return None;
    };
    let sql: Sql<Users> = match operand.parse::<UserId>() {
        Ok(id) => Box::new(users::id.eq(id)),
        Err(_) => super::never(),
    };
    Some(Translated::through_index(sql))
}

fn display_name(test: &Test) -> Option<Translated<Users>> {
    let present = users::display_name_folded.is_not_null();
    let Translated { sql, exact, indexed } =
        key_column(users::display_name_folded.assume_not_null(), Keys::PerhapsCut, test)?;
    Some(Translated { sql: Box::new(present.and(sql)), exact, indexed })
}

fn external_id(test: &Test, connection: ConnectionId) -> Option<Translated<Users>> {
    let links = identity::table.filter(identity::connection_id.eq(connection)).filter(identity::hidden.eq(false));
    match test {
        Test::Present => {
            let linked = links.filter(identity::subject.is_not_null()).select(identity::user_id);
            Some(Translated::by_scan(Box::new(users::id.eq_any(linked))))
        }
        Test::Compare(Comparison::Equal, Operand::Text(operand)) => {
            let linked = links.filter(identity::subject.eq(operand.clone())).select(identity::user_id);
            Some(Translated::through_index(Box::new(users::id.eq_any(linked))))
        }
        Test::Compare(..) => None,
    }
}

fn active(test: &Test) -> Option<Translated<Users>> {
    let sql: Sql<Users> = match test {
        Test::Present => Box::new(users::active.is_not_null()),
        Test::Compare(Comparison::Equal, Operand::Boolean(operand)) => {
            Box::new(users::active.is_not_null().and(users::active.assume_not_null().eq(*operand)))
        }
        Test::Compare(..) => return None,
    };
    Some(Translated::by_scan(sql))
}

/// Only narrows down when it is negated nowhere: indirect memberships are not in the rows, so this is no exact answer
/// and [`plan`] leaves the rest to the evaluation. A user in no group at all cannot match.
fn direct_group(test: &Test) -> Option<Translated<Users>> {
    let Test::Compare(Comparison::Equal, Operand::Text(operand)) = test else {
        return None;
    };
    if operand.parse::<GroupId>().is_err() {
        return Some(Translated::through_index(super::never()));
    }
    let in_some_group = group_member::table.filter(group_member::is_group.eq(false)).select(group_member::member_id);
    Some(Translated { sql: Box::new(users::id.eq_any(in_some_group)), exact: false, indexed: false })
}

/// `emails.value eq "x"`, or with `kind`, `emails[type eq "work" and value eq "x"]`.
fn index_row(path: i32, kind: Option<&str>, test: &Test) -> Option<Translated<Users>> {
    let Test::Compare(comparison, Operand::Text(operand)) = test else {
        return None;
    };
    if !text::is_decided_by_key(operand) || !kind.is_none_or(text::is_decided_by_key) {
        return None;
    }
    let operand = operand.clone();
    let of_path = user_attribute::table.filter(user_attribute::path_id.eq(path)).select(user_attribute::user_seq);
    let of_kind = |kind: &str| of_path.filter(user_attribute::kind.eq(kind.to_owned()));
    // Four statements in full: a boxed sub-select is one engine's, not both's.
    let sql: Sql<Users> = match (comparison, kind) {
        (Comparison::Equal, None) => {
            Box::new(users::seq.eq_any(of_path.filter(user_attribute::value_folded.eq(operand))))
        }
        (Comparison::Equal, Some(kind)) => {
            Box::new(users::seq.eq_any(of_kind(kind).filter(user_attribute::value_folded.eq(operand))))
        }
        (Comparison::StartsWith, kind) => {
            let end = text::after_prefix(&operand)?;
            let range = user_attribute::value_folded.ge(operand).and(user_attribute::value_folded.lt(end));
            match kind {
                None => Box::new(users::seq.eq_any(of_path.filter(range))),
                Some(kind) => Box::new(users::seq.eq_any(of_kind(kind).filter(range))),
            }
        }
        _ => return None,
    };
    Some(Translated::through_index(sql))
}

/// The forms that identity providers send: a value, alone or with a type, in either order.
fn element(field: &Field, condition: &Condition<SubTest>) -> Option<Translated<Users>> {
    let path = field.indexed?;
    let tests: Vec<&SubTest> = match condition {
        Condition::Leaf(test) => vec![test],
        Condition::And(all) => all
            .iter()
            .map(|part| match part {
                Condition::Leaf(test) => Some(test),
                _ => None,
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let (mut kind, mut value) = (None, None);
    for test in tests {
        let repeated = match (test.name.as_str(), &test.test) {
            ("type", Test::Compare(Comparison::Equal, Operand::Text(operand))) => {
                kind.replace(operand.as_str()).is_some()
            }
            ("value", Test::Compare(..)) => value.replace(&test.test).is_some(),
            _ => return None,
        };
        if repeated {
            return None;
        }
    }
    let value = value?;
    match (part_of(field).and_then(|part| search(part, value)), kind) {
        (Some(found), None) => Some(found),
        // Another element than the one of that type may hold it.
        (Some(found), Some(_)) => Some(Translated { exact: false, ..found }),
        (None, kind) => index_row(path, kind, value),
    }
}
