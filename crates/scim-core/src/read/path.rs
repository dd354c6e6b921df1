//! Where a value stands, for errors: a chain on the stack that becomes text only when something is wrong.

use std::fmt;

use crate::error::clip;

/// A place in a body.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    /// The body itself, which has no name.
    Body,
    /// The object of an extension.
    Extension(&'a str),
    /// An attribute or sub-attribute.
    Member(&'a str),
    /// An element of a list.
    Element(usize),
}

impl<'a> Path<'a> {
    /// The body itself.
    pub(super) const BODY: Path<'static> = Path { parent: None, step: Step::Body };

    /// An attribute that a caller has named.
    pub(super) fn root(name: &'a str) -> Self {
        Self { parent: None, step: Step::Member(name) }
    }

    /// The object of an extension in a body.
    pub(super) fn extension(urn: &'a str) -> Self {
        Self { parent: None, step: Step::Extension(urn) }
    }

    /// A member of this object.
    pub(super) fn member<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Member(name) }
    }

    /// An element of this list.
    pub(super) fn element<'b>(&'b self, at: usize) -> Path<'b> {
        Path { parent: Some(self), step: Step::Element(at) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match (self.step, self.parent.map(|parent| parent.step)) {
            (Step::Body, _) => Ok(()),
            (Step::Extension(urn), _) => formatter.write_str(urn),
            (Step::Element(at), _) => write!(formatter, "[{at}]"),
            (Step::Member(name), None | Some(Step::Body)) => formatter.write_str(clip(name)),
            (Step::Member(name), Some(Step::Extension(_))) => write!(formatter, ":{}", clip(name)),
            (Step::Member(name), Some(_)) => write!(formatter, ".{}", clip(name)),
        }
    }
}
