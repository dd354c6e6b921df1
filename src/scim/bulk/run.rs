//! Running the operations: in order, but what an operation refers to before it.
//!
//! Two users may be each other's manager. Such a circle is cut where it closes: the reference that cannot be had yet is
//! left out of its operation and added by a PATCH when the other user is there. If that fails, the user that lacks it is
//! deleted again, and its operation has failed.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use scim_core::Invalid;
use scim_core::bulk::{Bulk, Method, Operation, Target, operation, references};
use scim_core::schema::TypeIndex;
use scim_core::schema::builtin::ENTERPRISE_USER;
use serde_json::{Map, Value, json};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::http::{Asked, Note, Refusal, Reply};
use crate::scim::profiles::{Signs, recognise};
use crate::scim::request::Request;
use crate::scim::{custom, groups, record, refusal, users};

/// Runs all operations; answers the results of those that were run, in the order of the request.
pub(super) async fn all(request: &Request, bulk: Bulk) -> Vec<Value> {
    let mut run = Run::new(request, &bulk.operations);
    for at in 0..bulk.operations.len() {
        if bulk.fail_on_errors.is_some_and(|most| run.failures() >= most) {
            break;
        }
        run.operation(at).await;
    }
    run.results()
}

/// What became of an operation.
#[derive(Clone, Debug)]
enum State {
    /// It was not run yet.
    Waiting,
    /// It waits for one that it refers to.
    Running,
    /// It was run.
    Done(Done),
}

#[derive(Clone, Debug)]
struct Done {
    status: u16,
    location: Option<String>,
    version: Option<String>,
    error: Option<Value>,
}

/// A reference that was left out of an operation, to be added when it can be.
struct Missing {
    /// The operation.
    at: usize,
    /// The bulkId that it refers to.
    name: String,
}

struct Run<'a> {
    request: &'a Request,
    sent: &'a [Map<String, Value>],
    read: Vec<std::result::Result<Operation, Invalid>>,
    states: Vec<State>,
    /// Which operation makes what is called so.
    makers: HashMap<String, usize>,
    missing: Vec<Missing>,
    /// What the handler of the last operation said of it.
    note: Note,
}

impl<'a> Run<'a> {
    fn new(request: &'a Request, sent: &'a [Map<String, Value>]) -> Self {
        let is_custom = |segment: &str| request.types().custom_at(segment).is_some();
        let mut makers = HashMap::new();
        let mut read: Vec<_> = sent.iter().map(|sent| operation::read(sent, &is_custom)).collect();
        for (at, operation) in read.iter_mut().enumerate() {
            let name =
                operation.as_ref().ok().and_then(|made| made.bulk_id.clone().filter(|_| made.method == Method::Post));
            if let Some(name) = name
                && *makers.entry(name).or_insert(at) != at
            {
                *operation = Err(Invalid::value("bulkId", "is given twice"));
            }
        }
        Self {
            request,
            sent,
            states: vec![State::Waiting; read.len()],
            read,
            makers,
            missing: Vec::new(),
            note: Note::default(),
        }
    }

    fn failures(&self) -> u64 {
        self.states.iter().filter(|state| matches!(state, State::Done(done) if done.status >= 400)).count() as u64
    }

    /// Runs an operation, and first those that it refers to. The stack is our own: a chain of references may be as long as
    /// the request.
    async fn operation(&mut self, first: usize) {
        let mut stack = vec![first];
        while let Some(at) = stack.last().copied() {
            if !matches!(self.states.get(at), Some(State::Waiting | State::Running)) {
                stack.pop();
                continue;
            }
            let next = self.unmade(at).into_iter().find(|made| matches!(self.states.get(*made), Some(State::Waiting)));
            self.set(at, State::Running);
            match next {
                Some(next) => stack.push(next),
                None => {
                    let began = self.now();
                    let done = self.attempt(at).await;
                    self.record(at, &done, began);
                    self.set(at, State::Done(done));
                    self.complete_circles().await;
                    stack.pop();
                }
            }
        }
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(place) = self.states.get_mut(at) {
            *place = state;
        }
    }

    fn index(&self, target: &Target) -> &'a TypeIndex {
        let types = self.request.types();
        match target {
            // A path whose type is not there was not read.
            Target::Custom(segment) => types.custom_at(segment).unwrap_or(&types.user),
            Target::Users => self.request.user_type(),
            Target::Groups => self.request.group_type(),
        }
    }

    /// The operations that make what this one refers to.
    fn unmade(&self, at: usize) -> Vec<usize> {
        let Some(Ok(operation)) = self.read.get(at) else { return Vec::new() };
        let mut makers = Vec::new();
        references::visit(self.index(&operation.target), &mut operation.clone(), &mut |text| {
            makers.extend(references::name(text).and_then(|name| self.makers.get(name)).copied());
        });
        makers
    }

    /// The id of what is called so, if it was made.
    fn id_of(&self, name: &str) -> Option<&str> {
        let maker = self.makers.get(name)?;
        match self.states.get(*maker)? {
            State::Done(Done { status: 201, location: Some(location), .. }) => location.rsplit('/').next(),
            _ => None,
        }
    }

    async fn attempt(&mut self, at: usize) -> Done {
        let operation = match self.read.get(at) {
            Some(Ok(operation)) => operation.clone(),
            Some(Err(invalid)) => return self.refused(&Error::Invalid(invalid.clone())),
            None => return self.refused(&Error::internal("an operation that is not there")),
        };
        match self.resolve(at, operation) {
            Ok(operation) => self.send(&operation).await,
            Err(error) => self.refused(&error),
        }
    }

    /// Puts ids in the place of references. A manager that waits for this very operation is left out for now.
    fn resolve(&mut self, at: usize, mut operation: Operation) -> Result<Operation> {
        let (mut unknown, mut waiting) = (None, HashSet::new());
        references::visit(self.index(&operation.target), &mut operation, &mut |text| {
            let Some(name) = references::name(text).map(str::to_owned) else { return };
            match (self.id_of(&name), self.makers.get(&name).and_then(|maker| self.states.get(*maker))) {
                (Some(id), _) => *text = id.to_owned(),
                (None, Some(State::Running)) => drop(waiting.insert(name)),
                (None, _) => unknown = Some(name),
            }
        });
        if let Some(name) = unknown {
            let detail = format!("refers to `bulkId:{}`, which was not made", scim_core::error::clip(&name));
            return Err(Error::Invalid(Invalid::value("data", detail)));
        }
        for name in waiting {
            if operation.method != Method::Post || !take_manager(&mut operation, &name) {
                return Err(Error::Invalid(Invalid::value(
                    "data",
                    format!("refers to `bulkId:{}`, which refers back to it", scim_core::error::clip(&name)),
                )));
            }
            self.missing.push(Missing { at, name });
        }
        Ok(operation)
    }

    /// Adds managers that were left out and are there now, and takes back users whose manager failed.
    async fn complete_circles(&mut self) {
        for Missing { at, name } in std::mem::take(&mut self.missing) {
            let maker = self.makers.get(&name).and_then(|maker| self.states.get(*maker)).cloned();
            let (Some(State::Done(made)), Some(State::Done(own))) = (self.states.get(at), &maker) else {
                self.missing.push(Missing { at, name });
                continue;
            };
            let (own_status, made) = (own.status, made.clone());
            let Some(id) = made.location.as_deref().and_then(|location| location.rsplit('/').next()) else { continue };
            let done = match self.id_of(&name) {
                Some(manager) if own_status == 201 => self.send(&set_manager(id, manager)).await,
                _ => self.refused(&Error::Invalid(Invalid::value("data", "refers to a manager that was not made"))),
            };
            if done.status >= 400 {
                self.record(at, &done, self.now());
                self.send(&delete_user(id)).await;
                self.set(at, State::Done(Done { location: None, version: None, ..done }));
            } else {
                self.set(at, State::Done(Done { version: done.version, ..made }));
            }
        }
    }

    async fn send(&mut self, operation: &Operation) -> Done {
        let of_type = match &operation.target {
            Target::Custom(segment) => Some(("type", segment.clone())),
            Target::Users | Target::Groups => None,
        };
        let parameters = of_type.into_iter().chain(operation.id.iter().map(|id| ("id", id.clone()))).collect();
        let headers: Vec<(&str, &str)> =
            operation.version.iter().map(|version| ("if-match", version.as_str())).collect();
        let body = operation.data.as_ref().map_or_else(Bytes::new, |data| Bytes::from(data.to_string()));
        let part = self.request.part(parameters, &headers, body);
        self.note = part.note.clone();
        let answered = match (&operation.target, operation.method) {
            (Target::Users, Method::Post) => users::create(part).await,
            (Target::Users, Method::Put) => users::replace(part).await,
            (Target::Users, Method::Patch) => users::patch(part).await,
            (Target::Users, Method::Delete) => users::remove(part).await,
            (Target::Groups, Method::Post) => groups::create(part).await,
            (Target::Groups, Method::Put) => groups::replace(part).await,
            (Target::Groups, Method::Patch) => groups::patch(part).await,
            (Target::Groups, Method::Delete) => groups::remove(part).await,
            (Target::Custom(_), Method::Post) => custom::create(part).await,
            (Target::Custom(_), Method::Put) => custom::replace(part).await,
            (Target::Custom(_), Method::Patch) => custom::patch(part).await,
            (Target::Custom(_), Method::Delete) => custom::remove(part).await,
        };
        let mut done = match answered {
            Ok(reply) => Done::from(&reply),
            Err(error) => self.refused(&error),
        };
        if let (None, Some(id)) = (&done.location, &operation.id) {
            done.location = Some(format!("{}{}/{id}", self.request.base(), operation.target.path()));
        }
        done
    }

    fn now(&self) -> Instant {
        self.request.services().sources.clock.now()
    }

    /// Hands an operation to the log, as a request of its own.
    fn record(&self, at: usize, done: &Done, began: Instant) {
        let (Ok(who), Some(sent)) = (self.request.connection(), self.sent.get(at)) else { return };
        let text = |name: &str| operation::member(sent, name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let data = operation::member(sent, "data").map_or_else(Bytes::new, |data| Bytes::from(data.to_string()));
        let user_agent = self.request.header("user-agent");
        let signs = Signs { user_agent: user_agent.unwrap_or_default(), query: "", body: &data };
        let asked = record::Asked {
            part: i32::try_from(at.saturating_add(1)).ok(),
            client: recognise(signs),
            user_agent: user_agent.map(str::to_owned),
            method: text("method"),
            path: text("path"),
            query: None,
            body: data,
        };
        let body = done.error.as_ref().map_or_else(Bytes::new, |error| Bytes::from(error.to_string()));
        let reply = Reply { body, ..Reply::empty(done.status) };
        let micros = self.now().micros().saturating_sub(began.micros());
        record::hand_over(self.request.services(), who, self.request.cx(), asked, self.note.take(), &reply, micros);
    }

    fn refused(&self, error: &Error) -> Done {
        let asked = Asked { request_id: self.request.cx().request_id.clone(), ..Asked::default() };
        Done::from(&refusal::render(Refusal::Error(error), &asked))
    }

    /// The results of what was run, as RFC 7644 section 3.7.3 shows them.
    fn results(self) -> Vec<Value> {
        let results = self.states.iter().zip(self.sent);
        results
            .filter_map(|(state, sent)| match state {
                State::Done(done) => Some(result(done, sent)),
                State::Waiting | State::Running => None,
            })
            .collect()
    }
}

impl From<&Reply> for Done {
    fn from(reply: &Reply) -> Self {
        let header = |name: &str| reply.header(name).map(str::to_owned);
        let error = (reply.status >= 400).then(|| serde_json::from_slice(&reply.body).unwrap_or_default());
        Self { status: reply.status, location: header("location"), version: header("etag"), error }
    }
}

fn result(done: &Done, sent: &Map<String, Value>) -> Value {
    let mut result = Map::new();
    let echoed = |name: &str| operation::member(sent, name).filter(|value| value.is_string()).cloned();
    let members = [
        ("method", echoed("method")),
        ("bulkId", echoed("bulkId")),
        ("version", done.version.clone().map(Value::from)),
        ("location", done.location.clone().map(Value::from)),
        ("status", Some(Value::from(done.status.to_string()))),
        ("response", done.error.clone()),
    ];
    result.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(result)
}

/// Takes the manager out of a user's data if it is that reference.
fn take_manager(operation: &mut Operation, name: &str) -> bool {
    let data = operation.data.as_mut().and_then(Value::as_object_mut).into_iter().flatten();
    for (_, extension) in data.filter(|(key, _)| key.eq_ignore_ascii_case(ENTERPRISE_USER)) {
        let Some(extension) = extension.as_object_mut() else { continue };
        let Some(key) = extension.keys().find(|key| key.eq_ignore_ascii_case("manager")).cloned() else { continue };
        let refers = |value: &Value| value.as_str().and_then(references::name) == Some(name);
        let manager = extension.get(&key);
        if manager.is_some_and(|manager| refers(manager) || manager.get("value").is_some_and(refers)) {
            extension.shift_remove(&key);
            return true;
        }
    }
    false
}

fn set_manager(user: &str, manager: &str) -> Operation {
    let path = format!("{ENTERPRISE_USER}:manager");
    let operations = json!([{"op": "add", "path": path, "value": {"value": manager}}]);
    change(Method::Patch, user, Some(json!({"schemas": [scim_core::message::PATCH_OP], "Operations": operations})))
}

fn delete_user(user: &str) -> Operation {
    change(Method::Delete, user, None)
}

fn change(method: Method, user: &str, data: Option<Value>) -> Operation {
    Operation { method, target: Target::Users, id: Some(user.to_owned()), bulk_id: None, version: None, data }
}
