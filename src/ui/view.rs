//! What pages are made of: a title and parts, each of a few kinds. They are data, which the templates beside turn into HTML;
//! whatever stands in them is a text and becomes nothing else (the templates escape). Knows no service.

use askama::Template;

use crate::error::{Error, Fault, Result, Segment};

use super::words;

/// A page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// Its heading, and its title in the browser.
    pub(super) title: String,
    /// Whether it is as wide as a list, rather than as a form.
    pub(super) wide: bool,
    /// What stands on it.
    pub(super) parts: Vec<Part>,
}

/// A page in its frame.
#[derive(Template)]
#[template(path = "page.html")]
struct Shell<'a> {
    page: &'a Page,
    signed_in: bool,
    everything: bool,
    form_token: &'a str,
    /// What stands before every path of ours, since proxies cut it off.
    base: &'a str,
}

/// What the frame of a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Nobody is known.
    Nobody,
    /// Somebody who may do nothing but set up a second factor.
    Enrolling,
    /// Somebody who is signed in.
    SignedIn,
}

/// A part of a page.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Hint(String),
    /// What is to be done soon.
    Due(String),
    /// What went wrong; it gets the focus.
    Alert(String),
    Notice(String),
    Or,
    /// What is said when the address lacks the token of its link.
    Incomplete(String),
    Link(Link),
    Form(Box<Form>),
    Section(Section),
    Card(Card),
    Codes(Codes),
}

/// How a button or a link looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    #[default]
    Plain,
    /// What most people want.
    Primary,
    /// What takes something away.
    Danger,
    /// One of many in a list.
    Quiet,
    /// A link among words.
    Words,
}

impl Look {
    /// Its class of the style sheet, on buttons and on links.
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Primary => "button primary",
            Self::Danger => "button danger",
            Self::Quiet => "button quiet",
            Self::Words => "",
        }
    }
}

/// A link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) look: Look,
    /// What it is called where its text alone does not say what it is about.
    pub(super) label: Option<String>,
}

/// What can be done in a section.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Link(Link),
    Form(Box<Form>),
}

/// A form. The token that guards it is added where it is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    /// Where it goes.
    pub(super) action: String,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) fields: Vec<Field>,
    /// Whose password is asked for, for programs that keep passwords.
    pub(super) account: Option<String>,
    pub(super) button: String,
    pub(super) look: Look,
    /// What the button is called where its text alone does not say what it is about.
    pub(super) label: Option<String>,
    /// Buttons beside the first one.
    pub(super) buttons: Vec<Choice>,
    /// Other ways to do the same.
    pub(super) others: Vec<Choice>,
    pub(super) cancel: Option<Link>,
    /// What the browser is to ask an authenticator for before the form is sent.
    pub(super) passkey: Option<Passkey>,
    /// Whether the token of a mailed link goes along: a script reads it from the address, or a person pastes it.
    pub(super) from_link: bool,
}

/// A button that chooses something.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) text: &'static str,
    pub(super) action: &'static str,
}

/// What the browser is to ask an authenticator for.
#[derive(Clone, Debug)]
pub(super) struct Passkey {
    /// `get`, `create`, or `find` where the options are asked for when they are needed.
    pub(super) kind: &'static str,
    /// The options as JSON, or where to ask for them.
    pub(super) options: String,
}

impl Passkey {
    /// Whether the options are a path of ours.
    fn is_place(&self) -> bool {
        self.kind == "find"
    }
}

/// What kind of field it is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A line of text of a type of HTML.
    Line(&'static str),
    /// A box to check, and whether it is.
    Check(bool),
    /// One of some values, each with its words.
    Choice(Vec<(String, String)>),
}

/// A field with its label, its hint and its fault.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) kind: Kind,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) hint: Option<&'static str>,
    pub(super) fault: Option<String>,
    /// What is said when it is empty and must not be.
    pub(super) empty: &'static str,
    /// The words of HTML for what browsers may fill in.
    pub(super) autocomplete: &'static str,
    pub(super) capitals: &'static str,
    pub(super) keyboard: &'static str,
    pub(super) most: usize,
    pub(super) required: bool,
    pub(super) focus: bool,
    pub(super) is_code: bool,
    /// What opens it, if it is folded away.
    pub(super) folded: Option<&'static str>,
    pub(super) aside: Option<Link>,
}

/// What there is of one subject, and what can be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) badge: Option<Badge>,
    pub(super) text: String,
    pub(super) items: Vec<Item>,
    pub(super) actions: Vec<Action>,
}

/// A word or two beside a name.
#[derive(Clone, Debug)]
pub(super) struct Badge {
    pub(super) good: bool,
    pub(super) text: String,
}

/// One of several things.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) badge: Option<Badge>,
    pub(super) facts: String,
    pub(super) actions: Vec<Action>,
}

/// What an authenticator is set up by.
#[derive(Clone, Debug)]
pub(super) struct Card {
    /// The QR code as a `data:` URI.
    pub(super) image: String,
    pub(super) secret: String,
    pub(super) uri: String,
}

/// Recovery codes, shown once.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    pub(super) codes: Vec<String>,
    /// The same as a file in a `data:` URI.
    pub(super) file: String,
}

impl Page {
    /// A page as narrow as a form.
    pub(super) fn new(title: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { title: title.into(), wide: false, parts }
    }

    /// The page as HTML. Whatever leads to a path of ours begins with the base.
    pub(super) fn render(&self, frame: Frame, form_token: &str, base: &str) -> Result<String> {
        let (signed_in, everything) = (frame != Frame::Nobody, frame == Frame::SignedIn);
        Shell { page: self, signed_in, everything, form_token, base }.render().map_err(Error::internal)
    }
}

impl Part {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn link(href: impl Into<String>, text: impl Into<String>, look: Look) -> Self {
        Self::Link(Link::new(href, text, look))
    }
}

impl From<Form> for Part {
    fn from(form: Form) -> Self {
        Self::Form(Box::new(form))
    }
}

impl From<Form> for Action {
    fn from(form: Form) -> Self {
        Self::Form(Box::new(form))
    }
}

impl Link {
    pub(super) fn new(href: impl Into<String>, text: impl Into<String>, look: Look) -> Self {
        Self { href: href.into(), text: text.into(), look, label: None }
    }

    /// Whether it leads to a path of ours.
    fn is_place(&self) -> bool {
        self.href.starts_with('/')
    }

    /// What leads back.
    pub(super) fn cancel(href: &str) -> Self {
        Self::new(href, "Cancel", Look::Plain)
    }

    /// The same, called by what it is about: `Remove: Laptop`.
    pub(super) fn about(self, what: &str) -> Self {
        Self { label: Some(format!("{}: {what}", self.text)), ..self }
    }
}

impl Form {
    /// A form with one button.
    pub(super) fn new(action: impl Into<String>, button: impl Into<String>, look: Look) -> Self {
        Self { action: action.into(), button: button.into(), look, ..Self::default() }
    }

    /// The same with a hidden field; nothing where there is no value.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.hidden.push((name.to_owned(), value));
        }
        self
    }

    /// The same with a field.
    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// The same, its button called by what it is about: `Remove: Laptop`.
    pub(super) fn about(self, what: &str) -> Self {
        Self { label: Some(format!("{}: {what}", self.button)), ..self }
    }

    /// Says what is wrong at the fields that are to blame; what none of them is to blame for is given back, in words. The
    /// first faulty field gets the focus.
    pub(super) fn blame(&mut self, error: &Error) -> Option<String> {
        let Error::Unprocessable(faults) = error else { return Some(words::sentence(error)) };
        let mut left = Vec::new();
        for fault in faults {
            match self.fields.iter_mut().find(|field| is_about(fault, field.name)) {
                Some(field) => {
                    let text = if fault.kind == "missing" { field.empty.to_owned() } else { words::fault(fault) };
                    field.fault.get_or_insert(text);
                }
                None => left.push(words::fault(fault)),
            }
        }
        if let Some(faulty) = self.fields.iter().position(|field| field.fault.is_some()) {
            self.fields.iter_mut().enumerate().for_each(|(place, field)| field.focus = place == faulty);
        }
        (!left.is_empty()).then(|| left.join(" "))
    }
}

/// Whether a fault is about the field of a name.
fn is_about(fault: &Fault, name: &str) -> bool {
    matches!(fault.location.last(), Some(Segment::Name(last)) if last == name)
}

impl Field {
    /// A line of text, which must be there.
    pub(super) fn line(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self {
            kind: Kind::Line("text"),
            id: name,
            name,
            label,
            value: String::new(),
            hint: None,
            fault: None,
            empty: "Please fill this in.",
            autocomplete,
            capitals: "off",
            keyboard: "",
            most: 254,
            required: true,
            focus: false,
            is_code: false,
            folded: None,
            aside: None,
        }
    }

    /// A password.
    pub(super) fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        let kind = Kind::Line("password");
        Self { kind, most: crate::password::MOST_CHARACTERS, ..Self::line(name, label, autocomplete) }
    }

    /// A password that is to be chosen.
    pub(super) fn new_password() -> Self {
        let field = Self::password("new_password", "New password", "new-password");
        let hint = Some("Long is better than complicated: four or five unusual words are good.");
        Self { hint, ..field }.or_says("Please choose a password.")
    }

    /// A code that was sent or is shown somewhere.
    pub(super) fn code(label: &'static str) -> Self {
        let field = Self::line("code", label, "one-time-code");
        Self { keyboard: "numeric", most: 16, is_code: true, focus: true, ..field }.or_says("Please type the code.")
    }

    /// A box to check.
    pub(super) fn check(name: &'static str, label: &'static str, checked: bool) -> Self {
        Self { kind: Kind::Check(checked), ..Self::line(name, label, "off") }
    }

    /// The same with what it holds.
    pub(super) fn holding(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// The same with a hint.
    pub(super) fn hinted(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The same with what is said when it is empty.
    pub(super) fn or_says(self, empty: &'static str) -> Self {
        Self { empty, ..self }
    }

    /// The same, with the focus.
    pub(super) fn focused(self) -> Self {
        Self { focus: true, ..self }
    }

    /// The same, which may be empty.
    pub(super) fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The ids of what describes it.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.is_some().then(|| format!("{}-hint", self.id));
        let fault = self.fault.is_some().then(|| format!("{}-fault", self.id));
        let ids: Vec<String> = hint.into_iter().chain(fault).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

impl Badge {
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }
}
