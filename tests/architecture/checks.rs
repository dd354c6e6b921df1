//! Applies the tables of rules to a source and says what breaks them, as `rule: file:line: what`.

use std::fs;
use std::path::Path;

use super::code::{Named, named};
use super::{LAYERS, MOST_LINES, PURE, Rule, VENDORS, VENDORS_ALLOWED};

/// A source file.
pub(crate) struct Source {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A break of a rule.
fn broken(rule: &str, source: &Source, line: usize, what: &str) -> String {
    format!("{rule}: {}:{line}: {what}", source.path)
}

pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        collect(root, &root.join(folder), &mut found);
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// A folder that is not there yet holds nothing.
fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            match fs::read_to_string(&path) {
                Ok(text) => found.push(Source { path: name, text }),
                // An editor's file that went away meanwhile.
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{name}: {error}"),
            }
        }
    }
}

/// Whether `path` is the file or the folder `place`: `src/auth` is `src/auth.rs` and `src/auth/...`, not `src/authority`.
fn lies_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
}

fn matches(segments: &[String], pattern: &str) -> bool {
    let (pattern, more) = pattern.strip_suffix("::").map_or((pattern, 0), |pattern| (pattern, 1));
    let wanted: Vec<&str> = pattern.split("::").collect();
    (0..segments.len()).any(|start| {
        let rest = segments.iter().skip(start);
        rest.len() >= wanted.len() + more && rest.zip(&wanted).all(|(found, wanted)| found == wanted)
    })
}

pub(crate) fn check_rule(rule: &Rule, source: &Source) -> Vec<String> {
    let within = rule.within.iter().any(|place| lies_in(&source.path, place));
    if !within || rule.except.iter().any(|place| lies_in(&source.path, place)) || is_test_file(&source.path) {
        return Vec::new();
    }
    let outside_tests = named(&source.text).into_iter().filter(|named| !named.in_tests);
    let bad = outside_tests.filter(|named| rule.forbidden.iter().any(|pattern| matches(&named.segments, pattern)));
    bad.map(|named| broken(rule.name, source, named.line, &named.segments.join("::"))).collect()
}

/// A module of tests in a file of its own.
fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// The module path of a file under src/: `src/store/filter/users.rs` is store::filter::users.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|segment| *segment != "lib").map(str::to_owned).collect()
}

/// The row of LAYERS and the member in it; the longest name wins.
fn layer_of(module: &[String]) -> Option<(usize, &'static str)> {
    let starts = |name: &str| name.split("::").zip(module.iter()).filter(|(name, found)| name == found).count();
    let fits = |name: &str| starts(name) == name.split("::").count();
    let members = LAYERS.iter().enumerate().flat_map(|(row, names)| names.iter().map(move |name| (row, *name)));
    members.filter(|(_, name)| fits(name)).max_by_key(|(_, name)| name.len())
}

/// A path from the crate's root: `crate::` is dropped, `super::` followed; None if it stays inside or is another crate's.
fn from_root(module: &[String], named: &Named) -> Option<Vec<String>> {
    let (first, rest) = named.segments.split_first()?;
    if first == "crate" {
        return Some(rest.to_vec());
    }
    let ups = named.segments.iter().take_while(|segment| *segment == "super").count();
    let depth = module.len() + usize::from(named.in_tests);
    (ups > 0 && ups >= depth).then(|| named.segments.iter().skip(ups).cloned().collect())
}

pub(crate) fn check_layers(source: &Source) -> Vec<String> {
    let module = module_of(&source.path);
    let Some((row, own)) = layer_of(&module) else {
        // lib.rs is the map; another new module needs its place in LAYERS.
        let known = module.is_empty();
        return if known {
            Vec::new()
        } else {
            vec![broken("every module has a layer", source, 1, &module.join("::"))]
        };
    };
    let mut found = Vec::new();
    for named in named(&source.text) {
        let Some((other_row, other)) = from_root(&module, &named).and_then(|path| layer_of(&path)) else {
            continue;
        };
        let both_pure = PURE.contains(&own) && PURE.contains(&other);
        if other != own && other_row <= row && !both_pure {
            found.push(broken("imports point down only", source, named.line, &format!("{own} names {other}")));
        }
    }
    found
}

/// Words of a text in any spelling: `EntraGroup`, `entra_group`, "Entra group".
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_lower = false;
    for character in line.chars() {
        let begins = character.is_uppercase() && before_is_lower;
        if begins || !character.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphabetic()) {
            word.extend(character.to_lowercase());
        }
        before_is_lower = character.is_lowercase();
    }
    words
}

pub(crate) fn check_vendors(source: &Source) -> Vec<String> {
    let core = lies_in(&source.path, "src") || lies_in(&source.path, "crates");
    if !core || VENDORS_ALLOWED.iter().any(|place| lies_in(&source.path, place)) {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate();
    let bad = lines.filter_map(|(index, line)| {
        let vendor = words(line).into_iter().find(|word| VENDORS.contains(&word.as_str()))?;
        Some(broken("only the profiles name vendors", source, index + 1, &vendor))
    });
    bad.collect()
}

pub(crate) fn check_opening(source: &Source) -> Vec<String> {
    if source.text.starts_with("//!") || is_test_file(&source.path) {
        return Vec::new();
    }
    vec![broken("a module begins with //!", source, 1, "what it is for and what it must not do")]
}

pub(crate) fn check_length(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines <= MOST_LINES {
        return Vec::new();
    }
    vec![broken("no file above 500 lines", source, lines, "split it by subject")]
}

/// The ids of a list that stand in the name of no test; lines that begin with `#` are remarks.
pub(crate) fn lacking_tests(list: &str, sources: &[Source]) -> Vec<String> {
    let names: Vec<&str> = sources.iter().flat_map(|source| test_names(&source.text)).collect();
    let has =
        |id: &str| names.iter().any(|name| name.starts_with(&format!("{id}_")) || name.contains(&format!("_{id}_")));
    let ids = list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    ids.filter(|id| !has(id)).map(|id| format!("every feature has a test of its name: {id}")).collect()
}

/// The names of the functions of a text that are tests.
fn test_names(text: &str) -> Vec<&str> {
    let lines = || text.lines().map(str::trim);
    let tests = lines().zip(lines().skip(1)).filter(|(attribute, _)| *attribute == "#[test]");
    tests.filter_map(|(_, line)| line.strip_prefix("fn ")?.split('(').next()).collect()
}

pub(crate) fn fail_on(broken: &[String]) {
    assert!(broken.is_empty(), "\n  {}\n", broken.join("\n  "));
}
