//! Reads Rust code as words: which paths a text names, without its comments and texts. It knows no rule.

/// A path in the code: `crate::store::Tx`, or a single word.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    pub(crate) in_tests: bool,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let (mut found, mut line, mut index) = (Vec::new(), 1, 0);
    while index < characters.len() {
        let start = index;
        match at(index) {
            '/' if at(index + 1) == '/' => index = skip_until(&characters, index, |i| at(i) == '\n'),
            '/' if at(index + 1) == '*' => index = after_block_comment(&characters, index),
            '"' => index = after_text(&characters, index),
            'r' if raw_hashes(&characters, index).is_some() => index = after_raw_text(&characters, index),
            // A character, else a lifetime, whose quote alone is passed.
            '\'' if at(index + 1) == '\\' => index = skip_until(&characters, index + 3, |i| at(i) == '\'') + 1,
            '\'' if at(index + 2) == '\'' => index += 3,
            first if first.is_alphabetic() || first == '_' => {
                index = skip_until(&characters, index, |i| !(at(i).is_alphanumeric() || at(i) == '_'));
                // The prefix of b"..." and c"...": the text after it is passed next.
                found.push((line, Token::Word(characters.iter().take(index).skip(start).collect())));
            }
            sign => {
                index += 1;
                if !sign.is_whitespace() {
                    found.push((line, Token::Sign(sign)));
                }
            }
        }
        line += characters.iter().take(index).skip(start).filter(|character| **character == '\n').count();
    }
    found
}

fn skip_until(characters: &[char], from: usize, end: impl Fn(usize) -> bool) -> usize {
    (from..characters.len()).find(|index| end(*index)).unwrap_or(characters.len())
}

fn after_block_comment(characters: &[char], from: usize) -> usize {
    let (mut depth, mut index) = (0, from);
    while index < characters.len() {
        match (characters.get(index), characters.get(index + 1)) {
            (Some('/'), Some('*')) => (depth, index) = (depth + 1, index + 2),
            (Some('*'), Some('/')) => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
        if depth == 0 {
            return index;
        }
    }
    index
}

fn after_text(characters: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while let Some(character) = characters.get(index) {
        match character {
            '\\' => index += 2,
            '"' => return index + 1,
            _ => index += 1,
        }
    }
    index
}

/// The number of `#` of `r#"`, if a raw text begins here and not in the middle of a word.
fn raw_hashes(characters: &[char], from: usize) -> Option<usize> {
    let after = skip_until(characters, from + 1, |index| characters.get(index) != Some(&'#'));
    let before = from.checked_sub(1).and_then(|index| characters.get(index)).copied().unwrap_or(' ');
    let in_word = before.is_alphanumeric() && before != 'b' || before == '_';
    (characters.get(after) == Some(&'"') && !in_word).then_some(after - from - 1)
}

fn after_raw_text(characters: &[char], from: usize) -> usize {
    let hashes = raw_hashes(characters, from).unwrap_or(0);
    let opened = from + 1 + hashes + 1;
    let closed = |index: usize| {
        characters.get(index) == Some(&'"')
            && characters.iter().skip(index + 1).take(hashes).filter(|character| **character == '#').count() == hashes
    };
    (skip_until(characters, opened, closed) + 1 + hashes).min(characters.len())
}

/// Every path that the code names; the trees of `use` are written out.
pub(crate) fn named(text: &str) -> Vec<Named> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, index: 0, found: Vec::new(), tests_from: tests_begin(&tokens) };
    while reader.index < tokens.len() {
        match reader.word() {
            Some("use") => {
                reader.index += 1;
                reader.tree(&[]);
            }
            Some(_) => reader.path(),
            None => reader.index += 1,
        }
    }
    reader.found
}

/// Where `#[cfg(test)]` and a module with a body begin; by custom it is the file's last item.
fn tests_begin(tokens: &[(usize, Token)]) -> usize {
    let is_word =
        |index: usize, word: &str| matches!(tokens.get(index), Some((_, Token::Word(found))) if found == word);
    let is_sign = |index: usize, sign| matches!(tokens.get(index), Some((_, Token::Sign(found))) if *found == sign);
    (0..tokens.len())
        .find(|index| {
            is_word(*index, "cfg") && is_word(index + 2, "test") && {
                let module = (index + 3..index + 60).find(|index| is_word(*index, "mod"));
                module.is_some_and(|module| is_sign(module + 2, '{'))
            }
        })
        .unwrap_or(usize::MAX)
}

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    index: usize,
    found: Vec<Named>,
    tests_from: usize,
}

impl Reader<'_> {
    fn word(&self) -> Option<&str> {
        match self.tokens.get(self.index) {
            Some((_, Token::Word(word))) => Some(word),
            _ => None,
        }
    }

    fn is_sign(&self, offset: usize, sign: char) -> bool {
        matches!(self.tokens.get(self.index + offset), Some((_, Token::Sign(found))) if *found == sign)
    }

    fn keep(&mut self, at: usize, segments: Vec<String>) {
        let line = self.tokens.get(at).map_or(0, |(line, _)| *line);
        self.found.push(Named { line, segments, in_tests: at >= self.tests_from });
    }

    /// `a::b::c` anywhere but in a `use`.
    fn path(&mut self) {
        let (start, mut segments) = (self.index, Vec::new());
        while let Some(word) = self.word() {
            segments.push(word.to_owned());
            self.index += 1;
            if !(self.is_sign(0, ':') && self.is_sign(1, ':')) {
                break;
            }
            self.index += 2;
        }
        self.keep(start, segments);
    }

    /// One branch of a `use`: `a::{b, c::d as e, self, *}`.
    fn tree(&mut self, prefix: &[String]) {
        let (mut start, mut segments) = (self.index, prefix.to_vec());
        loop {
            if let Some(word) = self.word() {
                if word == "as" {
                    self.index += 2;
                    continue;
                }
                start = self.index;
                segments.push(word.to_owned());
                self.index += 1;
            } else if self.is_sign(0, ':') || self.is_sign(0, '*') {
                self.index += 1;
            } else if self.is_sign(0, '{') {
                self.index += 1;
                while self.index < self.tokens.len() && !self.is_sign(0, '}') {
                    self.tree(&segments);
                    self.index += usize::from(self.is_sign(0, ','));
                }
                self.index += 1;
                return;
            } else {
                // `,`, `}`, `;`, or the end: whoever called goes on. Anything else is no `use` of an item.
                let known = [',', '}', ';'].iter().any(|sign| self.is_sign(0, *sign));
                self.index += usize::from(!known);
                break;
            }
        }
        if !segments.is_empty() {
            self.keep(start, segments);
        }
    }
}

fn paths(text: &str) -> Vec<String> {
    named(text).into_iter().map(|named| named.segments.join("::")).collect()
}

#[test]
fn use_trees_are_written_out() {
    let found = paths("pub use a::{b, c::{self, d as e, *}, super::f}; use g::*; h::i::<j::K>();");
    assert_eq!(found, ["pub", "a::b", "a::c::self", "a::c::d", "a::c", "a::super::f", "g", "h::i", "j::K"]);
    assert_eq!(paths("fn f() -> impl X + use<'a, T> {}").last().map(String::as_str), Some("T"));
}

#[test]
fn comments_and_texts_are_not_code() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" i 'j' '\\'' k r#\"l \" m\"# n b\"o\" 'p: loop {} br\"q\" r";
    assert_eq!(paths(text), ["a", "e", "i", "k", "n", "b", "p", "loop", "br", "r"]);
    let lines: Vec<usize> = named("a\n/* \n */ b\n\"\n\" c").into_iter().map(|named| named.line).collect();
    assert_eq!(lines, [1, 3, 5]);
}
