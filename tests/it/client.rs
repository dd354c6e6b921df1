//! A client that sends what a test says and takes every answer for one.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http;

pub(crate) const SCIM_JSON: &str = "application/scim+json";
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// A header; `name` in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body; `Null` when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).unwrap() }
    }

    /// Asserts the status and gives the body.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Asserts that this is a SCIM error of that status and gives its detail.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16) -> String {
        let error = self.is(status);
        assert_eq!(error["schemas"], json!([ERROR]), "{error}");
        assert_eq!(error["status"], status.to_string(), "{error}");
        let detail = error["detail"].as_str().unwrap_or_default().to_owned();
        assert!(!detail.is_empty(), "{error}");
        detail
    }

    /// Asserts that this is a 400 of that `scimType` and gives its detail.
    #[track_caller]
    pub(crate) fn is_bad(&self, scim_type: &str) -> String {
        let detail = self.refuses(400);
        assert_eq!(self.json()["scimType"], scim_type, "{}", self.text);
        detail
    }
}

/// Sends with one token, or none.
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
    authorization: Option<String>,
}

impl Client {
    pub(crate) fn new(base: &str, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections_per_host(64)
            .build();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Self { agent: config.new_agent(), base: base.to_owned(), authorization }
    }

    /// The same client below another base URL.
    pub(crate) fn below(&self, base: &str) -> Self {
        Self { agent: self.agent.clone(), base: base.to_owned(), authorization: self.authorization.clone() }
    }

    /// Sends anything; a transport fault is `Err`. The path is below the base URL.
    pub(crate) fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, String> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answered.map_err(|fault| format!("{method} {path}: {fault}"))?;
        let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().map_err(|fault| fault.to_string())?;
        let text = String::from_utf8(bytes).map_err(|fault| fault.to_string())?;
        Ok(Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text })
    }

    /// Sends a request that must be answered.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let text = body.map(Value::to_string);
        let mut all = headers.to_vec();
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            all.push(("content-type", SCIM_JSON));
        }
        self.attempt(method, path, &all, text.as_deref().map(str::as_bytes)).unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body))
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], Some(body))
    }

    /// Sends a PATCH of these operations.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send("PATCH", path, &[], Some(&patch(operations)))
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Makes a user of that name and gives its id.
    #[track_caller]
    pub(crate) fn user(&self, name: &str) -> String {
        id(&self.post("/Users", &user(name)).is(201))
    }

    /// Makes a group with these members and gives its id.
    #[track_caller]
    pub(crate) fn group(&self, name: &str, members: &[&str]) -> String {
        id(&self.post("/Groups", &group(name, members)).is(201))
    }

    /// Finds resources by a filter; gives their ids.
    #[track_caller]
    pub(crate) fn find(&self, endpoint: &str, filter: &str) -> Vec<String> {
        ids(&self.get(&format!("{endpoint}?filter={}", encode(filter))).is(200))
    }

    /// Makes many users, several at a time, and gives their ids.
    pub(crate) fn many_users(&self, prefix: &str, count: usize) -> Vec<String> {
        let part = |worker: usize| {
            let numbers = (0..count).filter(move |number| number % 8 == worker);
            numbers.map(|number| self.user(&format!("{prefix}{number}"))).collect::<Vec<_>>()
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8).map(|worker| scope.spawn(move || part(worker))).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        })
    }
}

pub(crate) fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name })
}

pub(crate) fn group(name: &str, members: &[&str]) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": values(members) })
}

/// Ids as values of `members`.
pub(crate) fn values(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

pub(crate) fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

pub(crate) fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

/// The ids of a list's resources.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().map(|all| all.iter().map(id).collect()).unwrap_or_default()
}

/// The sorted ids of a group's members.
pub(crate) fn members(group: &Value) -> Vec<String> {
    let mut ids: Vec<_> = group["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["value"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// Percent-encodes a value of the query.
pub(crate) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
