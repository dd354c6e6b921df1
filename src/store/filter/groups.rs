//! Tests of a group as SQL over its columns and members.

use diesel::prelude::*;
use scim_core::evaluate::{Comparison, Condition, Field, Leaf, Operand, Place, SubTest, Test};

use super::{Keys, Plan, Sql, Translated, instant_column, key_column, plan};
use crate::ids::{GroupId, UserId};
use crate::store::schema::{group_member, groups};

type Groups = groups::table;

/// What SQL can say of a condition on groups.
pub(in crate::store) fn condition(condition: &Condition) -> Plan<Groups> {
    plan(condition, &|leaf| match leaf {
        Leaf::Value { field, test } => value(field, test),
        Leaf::Element { field, condition } => match condition {
            Condition::Leaf(SubTest { name, test, .. }) if field.name == "members" && name == "value" => member(test),
            _ => None,
        },
    })
}

fn value(field: &Field, test: &Test) -> Option<Translated<Groups>> {
    if field.place != Place::Core {
        return None;
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("id", None) => id(test),
        ("displayName", None) => key_column(groups::display_name_folded, Keys::PerhapsCut, test),
        ("externalId", None) => external_id(test),
        ("members", Some("value")) => member(test),
        ("meta", Some("created")) => instant_column(groups::created, true, test),
        ("meta", Some("lastModified")) => instant_column(groups::modified, true, test),
        _ => None,
    }
}

fn id(test: &Test) -> Option<Translated<Groups>> {
    let Test::Compare(Comparison::Equal, Operand::Text(operand)) = test else {
        return None;
    };
    let sql: Sql<Groups> = match operand.parse::<GroupId>() {
        Ok(id) => Box::new(groups::id.eq(id)),
        Err(_) => super::never(),
    };
    Some(Translated::through_index(sql))
}

fn external_id(test: &Test) -> Option<Translated<Groups>> {
    let present = groups::external_id.is_not_null();
    match test {
        Test::Present => Some(Translated::by_scan(Box::new(present))),
        Test::Compare(Comparison::Equal, Operand::Text(operand)) => {
            let equal = groups::external_id.assume_not_null().eq(operand.clone());
            Some(Translated::through_index(Box::new(present.and(equal))))
        }
        Test::Compare(..) => None,
    }
}

/// A member's id: a user's or a group's, which share one column.
fn member(test: &Test) -> Option<Translated<Groups>> {
    let rows = group_member::table;
    match test {
        Test::Present => {
            let any = rows.select(group_member::group_id);
            Some(Translated::by_scan(Box::new(groups::id.eq_any(any))))
        }
        Test::Compare(Comparison::Equal, Operand::Text(operand)) => {
            let sql: Sql<Groups> = match operand.parse::<UserId>() {
                Ok(id) => {
                    let holding = rows.filter(group_member::member_id.eq(id)).select(group_member::group_id);
                    Box::new(groups::id.eq_any(holding))
                }
                Err(_) => super::never(),
            };
            Some(Translated::through_index(sql))
        }
        Test::Compare(..) => None,
    }
}
