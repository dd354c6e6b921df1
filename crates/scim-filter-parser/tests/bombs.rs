//! Filters made to exhaust time or stack. Every one is answered within a millisecond per KiB, however it is cut off.
use crate::{lenient, strict};
use scim_filter_parser::{MAX_LENGTH, parse_filter, parse_path};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const RUNS: usize = 20;

/// The shortest of several runs: what else the machine does can only make one longer.
fn shortest_time(text: &str) -> Duration {
    let run = || {
        let start = Instant::now();
        for dialect in [strict(), lenient()] {
            let _ = black_box(parse_filter(black_box(text), &dialect));
            let _ = black_box(parse_path(black_box(text), &dialect));
        }
        start.elapsed() / 4
    };
    (0..RUNS).map(|_| run()).min().unwrap()
}

fn assert_quick(name: &str, text: &str) {
    let allowed = Duration::from_millis(text.len().div_ceil(1024).max(1) as u64);
    let taken = shortest_time(text);
    assert!(taken <= allowed, "{name}, {} bytes: {taken:?} is more than {allowed:?}", text.len());
}

/// A long filter of every kind that parsers have been brought down with.
fn bombs() -> Vec<(&'static str, String)> {
    let nested = |open: &str, depth: usize| format!("{}a pr{}", open.repeat(depth), ")".repeat(depth));
    let mut bombs = Vec::new();
    for depth in [15, 20, 25, 32, 1000, 2000, 8000] {
        bombs.push(("parentheses", nested("(", depth)));
        bombs.push(("not", nested("not (", depth)));
        bombs.push(("groups in and", nested("a pr and (", depth)));
        bombs.push(("parentheses in brackets", format!("a[{}]", nested("(", depth))));
        bombs.push(("brackets", format!("{}b pr{}", "a[".repeat(depth), "]".repeat(depth))));
    }
    for terms in [200, 5000, 100_000] {
        bombs.push(("flat or", vec!["userName eq \"x\""; terms].join(" or ")));
        bombs.push(("flat and", vec!["a pr"; terms].join(" and ")));
    }
    let limit = |unit: &str| unit.repeat(MAX_LENGTH / unit.len());
    for unit in ["(", "not", "not ", "not (", "\"", "\\", "a[", " ", ":", "urn:", ".", "a.", "and ", "x)", "[(", "é"] {
        bombs.push(("one unit", limit(unit)));
        bombs.push(("one unit after a term", format!("a pr and {}", limit(unit).get(16..).unwrap_or_default())));
        bombs.push(("one unit as operand", format!("a eq {}", limit(unit).get(16..).unwrap_or_default())));
        bombs.push(("one unit as string", format!("a eq \"{}\"", limit(unit).get(16..).unwrap_or_default())));
    }
    bombs.push(("spaces", format!("{}a pr{}", nested(&format!("({}", " ".repeat(450)), 16), " ".repeat(8000))));
    bombs.push(("escapes", format!("a eq \"{}\"", "\\ud83d\\ude00".repeat(1300))));
    bombs
}

#[test]
fn bombs_are_answered_quickly() {
    for (name, text) in bombs() {
        assert_quick(name, &text);
    }
}

#[test]
fn truncated_bombs_are_answered_quickly() {
    for (name, text) in bombs() {
        for parts in [2, 3] {
            let end = text.floor_char_boundary(text.len() * (parts - 1) / parts);
            assert_quick(name, text.get(..end).unwrap_or_default());
        }
        assert_quick(name, text.get(..text.floor_char_boundary(text.len().saturating_sub(1))).unwrap_or_default());
    }
}

/// A thread has 2 MiB unless told otherwise; without optimisation frames are several times as big.
#[test]
fn the_deepest_filter_fits_half_a_stack() {
    let deepest = format!("{}a pr{}", "not (a pr or not (".repeat(16), "))".repeat(16));
    let parse = move || parse_filter(&deepest, &strict()).map(|filter| filter.to_string() == deepest);
    let parsed = std::thread::Builder::new().stack_size(1024 * 1024).spawn(parse).unwrap().join().unwrap();
    assert_eq!(parsed, Ok(true));
}

#[test]
fn time_grows_with_length_not_with_depth() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    let (shallow, deep) = (shortest_time(&nested(8)), shortest_time(&nested(32)));
    assert!(deep <= shallow * 16, "depth 8: {shallow:?}, depth 32: {deep:?}");
}
