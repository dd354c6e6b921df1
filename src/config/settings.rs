//! The table of settings: the one place where their names stand.

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in `rollcall.toml`; the variable is `ROLLCALL_` and this in capitals.
    pub key: &'static str,
    /// Whether its value must never be shown; a secret can also be read from the file that `<key>_file` names.
    pub secret: bool,
    /// What it is when it is not set, in words.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.to_ascii_uppercase())
    }
}

/// What the names of our environment variables begin with.
pub(super) const PREFIX: &str = "ROLLCALL_";
/// The variable that names the configuration file.
pub(super) const FILE_VARIABLE: &str = "ROLLCALL_CONFIG";
/// Variables that begin with this belong to the tests and are nobody's business here.
pub(super) const TEST_PREFIX: &str = "ROLLCALL_TEST_";
/// The configuration file when none is named.
pub(super) const FILE: &str = "rollcall.toml";
/// What the keys of files that hold a secret end with.
pub(super) const FILE_SUFFIX: &str = "_file";

const fn open(key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, secret: false, default, meaning }
}

const fn secret(key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, secret: true, default, meaning }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    open("listen", "127.0.0.1:8080", "address and port to listen on"),
    secret("database_url", "sqlite:{data_dir}/rollcall.db", "`sqlite:PATH` or `postgres://...`"),
    open("data_dir", "rollcall-data", "where everything is kept that is not in the database"),
    open("master_key_file", "{data_dir}/master.key", "the file of the master key"),
    open("public_url", "http://localhost:{port}", "what the server is reached by from outside"),
    open("log", "info", "what is logged: a level, or directives such as `info,rollcall::store=debug`"),
    open("log_format", "text", "`text` or `json`"),
    open("log_days", "30", "how many days the provisioning log is kept"),
    open("bootstrap", "print", "what the first start does with its token: `print`, `file` or `none`"),
    open("tls_cert", "no TLS", "PEM file with the certificate chain"),
    open("tls_key", "no TLS", "PEM file with the private key"),
    secret("metrics_token", "none: metrics on this machine only", "token for /metrics"),
    secret("smtp_url", "none: mails are written to {data_dir}/mail", "`smtps://` or `smtp://` server that sends mails"),
    open("mail_from", "needed with smtp_url", "the address that mails come from"),
    secret(
        "sms_url",
        "none: text messages are written to {data_dir}/sms",
        "`https://` gateway that sends text messages",
    ),
    secret("sms_secret", "none", "signs what is posted to sms_url as JSON"),
    open("sms_from", "none", "the sender: then the form `To`, `From`, `Body` is posted to sms_url"),
    open("location_file", "none: nobody knows where addresses are", "MMDB file that says where addresses are"),
    open(
        "internal_webhooks",
        "false",
        "whether alerts of tenants may be posted to internal addresses, and to this machine without TLS",
    ),
    open("trusted_proxies", "none", "addresses whose forwarding headers are believed, separated by commas"),
    open("dns_server", "those of the machine", "address and port of the name server that is asked about domains"),
    open("default_tenant", "default", "where people sign in who name no tenant"),
    open("owner_email", "owner@rollcall.invalid", "the e-mail of the first platform owner"),
    open(
        "breached_passwords",
        "none",
        "file of passwords that became known, made by `rollcall breached-passwords build`",
    ),
    open("rp_id", "the host of public_url", "the relying party of passkeys: a host name"),
    open("rp_origins", "public_url", "origins of pages that may use passkeys, separated by commas"),
    open(
        "rp_accept",
        "false",
        "whether to start though passkeys were made for another rp_id, which opens none of them",
    ),
    open("access_token_minutes", "10", "how long an access token works"),
    open("mfa_token_minutes", "5", "how long a sign-in waits for its second step"),
    open("ceremony_minutes", "5", "how long setting up a factor or proving oneself anew may take"),
    open("reset_link_minutes", "60", "how long a link to set a new password works"),
    open("verify_link_hours", "24", "how long a link to confirm an e-mail works"),
    open("welcome_link_days", "7", "how long a link to set the first password works"),
    open("pg_pool", "16", "PostgreSQL connections"),
];
