//! One operation of a bulk request, read: what it does, to what, and what it is called.

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};

/// What an operation may do: a bulk request reads nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Makes a resource.
    Post,
    /// Replaces a resource.
    Put,
    /// Changes a resource.
    Patch,
    /// Deletes a resource.
    Delete,
}

/// A resource type that operations can address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/Users`
    Users,
    /// `/Groups`
    Groups,
    /// The endpoint of a type that the tenant added, without its slash.
    Custom(String),
}

impl Target {
    /// Its path below the base URL.
    pub fn path(&self) -> String {
        match self {
            Self::Users => "/Users".to_owned(),
            Self::Groups => "/Groups".to_owned(),
            Self::Custom(segment) => format!("/{segment}"),
        }
    }
}

/// An operation that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it does.
    pub method: Method,
    /// To what kind of resource.
    pub target: Target,
    /// To which one: an id, or `bulkId:` and a name; `None` only with POST, which makes a new one.
    pub id: Option<String>,
    /// What it is called in this request.
    pub bulk_id: Option<String>,
    /// The version it expects.
    pub version: Option<String>,
    /// The body: an object, which only DELETE may lack.
    pub data: Option<Value>,
}

/// The member of an operation of that name, whatever its case; null is as good as missing.
pub fn member<'a>(operation: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    operation.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|v| !v.is_null())
}

/// Reads an operation; `is_custom` knows the endpoints of the types that the tenant added.
///
/// # Errors
/// `invalidSyntax`, `invalidPath` or `invalidValue`: the error of this operation alone.
pub fn read(operation: &Map<String, Value>, is_custom: &dyn Fn(&str) -> bool) -> Result<Operation, Invalid> {
    let text = |name: &str| match member(operation, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Invalid::value(name, "must be a string")),
    };
    let method = method(&text("method")?.unwrap_or_default())?;
    let (target, id) = path(&text("path")?.unwrap_or_default(), is_custom)?;
    let bulk_id = text("bulkId")?.filter(|name| !name.is_empty());
    match (method, &id) {
        (Method::Post, Some(_)) => return Err(wrong_path("names a resource, which POST makes")),
        (Method::Post, None) if bulk_id.is_none() => {
            return Err(Invalid::value("bulkId", "must be given with POST"));
        }
        (Method::Post, None) | (_, Some(_)) => {}
        (_, None) => return Err(wrong_path("must name a resource")),
    }
    let data = member(operation, "data").cloned();
    if method != Method::Delete && !data.as_ref().is_some_and(Value::is_object) {
        return Err(Invalid::value("data", "must be an object"));
    }
    Ok(Operation { method, target, id, bulk_id, version: text("version")?, data })
}

fn method(name: &str) -> Result<Method, Invalid> {
    match name.to_ascii_uppercase().as_str() {
        "POST" => Ok(Method::Post),
        "PUT" => Ok(Method::Put),
        "PATCH" => Ok(Method::Patch),
        "DELETE" => Ok(Method::Delete),
        _ => Err(Invalid::value("method", "must be POST, PUT, PATCH or DELETE")),
    }
}

fn path(path: &str, is_custom: &dyn Fn(&str) -> bool) -> Result<(Target, Option<String>), Invalid> {
    let rest = path.trim_matches('/');
    let (endpoint, id) = rest.split_once('/').map_or((rest, None), |(endpoint, id)| (endpoint, Some(id)));
    let target = match endpoint {
        "Users" => Target::Users,
        "Groups" => Target::Groups,
        custom if is_custom(custom) => Target::Custom(custom.to_owned()),
        _ => return Err(wrong_path("must begin with the endpoint of a resource type, such as /Users")),
    };
    match id {
        Some(id) if id.is_empty() || id.contains('/') || id.starts_with('.') => Err(wrong_path("names no resource")),
        id => Ok((target, id.map(str::to_owned))),
    }
}

fn wrong_path(why: &str) -> Invalid {
    Invalid::at(Kind::InvalidPath, "path", why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(operation: Value) -> Result<Operation, Invalid> {
        read(operation.as_object().unwrap(), &|segment| segment == "Devices")
    }

    #[test]
    fn an_operation_is_read_whatever_the_case_of_its_members() {
        let read = of(json!({"Method": "patch", "PATH": "Groups/bulkId:g", "data": {}, "version": "W/\"1\""})).unwrap();
        assert_eq!((read.method, read.target, read.id.as_deref()), (Method::Patch, Target::Groups, Some("bulkId:g")));
        assert_eq!(read.version.as_deref(), Some("W/\"1\""));
    }

    #[test]
    fn an_endpoint_of_the_tenant_is_known_by_its_exact_name() {
        let path = |path: &str| of(json!({"method": "DELETE", "path": path})).map(|read| read.target);
        assert_eq!(path("/Devices/1"), Ok(Target::Custom("Devices".to_owned())));
        assert!(path("/devices/1").is_err() && path("/Schemas/1").is_err());
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        let data = json!({});
        for operation in [
            json!({"method": "GET", "path": "/Users/1"}),
            json!({"method": "POST", "path": "/Users", "data": data}),
            json!({"method": "POST", "path": "/Users/1", "bulkId": "a", "data": data}),
            json!({"method": "POST", "path": "/Users", "bulkId": "a"}),
            json!({"method": "POST", "path": "/Bulk", "bulkId": "a", "data": data}),
            json!({"method": "POST", "path": "/Users/.search", "bulkId": "a", "data": data}),
            json!({"method": "PUT", "path": "/Users", "data": data}),
            json!({"method": "DELETE", "path": "/Users"}),
            json!({"method": "DELETE", "path": "/Users/a/b"}),
            json!({"method": "DELETE", "path": 7}),
            json!({}),
        ] {
            assert!(of(operation.clone()).is_err(), "{operation}");
        }
    }
}
