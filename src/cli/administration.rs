//! The commands on tenants, connections and tokens: one directory call each, and its result printed.

use serde_json::json;

use crate::access::{Actor, Connection, PermissionType, Permit, Profile, decide, decide_widely};
use crate::app::App;
use crate::context::Cx;
use crate::directory::connections::ConnectionChange;
use crate::directory::tenants::{Draft, LimitsChange};
use crate::directory::{Directory, connections, keys, places, tenants, tokens};
use crate::error::Result;

use super::arguments::{
    Administration, ConnectionCommand, KeyCommand, Limit, TenantCommand, TenantSet, TokenCommand, TokenCreate,
};
use super::output::{self, Output};
use super::people;
use super::schemas;
use super::{domains, log};

/// What every command works with.
pub(super) struct Run<'a> {
    pub(super) directory: &'a Directory,
    pub(super) actor: Actor,
    pub(super) cx: Cx,
    pub(super) output: Output,
}

/// Runs one command.
pub(super) async fn run(app: &App, actor: Actor, command: Administration, output: Output) -> Result<()> {
    let run = Run { directory: &app.directory, actor, cx: app.context()?, output };
    match command {
        Administration::Tenant(command) => run.tenant(command).await,
        Administration::Connection(command) => run.connection(command).await,
        Administration::Token(command) => run.token(command).await,
        Administration::Schema(command) => schemas::schema(&run, command).await,
        Administration::ResourceType(command) => schemas::resource_type(&run, command).await,
        Administration::Domain(command) => domains::run(&run, command).await,
        Administration::Log(wanted) => log::show(app, &run.actor, wanted, output).await,
        Administration::Key(KeyCommand::Rotate { signing: false }) => run.key_rotate().await,
        Administration::Key(KeyCommand::Rotate { signing: true }) => {
            let id = keys::rotate_signing(run.directory, &run.actor).await?;
            run.output.one(&id, &json!({ "id": id }))
        }
        Administration::User(command) => people::user(&run, command).await,
        Administration::Owner(command) => people::owner(&run, command).await,
    }
}

impl Run<'_> {
    /// The permit for what a command does in the tenant of that slug.
    pub(super) async fn permit<P: PermissionType>(&self, slug: &str) -> Result<Permit<P>> {
        decide(&self.actor, &places::find(self.directory, slug).await?)
    }

    async fn tenant(&self, command: TenantCommand) -> Result<()> {
        match command {
            TenantCommand::Create { slug } => {
                let tenant = tenants::create(
                    self.directory,
                    &decide_widely(&self.actor)?,
                    &self.cx,
                    Draft { slug, ..Draft::default() },
                )
                .await?;
                self.output.one(&tenant.id.to_string(), &output::tenant_json(&tenant))
            }
            TenantCommand::Set(wanted) => self.tenant_set(wanted).await,
            TenantCommand::List => {
                let (all, _) = tenants::list(self.directory, &decide_widely(&self.actor)?, 0, i64::MAX).await?;
                self.output.tenants(&all)
            }
        }
    }

    async fn tenant_set(&self, wanted: TenantSet) -> Result<()> {
        let limit = |limit: Option<Limit>| limit.map(|limit| limit.0);
        let change = LimitsChange {
            users: limit(wanted.max_users),
            groups: limit(wanted.max_groups),
            members: limit(wanted.max_members),
            attributes: limit(wanted.max_attributes),
            document_bytes: limit(wanted.max_document_bytes),
        };
        let tenant = tenants::set_limits(self.directory, &self.permit(&wanted.slug).await?, &self.cx, change).await?;
        self.output.one(&output::limits_line(&tenant), &output::tenant_json(&tenant))
    }

    async fn connection(&self, command: ConnectionCommand) -> Result<()> {
        match command {
            ConnectionCommand::List { of } => {
                self.output.connections(&connections::list(self.directory, &self.permit(&of.tenant).await?).await?)
            }
            ConnectionCommand::Set { of, name, profile, reach, adoption, rate } => {
                let permit = self.permit(&of.tenant).await?;
                let change = ConnectionChange { profile, reach, adoption, rate: rate.map(|rate| rate.0) };
                let set = connections::set(self.directory, &permit, &self.cx, &name, change);
                let connection = set.await?;
                self.output.one(&output::connection_line(&connection), &output::connection_json(&connection))
            }
            ConnectionCommand::Delete { of, name } => {
                connections::remove(self.directory, &self.permit(&of.tenant).await?, &self.cx, &name).await?;
                output::complain("deleted");
                Ok(())
            }
        }
    }

    async fn token(&self, command: TokenCommand) -> Result<()> {
        match command {
            TokenCommand::Create(wanted) => self.token_create(wanted).await,
            TokenCommand::List { of } => {
                self.output.tokens(&tokens::list(self.directory, &self.permit(&of.tenant).await?).await?)
            }
            TokenCommand::Revoke { of, id } => {
                tokens::revoke(self.directory, &self.permit(&of.tenant).await?, &self.cx, &id).await?;
                output::complain("revoked");
                Ok(())
            }
        }
    }

    async fn key_rotate(&self) -> Result<()> {
        let rotated = keys::rotate(self.directory, &self.actor).await?;
        let kept = rotated.kept.display().to_string();
        output::complain(&format!(
            "the old key is kept in {kept} for backups from before: remove it with the last of them"
        ));
        self.output.one(&rotated.id, &json!({ "id": rotated.id, "old": kept }))
    }

    async fn token_create(&self, wanted: TokenCreate) -> Result<()> {
        let (directory, cx) = (self.directory, &self.cx);
        let slug = wanted.of.tenant.as_str();
        let connection = self.connection_for(slug, wanted.connection.as_deref(), wanted.profile).await?;
        let expires = wanted.expires.map(|span| cx.now.plus_seconds(span.0));
        let token =
            tokens::create(directory, &self.permit(slug).await?, cx, &connection, wanted.scope, expires).await?;
        let secret = token.secret.reveal();
        let json = json!({ "id": token.id, "token": secret, "connection": connection.name,
            "profile": connection.profile.as_str(), "scope": wanted.scope.as_str(), "expires": output::time(token.expires) });
        self.output.one(secret, &json)
    }

    /// The connection a token is made for: the one of that name, or a new one. Without a profile an existing connection
    /// is taken as it is, so that a token can be replaced by naming its connection alone.
    async fn connection_for(&self, slug: &str, name: Option<&str>, profile: Option<Profile>) -> Result<Connection> {
        if let (Some(name), None) = (name, profile) {
            let all = connections::list(self.directory, &self.permit(slug).await?).await?;
            let same = |connection: &Connection| connection.name.to_lowercase() == name.to_lowercase();
            if let Some(existing) = all.into_iter().find(same) {
                return Ok(existing);
            }
        }
        let profile = profile.unwrap_or(Profile::Tolerant);
        let name = name.unwrap_or(profile.as_str());
        connections::ensure(self.directory, &self.permit(slug).await?, &self.cx, name, profile).await
    }
}
