//! `rollcall doctor`: looks for what is wrong with an installation and changes nothing.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::access::{Actor, decide, decide_widely};
use crate::app::{App, Database, explain, mail_folder};
use crate::config::Config;
use crate::directory::{audit, keys, places, tenants, tokens};
use crate::error::{Error, Result};
use crate::notify::post;

use super::output::Output;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Good,
    Doubtful,
    Bad,
}

impl Grade {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "warn",
            Self::Bad => "fail",
        }
    }
}

struct Finding(Grade, String);

/// Examines the installation and prints a line for each finding.
pub(super) async fn examine(config: Config, actor: &Actor, output: Output) -> Result<()> {
    let mut findings = vec![Finding(Grade::Good, "configuration is readable".to_owned())];
    findings.extend(public_url(&config));
    findings.extend(data_directory(&config));
    findings.extend(master_key_file(&config));
    findings.extend(mails(&config));
    match App::build(config, Database::MustExist).await {
        Err(error) => findings.push(Finding(Grade::Bad, format!("database: {}", explain(&error)))),
        Ok(app) => {
            if let Err(error) = database(&app, actor, &mut findings).await {
                findings.push(Finding(Grade::Bad, format!("database: {}", explain(&error))));
            }
            app.directory.close().await;
        }
    }
    let json = |Finding(grade, text): &Finding| json!({ "grade": grade.as_str(), "finding": text });
    output.list(&findings, |Finding(grade, text)| format!("{}\t{text}", grade.as_str()), json)?;
    let bad = findings.iter().filter(|Finding(grade, _)| *grade == Grade::Bad).count();
    if bad == 0 { Ok(()) } else { Err(Error::unavailable(format!("{bad} of {} checks failed", findings.len()))) }
}

fn public_url(config: &Config) -> Option<Finding> {
    let plain = config.public_url.as_ref().is_none_or(|url| url.starts_with("http://"));
    let beyond = !config.listen.ip().is_loopback() && plain && config.tls.is_none();
    let text = "listens beyond this machine without TLS or an https:// public URL: tokens travel readable";
    beyond.then(|| Finding(Grade::Doubtful, text.to_owned()))
}

fn data_directory(config: &Config) -> Option<Finding> {
    let mode = std::fs::metadata(&config.data_dir).ok()?.permissions().mode() & 0o777;
    let text = format!("data directory {} has mode {mode:o}, should be 700", config.data_dir.display());
    (mode & 0o077 != 0).then_some(Finding(Grade::Doubtful, text))
}

fn search(state: audit::Search) -> Finding {
    let (grade, text) = match state {
        audit::Search { complete: false, .. } => {
            (Grade::Bad, "searches by co and ew miss users that an older program wrote: run `rollcall migrate`")
        }
        audit::Search { indexed: false, .. } => (
            Grade::Doubtful,
            "searches by co and ew look at every user: have the database's administrator run \
             `CREATE EXTENSION pg_trgm`, then run `rollcall migrate`",
        ),
        _ => (Grade::Good, "an index leads searches by co and ew"),
    };
    Finding(grade, text.to_owned())
}

fn master_key_file(config: &Config) -> Option<Finding> {
    let file = &config.master_key_file;
    let mode = std::fs::metadata(file).ok()?.permissions().mode() & 0o777;
    let text = format!("master key file {} has mode {mode:o}, should be 600", file.display());
    (mode & 0o077 != 0).then_some(Finding(Grade::Doubtful, text))
}

/// Mails in files open accounts to whoever reads them, and reach nobody.
fn mails(config: &Config) -> Option<Finding> {
    let folder = mail_folder(config);
    let count = match post::list(&folder) {
        Ok(mails) => mails.len(),
        Err(error) => return Some(Finding(Grade::Doubtful, explain(&error))),
    };
    let text = format!("{count} mails lie in {}: read them by `rollcall mail`, then delete them", folder.display());
    (count > 0).then_some(Finding(Grade::Doubtful, text))
}

async fn database(app: &App, actor: &Actor, findings: &mut Vec<Finding>) -> Result<()> {
    app.directory.ready().await?;
    findings.push(Finding(Grade::Good, "database is reachable and its schema is current".to_owned()));
    let wrong = audit::wrong_counters(&app.directory, actor).await?;
    if wrong.is_empty() {
        findings.push(Finding(Grade::Good, "counters of users and groups are what there is".to_owned()));
    }
    findings.extend(wrong.into_iter().map(|wrong| Finding(Grade::Bad, wrong)));
    findings.push(search(audit::search(&app.directory, actor).await?));
    let (key, file) = (keys::master_id(&app.directory), app.config.master_key_file.display());
    findings.push(Finding(Grade::Good, format!("master key {key} in {file} is the database's")));
    let now = app.sources.clock.now();
    let (all, _) = tenants::list(&app.directory, &decide_widely(actor)?, 0, i64::MAX).await?;
    if all.is_empty() {
        findings.push(Finding(Grade::Doubtful, "there is no tenant yet".to_owned()));
    }
    for tenant in all {
        let place = places::find(&app.directory, &tenant.slug).await?;
        for token in tokens::list(&app.directory, &decide(actor, &place)?).await? {
            let name = format!("token {} of tenant {}", token.id, tenant.slug);
            match token.expires {
                _ if token.revoked.is_some() => {}
                None => findings.push(Finding(Grade::Doubtful, format!("{name} never expires"))),
                Some(expires) if expires <= now => {
                    findings.push(Finding(Grade::Doubtful, format!("{name} has expired")));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}
