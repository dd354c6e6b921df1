//! What a case works with: requests in one line, users and groups with unique names, and their removal afterwards.
//!
//! It judges nothing but its own preparations; what an answer must hold is asked of the answer.

use super::{Outcome, Problem, Profile, ensure, failed};
use crate::client::{Answer, Client, Request, encode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The core User schema (RFC 7643 section 4.1).
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema (RFC 7643 section 4.2).
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The PATCH message (RFC 7644 section 3.5.2).
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A user or group that the case made.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its `id`.
    pub id: String,
    /// Its path after the base URL, for example `/Users/2819`.
    pub path: String,
    /// Its `userName` or `displayName`.
    pub name: String,
    /// The body of the 201.
    pub body: Value,
}

#[derive(Default)]
struct Journal {
    trace: Vec<String>,
    made: Vec<String>,
}

/// A running case's means.
pub struct Context {
    client: Client,
    profile: Profile,
    tag: String,
    journal: Mutex<Journal>,
}

impl Context {
    /// Means for one case.
    #[must_use]
    pub fn new(client: Client, profile: Profile) -> Self {
        let tag: String = uuid::Uuid::new_v4().simple().to_string().chars().take(12).collect();
        Self { client, profile, tag, journal: Mutex::default() }
    }

    /// Means for a step of this case, with names of its own.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.client.clone(), self.profile)
    }

    /// The profile whose rules apply.
    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }

    /// The letters and digits that mark everything this case makes.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// A name of this case; the same stem gives the same name.
    pub(crate) fn name(&self, stem: &str) -> String {
        format!("{stem}{}", self.tag)
    }

    /// An address of this case; the same stem gives the same address.
    pub(crate) fn mail(&self, stem: &str) -> String {
        format!("{stem}.{}@example.org", self.tag)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchanges so far, oldest first.
    pub fn trace(&self) -> Vec<String> {
        self.journal().trace.clone()
    }

    /// Sends a request, records it, and remembers what it made or deleted.
    pub(crate) fn send(&self, request: &Request) -> Answer {
        let answer = self.client.send(request);
        let mut journal = self.journal();
        journal.trace.push(answer.exchange.clone());
        let path = request.target.split('?').next().unwrap_or_default();
        let target = format!("/{}", path.trim_matches('/'));
        if let (201, "POST", Some(id)) = (answer.status, request.method.as_str(), answer.json["id"].as_str()) {
            journal.made.push(format!("{target}/{id}"));
        }
        if answer.status == 204 && request.method == "DELETE" {
            journal.made.retain(|path| *path != target);
        }
        drop(journal);
        answer
    }

    /// Remembers a path to delete at the end that no POST of this context made.
    pub(crate) fn remember(&self, path: String) {
        self.journal().made.push(path);
    }

    /// Deletes what the case made and did not delete, newest first.
    pub fn clean(&self) {
        let made = std::mem::take(&mut self.journal().made);
        for path in made.iter().rev() {
            let _ = self.client.send(&Request::new("DELETE", path));
        }
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send(&Request::new("GET", target))
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        self.send(&Request::new("POST", target).json(body))
    }

    pub(crate) fn put(&self, target: &str, body: &Value) -> Answer {
        self.send(&Request::new("PUT", target).json(body))
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.send(&Request::new("DELETE", target))
    }

    /// A PATCH of these operations.
    pub(crate) fn patch(&self, target: &str, operations: &Value) -> Answer {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.send(&Request::new("PATCH", target).json(&body))
    }

    /// A PATCH of a user that must succeed, and the user after it. By the letter a server may answer 204 (RFC 7644
    /// section 3.5.2), and the user is then read; the other profiles answer with it.
    pub(crate) fn patch_user(&self, user: &Resource, operations: &Value) -> Result<Answer, Problem> {
        let answer = self.patch(&user.path, operations);
        if self.profile == Profile::Rfc && answer.status == 204 {
            answer.empty()?;
            return self.read(user);
        }
        answer.status(200)?.equals("/id", &json!(user.id))?;
        Ok(answer)
    }

    /// A PATCH of a small group: 200 with the resource, or 204 where the profile says so.
    pub(crate) fn patch_group(&self, group: &Resource, operations: &Value) -> Outcome {
        self.group_patched(&self.patch(&group.path, operations))
    }

    /// What a PATCH of a group of up to 100 members answers in this profile.
    pub(crate) fn group_patched(&self, answer: &Answer) -> Outcome {
        match self.profile {
            Profile::Entra | Profile::Okta => answer.status(204)?.empty(),
            Profile::Rfc if answer.status == 204 => answer.empty(),
            Profile::Tolerant | Profile::Rfc => answer.status(200)?.present("/id").map(drop),
        }
    }

    /// The user or group as it is now.
    pub(crate) fn read(&self, resource: &Resource) -> Result<Answer, Problem> {
        let answer = self.get(&resource.path);
        answer.status(200)?.equals("/id", &json!(resource.id))?;
        Ok(answer)
    }

    /// A query by GET with this filter.
    pub(crate) fn find(&self, endpoint: &str, filter: &str) -> Answer {
        self.get(&format!("{endpoint}?filter={}", encode(filter)))
    }

    /// A filter finds exactly these.
    pub(crate) fn finds(&self, endpoint: &str, filter: &str, wanted: &[&Resource]) -> Outcome {
        let answer = self.find(endpoint, filter);
        answer.list(wanted.len())?;
        let wanted: BTreeSet<&str> = wanted.iter().map(|resource| resource.id.as_str()).collect();
        ensure(answer.ids() == wanted, &answer, format!("exactly {wanted:?} for {filter}"))
    }

    /// A group holds exactly these.
    pub(crate) fn holds(&self, group: &Resource, wanted: &[&Resource]) -> Outcome {
        let answer = self.read(group)?;
        answer.present("/members")?;
        let wanted: Vec<&str> = wanted.iter().map(|resource| resource.id.as_str()).collect();
        answer.members(&wanted)
    }

    /// The body of an ordinary user: names, one primary work address, active.
    pub(crate) fn user_body(&self, stem: &str) -> Value {
        json!({
            "schemas": [USER], "userName": self.mail(stem), "displayName": format!("Display {stem}"),
            "name": {"givenName": "Given", "familyName": "Family"}, "active": true,
            "emails": [{"value": self.mail(stem), "type": "work", "primary": true}],
        })
    }

    /// An ordinary user.
    pub(crate) fn user(&self, stem: &str) -> Result<Resource, Problem> {
        self.user_with(stem, json!({}))
    }

    /// An ordinary user with these members added or replaced.
    pub(crate) fn user_with(&self, stem: &str, members: Value) -> Result<Resource, Problem> {
        let mut body = self.user_body(stem);
        if members.get(ENTERPRISE).is_some() {
            body["schemas"] = json!([USER, ENTERPRISE]);
        }
        overlay(&mut body, members);
        self.make("/Users", &body)
    }

    /// A user with a name and nothing else.
    pub(crate) fn bare_user(&self, stem: &str) -> Result<Resource, Problem> {
        self.make("/Users", &json!({"schemas": [USER], "userName": self.mail(stem)}))
    }

    /// Users by number, for lists.
    pub(crate) fn users(&self, count: usize) -> Result<Vec<Resource>, Problem> {
        (0..count).map(|number| self.user(&format!("u{number:03}-"))).collect()
    }

    /// A group with these members.
    pub(crate) fn group(&self, stem: &str, members: &[&Resource]) -> Result<Resource, Problem> {
        let members: Vec<Value> = members.iter().map(|member| json!({"value": member.id})).collect();
        self.make("/Groups", &json!({"schemas": [GROUP], "displayName": self.name(stem), "members": members}))
    }

    /// A POST that must succeed.
    pub(crate) fn make(&self, endpoint: &str, body: &Value) -> Result<Resource, Problem> {
        let answer = self.post(endpoint, body);
        answer.status(201)?;
        let Some(id) = answer.json["id"].as_str() else {
            return Err(failed(&answer, "an id in the answer"));
        };
        let name = answer.json["userName"].as_str().or(answer.json["displayName"].as_str()).unwrap_or_default();
        Ok(Resource {
            id: id.to_owned(),
            path: format!("{endpoint}/{id}"),
            name: name.to_owned(),
            body: answer.json.clone(),
        })
    }
}

fn overlay(body: &mut Value, members: Value) {
    if let (Value::Object(body), Value::Object(members)) = (body, members) {
        body.extend::<Map<String, Value>>(members);
    }
}

/// An `add` operation.
pub(crate) fn add(path: &str, value: Value) -> Value {
    json!({"op": "add", "path": path, "value": value})
}

/// A `replace` operation.
pub(crate) fn replace(path: &str, value: Value) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

/// A `replace` operation without a path.
pub(crate) fn merge(value: Value) -> Value {
    json!({"op": "replace", "value": value})
}

/// A `remove` operation.
pub(crate) fn remove(path: &str) -> Value {
    json!({"op": "remove", "path": path})
}

/// The pointer of an attribute of the enterprise extension, for example of `/manager/value`.
pub(crate) fn enterprise(pointer: &str) -> String {
    format!("/{ENTERPRISE}{pointer}")
}

/// The path of an attribute of the enterprise extension.
pub(crate) fn qualified(attribute: &str) -> String {
    format!("{ENTERPRISE}:{attribute}")
}
