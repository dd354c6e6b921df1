//! The values of operations: what an attribute, a sub-attribute or selected elements are to become.

use scim_filter_parser::ast::{Comparison, ElementFilter, ElementTest, Expression, Literal, Operator};
use serde_json::{Map, Value};

use crate::error::{Invalid, Kind, clip};
use crate::evaluate::{Condition, SubTest, Unknown, compile_element};
use crate::policy::{Note, UnknownAttributes};
use crate::read;
use crate::schema::{Attribute, Mutability, Resolved, Type};

use super::envelope::Verb;
use super::operation::{Action, Change, Edit, Part, Selection};
use super::read_operations::{Reader, Site, part, refuse_duplicates, required_removed};
use super::{elements, listed};

impl Reader<'_> {
    /// The change of a whole attribute; `None` when the value asks for none.
    pub(super) fn whole(
        &mut self,
        verb: Verb,
        site: Site<'_>,
        value: Option<&Value>,
    ) -> Result<Option<Change>, Invalid> {
        let attribute = site.at.attribute;
        match (verb, attribute.kind, attribute.multi_valued, value) {
            (Verb::Remove, Type::Complex, true, Some(value)) if !value.is_null() => {
                let listed = self.listed(site, value)?;
                Ok(listed.map(|condition| remove_where(Some(condition))))
            }
            (Verb::Add | Verb::Replace, Type::Complex, false, Some(value)) if !is_empty(value) => {
                let parts = self.parts(verb, site, value)?;
                Ok((!parts.is_empty()).then_some(Change::Parts(parts)))
            }
            _ => Ok(self.edit(verb, site, value)?.map(Change::Whole)),
        }
    }

    /// The change of what stands under one name: a value, or a list of values.
    pub(super) fn edit(&mut self, verb: Verb, site: Site<'_>, value: Option<&Value>) -> Result<Option<Edit>, Invalid> {
        let definition = site.definition();
        match (verb, value) {
            (Verb::Remove, Some(value)) if definition.multi_valued && !value.is_null() => {
                let listed = listed::values(definition, value, clip(site.label))?;
                Ok((!listed.is_empty()).then_some(Edit::Remove(listed)))
            }
            (Verb::Remove, _) if definition.required => Err(required_removed(site)),
            (Verb::Remove, _) => Ok(Some(Edit::Unset)),
            (_, None) => Err(Invalid::value(clip(site.label), "needs a value")),
            (Verb::Add, Some(value)) if definition.multi_valued => {
                let given = self.list(site, value, true)?;
                Ok((!given.is_empty()).then_some(Edit::Append(given)))
            }
            (Verb::Replace, Some(value)) if definition.multi_valued => {
                let given = self.list(site, value, false)?;
                let mut list = Vec::with_capacity(given.len());
                elements::append(definition, &mut list, &given, &mut self.budget)?;
                self.set(site, (!list.is_empty()).then_some(Value::Array(list)))
            }
            (_, Some(value)) => {
                let (policy, notes) = (self.policy, &mut self.notes);
                let read = read::sub_attribute(self.index, site.at, value.clone(), policy, notes, site.label)?;
                self.set(site, read)
            }
        }
    }

    fn set(&self, site: Site<'_>, value: Option<Value>) -> Result<Option<Edit>, Invalid> {
        match value {
            Some(value) => Ok(Some(Edit::Set(value))),
            None if site.definition().required => Err(Invalid::value(clip(site.label), "is required")),
            None => Ok(Some(Edit::Unset)),
        }
    }

    /// The elements of a list. They are read one by one: which of several primaries stays is settled when they are applied.
    fn list(&mut self, site: Site<'_>, value: &Value, accepts_one: bool) -> Result<Vec<Value>, Invalid> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            empty if is_empty(empty) => &[],
            one if accepts_one => std::slice::from_ref(one),
            _ => return Err(Invalid::value(clip(site.label), "must be a list")),
        };
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let path = format!("{}[{at}]", clip(site.label));
            list.extend(self.element(site, item, &path)?);
        }
        Ok(list)
    }

    fn element(&mut self, site: Site<'_>, item: &Value, path: &str) -> Result<Option<Value>, Invalid> {
        let (index, policy, notes) = (self.index, self.policy, &mut self.notes);
        let Resolved { home, attribute, sub } = site.at;
        if sub.is_none() {
            return read::element(index, home, attribute, item.clone(), policy, notes, path);
        }
        let list = Value::Array(vec![item.clone()]);
        let read = read::sub_attribute(index, site.at, list, policy, notes, path)?;
        Ok(read.and_then(|list| match list {
            Value::Array(mut list) => list.pop(),
            _ => None,
        }))
    }

    /// The sub-attributes that an object names; those it does not name stay as they are.
    fn parts(&mut self, verb: Verb, site: Site<'_>, value: &Value) -> Result<Vec<Part>, Invalid> {
        let Value::Object(members) = value else {
            return Err(Invalid::value(clip(site.label), "must be an object"));
        };
        refuse_duplicates(members.keys())?;
        let attribute = site.at.attribute;
        let mut parts = Vec::with_capacity(members.len());
        for (name, value) in members {
            let label = format!("{}.{name}", site.label);
            let Some(sub) = attribute.sub(name) else {
                self.unknown_part(&label)?;
                continue;
            };
            if sub.mutability == Mutability::ReadOnly || attribute.fills_in(sub) {
                if !attribute.fills_in(sub) {
                    Note::push(&mut self.notes, Note::ReadOnlyIgnored, &label);
                }
                continue;
            }
            let at = Resolved { sub: Some(sub), ..site.at };
            parts.extend(self.edit(verb, Site { at, label: &label }, Some(value))?.map(|edit| part(sub, edit)));
        }
        Ok(parts)
    }

    fn unknown_part(&mut self, label: &str) -> Result<(), Invalid> {
        match self.policy.unknown_attributes {
            UnknownAttributes::Refuse => {
                Err(Invalid::at(Kind::InvalidSyntax, clip(label), "is no attribute of this type"))
            }
            UnknownAttributes::Ignore => {
                Note::push(&mut self.notes, Note::UnknownAttributeIgnored, label);
                Ok(())
            }
        }
    }

    /// What happens to selected elements; `None` when the value asks for nothing.
    pub(super) fn action(
        &mut self,
        verb: Verb,
        site: Site<'_>,
        value: Option<&Value>,
    ) -> Result<Option<Action>, Invalid> {
        if let Some(sub) = site.at.sub {
            return Ok(self.edit(verb, site, value)?.map(|edit| Action::Parts(vec![part(sub, edit)])));
        }
        let value = match value {
            Some(Value::Array(items)) if items.len() == 1 => items.first(),
            other => other,
        };
        match value {
            Some(value) if !is_empty(value) => Ok(Some(Action::Parts(self.parts(verb, site, value)?))),
            _ if verb == Verb::Replace => Ok(Some(Action::Remove)),
            _ => Ok(None),
        }
    }

    /// The removal of the elements that meet a condition and, when a value is given, are listed there.
    pub(super) fn removal_within(
        &mut self,
        site: Site<'_>,
        condition: Condition<SubTest>,
        value: Option<&Value>,
    ) -> Result<Change, Invalid> {
        Ok(remove_where(self.listed_as_well(site, condition, value)?))
    }

    /// A condition narrowed to what a `value` beside it lists; `None` when that lists nothing.
    pub(super) fn listed_as_well(
        &mut self,
        site: Site<'_>,
        condition: Condition<SubTest>,
        value: Option<&Value>,
    ) -> Result<Option<Condition<SubTest>>, Invalid> {
        match value {
            None | Some(Value::Null) => Ok(Some(condition)),
            Some(value) => {
                let listed = self.listed(site, value)?;
                Ok(listed.map(|listed| Condition::And(vec![condition, listed])))
            }
        }
    }

    /// The condition that the listed elements meet; `None` when none is listed.
    fn listed(&mut self, site: Site<'_>, value: &Value) -> Result<Option<Condition<SubTest>>, Invalid> {
        let attribute = site.at.attribute;
        let filter = listed::filter(attribute, value, clip(site.label))?;
        let compile = |filter| compile_element(attribute, &filter, self.leniency(), Unknown::NoValue);
        let condition = filter.map(compile).transpose();
        condition.map_err(|invalid| Invalid { kind: Kind::InvalidValue, ..invalid })
    }

    /// The element that a filter describes when it is an `eq` or an `and` of them; `None` otherwise.
    pub(super) fn seed(
        &mut self,
        site: Site<'_>,
        filter: &ElementFilter,
        condition: &Condition<SubTest>,
    ) -> Option<Map<String, Value>> {
        let terms = match filter {
            Expression::And(operands) => operands.as_slice(),
            single => std::slice::from_ref(single),
        };
        let seed: Map<_, _> = terms.iter().map(|term| self.seed_part(site, term)).collect::<Option<_>>()?;
        condition.matches(&seed).then_some(seed)
    }

    fn seed_part(&mut self, site: Site<'_>, term: &ElementFilter) -> Option<(String, Value)> {
        let Expression::Term(ElementTest { name, comparison: Comparison::Compare(Operator::Equal, literal) }) = term
        else {
            return None;
        };
        let attribute = site.at.attribute;
        let sub = attribute.sub(name)?;
        if sub.mutability == Mutability::ReadOnly || attribute.fills_in(sub) {
            return None;
        }
        let value = literal_value(sub, literal, self.leniency().coerce_booleans)?;
        let at = Resolved { sub: Some(sub), ..site.at };
        let read = read::sub_attribute(self.index, at, value, self.policy, &mut self.notes, site.label);
        Some((sub.name.clone(), read.ok()??))
    }
}

fn remove_where(condition: Option<Condition<SubTest>>) -> Change {
    let condition = condition.unwrap_or(Condition::Constant(false));
    Change::Elements(Selection { filter: Some(condition), seed: None, creates: false }, Action::Remove)
}

/// The value that an operand stands for.
fn literal_value(sub: &Attribute, literal: &Literal, coerces: bool) -> Option<Value> {
    match (sub.kind, literal) {
        (Type::Boolean, Literal::String(text)) if coerces => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        (Type::String, Literal::Number(digits)) if coerces => Some(Value::String(digits.clone())),
        (_, Literal::String(text)) => Some(Value::String(text.clone())),
        (_, Literal::Number(digits)) => serde_json::from_str(digits).ok(),
        (_, Literal::Boolean(value)) => Some(Value::Bool(*value)),
        (_, Literal::Null) => None,
    }
}

/// Null, the empty string, list and object: no value (RFC 7643 section 2.5).
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
