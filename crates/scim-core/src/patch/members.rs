//! Operations on the attribute whose values are kept outside of the document: they become changes by id.
//!
//! The values that are there are never needed, so that a change of one member costs the same in a group of any size.

use scim_filter_parser::ast::{Comparison, ElementFilter, ElementTest, Expression, Literal, Operator};
use serde_json::{Map, Value};

use crate::error::{Invalid, Kind, clip};
use crate::evaluate::{Condition, SubTest};
use crate::policy::{Note, Policy, UnknownAttributes};
use crate::schema::{Attribute, Type};

use super::MemberChange;
use super::envelope::Verb;
use super::listed;
use super::read_operations::{Reader, Site};

impl Reader<'_> {
    /// Reads one operation on the attribute, with or without brackets.
    pub(super) fn read_members(
        &mut self,
        verb: Verb,
        site: Site<'_>,
        brackets: Option<(&ElementFilter, Condition<SubTest>)>,
        value: Option<&Value>,
    ) -> Result<(), Invalid> {
        if site.at.sub.is_some() {
            let why = "cannot be changed within a member: remove the member and add another";
            return Err(Invalid::at(Kind::Mutability, clip(site.label), why));
        }
        let path = clip(site.label);
        let change = match (verb, brackets) {
            (_, None) => {
                let definition = site.at.attribute;
                let mut elements = Elements { definition, policy: self.policy, notes: &mut self.notes, path };
                change(&mut elements, verb, value)?
            }
            (Verb::Remove, Some((filter, condition))) => Some(match (named_ids(filter), value) {
                (Some(ids), None | Some(Value::Null)) => MemberChange::Remove(ids),
                (_, value) => self
                    .listed_as_well(site, condition, value)?
                    .map_or(MemberChange::Remove(Vec::new()), MemberChange::RemoveWhere),
            }),
            _ => {
                return Err(Invalid::at(Kind::NoTarget, path, "selects members, which are only added and removed"));
            }
        };
        self.members.extend(change.filter(|change| *change != MemberChange::Remove(Vec::new())));
        Ok(())
    }
}

/// Reads the change that an operation without brackets asks for; `None` when it asks for none.
fn change(reader: &mut Elements<'_>, verb: Verb, value: Option<&Value>) -> Result<Option<MemberChange>, Invalid> {
    let some = |ids: Vec<String>, change: fn(Vec<String>) -> MemberChange| (!ids.is_empty()).then(|| change(ids));
    match (verb, value) {
        (Verb::Remove, None | Some(Value::Null)) => Ok(Some(MemberChange::RemoveAll)),
        (Verb::Remove, Some(value)) => {
            let ids = reader.ids(listed::items(reader.definition, value))?;
            Ok(some(ids, MemberChange::Remove))
        }
        (_, None) => Err(Invalid::value(reader.path, "needs a value")),
        (Verb::Add, Some(value)) => Ok(some(reader.given(value)?, MemberChange::Add)),
        (Verb::Replace, Some(Value::Object(_))) => Err(Invalid::value(reader.path, "must be a list")),
        (Verb::Replace, Some(value)) => Ok(Some(MemberChange::Replace(reader.given(value)?))),
    }
}

/// The ids that a filter names, when it does nothing but name ids: `value eq "a" or value eq "b"`.
fn named_ids(filter: &ElementFilter) -> Option<Vec<String>> {
    let id = |operand: &ElementFilter| match operand {
        Expression::Term(ElementTest {
            name,
            comparison: Comparison::Compare(Operator::Equal, Literal::String(id)),
        }) => name.eq_ignore_ascii_case("value").then(|| id.clone()),
        _ => None,
    };
    match filter {
        Expression::Or(operands) => operands.iter().map(id).collect(),
        single => id(single).map(|id| vec![id]),
    }
}

/// Reads elements of the attribute down to their ids.
struct Elements<'a> {
    definition: &'a Attribute,
    policy: &'a Policy,
    notes: &'a mut Vec<Note>,
    path: &'a str,
}

impl Elements<'_> {
    /// The ids of a list, or of one element given alone.
    fn given(&mut self, value: &Value) -> Result<Vec<String>, Invalid> {
        let is_element = |value: &Value| value.is_object();
        match value {
            Value::Null => Ok(Vec::new()),
            Value::String(text) if text.is_empty() => Ok(Vec::new()),
            Value::Object(_) => self.ids(vec![value]),
            Value::Array(items) => match items.iter().position(|item| !is_element(item)) {
                Some(at) => Err(self.invalid(at, "must be an object")),
                None => self.ids(items.iter().collect()),
            },
            _ => Err(Invalid::value(self.path, "must be a list")),
        }
    }

    fn ids(&mut self, items: Vec<&Value>) -> Result<Vec<String>, Invalid> {
        items.into_iter().enumerate().map(|(at, item)| self.id(at, item)).collect()
    }

    fn id(&mut self, at: usize, item: &Value) -> Result<String, Invalid> {
        let members = match item {
            Value::Object(members) => members,
            Value::String(id) if !id.is_empty() => return Ok(id.clone()),
            _ => return Err(self.invalid(at, "does not name a member")),
        };
        self.check(at, members)?;
        let text = |name: &str| find(members, name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let referred = || text("$ref").and_then(last_segment);
        let id = text("value").or_else(referred).map(str::to_owned);
        id.ok_or_else(|| self.invalid(at, "needs a value, the id of a member"))
    }

    /// Types are checked although only the id counts: a client that sends something else is mistaken about what it sends.
    fn check(&mut self, at: usize, members: &Map<String, Value>) -> Result<(), Invalid> {
        for (name, value) in members {
            let path = format!("{}[{at}].{name}", self.path);
            match self.definition.sub(name) {
                Some(sub) if !value.is_null() && !is_of(sub.kind, value) => {
                    return Err(Invalid::value(path, "is of the wrong type"));
                }
                Some(_) => {}
                None if self.policy.unknown_attributes == UnknownAttributes::Refuse => {
                    return Err(Invalid::at(Kind::InvalidSyntax, path, "is no attribute of this type"));
                }
                None => Note::push(self.notes, Note::UnknownAttributeIgnored, path),
            }
        }
        Ok(())
    }

    fn invalid(&self, at: usize, why: &str) -> Invalid {
        Invalid::value(format!("{}[{at}]", self.path), why)
    }
}

fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn is_of(kind: Type, value: &Value) -> bool {
    match kind {
        Type::Boolean => value.is_boolean(),
        Type::Integer | Type::Decimal => value.is_number(),
        Type::String | Type::Reference | Type::Binary | Type::DateTime => value.is_string(),
        Type::Complex => value.is_object(),
    }
}

/// The last segment of a URI's path, which is where resources carry their id.
fn last_segment(uri: &str) -> Option<&str> {
    let path = uri.split(['?', '#']).next()?;
    path.trim_end_matches('/').rsplit('/').next().filter(|segment| !segment.is_empty())
}
