//! What must not stand in a record of a request is taken out of it: secrets out of bodies, values out of filters. Pure.
//! It removes too much rather than too little: what it cannot read it does not keep.

use serde_json::Value;

/// A longer body is not kept at all: taking it apart would cost more than it tells.
pub const LONGEST_BODY: usize = 64 * 1024;
/// What is kept of a body, in bytes.
const KEPT_BODY: usize = 4096;
/// What stands in the place of a secret.
const REMOVED: &str = "(removed)";
/// An attribute whose name holds one of these is taken for a secret, whatever its definition says.
const WORDS: [&str; 7] = ["password", "passwd", "passphrase", "secret", "token", "apikey", "credential"];
/// What our own tokens begin with: such a text is a secret wherever it stands.
const OUR_TOKENS: &str = "rc_scim_";
/// The operators of filters.
const OPERATORS: [&str; 10] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"];
/// The other words of filters.
const KEYWORDS: [&str; 6] = ["and", "or", "not", "true", "false", "null"];

/// The names of attributes that are secret by their definition.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// From the names of attributes.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(str::to_ascii_lowercase).collect())
    }

    /// A body as it may be kept: JSON without secrets, cut; or words that say why it is not kept. `None` without a body.
    pub fn body(&self, raw: &[u8]) -> Option<String> {
        if raw.is_empty() {
            return None;
        }
        if raw.len() > LONGEST_BODY {
            return Some(too_long(raw.len()));
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(raw) else {
            return Some(format!("(not kept: {} bytes that are not JSON)", raw.len()));
        };
        self.scrub(&mut body);
        Some(cut(body.to_string(), KEPT_BODY))
    }

    /// Takes secrets out. The depth of what is given is bounded by the parser.
    fn scrub(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let is_path = |(key, path): (&String, &Value)| {
                    key.eq_ignore_ascii_case("path") && path.as_str().is_some_and(|path| self.name(path))
                };
                let of_a_secret = members.iter().any(is_path);
                for (key, member) in members.iter_mut() {
                    if self.name(key) || (of_a_secret && key.eq_ignore_ascii_case("value")) {
                        *member = Value::from(REMOVED);
                    } else if let (true, Value::String(text)) = (key.eq_ignore_ascii_case("filter"), &mut *member) {
                        *text = filter(text);
                    } else {
                        self.scrub(member);
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.scrub(element)),
            Value::String(text) if text.contains(OUR_TOKENS) => *value = Value::from(REMOVED),
            _ => {}
        }
    }

    /// Whether a name or path names a secret, in any of its parts.
    fn name(&self, path: &str) -> bool {
        let parts = path.split(|character: char| !(character.is_alphanumeric() || "_-".contains(character)));
        parts.map(str::to_ascii_lowercase).any(|part| {
            let plain: String = part.chars().filter(|character| !"_-".contains(*character)).collect();
            self.0.contains(&part) || WORDS.iter().any(|word| plain.contains(word))
        })
    }
}

/// What stands in the place of a body that is too long to be kept.
pub fn too_long(bytes: usize) -> String {
    format!("(not kept: {bytes} bytes, more than {LONGEST_BODY})")
}

/// A text of at most `most` bytes; one that was longer says so at its end.
pub fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let whole = text.len();
        text.truncate(text.floor_char_boundary(most));
        text.push_str(&format!(" (cut: {} of {whole} bytes)", text.len()));
    }
    text
}

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text,
    Sign(char),
    Word(String),
}

/// A filter without what it compares with: `userName eq "..."`. Works on what is no filter too, and then keeps nothing
/// that could be a value.
pub fn filter(text: &str) -> String {
    let pieces = pieces(text);
    let mut kept = String::with_capacity(text.len().min(1024));
    for (at, piece) in pieces.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| pieces.get(at));
        let part = match piece {
            Piece::Text => "\"...\"",
            Piece::Sign(sign) => {
                if *sign == '(' && !kept.is_empty() && !kept.ends_with('(') {
                    kept.push(' ');
                }
                kept.push(*sign);
                continue;
            }
            Piece::Word(word) if is_shown(word, before, pieces.get(at + 1)) => word,
            Piece::Word(_) => "...",
        };
        let joined = part.starts_with('.') && part != "..." && before == Some(&Piece::Sign(']'));
        if !joined && !kept.is_empty() && !kept.ends_with(['(', '[']) {
            kept.push(' ');
        }
        kept.push_str(part);
    }
    cut(kept, 1024)
}

/// Whether a word is an operator of filters, in any case.
pub fn is_operator(word: &str) -> bool {
    OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Names stand before operators and brackets; whatever stands elsewhere may be a value.
fn is_shown(word: &str, before: Option<&Piece>, next: Option<&Piece>) -> bool {
    let is_keyword = KEYWORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    let operates = |piece: Option<&Piece>| matches!(piece, Some(Piece::Word(word)) if is_operator(word));
    match next {
        _ if operates(before) => is_keyword,
        _ if is_operator(word) || is_keyword => true,
        Some(Piece::Sign('[')) => true,
        next => operates(next),
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut characters) = (Vec::new(), text.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                while let Some(inside) = characters.next() {
                    match inside {
                        '"' => break,
                        '\\' => drop(characters.next()),
                        _ => {}
                    }
                }
                pieces.push(Piece::Text);
            }
            '(' | ')' | '[' | ']' => pieces.push(Piece::Sign(character)),
            blank if blank.is_whitespace() => {}
            first => {
                let mut word = String::from(first);
                while let Some(more) = characters.next_if(|next| !next.is_whitespace() && !"()[]\"".contains(*next)) {
                    word.push(more);
                }
                pieces.push(Piece::Word(word));
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(body: &Value) -> String {
        Secrets::new(["pin"].into_iter()).body(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn secrets_are_found_wherever_a_body_names_them() {
        let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
        for body in [
            json!({"userName": "ann", "password": "hunter2"}),
            json!({"userName": "ann", "PassWord": {"value": "hunter2"}}),
            json!({"userName": "ann", "Pin": "hunter2"}),
            json!({"userName": "ann", "api-key": "hunter2", "client_secret": "hunter2", "accessTokens": ["hunter2"]}),
            json!({"userName": "ann", format!("{urn}:password"): "hunter2"}),
            json!({"userName": "ann", "note": "rc_scim_0.hunter2"}),
            json!({"userName": "ann", "Operations": [{"op": "replace", "value": "hunter2", "Path": "password"}]}),
            json!({"userName": "ann", "Operations": [{"value": "hunter2", "path": format!("{urn}:Password")}]}),
            json!({"userName": "ann", "Operations": [{"op": "add", "value": {"password": "hunter2"}}]}),
            json!({"userName": "ann", "Operations": [{"path": "/Users", "data": {"pin": "hunter2"}}]}),
            json!({"userName": "ann", "filter": "emails.value eq \"hunter2\""}),
        ] {
            let kept = kept(&body);
            assert!(!kept.contains("hunter2") && kept.contains("ann"), "{kept}");
        }
        let untouched = json!({"Operations": [{"op": "replace", "path": "title", "value": "hunter2"}], "spin": 1});
        assert_eq!(kept(&untouched), untouched.to_string());
    }

    #[test]
    fn what_cannot_be_read_is_not_kept() {
        let secrets = Secrets::default();
        assert_eq!(secrets.body(b""), None);
        assert_eq!(secrets.body(b"{\"password\": \"hunter2").unwrap(), "(not kept: 21 bytes that are not JSON)");
        assert_eq!(secrets.body(b"\xff\xfe").unwrap(), "(not kept: 2 bytes that are not JSON)");
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(secrets.body(deep.as_bytes()).unwrap(), "(not kept: 20000 bytes that are not JSON)");
        let long = json!({"title": "x".repeat(LONGEST_BODY)}).to_string();
        assert_eq!(secrets.body(long.as_bytes()).unwrap(), "(not kept: 65548 bytes, more than 65536)");
    }

    #[test]
    fn a_long_body_is_cut_between_characters_and_says_so() {
        let kept = kept(&json!({"title": "\u{1f600}".repeat(2000)}));
        assert!(kept.ends_with(" (cut: 4094 of 8012 bytes)"), "{}", &kept[4000..]);
        assert!(kept.len() < KEPT_BODY + 40);
        assert_eq!(cut("abc".to_owned(), 3), "abc");
        assert_eq!(cut("ab\u{e9}".to_owned(), 3), "ab (cut: 2 of 4 bytes)");
    }

    #[test]
    fn filters_lose_their_values() {
        for (given, shown) in [
            ("userName eq \"ann@example.org\"", "userName eq \"...\""),
            ("userName Eq ann@example.org", "userName Eq ..."),
            (
                "emails[type eq \"work\" and value co \"ann\"].value pr",
                "emails[type eq \"...\" and value co \"...\"].value pr",
            ),
            ("not (active eq true) or title pr", "not (active eq true) or title pr"),
            ("userName eq \"a\\\"ann", "userName eq \"...\""),
            ("ann", "..."),
            ("ann smith", "... ..."),
            ("userName eq ann smith", "userName eq ... ..."),
            ("userName eq ann eq", "userName eq ... eq"),
            ("", ""),
        ] {
            assert_eq!(filter(given), shown, "{given}");
        }
    }
}
