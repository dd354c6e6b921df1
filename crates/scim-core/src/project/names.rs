//! The names in `attributes` and `excludedAttributes`, resolved.

use crate::error::{Invalid, Kind};
use crate::schema::{Attribute, TypeIndex};

/// Attributes and sub-attributes that a request names, in registered spelling, each attribute once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(Vec<Named>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    /// The URN of the extension; `None` for a core attribute.
    home: Option<String>,
    name: String,
    /// The sub-attributes; none when the whole attribute is named.
    parts: Vec<String>,
}

impl Names {
    pub(super) fn parse(given: &[&str], index: &TypeIndex, ignore_brackets: bool) -> Result<Self, Invalid> {
        let mut names = Self::default();
        for text in given {
            let text = match text.split_once('[') {
                None => text,
                Some((before, _)) if ignore_brackets => before,
                Some(_) => {
                    let detail = "a filter in brackets cannot select what is returned";
                    return Err(Invalid::new(Kind::InvalidValue, detail));
                }
            };
            names.add(text.trim(), index);
        }
        Ok(names)
    }

    /// The named parts of an attribute: none for the whole of it, `None` when it is not named. The core's names are found
    /// whatever their case.
    pub(super) fn find(&self, home: Option<&str>, name: &str) -> Option<&[String]> {
        let found = self.0.iter().find(|named| named.home.as_deref() == home && named.name.eq_ignore_ascii_case(name));
        found.map(|named| named.parts.as_slice())
    }

    fn add(&mut self, text: &str, index: &TypeIndex) {
        if let Some(schema) = index.extension(text) {
            return schema.attributes.iter().for_each(|attribute| self.insert(Some(&schema.id), attribute, None));
        }
        if text.eq_ignore_ascii_case(&index.base().id) {
            return index.base().attributes.iter().for_each(|attribute| self.insert(None, attribute, None));
        }
        let urn = index.urns().iter().filter(|urn| strip_urn(text, urn).is_some()).max_by_key(|urn| urn.len());
        let rest = urn.and_then(|urn| strip_urn(text, urn)).unwrap_or(text);
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        let found = match urn {
            Some(urn) if *urn != index.base().id => {
                index.in_extension(urn, name).map(|(urn, found)| (Some(urn), found))
            }
            Some(_) => index.core(name).map(|found| (None, found)),
            None => {
                let core = index.core(name).map(|found| (None, found));
                core.or_else(|| index.unqualified(name).map(|(urn, found)| (Some(urn), found)))
            }
        };
        let Some((home, attribute)) = found else { return };
        match sub.map(|sub| attribute.sub(sub)) {
            Some(None) => {}
            Some(Some(sub)) => self.insert(home, attribute, Some(&sub.name)),
            None => self.insert(home, attribute, None),
        }
    }

    /// Adds a part of an attribute, or the whole of it, which outweighs its parts.
    fn insert(&mut self, home: Option<&str>, attribute: &Attribute, part: Option<&str>) {
        let known = self.0.iter_mut().find(|named| named.home.as_deref() == home && named.name == attribute.name);
        match (known, part) {
            (Some(named), None) => named.parts.clear(),
            (Some(named), Some(part)) => {
                if !named.parts.is_empty() && !named.parts.iter().any(|known| known == part) {
                    named.parts.push(part.to_owned());
                }
            }
            (None, part) => self.0.push(Named {
                home: home.map(str::to_owned),
                name: attribute.name.clone(),
                parts: part.map(str::to_owned).into_iter().collect(),
            }),
        }
    }
}

/// What follows a URN and a colon.
fn strip_urn<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let (before, after) = text.split_at_checked(urn.len())?;
    before.eq_ignore_ascii_case(urn).then(|| after.strip_prefix(':'))?
}
