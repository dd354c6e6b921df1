//! What can be typed. A contract: names and defaults do not change without a note in the changelog.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};

use crate::access::{Adoption, Profile, Reach, TokenScope};

use super::duration::Span;

/// A SCIM 2.0 provisioning server.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, about, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// Print everything as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// What to do; `serve` when nothing is given.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve until told to stop; creates the database on the first start.
    Serve,
    /// Create the database or bring it to the current schema.
    Migrate,
    /// Read the configuration and print where each setting comes from, never its value.
    CheckConfig,
    /// Look for what is wrong with the installation.
    Doctor,
    /// The mails that were written to files because no SMTP server is configured.
    #[command(subcommand)]
    Mail(MailCommand),
    /// The file of passwords that became known elsewhere.
    #[command(subcommand)]
    BreachedPasswords(BreachedPasswordsCommand),
    #[command(flatten)]
    Administration(Administration),
}

#[derive(Debug, Subcommand)]
pub(super) enum DomainCommand {
    /// Say that a domain is the tenant's, without a proof; prints it.
    Add {
        #[command(flatten)]
        of: Tenant,
        /// The domain: example.org.
        domain: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// List them, the oldest first: name, to whom, subject.
    List,
    /// Print one.
    Show {
        /// Its name, as the list says.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum BreachedPasswordsCommand {
    /// Make it from a list, and print how many passwords it has; needs no database.
    Build {
        /// The list: SHA-1 in hexadecimal or HASH:COUNT, one a line, sorted.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The file to make, for the setting `breached_passwords`.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

/// Commands that work on a database that exists, also beside a running server.
#[derive(Debug, Subcommand)]
pub(super) enum Administration {
    /// Tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// SCIM connections of a tenant.
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// SCIM tokens of a tenant.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Schemas that a tenant adds to the built-in ones.
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Resource types of a tenant, and the extensions of all its types.
    #[command(subcommand)]
    ResourceType(ResourceTypeCommand),
    /// Domains of a tenant.
    #[command(subcommand)]
    Domain(DomainCommand),
    /// Show the provisioning log: what connections asked and what came of it, newest last.
    Log(Log),
    /// The master key, and the keys that sign access tokens.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Users of a tenant.
    #[command(subcommand)]
    User(UserCommand),
    /// Owners of the platform.
    #[command(subcommand)]
    Owner(OwnerCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Add a schema; prints its URN.
    Add {
        #[command(flatten)]
        of: Tenant,
        /// Attributes of users that searches find by an index, separated by commas.
        #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
        index: Vec<String>,
        /// A file with a SCIM Schema resource in JSON; - is standard input.
        file: PathBuf,
    },
    /// List the schemas: URN, name, number of attributes, resource types that have it, indexed attributes.
    List {
        #[command(flatten)]
        of: Tenant,
    },
    /// Print a schema, also a built-in one, as a SCIM Schema resource.
    Show {
        #[command(flatten)]
        of: Tenant,
        /// Its URN.
        urn: String,
    },
    /// Index more attributes, filling the index from the users that are there. Begun once, it goes on where it stopped.
    Index {
        #[command(flatten)]
        of: Tenant,
        /// The schema's URN.
        urn: String,
        /// The attributes, separated by commas.
        #[arg(value_name = "NAME,...", value_delimiter = ',')]
        names: Vec<String>,
    },
    /// Remove a schema, and it from the types that it extends.
    Remove {
        #[command(flatten)]
        of: Tenant,
        /// Its URN.
        urn: String,
        /// Also delete the values that resources carry.
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ResourceTypeCommand {
    /// Add a resource type with an endpoint of its own; prints its name.
    Add {
        #[command(flatten)]
        of: Tenant,
        /// A file with a SCIM ResourceType resource in JSON; - is standard input.
        file: PathBuf,
    },
    /// List the resource types: name, endpoint, base schema, extensions (a required one with a !).
    List {
        #[command(flatten)]
        of: Tenant,
    },
    /// Print a resource type, also a built-in one, as a SCIM ResourceType resource.
    Show {
        #[command(flatten)]
        of: Tenant,
        /// Its name.
        name: String,
    },
    /// Remove a resource type. Its schemas stay.
    Remove {
        #[command(flatten)]
        of: Tenant,
        /// Its name.
        name: String,
        /// Also delete its resources.
        #[arg(long)]
        force: bool,
    },
    /// Add an extension to a type such as User, or say anew whether it is required.
    Extend {
        #[command(flatten)]
        of: Tenant,
        /// The name of the type.
        name: String,
        /// The URN of the schema.
        urn: String,
        /// Refuse resources that do not carry it.
        #[arg(long)]
        required: bool,
    },
    /// Take an extension off a type. Its schema stays.
    Unextend {
        #[command(flatten)]
        of: Tenant,
        /// The name of the type.
        name: String,
        /// The URN of the schema.
        urn: String,
        /// Also delete the values that resources carry.
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Seal everything with a new master key; prints its id. Running servers must be started again.
    Rotate {
        /// Make a new key that signs access tokens instead; prints its id. It signs in ten minutes, and nobody is signed out.
        #[arg(long)]
        signing: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create a user who can sign in at once; prints its id.
    Create(UserCreate),
    /// Let a user in again who was locked out.
    Unlock(OneUser),
    /// Suspend a user without end, and end the user's sessions.
    Disable(OneUser),
    /// End all sessions of a user.
    SignOut(OneUser),
    /// Remove the second factors of a user; prints a code that sets up another one, once, within 24 hours.
    ResetMfa(OneUser),
    /// Let a user set up a second factor where a sign-in asks for a code; prints the code, which works once within 24 hours.
    EnrolmentCode(OneUser),
}

#[derive(Args, Debug)]
pub(super) struct UserCreate {
    #[command(flatten)]
    pub(super) of: Tenant,
    /// The e-mail address, which is the user name too.
    #[arg(long, value_name = "E-MAIL")]
    pub(super) email: String,
    /// The role: viewer, analyst, investigator, auditor, helpdesk, manager, tenant_admin, partner_admin, platform_owner, or
    /// one of the tenant's own.
    #[arg(long)]
    pub(super) role: String,
    /// Read the password from standard input.
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Args, Debug)]
pub(super) struct OneUser {
    #[command(flatten)]
    pub(super) of: Tenant,
    /// The user's id, e-mail or user name.
    pub(super) user: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum OwnerCommand {
    /// Make an owner; prints a password that works once within 24 hours.
    Create {
        /// The e-mail address to sign in with.
        #[arg(long, value_name = "E-MAIL")]
        email: String,
    },
    /// List the owners: id, e-mail, status, since when.
    List,
    /// Let an owner in again; prints a password that works once within 24 hours. Sessions end, the other owners are told.
    Recover {
        /// The owner's e-mail address.
        #[arg(long, value_name = "E-MAIL")]
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Create a tenant; prints its id.
    Create {
        /// Its short name.
        slug: String,
    },
    /// List the tenants: id, short name, created; with --json their limits too.
    List,
    /// Change what a tenant may hold at the most; prints what it is afterwards.
    Set(TenantSet),
}

#[derive(Args, Debug)]
pub(super) struct TenantSet {
    /// Its short name.
    pub(super) slug: String,
    /// Users; a number, or none for no limit.
    #[arg(long, value_name = "N|none")]
    pub(super) max_users: Option<Limit>,
    /// Groups of all connections together.
    #[arg(long, value_name = "N|none")]
    pub(super) max_groups: Option<Limit>,
    /// Members of a group.
    #[arg(long, value_name = "N|none")]
    pub(super) max_members: Option<Limit>,
    /// Attributes of a schema of the tenant's own.
    #[arg(long, value_name = "N|none")]
    pub(super) max_attributes: Option<Limit>,
    /// Bytes of a user or group as it is kept, without members.
    #[arg(long, value_name = "N|none")]
    pub(super) max_document_bytes: Option<Limit>,
}

/// A limit as it is typed: a number, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(pub(super) Option<i64>);

impl std::str::FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(None));
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(|number| Self(Some(number))).ok_or("must be a number, or none")
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ConnectionCommand {
    /// List the connections: id, name, profile, reach, adoption.
    List {
        #[command(flatten)]
        of: Tenant,
    },
    /// Change a connection; prints what it is afterwards.
    Set {
        #[command(flatten)]
        of: Tenant,
        /// Its name.
        name: String,
        /// How its requests are read: tolerant, rfc, entra or okta.
        #[arg(long)]
        profile: Option<Profile>,
        /// Which users it sees: all or own.
        #[arg(long)]
        reach: Option<Reach>,
        /// What its first write to a user it did not create does: link, ask or refuse.
        #[arg(long)]
        adoption: Option<Adoption>,
        /// Requests a second that it may send, twice as many at once: at least 25, or none.
        #[arg(long, value_name = "N")]
        rate: Option<Rate>,
    },
    /// Delete a connection and its tokens.
    Delete {
        #[command(flatten)]
        of: Tenant,
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Create a token; prints it, once. Earlier tokens stay valid.
    Create(TokenCreate),
    /// List the tokens: id, connection, scope, expiry, last use.
    List {
        #[command(flatten)]
        of: Tenant,
    },
    /// Revoke a token at once.
    Revoke {
        #[command(flatten)]
        of: Tenant,
        /// Its id, which is the part between `rc_scim_` and the secret.
        id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct TokenCreate {
    #[command(flatten)]
    pub(super) of: Tenant,
    /// How the connection's requests are read when the connection is new: tolerant (the default), rfc, entra or okta.
    #[arg(long)]
    pub(super) profile: Option<Profile>,
    /// The connection's name; made on first use. Named after the profile when not given.
    #[arg(long)]
    pub(super) connection: Option<String>,
    /// What the token may do: read, or write, which includes reading.
    #[arg(long, default_value_t = TokenScope::Write)]
    pub(super) scope: TokenScope,
    /// How long it is valid, such as 90d, 12h or 30m; for ever when not given.
    #[arg(long)]
    pub(super) expires: Option<Span>,
}

/// Requests a second; `None` is no limit. What is too few or too many is the directory's to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate(pub(super) Option<u32>);

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "0" | "none" => Ok(Self(None)),
            number => number.parse().map(|rate| Self(Some(rate))).map_err(|_| "must be a whole number, or none"),
        }
    }
}

/// Which part of the provisioning log is shown, and how.
#[derive(Args, Debug)]
pub(super) struct Log {
    #[command(flatten)]
    pub(super) of: Tenant,
    /// Only of this connection.
    #[arg(long, value_name = "NAME")]
    pub(super) connection: Option<String>,
    /// Only what was refused or failed.
    #[arg(long)]
    pub(super) failures: bool,
    /// Only the last 1h, 30m, 7d ...
    #[arg(long, value_name = "SPAN")]
    pub(super) since: Option<Span>,
    /// Only this request, which the detail of an error names, with what it changed.
    #[arg(long, value_name = "ID")]
    pub(super) request: Option<String>,
    /// Entries at the most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) limit: u32,
    /// Go on and show what comes, until interrupted.
    #[arg(long)]
    pub(super) follow: bool,
}

#[derive(Args, Debug)]
pub(super) struct Tenant {
    /// The tenant's short name.
    #[arg(long, value_name = "SLUG")]
    pub(super) tenant: String,
}
