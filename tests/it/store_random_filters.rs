//! Random resources and random filters: what the evaluation in memory, SQLite and PostgreSQL answer is the same, and in
//! the same order when it is sorted. Each case follows from its seed; `CONTRIBUTING.md` says how to run more of them.

use scim_core::evaluate::sort::{self, Order};
use scim_core::evaluate::{Condition, Leniency, Unknown, compile};
use scim_core::schema::{Attribute, TypeIndex, builtin};
use scim_filter_parser::{Dialect, parse_attribute_path, parse_filter};
use serde_json::{Value, json};

use crate::client::{Client, ENTERPRISE, GROUP, USER, encode, id, ids};
use crate::dice::{Dice, seeds};
use crate::server::{Server, for_each_store};

/// Seeds that every run takes.
const CASES: u64 = 2_000;
const WORKERS: u64 = 4;
const PEOPLE: usize = 60;
const CREWS: usize = 14;

const TEXTS: [&str; 44] = [
    "ann",
    "Ann",
    "ANN",
    "anna",
    "bob",
    "a_n",
    "a%n",
    "%",
    "_",
    "%%",
    "\\",
    "\\%",
    "a\\_n",
    "\"",
    "a\"b",
    "'",
    "o'brien",
    "straße",
    "STRASSE",
    "strasse",
    "İ",
    "i\u{307}",
    "ı",
    "é",
    "e\u{301}",
    "É",
    "Å",
    "\u{212b}",
    "A\u{30a}",
    "ﬁ",
    "fi",
    "ＡＮＮ",
    "Σίσυφος",
    "σίσυφοσ",
    "😀",
    "👩\u{200d}👩\u{200d}👧",
    "名前",
    "가",
    "\u{1100}\u{1161}",
    "true",
    "10",
    "9",
    "-1.5e3",
    "2026-01-01T00:00:00Z",
];
const WORDS: [&str; 12] = ["lead", "Lead", "LEAD-2", "work", "home", "zz", "Z", "a", "b c", "4130", "é", "\u{10ffff}"];
const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const OF_USERS: [&str; 34] = [
    "userName",
    "displayName",
    "nickName",
    "title",
    "userType",
    "externalId",
    "active",
    "locale",
    "profileUrl",
    "id",
    "name",
    "name.familyName",
    "name.givenName",
    "name.formatted",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "emails.display",
    "phoneNumbers.value",
    "roles",
    "roles.value",
    "addresses.locality",
    "groups",
    "groups.value",
    "groups.display",
    "meta.created",
    "meta.lastModified",
    "meta.resourceType",
    "schemas",
    "employeeNumber",
    "department",
    "manager.value",
    "password",
];
const OF_GROUPS: [&str; 12] = [
    "displayName",
    "externalId",
    "id",
    "members",
    "members.value",
    "members.type",
    "members.display",
    "members.$ref",
    "meta.created",
    "meta.lastModified",
    "schemas",
    "nothing",
];
const LISTS: [(&str, &[&str]); 5] = [
    ("emails", &["value", "type", "primary", "display"]),
    ("roles", &["value", "type", "primary"]),
    ("phoneNumbers", &["value", "type"]),
    ("groups", &["value", "display", "type"]),
    ("members", &["value", "type", "display"]),
];

fn text(dice: &mut Dice) -> String {
    match dice.roll(8) {
        0 => dice.pick(&WORDS).to_owned(),
        1 => format!("{}{}", dice.pick(&TEXTS), dice.pick(&TEXTS)),
        2 => format!("{} {}", dice.pick(&WORDS), dice.pick(&TEXTS)),
        3 if dice.once_in(8) => dice.pick(&TEXTS).repeat(300),
        _ => dice.pick(&TEXTS).to_owned(),
    }
}

/// A list of up to three elements; an empty one is no list.
fn elements(dice: &mut Dice) -> Value {
    let mut list: Vec<Value> = (0..dice.roll(4)).map(|_| json!({ "value": text(dice) })).collect();
    for element in &mut list {
        for (name, values) in [("type", &["work", "Work", "home", "other"][..]), ("display", &TEXTS[..])] {
            if !dice.once_in(3) {
                element[name] = json!(dice.pick(values));
            }
        }
    }
    if let Some(first) = list.first_mut()
        && dice.once_in(2)
    {
        first["primary"] = json!(!dice.once_in(4));
    }
    json!(list)
}

fn person(dice: &mut Dice, number: usize, managers: &[String]) -> Value {
    // A name may hold nothing that cannot be seen.
    let visible: String = text(dice).chars().filter(|one| !matches!(one, '\u{200d}' | '\u{10ffff}')).take(90).collect();
    let mut person = json!({ "schemas": [USER, ENTERPRISE], "userName": format!("{visible}{number}") });
    for name in ["displayName", "nickName", "title", "userType", "externalId", "locale", "profileUrl"] {
        if !dice.once_in(3) {
            person[name] = json!(text(dice));
        }
    }
    if !dice.once_in(3) {
        person["active"] = json!(dice.once_in(2));
    }
    for name in ["familyName", "givenName", "formatted"] {
        if dice.once_in(2) {
            person["name"][name] = json!(text(dice));
        }
    }
    for name in ["emails", "phoneNumbers", "roles"] {
        if dice.once_in(2) {
            person[name] = elements(dice);
        }
    }
    if dice.once_in(4) {
        person["addresses"] = json!([{ "locality": text(dice), "type": "work" }]);
    }
    for name in ["employeeNumber", "department", "costCenter"] {
        if dice.once_in(2) {
            person[ENTERPRISE][name] = json!(text(dice));
        }
    }
    if !managers.is_empty() && dice.once_in(3) {
        person[ENTERPRISE]["manager"] = json!({ "value": managers[dice.roll(managers.len())] });
    }
    person
}

fn crew(dice: &mut Dice, number: usize, others: &[String]) -> Value {
    let mut chosen: Vec<&String> = (0..dice.roll(9)).map(|_| &others[dice.roll(others.len())]).collect();
    chosen.sort();
    chosen.dedup();
    let members: Vec<Value> = chosen.iter().map(|member| json!({ "value": member })).collect();
    let name = format!("{} {number}", text(dice));
    let mut crew = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    if dice.once_in(2) {
        crew["externalId"] = json!(text(dice));
    }
    crew
}

/// Everything that filters are asked about: the same resources, up to ids, on every store.
struct World {
    users: Vec<Value>,
    groups: Vec<Value>,
    /// Texts that stand somewhere, whole.
    words: Vec<String>,
    /// The names of the users.
    people: Vec<String>,
}

fn all(client: &Client, endpoint: &str) -> Vec<Value> {
    client.get(&format!("{endpoint}?count=1000")).is(200)["Resources"].as_array().unwrap().clone()
}

fn words(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        Value::Object(members) => members.values().for_each(|member| words(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn populate(server: &Server, client: &Client) -> World {
    let (mut dice, mut made) = (Dice::new(0), Vec::new());
    for number in 0..PEOPLE {
        if !dice.once_in(4) {
            server.clock.advance(7);
        }
        let body = person(&mut dice, number, &made);
        made.push(id(&client.post("/Users", &body).is(201)));
    }
    for number in 0..CREWS {
        server.clock.advance(1);
        made.push(id(&client.post("/Groups", &crew(&mut dice, number, &made)).is(201)));
    }
    let (users, groups) = (all(client, "/Users"), all(client, "/Groups"));
    assert_eq!((users.len(), groups.len()), (PEOPLE, CREWS));
    let mut found = Vec::new();
    users.iter().chain(&groups).for_each(|resource| words(resource, &mut found));
    let people = users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect();
    World { users, groups, words: found, people }
}

/// Makes one filter.
struct Writer<'a> {
    dice: Dice,
    words: &'a [String],
    people: &'a [String],
}

impl Writer<'_> {
    fn operand(&mut self) -> String {
        let text = match self.dice.roll(12) {
            0 => return self.dice.pick(&["true", "false", "null", "True", "0", "-1", "1.5e2", "9"]).to_owned(),
            1 => self.instant(),
            2 => text(&mut self.dice),
            3 => String::new(),
            _ => {
                let word = &self.words[self.dice.roll(self.words.len())];
                let letters: Vec<char> = word.chars().take(400).collect();
                let (from, to) = (self.dice.roll(letters.len() + 1), self.dice.roll(letters.len() + 1));
                match self.dice.roll(5) {
                    0 => word.to_uppercase(),
                    1 => letters[from.min(to)..from.max(to)].iter().collect(),
                    2 => letters[..to].iter().collect(),
                    _ => word.clone(),
                }
            }
        };
        json!(text).to_string()
    }

    /// A time near those that resources have, written from some zone.
    fn instant(&mut self) -> String {
        let stamps: Vec<_> =
            self.words.iter().filter_map(|word| chrono::DateTime::parse_from_rfc3339(word).ok()).collect();
        let seconds = stamps[self.dice.roll(stamps.len())];
        let moved = seconds + chrono::TimeDelta::seconds(self.dice.roll(3) as i64 - 1);
        let offset = self.dice.pick(&[&0, &7_200, &-34_200, &50_400]);
        let there = moved.with_timezone(&chrono::FixedOffset::east_opt(*offset).unwrap());
        there.to_rfc3339()
    }

    fn spelled(&mut self, name: &str) -> String {
        let name = match self.dice.roll(6) {
            0 => name.to_uppercase(),
            1 => name.to_lowercase(),
            _ => name.to_owned(),
        };
        let extension = ["employeenumber", "department", "manager.value"].contains(&name.to_lowercase().as_str());
        if extension && !self.dice.once_in(6) { format!("{ENTERPRISE}:{name}") } else { name }
    }

    /// A piece of some user's name in which one letter is a wildcard, were it not taken for itself.
    fn disguised(&mut self) -> String {
        let mut letters: Vec<char> = self.people[self.dice.roll(self.people.len())].chars().collect();
        let at = self.dice.roll(letters.len());
        letters[at] = if self.dice.once_in(2) { '%' } else { '_' };
        let piece: String = letters[at.saturating_sub(2)..(at + 2).min(letters.len())].iter().collect();
        json!(piece).to_string()
    }

    fn term(&mut self, name: &str) -> String {
        if name == "userName" && self.dice.once_in(3) {
            return format!("userName {} {}", self.dice.pick(&["co", "ew", "sw"]), self.disguised());
        }
        let name = self.spelled(name);
        match self.dice.roll(7) {
            0 => format!("{name} pr"),
            1..=2 => format!("{name} eq {}", self.operand()),
            _ => format!("{name} {} {}", self.dice.pick(&OPERATORS), self.operand()),
        }
    }

    /// One of the names; often one that the database keeps an index of.
    fn name<'b>(&mut self, names: &[&'b str]) -> &'b str {
        let indexed: Vec<&str> =
            names.iter().copied().filter(|name| ["userName", "displayName", "emails.value"].contains(name)).collect();
        if indexed.is_empty() || !self.dice.once_in(3) { self.dice.pick(names) } else { self.dice.pick(&indexed) }
    }

    fn filter(&mut self, depth: usize, names: &[&str]) -> String {
        let sides = if depth == 0 { 4 } else { 9 };
        match self.dice.roll(sides) {
            0..=2 => {
                let name = self.name(names);
                self.term(name)
            }
            3 if names.contains(&"id") => {
                let (list, parts) = LISTS[self.dice.roll(LISTS.len())];
                let inside = self.filter(depth.min(2), parts);
                format!("{list}[{inside}]")
            }
            3 => {
                let name = self.name(names);
                self.term(name)
            }
            4 => format!("not ({})", self.filter(depth - 1, names)),
            5..=6 => format!("{} and {}", self.filter(depth - 1, names), self.filter(depth - 1, names)),
            7 => format!("{} or {}", self.filter(depth - 1, names), self.filter(depth - 1, names)),
            _ => format!("({})", self.filter(depth - 1, names)),
        }
    }
}

fn condition(index: &TypeIndex, filter: &str) -> Option<Condition> {
    let filter = parse_filter(filter, &Dialect { urns: index.urns(), lenient: true }).ok()?;
    compile(index, &filter, Leniency { coerce_booleans: true }, Unknown::Refuse).ok()
}

/// The ids of those that meet the condition, in order. Equal ones stay as they were made.
fn expected(
    index: &TypeIndex,
    resources: &[Value],
    filter: Option<&Condition>,
    by: Option<(&str, Order)>,
) -> Vec<String> {
    let mut found: Vec<&Value> = resources
        .iter()
        .filter(|resource| filter.is_none_or(|condition| condition.matches(resource.as_object().unwrap())))
        .collect();
    if let Some((name, order)) = by {
        let path = parse_attribute_path(name, &Dialect { urns: index.urns(), lenient: true }).unwrap();
        let key = sort::compile(index, &path).unwrap();
        let of = |resource: &Value| key.of(resource.as_object().unwrap());
        found.sort_by(|left, right| order.compare(of(left).as_ref(), of(right).as_ref()));
    }
    found.into_iter().map(id).collect()
}

/// Every name that a list can be sorted by.
fn sortable(index: &TypeIndex) -> Vec<String> {
    let of = |prefix: &str, attributes: &[Attribute]| -> Vec<String> {
        let names = attributes.iter().flat_map(|attribute| {
            let parts = attribute.sub_attributes.iter().map(|part| format!("{prefix}{}.{}", attribute.name, part.name));
            parts.chain([format!("{prefix}{}", attribute.name)]).collect::<Vec<_>>()
        });
        names.collect()
    };
    let mut names = of("", index.core_attributes());
    names.extend(index.extensions().flat_map(|(schema, _)| of(&format!("{}:", schema.id), &schema.attributes)));
    let dialect = Dialect { urns: index.urns(), lenient: true };
    names.retain(|name| sort::compile(index, &parse_attribute_path(name, &dialect).unwrap()).is_ok());
    names
}

fn ordered(order: Order) -> &'static str {
    if order == Order::Ascending { "ascending" } else { "descending" }
}

/// One case; gives whether its filter told resources apart.
fn run(client: &Client, world: &World, indexes: &[(&str, &TypeIndex)], seed: u64) -> Result<bool, String> {
    let mut dice = Dice::new(seed);
    let (endpoint, index) = indexes[usize::from(dice.once_in(3))];
    let (resources, names) =
        if endpoint == "/Users" { (&world.users, &OF_USERS[..]) } else { (&world.groups, &OF_GROUPS[..]) };
    let depth = dice.roll(4);
    let by = dice.once_in(3).then(|| {
        let all = sortable(index);
        (all[dice.roll(all.len())].clone(), if dice.once_in(2) { Order::Ascending } else { Order::Descending })
    });
    let filter = Writer { dice, words: &world.words, people: &world.people }.filter(depth, names);
    let mut query = format!("{endpoint}?attributes=id&count=1000&filter={}", encode(&filter));
    if let Some((name, order)) = &by {
        query += &format!("&sortBy={}&sortOrder={}", encode(name), ordered(*order));
    }
    let answer = client.get(&query);
    let shown = |wrong: String| format!("seed {seed}: {endpoint} {filter} by {by:?}: {wrong}");
    let Some(condition) = condition(index, &filter) else {
        let refused = answer.status == 400 && answer.json()["scimType"] == "invalidFilter";
        return if refused { Ok(false) } else { Err(shown(format!("{} instead of a refusal", answer.status))) };
    };
    let wanted = expected(index, resources, Some(&condition), by.as_ref().map(|(name, order)| (name.as_str(), *order)));
    if answer.status != 200 {
        return Err(shown(answer.text));
    }
    let list = answer.json();
    let found = ids(&list);
    if found != wanted || list["totalResults"] != wanted.len() {
        return Err(shown(format!("{found:?} instead of {wanted:?}")));
    }
    Ok(!wanted.is_empty() && wanted.len() < resources.len())
}

#[test]
fn random_filters_have_one_answer_everywhere() {
    let registry = builtin::registry();
    let (users, groups) = (registry.index("User").unwrap(), registry.index("Group").unwrap());
    let indexes = [("/Users", &*users), ("/Groups", &*groups)];
    for_each_store(|server| {
        let client = server.client();
        let world = populate(server, &client);
        let seeds: Vec<u64> = seeds(CASES).collect();
        let clients: Vec<Client> = (0..WORKERS).map(|_| server.client()).collect();
        let work = |worker: u64, client: &Client| {
            let own = seeds.iter().filter(|seed| **seed % WORKERS == worker);
            own.map(|seed| run(client, &world, &indexes, *seed)).collect::<Vec<_>>()
        };
        let results: Vec<Result<bool, String>> = std::thread::scope(|scope| {
            let work = &work;
            let workers: Vec<_> =
                (0..).zip(&clients).map(|(worker, client)| scope.spawn(move || work(worker, client))).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), results.len(), &wrong[..wrong.len().min(20)]);
        let telling = results.iter().filter(|result| **result == Ok(true)).count();
        assert!(telling * 5 > results.len(), "too few filters tell resources apart: {telling} of {}", results.len());
    });
}

/// Lists sorted by `groups` and by `members` once were not.
#[test]
fn every_sortable_attribute_has_one_order_everywhere() {
    let registry = builtin::registry();
    for_each_store(|server| {
        let client = server.client();
        let world = populate(server, &client);
        for (endpoint, kind, resources) in [("/Users", "User", &world.users), ("/Groups", "Group", &world.groups)] {
            let index = registry.index(kind).unwrap();
            let names = sortable(&index);
            assert!(names.len() >= 10, "{names:?}");
            for name in &names {
                for order in [Order::Ascending, Order::Descending] {
                    let by = format!("sortBy={}&sortOrder={}", encode(name), ordered(order));
                    let found = ids(&client.get(&format!("{endpoint}?attributes=id&count=1000&{by}")).is(200));
                    assert_eq!(found, expected(&index, resources, None, Some((name, order))), "{by}");
                    let page = ids(&client.get(&format!("{endpoint}?count=5&startIndex=4&{by}")).is(200));
                    assert_eq!(page, found[3..8], "{by}");
                }
            }
        }
    });
}
