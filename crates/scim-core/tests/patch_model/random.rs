//! Random resources in canonical form and random operations on them.

use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Numbers that look random and are the same in every run (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self((seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1);
        dice.roll(2);
        dice
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize;
        high % sides
    }

    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.roll(words.len())]
    }
}

fn text(dice: &mut Dice) -> &'static str {
    dice.pick(&["a", "A", "b", "B@x", "c%_", "é", "d\"q", "1"])
}

fn kind(dice: &mut Dice) -> &'static str {
    dice.pick(&["work", "Work", "home", "other"])
}

/// One element of a list. One of a resource always has a value; one of a request may be anything that is allowed.
fn element(dice: &mut Dice, sent: bool) -> Value {
    let mut element = json!({});
    if !sent || !dice.once_in(6) {
        element["value"] = json!(text(dice));
    }
    if dice.once_in(2) {
        element["type"] = json!(kind(dice));
    }
    if dice.once_in(3) {
        element["display"] = json!(text(dice));
    }
    if sent && dice.once_in(3) {
        element["primary"] = json!(!dice.once_in(3));
    }
    element
}

fn list(dice: &mut Dice) -> Vec<Value> {
    let mut list: Vec<Value> = Vec::new();
    for _ in 0..dice.roll(4) {
        let element = element(dice, false);
        let same = |other: &Value| {
            let part = |of: &Value, name: &str| of[name].as_str().map(str::to_lowercase);
            part(other, "value") == part(&element, "value") && part(other, "type") == part(&element, "type")
        };
        if !list.iter().any(same) {
            list.push(element);
        }
    }
    if !list.is_empty() && dice.once_in(2) {
        let at = dice.roll(list.len());
        list[at]["primary"] = json!(true);
    }
    list
}

/// A user as it may be stored.
pub(crate) fn resource(dice: &mut Dice) -> Map<String, Value> {
    let mut user = json!({ "userName": "u" });
    for name in ["title", "nickName"] {
        if dice.once_in(2) {
            user[name] = json!(text(dice));
        }
    }
    if dice.once_in(2) {
        user["active"] = json!(dice.once_in(2));
    }
    for name in ["givenName", "familyName"] {
        if dice.once_in(2) {
            user["name"][name] = json!(text(dice));
        }
    }
    for name in ["emails", "roles"] {
        let list = list(dice);
        if !list.is_empty() {
            user[name] = json!(list);
        }
    }
    if dice.once_in(2) {
        user[ENTERPRISE]["department"] = json!(text(dice));
    }
    if dice.once_in(3) {
        user[ENTERPRISE]["manager"] = json!({ "value": text(dice) });
    }
    user.as_object().unwrap().clone()
}

fn term(dice: &mut Dice) -> String {
    match dice.roll(9) {
        0..=2 => format!("type eq \"{}\"", kind(dice)),
        3..=4 => format!("value eq {}", json!(text(dice))),
        5 => "primary eq true".to_owned(),
        6 => format!("display co {}", json!(text(dice))),
        7 => "display pr".to_owned(),
        _ => format!("type sw \"{}\"", dice.pick(&["w", "H"])),
    }
}

fn filter(dice: &mut Dice) -> String {
    match dice.roll(8) {
        0..=4 => term(dice),
        5 => format!("{} and {}", term(dice), term(dice)),
        6 => format!("{} or {}", term(dice), term(dice)),
        _ => format!("not ({})", term(dice)),
    }
}

fn cased(dice: &mut Dice, name: &str) -> String {
    match dice.roll(8) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

fn path(dice: &mut Dice) -> String {
    let list = dice.pick(&["emails", "roles"]);
    let part = dice.pick(&["value", "type", "display", "primary"]);
    match dice.roll(20) {
        0..=2 => dice.pick(&["title", "nickName", "active", "userName"]).to_owned(),
        3 => "name".to_owned(),
        4 => dice.pick(&["name.givenName", "name.familyName"]).to_owned(),
        5..=6 => list.to_owned(),
        7..=9 => format!("{list}[{}]", filter(dice)),
        10..=13 => format!("{list}[{}].{part}", filter(dice)),
        14 => format!("{list}.{part}"),
        15 => format!("{ENTERPRISE}:{}", dice.pick(&["department", "manager", "manager.value"])),
        16 => dice.pick(&["department", "manager.value"]).to_owned(),
        17 => ENTERPRISE.to_owned(),
        18 => dice.pick(&["id", "meta", "groups", "meta.version"]).to_owned(),
        _ => dice.pick(&["shoe", "name.shoe", "urn:example:X:shoe"]).to_owned(),
    }
}

/// A value that fits the path, mostly.
fn value(dice: &mut Dice, path: &str) -> Value {
    let last = path.rsplit(['.', ':']).next().unwrap_or(path);
    match dice.roll(14) {
        0 => return Value::Null,
        1 => return json!(""),
        2 => return [json!(7), json!(true), json!("x"), json!({}), json!([])][dice.roll(5)].clone(),
        _ => {}
    }
    match last {
        "active" | "primary" => json!(dice.once_in(2)),
        "name" => names(dice),
        "type" => json!(kind(dice)),
        "emails" | "roles" => match dice.roll(3) {
            0 => element(dice, true),
            _ => (0..=dice.roll(3)).map(|_| element(dice, true)).collect(),
        },
        "manager" => json!({ "value": text(dice) }),
        "User" => json!({ "department": text(dice) }),
        _ if last.ends_with(']') => element(dice, true),
        _ => json!(text(dice)),
    }
}

fn names(dice: &mut Dice) -> Value {
    let mut name = json!({});
    for part in ["givenName", "FAMILYNAME", "shoe"] {
        if dice.once_in(if part == "shoe" { 12 } else { 2 }) {
            name[part] = if dice.once_in(5) { Value::Null } else { json!(text(dice)) };
        }
    }
    name
}

/// A value without a path.
fn whole(dice: &mut Dice) -> Value {
    let mut whole = json!({});
    for name in ["title", "active", "name", "emails", "roles", "userName", ENTERPRISE, "id", "shoe"] {
        let rare = ["id", "shoe", "userName"].contains(&name);
        if dice.once_in(if rare { 14 } else { 3 }) {
            let like = if name == ENTERPRISE { ":User" } else { name };
            let value = value(dice, like);
            let name = if name == ENTERPRISE { name.to_owned() } else { cased(dice, name) };
            whole[&name] = value;
        }
    }
    whole
}

fn operation(dice: &mut Dice) -> Value {
    let verb = dice.pick(&["add", "Add", "replace", "replace", "remove"]);
    if dice.once_in(6) {
        return if verb == "remove" { json!({ "op": verb }) } else { json!({ "op": verb, "value": whole(dice) }) };
    }
    let path = path(dice);
    let mut operation = json!({ "op": verb, "path": path });
    if verb != "remove" || (["emails", "roles"].contains(&path.as_str()) && dice.once_in(2)) {
        operation["value"] = value(dice, &path);
    }
    operation
}

/// The operations of one request.
pub(crate) fn operations(dice: &mut Dice) -> Value {
    (0..=dice.roll(3)).map(|_| operation(dice)).collect()
}
