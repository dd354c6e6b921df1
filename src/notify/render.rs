//! From a purpose and its values to a mail: a subject, a plain text and the same as simple HTML, both from one template.
//! Every value is escaped; no value can break a line or a header.

use std::collections::BTreeMap;

use minijinja::value::Value as Filled;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

use crate::error::{Error, Result};

use super::Purpose;

/// The longest value in a mail, in characters.
const LONGEST_VALUE: usize = 200;
/// The name of the plain form; every other one is HTML.
const PLAIN: &str = "plain";

/// A mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

/// What a mail is filled with.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    texts: BTreeMap<String, String>,
    link: Option<String>,
}

impl Values {
    /// Adds a text. A mail's line ends where the template says, so control characters become spaces.
    #[must_use]
    pub(super) fn with(mut self, name: &str, text: &str) -> Self {
        let shown = |character: char| if character.is_control() { ' ' } else { character };
        self.texts.insert(name.to_owned(), text.chars().map(shown).take(LONGEST_VALUE).collect());
        self
    }

    /// Adds the texts and numbers of a payload.
    #[must_use]
    pub(super) fn with_all(self, payload: &Value) -> Self {
        let members = payload.as_object().into_iter().flatten();
        members.fold(self, |values, (name, value)| match value {
            Value::String(text) => values.with(name, text),
            Value::Number(number) => values.with(name, &number.to_string()),
            _ => values,
        })
    }

    /// Adds the link, which is whole in the text and can be followed in HTML.
    #[must_use]
    pub(super) fn with_link(mut self, url: String) -> Self {
        self.link = Some(url);
        self
    }

    fn plain(&self) -> BTreeMap<String, Filled> {
        let texts = self.texts.iter().map(|(name, text)| (name.clone(), Filled::from(text)));
        texts.chain(self.link.iter().map(|link| ("link".to_owned(), Filled::from(link)))).collect()
    }

    fn html(&self) -> BTreeMap<String, Filled> {
        let mut values = self.plain();
        if let Some(link) = &self.link {
            let url = escape(link);
            let anchor = Filled::from_safe_string(format!("<a href=\"{url}\">{url}</a>"));
            values.insert("link".to_owned(), anchor);
        }
        values
    }
}

/// Makes the mail of a purpose.
///
/// # Errors
/// [`Error::Internal`] when the template asks for a value that is not there.
pub(super) fn render(purpose: Purpose, values: &Values) -> Result<Text> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|name| if name == PLAIN { AutoEscape::None } else { AutoEscape::Html });
    let filled = |form: &str, values: BTreeMap<String, Filled>| {
        let filled = environment.render_named_str(form, purpose.template(), values);
        filled.map_err(|error| Error::internal(format!("mail `{}`: {error}", purpose.as_str())))
    };
    let (plain, html) = (filled(PLAIN, values.plain())?, filled("html", values.html())?);
    let (subject, plain) = plain.split_once('\n').unwrap_or((&plain, ""));
    let (title, html) = html.split_once('\n').unwrap_or((&html, ""));
    let paragraphs: String = html.trim().split("\n\n").map(|text| format!("<p>{}</p>\n", text.trim())).collect();
    Ok(Text {
        subject: subject.trim().to_owned(),
        plain: format!("{}\n", plain.trim()),
        html: format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n\
             {paragraphs}</body></html>\n",
            title.trim()
        ),
    })
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let all = [
            "name", "account", "tenant", "expires", "by", "reason", "provider", "what", "owner", "code", "due",
            "wanted", "whom", "of", "reset", "time",
        ];
        let of_alerts = ["severity", "kind", "details", "subject", "first", "last", "suspicion"];
        let values =
            all.iter().chain(&of_alerts).fold(Values::default(), |values, name| values.with(name, "<b>Ann & Bob</b>"));
        values.with_link("https://id.example.org/x?a=1&b=2".to_owned())
    }

    #[test]
    fn mail_every_purpose_escapes_every_value_in_both_forms() {
        for purpose in Purpose::all() {
            let text = render(purpose, &values()).unwrap();
            let name = purpose.as_str();
            assert!(!text.subject.is_empty() && !text.subject.contains('\n'), "{name}");
            assert!(text.plain.contains("<b>Ann & Bob</b>"), "{name}: {}", text.plain);
            assert!(
                !text.html.contains("<b>") && text.html.contains("&lt;b&gt;Ann &amp; Bob"),
                "{name}: {}",
                text.html
            );
            assert!(!text.plain.contains("{{") && !text.plain.contains("{%"), "{name}");
            let link = purpose.link().is_some();
            assert_eq!(text.plain.contains("https://id.example.org/x?a=1&b=2"), link, "{name}");
            let anchor = "<a href=\"https://id.example.org/x?a=1&amp;b=2\">";
            assert_eq!(text.html.contains(anchor), link, "{name}");
        }
    }

    #[test]
    fn mail_no_value_breaks_a_line() {
        let sly = "x\r\nBcc: all@example.org\n\nclick http://evil.example";
        let text = render(Purpose::Welcome, &values().with("tenant", sly)).unwrap();
        assert_eq!(text.subject, "Welcome to x  Bcc: all@example.org  click http://evil.example");
        assert!(!text.plain.contains("\nBcc") && !text.plain.contains("\nclick"));
        let long = render(Purpose::Welcome, &values().with("tenant", &"x".repeat(5000))).unwrap();
        assert!(long.subject.len() < 300);
    }

    #[test]
    fn mail_a_missing_value_is_a_fault_of_ours() {
        assert!(render(Purpose::Reset, &Values::default()).is_err());
    }
}
