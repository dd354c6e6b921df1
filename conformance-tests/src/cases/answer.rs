//! What a case may ask of an answer. Each question fails with the expectation and the exchange.

use super::{Outcome, Problem, ensure, failed};
use crate::client::{Answer, SCIM_JSON};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a question gives: the answer again, to ask on.
type Asked<'a> = Result<&'a Answer, Problem>;

impl Answer {
    /// The value at a JSON pointer, `Null` when nothing is there.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Has this status.
    pub(crate) fn status(&self, wanted: u16) -> Asked<'_> {
        ensure(self.status == wanted, self, format!("status {wanted}"))?;
        Ok(self)
    }

    /// Is no server fault and no broken connection.
    pub(crate) fn sound(&self) -> Asked<'_> {
        ensure((200..500).contains(&self.status), self, "no server fault")?;
        Ok(self)
    }

    /// Has no body.
    pub(crate) fn empty(&self) -> Outcome {
        ensure(self.text.is_empty(), self, "an empty body")
    }

    /// Is a SCIM error of this status and `scimType`; an empty `scimType` asks for none in particular.
    pub(crate) fn error(&self, status: u16, scim_type: &str) -> Outcome {
        self.status(status)?;
        let kind = self.header("content-type");
        ensure(kind.starts_with(SCIM_JSON), self, format!("an error as {SCIM_JSON}, not {kind:?}"))?;
        self.equals("/schemas", &json!([ERROR]))?.equals("/status", &json!(status.to_string()))?;
        let detail = self.at("/detail").as_str().unwrap_or_default();
        ensure(!detail.trim().is_empty(), self, "a detail that says what is wrong")?;
        if scim_type.is_empty() { Ok(()) } else { self.equals("/scimType", &json!(scim_type)).map(drop) }
    }

    /// Is an error like [`Answer::error`] whose detail holds this text.
    pub(crate) fn error_naming(&self, status: u16, scim_type: &str, text: &str) -> Outcome {
        self.error(status, scim_type)?;
        let detail = self.at("/detail").as_str().unwrap_or_default();
        ensure(detail.contains(text), self, format!("a detail that names {text:?}"))
    }

    /// Holds exactly this value at the pointer.
    pub(crate) fn equals(&self, pointer: &str, wanted: &Value) -> Asked<'_> {
        ensure(self.at(pointer) == wanted, self, format!("{pointer} = {wanted}, not {}", self.at(pointer)))?;
        Ok(self)
    }

    /// Holds text at the pointer that ends like this.
    pub(crate) fn ends(&self, pointer: &str, wanted: &str) -> Asked<'_> {
        let found = self.at(pointer).as_str().unwrap_or_default();
        ensure(!wanted.is_empty() && found.ends_with(wanted), self, format!("{pointer} that ends in {wanted:?}"))?;
        Ok(self)
    }

    /// Holds a value that is not null at the pointer.
    pub(crate) fn present(&self, pointer: &str) -> Asked<'_> {
        ensure(!self.at(pointer).is_null(), self, format!("a value at {pointer}"))?;
        Ok(self)
    }

    /// Holds text that is not empty at the pointer.
    pub(crate) fn text_at(&self, pointer: &str) -> Asked<'_> {
        let found = self.at(pointer).as_str().unwrap_or_default();
        ensure(!found.is_empty(), self, format!("text at {pointer}"))?;
        Ok(self)
    }

    /// Is an object that holds nothing at the pointer, not even null.
    pub(crate) fn absent(&self, pointer: &str) -> Asked<'_> {
        let nothing = self.json.is_object() && self.json.pointer(pointer).is_none();
        ensure(nothing, self, format!("nothing at {pointer}"))?;
        Ok(self)
    }

    /// Holds no null anywhere.
    pub(crate) fn no_nulls(&self) -> Asked<'_> {
        ensure(!self.json.is_null() && !holds_null(&self.json), self, "no null anywhere in the answer")?;
        Ok(self)
    }

    /// The elements of a multi-valued attribute.
    pub(crate) fn elements(&self, pointer: &str) -> &[Value] {
        self.at(pointer).as_array().map_or(&[], Vec::as_slice)
    }

    /// Has this number of elements.
    pub(crate) fn counts(&self, pointer: &str, wanted: usize) -> Asked<'_> {
        let found = self.elements(pointer).len();
        ensure(found == wanted, self, format!("{wanted} elements at {pointer}, not {found}"))?;
        Ok(self)
    }

    /// The only element whose sub-attribute has this value.
    pub(crate) fn element(&self, pointer: &str, name: &str, value: &Value) -> Result<&Value, Problem> {
        let mut fitting = self.elements(pointer).iter().filter(|element| element.get(name) == Some(value));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(failed(self, format!("exactly one element of {pointer} with {name} = {value}"))),
        }
    }

    /// The only element with this `type` holds these members.
    pub(crate) fn typed(&self, pointer: &str, kind: &str, wanted: &Value) -> Asked<'_> {
        let element = self.element(pointer, "type", &json!(kind))?;
        for (name, value) in wanted.as_object().into_iter().flatten() {
            let right = element.get(name) == Some(value);
            ensure(right, self, format!("{pointer} of type {kind} with {name} = {value}"))?;
        }
        Ok(self)
    }

    /// `members` holds exactly these ids, each once.
    pub(crate) fn members(&self, wanted: &[&str]) -> Outcome {
        let mut found: Vec<&str> =
            self.elements("/members").iter().filter_map(|member| member["value"].as_str()).collect();
        let mut wanted = wanted.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        ensure(found == wanted, self, format!("exactly the members {wanted:?}"))
    }

    /// Is a ListResponse whose counters are integers (RFC 7644 section 3.4.2). Only a part of a list needs more than the
    /// total, and whether `itemsPerPage` is right is asked by a row of its own.
    pub(crate) fn is_list(&self) -> Asked<'_> {
        self.status(200)?.equals("/schemas", &json!([LIST]))?;
        let resources = self.at("/Resources");
        let total = self.at("/totalResults").as_u64();
        ensure(total.is_some(), self, "/totalResults as an integer")?;
        let whole = total == u64::try_from(self.elements("/Resources").len()).ok();
        for counter in ["/startIndex", "/itemsPerPage"] {
            let left_out = whole && self.at(counter).is_null();
            ensure(left_out || self.at(counter).is_u64(), self, format!("{counter} as an integer"))?;
        }
        let left_out = total == Some(0) && resources.is_null();
        ensure(left_out || resources.is_array(), self, "Resources as an array")?;
        Ok(self)
    }

    /// Is a list with this total, all of it on this page.
    pub(crate) fn list(&self, total: usize) -> Asked<'_> {
        self.page(total, total)
    }

    /// Is a list with this total and this number of resources on the page.
    pub(crate) fn page(&self, total: usize, items: usize) -> Asked<'_> {
        self.is_list()?.equals("/totalResults", &json!(total))?.counts("/Resources", items)
    }

    /// The ids on the page.
    pub(crate) fn ids(&self) -> BTreeSet<&str> {
        self.elements("/Resources").iter().filter_map(|resource| resource["id"].as_str()).collect()
    }

    /// One text member of each resource, in the order of the page.
    pub(crate) fn column(&self, pointer: &str) -> Vec<&str> {
        let cells = self.elements("/Resources").iter();
        cells.filter_map(|resource| resource.pointer(pointer).and_then(Value::as_str)).collect()
    }

    /// `meta.version`, which must be there.
    pub(crate) fn version(&self) -> Result<String, Problem> {
        self.text_at("/meta/version")?;
        Ok(self.at("/meta/version").as_str().unwrap_or_default().to_owned())
    }
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::client::Answer;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn answer(status: u16, json: Value) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/scim+json".to_owned())];
        Answer { status, headers, text: json.to_string(), json, elapsed: Duration::ZERO, exchange: String::new() }
    }

    #[test]
    fn a_list_whose_counter_is_text_or_wrong_is_none() {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "a"}]});
        assert!(answer(200, body.clone()).list(1).is_ok());
        assert!(answer(200, body.clone()).list(2).is_err());
        body["itemsPerPage"] = json!("1");
        assert!(answer(200, body.clone()).list(1).is_err());
        body.as_object_mut().unwrap().remove("itemsPerPage");
        assert!(answer(200, body.clone()).list(1).is_ok());
        body["totalResults"] = json!(2);
        assert!(answer(200, body).page(2, 1).is_err());
    }

    #[test]
    fn an_error_needs_its_schema_status_and_detail() {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400",
            "scimType": "invalidFilter", "detail": "no"});
        assert!(answer(400, body.clone()).error(400, "invalidFilter").is_ok());
        assert!(answer(400, body.clone()).error(400, "invalidValue").is_err());
        assert!(answer(409, body.clone()).error(409, "").is_err());
        body["detail"] = json!("");
        assert!(answer(400, body).error(400, "").is_err());
    }

    #[test]
    fn members_must_agree_as_a_list_without_repeats() {
        let body = answer(200, json!({"members": [{"value": "a"}, {"value": "a"}]}));
        assert!(body.members(&["a"]).is_err());
        assert!(body.members(&["a", "a"]).is_ok());
        assert!(answer(200, json!({"a": null})).absent("/a").is_err());
    }
}
