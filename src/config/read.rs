//! From file and environment to a [`Config`]. Every error is one line that names the setting and where it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format as _, Toml};
use figment::value::Value;

use crate::lifetimes::Lifetimes;
use crate::secret::Secret;

use super::settings::{FILE, FILE_SUFFIX, FILE_VARIABLE, PREFIX, SETTINGS, Setting, TEST_PREFIX};
use super::values::{self, Bootstrap, LogFormat, Parsed};

/// The gateway of text messages: it has a secret or a sender.
#[derive(Clone, Debug)]
pub struct Sms {
    /// Where messages are posted to.
    pub url: Secret,
    /// Signs what is posted as JSON.
    pub secret: Option<Secret>,
    /// The sender in the form that is posted.
    pub from: Option<String>,
}

/// The configuration of a server or a command.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://...`; may hold a password.
    pub database_url: Secret,
    /// Where everything is kept that is not in the database.
    pub data_dir: PathBuf,
    /// The file of the master key.
    pub master_key_file: PathBuf,
    /// What the server is reached by from outside, without a trailing slash; `None` is localhost with the real port.
    pub public_url: Option<String>,
    /// What is logged.
    pub log: String,
    /// How.
    pub log_format: LogFormat,
    /// How many days the provisioning log is kept.
    pub log_days: u32,
    /// What the first start does with its token.
    pub bootstrap: Bootstrap,
    /// Files of the certificate chain and the key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The token for `/metrics`.
    pub metrics_token: Option<Secret>,
    /// The server that sends mails, and the address that they come from; without them mails are written to files.
    pub smtp: Option<(Secret, String)>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The name server that is asked about domains; without it, those of the machine.
    pub dns_server: Option<SocketAddr>,
    /// Where people sign in who name no tenant.
    pub default_tenant: String,
    /// The gateway of text messages.
    pub sms: Option<Sms>,
    /// The relying party of passkeys, where it is not the host of the public URL.
    pub rp_id: Option<String>,
    /// Origins of pages that may use passkeys, beside that of the public URL.
    pub rp_origins: Vec<String>,
    /// Whether to start though passkeys were made for another relying party.
    pub rp_accept: bool,
    /// The file that says where addresses are.
    pub location_file: Option<PathBuf>,
    /// Whether alerts of tenants may be posted to internal addresses.
    pub internal_webhooks: bool,
    /// The e-mail of the first platform owner.
    pub owner_email: String,
    /// The file of passwords that became known.
    pub breached_passwords: Option<PathBuf>,
    /// How long what is handed out works.
    pub lifetimes: Lifetimes,
    /// PostgreSQL connections.
    pub pg_pool: usize,
}

/// A configuration, and where each setting comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every setting in the order of the table.
    pub origins: Vec<(&'static Setting, Origin)>,
}

/// Where the value of a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// An environment variable, by its name.
    Variable(String),
    /// A key of the configuration file.
    File {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Variable(name) => out.write_str(name),
            Self::File { file, key } => write!(out, "{key} in {}", file.display()),
        }
    }
}

/// Why there is no configuration: one line that names the setting, never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotConfigured(pub String);

impl fmt::Display for NotConfigured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for NotConfigured {}

/// Given values by key, with where each stands.
type Given = BTreeMap<String, (String, Origin)>;

/// Reads the configuration from `variables` and from the file that they name, or else `rollcall.toml` in `directory`.
///
/// # Errors
/// [`NotConfigured`] for an unknown key, a value of the wrong form, a file that cannot be read.
pub fn load(
    variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    directory: &Path,
) -> Result<Loaded, NotConfigured> {
    let variables = ours(variables)?;
    let mut given = match variables.get(FILE_VARIABLE) {
        Some(file) => read_file(Path::new(file), true)?,
        None => read_file(&directory.join(FILE), false)?,
    };
    for (name, value) in variables {
        if name == FILE_VARIABLE {
            continue;
        }
        let key = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
        if !is_known(&key) || name != format!("{PREFIX}{}", key.to_ascii_uppercase()) {
            return Err(NotConfigured(format!("unknown environment variable {name}")));
        }
        // A variable overrides the file whichever of the two forms of a secret either uses.
        given
            .remove(&other_form(&key))
            .filter(|(_, origin)| matches!(origin, Origin::Variable(_)))
            .map_or(Ok(()), |_| Err(NotConfigured(format!("{name} is set both directly and as a file"))))?;
        given.insert(key, (value, Origin::Variable(name)));
    }
    Values(given).finish()
}

/// The variables that are meant for us.
fn ours(
    variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
) -> Result<BTreeMap<String, String>, NotConfigured> {
    let mut ours = BTreeMap::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        if name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX) {
            let value = value.into_string().map_err(|_| NotConfigured(format!("{name} is not UTF-8")))?;
            ours.insert(name, value);
        }
    }
    Ok(ours)
}

fn is_known(key: &str) -> bool {
    SETTINGS
        .iter()
        .any(|setting| key == setting.key || (setting.secret && key.strip_suffix(FILE_SUFFIX) == Some(setting.key)))
}

/// `x_file` for `x`, and the other way round.
fn other_form(key: &str) -> String {
    key.strip_suffix(FILE_SUFFIX).map_or_else(|| format!("{key}{FILE_SUFFIX}"), str::to_owned)
}

fn read_file(file: &Path, must_exist: bool) -> Result<Given, NotConfigured> {
    let fault = |why: &dyn fmt::Display| NotConfigured(format!("{}: {why}", file.display()));
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(Given::new()),
        Err(error) => return Err(fault(&error)),
    };
    // The parser quotes the faulty line below its message, and the line may hold a secret: only the place is told.
    let table: BTreeMap<String, Value> = Figment::from(Toml::string(&text))
        .extract()
        .map_err(|error| fault(&error.to_string().lines().next().unwrap_or("is not TOML")))?;
    let mut given = Given::new();
    for (key, value) in table {
        if !is_known(&key) {
            return Err(fault(&format!("unknown key {key}")));
        }
        if given.contains_key(&other_form(&key)) {
            return Err(fault(&format!("{key} is set both directly and as a file")));
        }
        let text = as_text(&value).ok_or_else(|| fault(&format!("{key} must be a text or a number")))?;
        given.insert(key.clone(), (text, Origin::File { file: file.to_owned(), key }));
    }
    Ok(given)
}

/// A TOML value as the environment would give it.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(_, number) => number.to_i128().map(|number| number.to_string()),
        Value::Array(_, items) => items.iter().map(as_text).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}

/// Given values on their way to their types.
struct Values(Given);

impl Values {
    /// The value of a setting; of a secret, also the content of the file that is named for it.
    fn take<T>(&self, key: &str, parse: impl FnOnce(&str) -> Parsed<T>) -> Result<Option<T>, NotConfigured> {
        let from_file = self.0.get(&format!("{key}{FILE_SUFFIX}"));
        let (text, origin) = match (self.0.get(key), from_file) {
            (Some((text, origin)), _) => (text.clone(), origin),
            (None, Some((file, origin))) => {
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|error| NotConfigured(format!("{origin}: {file}: {error}")))?;
                (text.trim_end_matches(['\r', '\n']).to_owned(), origin)
            }
            (None, None) => return Ok(None),
        };
        parse(&text).map(Some).map_err(|why| NotConfigured(format!("{origin} {why}")))
    }

    fn origin(&self, key: &str) -> Origin {
        let given = self.0.get(key).or_else(|| self.0.get(&format!("{key}{FILE_SUFFIX}")));
        given.map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    fn lifetimes(&self) -> Result<Lifetimes, NotConfigured> {
        let usual = Lifetimes::default();
        Ok(Lifetimes {
            access_token: self.take("access_token_minutes", values::short)?.unwrap_or(usual.access_token),
            mfa_token: self.take("mfa_token_minutes", values::short)?.unwrap_or(usual.mfa_token),
            ceremony: self.take("ceremony_minutes", values::short)?.unwrap_or(usual.ceremony),
            reset_link: self.take("reset_link_minutes", values::reset_link)?.unwrap_or(usual.reset_link),
            verify_link: self.take("verify_link_hours", values::verify_link)?.unwrap_or(usual.verify_link),
            welcome_link: self.take("welcome_link_days", values::welcome_link)?.unwrap_or(usual.welcome_link),
        })
    }

    fn finish(self) -> Result<Loaded, NotConfigured> {
        let path = |text: &str| {
            if text.is_empty() { Err("must not be empty") } else { Ok(PathBuf::from(text)) }
        };
        let text = |text: &str| Ok(text.to_owned());
        let data_dir = self.take("data_dir", path)?.unwrap_or_else(|| PathBuf::from("rollcall-data"));
        let database_url = match self.take("database_url", values::database_url)? {
            Some(url) => url,
            None => format!("sqlite:{}", data_dir.join("rollcall.db").display()),
        };
        let tls = match (self.take("tls_cert", path)?, self.take("tls_key", path)?) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(NotConfigured("tls_cert and tls_key must be set together".to_owned())),
        };
        let smtp = match (self.take("smtp_url", values::smtp_url)?, self.take("mail_from", values::mail_from)?) {
            (Some(url), Some(from)) => Some((Secret::new(url), from)),
            (None, _) => None,
            (Some(_), None) => return Err(NotConfigured("mail_from must be set with smtp_url".to_owned())),
        };
        let text_messages =
            (self.take("sms_url", values::gateway)?, self.take("sms_secret", text)?, self.take("sms_from", text)?);
        let sms = match text_messages {
            (None, None, None) => None,
            (Some(url), secret, from) if secret.is_some() != from.is_some() => {
                Some(Sms { url: Secret::new(url), secret: secret.map(Secret::new), from })
            }
            _ => return Err(NotConfigured("sms_url must be set with one of sms_secret and sms_from".to_owned())),
        };
        let config = Config {
            listen: self.take("listen", values::listen)?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database_url: Secret::new(database_url),
            master_key_file: self.take("master_key_file", path)?.unwrap_or_else(|| data_dir.join("master.key")),
            data_dir,
            public_url: self.take("public_url", values::public_url)?,
            log: self.take("log", text)?.unwrap_or_else(|| "info".to_owned()),
            log_format: self.take("log_format", values::log_format)?.unwrap_or(LogFormat::Text),
            log_days: self.take("log_days", values::days)?.unwrap_or(30),
            bootstrap: self.take("bootstrap", values::bootstrap)?.unwrap_or(Bootstrap::Print),
            tls,
            metrics_token: self.take("metrics_token", values::metrics_token)?.map(Secret::new),
            smtp,
            sms,
            trusted_proxies: self.take("trusted_proxies", values::addresses)?.unwrap_or_default(),
            dns_server: self.take("dns_server", values::server)?,
            default_tenant: self.take("default_tenant", text)?.unwrap_or_else(|| "default".to_owned()),
            owner_email: self
                .take("owner_email", values::email)?
                .unwrap_or_else(|| "owner@rollcall.invalid".to_owned()),
            breached_passwords: self.take("breached_passwords", path)?,
            rp_id: self.take("rp_id", text)?,
            rp_origins: self.take("rp_origins", values::origins)?.unwrap_or_default(),
            rp_accept: self.take("rp_accept", values::flag)?.unwrap_or_default(),
            location_file: self.take("location_file", path)?,
            internal_webhooks: self.take("internal_webhooks", values::flag)?.unwrap_or_default(),
            lifetimes: self.lifetimes()?,
            pg_pool: self.take("pg_pool", values::pool)?.unwrap_or(16),
        };
        let origins = SETTINGS.iter().map(|setting| (setting, self.origin(setting.key))).collect();
        Ok(Loaded { config, origins })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads from variables and, perhaps, the text of a configuration file.
    fn load_from(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Loaded, NotConfigured> {
        let directory = tempfile::tempdir().unwrap();
        if let Some(text) = file {
            std::fs::write(directory.path().join(FILE), text).unwrap();
        }
        std::fs::write(directory.path().join("secret"), "postgres://u:from-file@h/d\n").unwrap();
        let path = directory.path().join("secret").display().to_string();
        let variables = variables.iter().map(|(name, value)| (*name, value.replace("{secret}", &path)));
        load(variables.map(|(name, value)| (name.into(), value.into())), directory.path())
    }

    fn fault(file: Option<&str>, variables: &[(&str, &str)]) -> String {
        load_from(file, variables).unwrap_err().0
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let loaded = load_from(None, &[("PATH", "/bin"), ("ROLLCALL_TEST_X", "1")]).unwrap();
        assert_eq!(loaded.config.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(loaded.config.database_url.reveal(), "sqlite:rollcall-data/rollcall.db");
        assert!(loaded.origins.iter().all(|(_, origin)| *origin == Origin::Default));
        assert_eq!(loaded.origins.len(), SETTINGS.len());
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let file = "listen = \"127.0.0.1:1\"\npg_pool = 3\ntrusted_proxies = [\"10.0.0.1\", \"10.0.0.2\"]\n";
        let loaded = load_from(Some(file), &[("ROLLCALL_LISTEN", "127.0.0.1:2")]).unwrap();
        assert_eq!(loaded.config.listen.port(), 2);
        assert_eq!(loaded.config.pg_pool, 3);
        assert_eq!(loaded.config.trusted_proxies.len(), 2);
        let origin = |key| loaded.origins.iter().find(|(setting, _)| setting.key == key).unwrap().1.to_string();
        assert_eq!(origin("listen"), "ROLLCALL_LISTEN");
        assert!(origin("pg_pool").starts_with("pg_pool in "), "{}", origin("pg_pool"));
    }

    #[test]
    fn lifetimes_are_set_in_the_unit_that_their_name_says() {
        let file = "access_token_minutes = 2\nmfa_token_minutes = 3\nceremony_minutes = 4\nreset_link_minutes = 30\n\
                    verify_link_hours = 48\nwelcome_link_days = \"14\"\n";
        let lifetimes = load_from(Some(file), &[("ROLLCALL_CEREMONY_MINUTES", "60")]).unwrap().config.lifetimes;
        let (reset_link, verify_link, welcome_link) = (30 * 60, 48 * 3600, 14 * 24 * 3600);
        let access_token = 120;
        let wanted = Lifetimes { access_token, mfa_token: 180, ceremony: 3600, reset_link, verify_link, welcome_link };
        assert_eq!(lifetimes, wanted);
        assert_eq!(load_from(None, &[]).unwrap().config.lifetimes, Lifetimes::default());
    }

    #[test]
    fn a_secret_can_come_from_a_file() {
        let url = |loaded: Loaded| loaded.config.database_url.reveal().to_owned();
        let from_file = "postgres://u:from-file@h/d";
        assert_eq!(url(load_from(None, &[("ROLLCALL_DATABASE_URL_FILE", "{secret}")]).unwrap()), from_file);
        let toml = "database_url = \"sqlite:x\"";
        assert_eq!(url(load_from(Some(toml), &[("ROLLCALL_DATABASE_URL_FILE", "{secret}")]).unwrap()), from_file);
        let both = [("ROLLCALL_DATABASE_URL_FILE", "{secret}"), ("ROLLCALL_DATABASE_URL", "sqlite:x")];
        assert!(fault(None, &both).contains("ROLLCALL_DATABASE_URL"));
    }

    #[test]
    fn faults_name_the_setting_and_never_its_value() {
        let hidden = "hunter2 is not a url";
        let faults = [
            (fault(None, &[("ROLLCALL_LISTN", hidden)]), "ROLLCALL_LISTN"),
            (fault(None, &[("ROLLCALL_Listen", hidden)]), "ROLLCALL_Listen"),
            (fault(None, &[("ROLLCALL_LISTEN_FILE", hidden)]), "ROLLCALL_LISTEN_FILE"),
            (fault(None, &[("ROLLCALL_DATABASE_URL", hidden)]), "ROLLCALL_DATABASE_URL"),
            (fault(None, &[("ROLLCALL_METRICS_TOKEN", "hunter2")]), "ROLLCALL_METRICS_TOKEN"),
            (fault(None, &[("ROLLCALL_TLS_CERT", "hunter2")]), "tls_key"),
            (fault(None, &[("ROLLCALL_SMTP_URL", "hunter2")]), "ROLLCALL_SMTP_URL"),
            (fault(None, &[("ROLLCALL_SMTP_URL", "smtp://a:hunter2@h")]), "mail_from"),
            (fault(None, &[("ROLLCALL_MAIL_FROM", "hunter2")]), "ROLLCALL_MAIL_FROM"),
            (fault(Some("listn = \"hunter2\""), &[]), "listn"),
            (fault(Some("listen = true"), &[]), "listen"),
            (fault(Some("pg_pool = 0"), &[]), "pg_pool"),
            (fault(Some("log_days = 0"), &[]), "log_days"),
            (fault(Some("access_token_minutes = 61"), &[]), "access_token_minutes"),
            (fault(None, &[("ROLLCALL_MFA_TOKEN_MINUTES", "0")]), "ROLLCALL_MFA_TOKEN_MINUTES"),
            (fault(Some("ceremony_minutes = \"hunter2\""), &[]), "ceremony_minutes"),
            (fault(Some("reset_link_minutes = 4"), &[]), "reset_link_minutes"),
            (fault(Some("verify_link_hours = 721"), &[]), "verify_link_hours"),
            (fault(Some("welcome_link_days = -1"), &[]), "welcome_link_days"),
            (fault(Some("database_url = \"hunter2"), &[]), "rollcall.toml"),
            (fault(None, &[("ROLLCALL_CONFIG", "/nowhere/else.toml")]), "/nowhere/else.toml"),
        ];
        for (fault, name) in faults {
            assert!(fault.contains(name) && !fault.contains("hunter2") && !fault.contains('\n'), "{fault}");
        }
    }
}
