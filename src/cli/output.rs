//! What commands print: lines of tab-separated words, or JSON. The one place that writes to stdout and stderr.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::access::Connection;
use crate::clock::Instant;
use crate::config::{Origin, Setting};
use crate::directory::tenants::Tenant;
use crate::directory::tokens::TokenSummary;
use crate::error::Result;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    /// As JSON.
    pub(super) json: bool,
}

/// Stdout cannot be written to; says why.
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

impl Output {
    /// Prints one thing: its line, or its JSON.
    pub(super) fn one(self, line: &str, json: &Value) -> Result<()> {
        let text = if self.json { format!("{json:#}") } else { line.to_owned() };
        Ok(print(&text).map_err(Broken)?)
    }

    /// Prints a list: a line each, or one JSON array.
    pub(super) fn list<T>(self, items: &[T], line: impl Fn(&T) -> String, json: impl Fn(&T) -> Value) -> Result<()> {
        if self.json {
            return self.one("", &Value::Array(items.iter().map(json).collect()));
        }
        for item in items {
            print(&line(item)).map_err(Broken)?;
        }
        Ok(())
    }

    /// Prints where each setting comes from.
    pub(super) fn settings(self, origins: &[(&Setting, Origin)]) -> Result<()> {
        let json = |(setting, origin): &(&Setting, Origin)| {
            json!({ "name": setting.key, "from": origin.to_string(), "variable": setting.variable(),
                "default": setting.default, "meaning": setting.meaning })
        };
        self.list(origins, |(setting, origin)| format!("{}\t{origin}", setting.key), json)
    }

    pub(super) fn tenants(self, tenants: &[Tenant]) -> Result<()> {
        self.list(tenants, |tenant| format!("{}\t{}\t{}", tenant.id, tenant.slug, tenant.created), tenant_json)
    }

    pub(super) fn connections(self, connections: &[Connection]) -> Result<()> {
        self.list(connections, connection_line, connection_json)
    }

    pub(super) fn tokens(self, tokens: &[TokenSummary]) -> Result<()> {
        self.list(tokens, token_line, token_json)
    }
}

pub(super) fn tenant_json(tenant: &Tenant) -> Value {
    let limits = &tenant.limits;
    json!({ "id": tenant.id.to_string(), "slug": tenant.slug, "created": tenant.created.to_string(),
        "max_users": limits.max_users, "max_groups": limits.max_groups, "max_members": limits.max_members,
        "max_attributes": limits.max_attributes, "max_document_bytes": limits.max_document_bytes })
}

pub(super) fn limits_line(tenant: &Tenant) -> String {
    let limits = &tenant.limits;
    let named = [
        ("users", limits.max_users),
        ("groups", limits.max_groups),
        ("members", limits.max_members),
        ("attributes", limits.max_attributes),
        ("document bytes", limits.max_document_bytes),
    ];
    let limit = |limit: Option<i64>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    let each = named.map(|(name, most)| format!("{name} {}", limit(most)));
    format!("{}\t{}", tenant.slug, each.join("\t"))
}

pub(super) fn connection_line(connection: &Connection) -> String {
    let Connection { id, name, profile, reach, adoption, .. } = connection;
    format!("{id}\t{name}\t{profile}\t{reach}\t{adoption}")
}

pub(super) fn connection_json(connection: &Connection) -> Value {
    json!({ "id": connection.id.to_string(), "name": connection.name, "profile": connection.profile.as_str(),
        "reach": connection.reach.as_str(), "adoption": connection.adoption.as_str(),
        "rate": connection.rate })
}

fn token_line(token: &TokenSummary) -> String {
    let validity = match (token.revoked, token.expires) {
        (Some(revoked), _) => format!("revoked {revoked}"),
        (None, Some(expires)) => format!("expires {expires}"),
        (None, None) => "never expires".to_owned(),
    };
    let used = token.last_used.map_or_else(|| "never used".to_owned(), |used| format!("last used {used}"));
    format!("{}\t{}\t{}\t{validity}\t{used}", token.id, token.connection, token.scope)
}

fn token_json(token: &TokenSummary) -> Value {
    json!({ "id": token.id, "connection": token.connection, "scope": token.scope.as_str(),
        "created": token.created.to_string(), "expires": time(token.expires), "revoked": time(token.revoked),
        "last_used": time(token.last_used) })
}

pub(super) fn time(time: Option<Instant>) -> Value {
    time.map_or(Value::Null, |time| Value::String(time.to_string()))
}

/// Prints a line on stdout; `Err` says why that is not possible.
pub(super) fn print(text: &str) -> std::result::Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| format!("stdout: {error}"))
}

/// Prints a line on stderr; when that is not possible, nobody is left to tell.
pub(super) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::TokenScope;

    #[test]
    fn a_token_line_shows_id_scope_validity_and_last_use() {
        let mut token = TokenSummary {
            id: "x".to_owned(),
            connection_id: crate::ids::ConnectionId::new(Instant::from_micros(0), [0; 10]),
            connection: "entra".to_owned(),
            scope: TokenScope::Read,
            created: Instant::from_micros(0),
            expires: None,
            revoked: None,
            last_used: None,
        };
        assert_eq!(token_line(&token), "x\tentra\tread\tnever expires\tnever used");
        let (end, use_time) = (Instant::from_micros(0), Instant::from_micros(1_000_000));
        token.expires = Some(end);
        token.last_used = Some(use_time);
        assert_eq!(token_line(&token), format!("x\tentra\tread\texpires {end}\tlast used {use_time}"));
        token.revoked = Some(use_time);
        assert_eq!(token_line(&token), format!("x\tentra\tread\trevoked {use_time}\tlast used {use_time}"));
        assert_eq!(token_json(&token).get("last_used").unwrap(), &use_time.to_string());
    }
}
