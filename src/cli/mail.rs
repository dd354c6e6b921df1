//! The mails that were written to files because no server is configured that sends them. Needs no database.

use std::path::Path;

use serde_json::json;

use crate::error::{Error, Result};
use crate::notify::post::{self, Lying};

use super::arguments::MailCommand;
use super::output::{self, Broken, Output};

/// Lists mails, or shows one.
pub(super) fn run(folder: &Path, command: &MailCommand, output: Output) -> Result<()> {
    match command {
        MailCommand::List => output.list(
            &post::list(folder)?,
            line,
            |mail| json!({ "name": mail.name, "to": mail.to, "date": mail.date, "subject": mail.subject }),
        ),
        MailCommand::Show { name } => {
            let text = post::show(folder, name)?;
            if output.json {
                return output.one("", &json!({ "name": name, "text": text }));
            }
            output::print(text.trim_end()).map_err(|why| Error::from(Broken(why)))
        }
    }
}

fn line(mail: &Lying) -> String {
    let Lying { name, to, subject, .. } = mail;
    format!("{name}\t{to}\t{subject}")
}
