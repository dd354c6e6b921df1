//! Operations after reading: what changes where, with values in canonical form. Plain data.

use serde_json::{Map, Value};

use crate::evaluate::{Condition, Place, SubTest};
use crate::schema::{Attribute, Home, TypeIndex};

/// One change of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) target: Target,
    pub(super) change: Change,
}

/// The attribute that changes, in its registered spelling.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) name: String,
    /// How the client named it, for errors and notes.
    pub(super) label: String,
}

impl Target {
    pub(super) fn new(home: Home<'_>, attribute: &Attribute, label: &str) -> Self {
        Self { place: Place::from(home), name: attribute.name.clone(), label: label.to_owned() }
    }

    pub(super) fn definition<'a>(&self, index: &'a TypeIndex) -> Option<&'a Attribute> {
        match &self.place {
            Place::Core => index.core(&self.name),
            Place::Extension(urn) => index.in_extension(urn, &self.name).map(|(_, attribute)| attribute),
        }
    }
}

/// How an attribute changes.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// As a whole.
    Whole(Edit),
    /// Some sub-attributes of a single complex value; the others stay.
    Parts(Vec<Part>),
    /// Some elements of a list of complex values.
    Elements(Selection, Action),
}

/// A change of one sub-attribute, named in its registered spelling.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) sub: String,
    pub(super) edit: Edit,
}

impl Part {
    /// Whether it leaves no value.
    pub(super) fn unassigns(&self) -> bool {
        matches!(self.edit, Edit::Unset | Edit::Remove(_))
    }
}

/// A change of the value, or the list of values, under one name.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// This is the value, or the whole list.
    Set(Value),
    /// There is no value.
    Unset,
    /// These come to the list, unless equal ones are there.
    Append(Vec<Value>),
    /// Elements equal to one of these leave the list. For lists of simple values only.
    Remove(Vec<Value>),
}

/// Which elements of a list are meant.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// What an element must meet; all elements without it.
    pub(super) filter: Option<Condition<SubTest>>,
    /// The element that the filter describes, when it describes one.
    pub(super) seed: Option<Map<String, Value>>,
    /// Whether that element is created when none is selected, even under a policy that does not create for `replace`.
    pub(super) creates: bool,
}

/// What happens to each selected element.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Some of its sub-attributes change.
    Parts(Vec<Part>),
    /// It leaves the list.
    Remove,
}

impl Action {
    /// Whether it makes what it is applied to the primary element.
    pub(super) fn sets_primary(&self) -> bool {
        let sets = |part: &Part| part.sub == "primary" && matches!(part.edit, Edit::Set(Value::Bool(true)));
        match self {
            Self::Parts(parts) => parts.iter().any(sets),
            Self::Remove => false,
        }
    }
}
