//! Tests of a resource of a custom type as SQL over its columns. Whatever a tenant's schemas define is in the document
//! and evaluated in memory.

use diesel::prelude::*;
use scim_core::evaluate::{Comparison, Condition, Field, Leaf, Operand, Place, Test};

use super::{Plan, Sql, Translated, instant_column, plan};
use crate::ids::ResourceId;
use crate::store::schema::resource;

type Resources = resource::table;

/// What SQL can say of a condition on resources of a custom type.
pub(in crate::store) fn condition(condition: &Condition) -> Plan<Resources> {
    plan(condition, &|leaf| match leaf {
        Leaf::Value { field, test } => value(field, test),
        Leaf::Element { .. } => None,
    })
}

fn value(field: &Field, test: &Test) -> Option<Translated<Resources>> {
    if field.place != Place::Core {
        return None;
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("id", None) => id(test),
        ("externalId", None) => external_id(test),
        ("meta", Some("created")) => instant_column(resource::created, false, test),
        ("meta", Some("lastModified")) => instant_column(resource::modified, false, test),
        _ => None,
    }
}

fn id(test: &Test) -> Option<Translated<Resources>> {
    let Test::Compare(Comparison::Equal, Operand::Text(operand)) = test else {
        return None;
    };
    let sql: Sql<Resources> = match operand.parse::<ResourceId>() {
        Ok(id) => Box::new(resource::id.eq(id)),
        Err(_) => super::never(),
    };
    Some(Translated::through_index(sql))
}

fn external_id(test: &Test) -> Option<Translated<Resources>> {
    let present = resource::external_id.is_not_null();
    match test {
        Test::Present => Some(Translated::by_scan(Box::new(present))),
        Test::Compare(Comparison::Equal, Operand::Text(operand)) => {
            let equal = resource::external_id.assume_not_null().eq(operand.clone());
            Some(Translated::through_index(Box::new(present.and(equal))))
        }
        Test::Compare(..) => None,
    }
}
