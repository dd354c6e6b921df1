//! What people send by the forms of the pages. [`open`] is the only way to it: it asks that the browser says the form comes
//! from a page of ours, and that the form holds the token that was written into it for this very session or visit. So no
//! other site can make a browser act for whoever sits before it.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Result};
use crate::http::rest::Fields;
use crate::http::{Exchange, Query};
use crate::secret::Secret;

use super::visit::Visit;

/// The name of the token in every form.
const TOKEN: &str = "form_token";
/// What the fields begin with that wait until somebody has proven anew who they are.
const CARRIED: &str = "with.";
/// The code of the refusal of a form that is not ours, or is too old.
pub(super) const FOREIGN: &str = "foreign_form";

/// The fields of a form that may be taken.
#[derive(Clone, Debug)]
pub(super) struct Form(Query);

/// Takes a form.
///
/// # Errors
/// [`Error::Forbidden`] when it does not come from a page of ours that was made for this session or visit.
pub(super) fn open(mut exchange: Exchange) -> Result<(Visit, Form)> {
    let body = std::mem::take(&mut exchange.body);
    let visit = Visit::of(exchange)?;
    let foreign = || Error::forbidden(FOREIGN, "the form is not one that was made for this session");
    let text = std::str::from_utf8(&body).map_err(|_| foreign())?;
    let form = Form(Query::parse(text).map_err(|_| foreign())?);
    let same: bool = form.text(TOKEN).as_bytes().ct_eq(visit.form_token().as_bytes()).into();
    if same && visit.is_from_here() { Ok((visit, form)) } else { Err(foreign()) }
}

impl Form {
    /// The value of a field as it was typed; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The same of a token.
    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name).trim().to_owned())
    }

    /// Whether a box is checked.
    pub(super) fn checked(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// The id in a field.
    ///
    /// # Errors
    /// [`Error::Missing`] when it is none.
    pub(super) fn id<T: std::str::FromStr>(&self, name: &str, what: &'static str) -> Result<T> {
        self.text(name).parse().map_err(|_| Error::Missing(what))
    }

    /// Some fields, to be read as every REST face reads a body: one that is left empty is not there. White space round what
    /// is typed goes, but for passwords.
    ///
    /// # Errors
    /// Never for what a browser sends.
    pub(super) fn fields(&self, names: &[&str]) -> Result<Fields> {
        let typed = names.iter().filter_map(|name| {
            let text = self.text(name);
            let text = if name.contains("password") { text } else { text.trim() };
            (!text.is_empty()).then(|| ((*name).to_owned(), Value::from(text)))
        });
        let members: Map<String, Value> = typed.collect();
        Fields::of_body(Value::Object(members).to_string().as_bytes())
    }

    /// The JSON in a field that a script filled in.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] when it is none.
    pub(super) fn json(&self, name: &'static str) -> Result<Value> {
        let unreadable = || Error::fault(["body", name], "value_error", "is not what the browser gives");
        serde_json::from_str(self.text(name)).map_err(|_| unreadable())
    }

    /// What of it goes along while somebody proves anew who they are: everything but tokens of forms and passwords.
    pub(super) fn to_carry(&self) -> Vec<(String, String)> {
        let carried = self.0.iter().filter(|(name, _)| *name != TOKEN && !name.contains("password"));
        carried.map(|(name, value)| (format!("{CARRIED}{name}"), value.to_owned())).collect()
    }

    /// What went along, as it was; kept under the same names for another round.
    pub(super) fn still_carried(&self) -> Vec<(String, String)> {
        let carried = self.0.iter().filter(|(name, _)| name.starts_with(CARRIED));
        carried.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The form that went along.
    pub(super) fn carried(&self) -> Self {
        let fields = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(CARRIED)?, value)));
        Self(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
