//! Links, adoptions and corrections in random order, held against a plain model of where users come from.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::access::{Adoption, Connection, Profile};
use rollcall::directory::connections::ConnectionChange;
use rollcall::store::journal::Read;
use serde_json::{Value, json};

use crate::client::Client;
use crate::dice::{Dice, seeds};
use crate::identity::{MISMATCHES, PROVIDERS, identities, local, provider};
use crate::server::{DEFAULT, Server, for_each_store};

const STEPS: usize = 300;
const PROTOCOLS: [&str; 3] = ["OIDC", "OIDC", "SAML"];
const SUBJECTS: usize = 8;

/// Whose a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    /// A provider's, with this subject.
    Provider(usize, usize),
    /// A connection's.
    Connection(usize),
}

#[derive(Debug)]
struct Person {
    id: String,
    source: String,
    links: BTreeSet<Link>,
    has_role: bool,
}

/// What must be so: who there is, what connections provision for and may adopt, and what they asked for.
struct World<'a> {
    server: &'a Server,
    admin: Client,
    providers: Vec<String>,
    connections: Vec<(Connection, Client)>,
    people: Vec<Person>,
    adoption: Vec<Adoption>,
    provisions_for: Vec<Option<usize>>,
    /// By connection and person: whether it was approved, if anybody decided.
    requests: BTreeMap<(usize, usize), Option<bool>>,
}

fn begin(server: &Server) -> World<'_> {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let connection = |name| {
        let connection = server.connection(DEFAULT, name, Profile::Tolerant);
        let client = server.client_of(&connection);
        (connection, client)
    };
    let name = |(number, protocol): (usize, &&str)| provider(&admin, protocol, &number.to_string());
    World {
        providers: PROTOCOLS.iter().enumerate().map(name).collect(),
        connections: ["first", "second"].map(connection).into(),
        people: Vec::new(),
        adoption: vec![Adoption::Link; 2],
        provisions_for: vec![None; 2],
        requests: BTreeMap::new(),
        server,
        admin,
    }
}

impl World<'_> {
    fn step(&mut self, dice: &mut Dice, number: usize) {
        if self.people.len() < 3 || dice.once_in(12) {
            return self.arrive(dice, number);
        }
        let person = dice.roll(self.people.len());
        match dice.roll(11) {
            0..=2 => self.link(person, dice.roll(PROTOCOLS.len()), dice.roll(SUBJECTS)),
            3 => self.unlink(person, dice),
            4 | 5 => self.write(person, dice.roll(2)),
            6 => self.set(dice),
            7 => self.decide(person, dice),
            8 | 9 => self.fix_one(person, dice),
            _ => self.fix_all(),
        }
        self.check(person);
    }

    /// A local user, sometimes with a role, or one that a connection makes.
    fn arrive(&mut self, dice: &mut Dice, number: usize) {
        let name = format!("user{number}");
        let mut person =
            Person { id: String::new(), source: "LOCAL".to_owned(), links: BTreeSet::new(), has_role: false };
        if dice.once_in(2) {
            let connection = dice.roll(2);
            person.id = self.connections[connection].1.user(&name);
            person.source = "SCIM".to_owned();
            person.links.insert(Link::Connection(connection));
        } else {
            person.id = local(&self.admin, &name);
            person.has_role = dice.once_in(3);
            if person.has_role {
                self.server.grant(self.server.tenant(DEFAULT).id, &person.id, "viewer", None);
            }
        }
        self.people.push(person);
    }

    fn link(&mut self, person: usize, provider: usize, subject: usize) {
        let new = Link::Provider(provider, subject);
        let taken = self.people.iter().any(|person| person.links.contains(&new));
        let body = json!({ "provider_id": self.providers[provider], "subject": subject.to_string() });
        self.admin.post(&identities(&self.people[person].id), &body).is(if taken { 409 } else { 201 });
        if !taken {
            self.people[person].links.insert(new);
        }
    }

    fn unlink(&mut self, person: usize, dice: &mut Dice) {
        let path = identities(&self.people[person].id);
        let shown = self.admin.get(&path).is(200)["data"].as_array().unwrap().clone();
        if shown.is_empty() {
            return;
        }
        let chosen = &shown[dice.roll(shown.len())];
        let link = self.read(chosen);
        let federated = matches!(link, Link::Provider(..));
        let path = format!("{path}/{}", chosen["id"].as_str().unwrap());
        self.admin.delete(&path).is(if federated { 204 } else { 409 });
        if federated {
            assert!(self.people[person].links.remove(&link));
        }
    }

    /// The first write of a connection to a user that it did not make adopts it, or not.
    fn write(&mut self, person: usize, connection: usize) {
        let (setting, asked) = (self.adoption[connection], self.requests.get(&(connection, person)).copied());
        let own = Link::Connection(connection);
        let known = &mut self.people[person];
        let mut may = known.links.contains(&own);
        if !may && !known.has_role && setting != Adoption::Refuse {
            may = asked.flatten().unwrap_or(setting == Adoption::Link && known.links.is_empty());
            match (may, asked) {
                (true, _) => drop(self.requests.remove(&(connection, person))),
                (false, None) => drop(self.requests.insert((connection, person), None)),
                (false, Some(_)) => {}
            }
        }
        let path = format!("/Users/{}", known.id);
        let write = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
        let answer = self.connections[connection].1.patch(&path, write);
        assert_eq!(answer.status, if may { 200 } else { 403 }, "{setting:?} {asked:?} {known:?}: {}", answer.text);
        if may {
            known.links.insert(own);
        }
    }

    /// Changes what a connection may adopt, or for which provider it provisions.
    fn set(&mut self, dice: &mut Dice) {
        let number = dice.roll(2);
        let connection = &self.connections[number].0;
        if dice.once_in(2) {
            self.adoption[number] = [Adoption::Link, Adoption::Ask, Adoption::Refuse][dice.roll(3)];
            let change = ConnectionChange { adoption: Some(self.adoption[number]), ..ConnectionChange::default() };
            return self.server.set_connection(connection, change);
        }
        let provider = dice.roll(PROTOCOLS.len());
        let path = format!("{PROVIDERS}/{}/connections/{}", self.providers[provider], connection.id);
        let on = !dice.once_in(3);
        self.admin.send(if on { "PUT" } else { "DELETE" }, &path, &[], None).is(204);
        self.provisions_for[number] = on.then_some(provider);
    }

    /// Decides about something that was asked for; now and then about something that was perhaps not.
    fn decide(&mut self, person: usize, dice: &mut Dice) {
        let asked: Vec<(usize, usize)> = self.requests.keys().copied().collect();
        let (connection, person) = match asked.is_empty() || dice.once_in(4) {
            true => (dice.roll(2), person),
            false => asked[dice.roll(asked.len())],
        };
        let approve = !dice.once_in(3);
        let body = json!({
            "connection_id": self.connections[connection].0.id.to_string(),
            "user_ids": [self.people[person].id],
            "decision": if approve { "approve" } else { "refuse" },
        });
        let answer = self.admin.post("/tenants/default/adoptions/decide", &body);
        match self.requests.get_mut(&(connection, person)) {
            None => drop(answer.is(404)),
            Some(decision) => {
                assert_eq!(answer.is(200)["data"]["decided"], u64::from(*decision != Some(approve)));
                *decision = Some(approve);
            }
        }
    }

    /// The sources that claim a person: of a connection and the provider that it provisions for, the connection alone.
    fn sources(&self, person: &Person) -> BTreeSet<&'static str> {
        let spoken_for = |provider: usize| {
            person
                .links
                .iter()
                .any(|link| matches!(link, Link::Connection(c) if self.provisions_for[*c] == Some(provider)))
        };
        let source = |link: &Link| match *link {
            Link::Connection(_) => Some("SCIM"),
            Link::Provider(provider, _) => (!spoken_for(provider)).then_some(PROTOCOLS[provider]),
        };
        person.links.iter().filter_map(source).collect()
    }

    /// The verdict and the source that is certain; `None` when nothing differs.
    fn verdict(&self, person: &Person) -> Option<(&'static str, Option<&'static str>)> {
        let sources = self.sources(person);
        let differs = person.links.iter().any(|link| protocol(*link) != person.source);
        if sources.is_empty() {
            return (person.source != "LOCAL").then_some(("ambiguous", None));
        }
        let sources: Vec<&str> = sources.into_iter().collect();
        match sources[..] {
            [one] if one == person.source => differs.then_some(("explained", None)),
            [one] if person.has_role => Some(("protected", Some(one))),
            [one] => Some(("fixable", Some(one))),
            _ => Some(("ambiguous", None)),
        }
    }

    fn fix_one(&mut self, person: usize, dice: &mut Dice) {
        let wanted = ["OIDC", "SAML", "SCIM", "LOCAL"][dice.roll(4)];
        let (named, dry) = (dice.once_in(2), dice.once_in(4));
        let known = &self.people[person];
        let target = self.verdict(known).and_then(|(_, expected)| match named {
            false => expected,
            true if known.links.iter().any(|link| protocol(*link) == wanted) => Some(wanted),
            true => (wanted == "LOCAL" && known.links.is_empty()).then_some(wanted),
        });
        let target = target.filter(|target| !dry && *target != known.source);
        let mut body = json!({ "tenant_id": "default", "user_ids": [known.id], "dry_run": dry });
        if named {
            body["identity_source"] = json!(wanted);
        }
        let report = self.admin.post(&format!("{MISMATCHES}/fix"), &body).is(200);
        assert_eq!(report["summary"]["fixed"], u64::from(target.is_some()), "{body} {known:?}: {report}");
        if let Some(target) = target {
            self.people[person].source = target.to_owned();
        }
    }

    fn fix_all(&mut self) {
        let fixable = |person: &Person| self.verdict(person).filter(|(verdict, _)| *verdict == "fixable");
        let targets: Vec<_> = self.people.iter().map(|person| fixable(person).and_then(|(_, to)| to)).collect();
        let report = self.admin.get(&format!("{MISMATCHES}?fix=true")).is(200);
        assert_eq!(report["summary"]["fixed"], targets.iter().flatten().count());
        for (person, target) in self.people.iter_mut().zip(targets) {
            person.source = target.map_or_else(|| person.source.clone(), str::to_owned);
        }
    }

    /// A link as the server shows it.
    fn read(&self, shown: &Value) -> Link {
        let place = |id: &Value, of: &[String]| of.iter().position(|known| id == known).unwrap();
        let connections: Vec<String> = self.connections.iter().map(|(known, _)| known.id.to_string()).collect();
        match &shown["provider_id"] {
            Value::Null => Link::Connection(place(&shown["connection_id"], &connections)),
            id => Link::Provider(place(id, &self.providers), shown["subject"].as_str().unwrap().parse().unwrap()),
        }
    }

    /// One person is as the model says.
    fn check(&self, person: usize) {
        let person = &self.people[person];
        let shown = self.admin.get(&format!("/tenants/default/users/{}", person.id)).is(200);
        assert_eq!(shown["data"]["identity_source"], person.source, "{person:?}");
        let shown = self.admin.get(&identities(&person.id)).is(200);
        let links: BTreeSet<Link> = shown["data"].as_array().unwrap().iter().map(|link| self.read(link)).collect();
        assert_eq!(links, person.links, "{person:?}");
    }

    /// So is everybody, and what is found of them.
    fn check_all(&self) {
        (0..self.people.len()).for_each(|person| self.check(person));
        let report = self.admin.get(&format!("{MISMATCHES}?include_explained=true&per_page=100")).is(200);
        let shown = |item: &Value| (item["user_id"].clone(), item["verdict"].clone(), item["expected_source"].clone());
        let found: Vec<_> = report["data"].as_array().unwrap().iter().map(shown).collect();
        let expected = |person: &Person| {
            self.verdict(person).map(|(verdict, source)| (json!(person.id), json!(verdict), json!(source)))
        };
        assert_eq!(found, self.people.iter().filter_map(expected).collect::<Vec<_>>());
        let listed = self.admin.get("/tenants/default/adoptions?per_page=100").is(200);
        assert_eq!(listed["pagination"]["total_items"], self.requests.len());
        for request in listed["data"].as_array().unwrap() {
            let person = self.people.iter().position(|person| request["user_id"] == person.id).unwrap();
            let is = |known: &(Connection, Client)| request["connection_id"] == known.0.id.to_string();
            let connection = self.connections.iter().position(is).unwrap();
            let word = match self.requests[&(connection, person)] {
                None => "pending",
                Some(approved) => {
                    if approved {
                        "approved"
                    } else {
                        "refused"
                    }
                }
            };
            assert_eq!(request["decision"], word);
        }
    }
}

fn protocol(link: Link) -> &'static str {
    match link {
        Link::Connection(_) => "SCIM",
        Link::Provider(provider, _) => PROTOCOLS[provider],
    }
}

#[test]
fn whatever_happens_sources_and_links_are_as_a_plain_model_says() {
    for seed in seeds(2) {
        for_each_store(|server| {
            let (mut dice, mut world) = (Dice::new(seed), begin(server));
            for number in 0..STEPS {
                world.step(&mut dice, number);
                if number % 20 == 19 {
                    world.check_all();
                }
            }
            // A run in which little was linked, adopted or corrected would show little.
            let journal = server.journal(DEFAULT);
            let links: Vec<_> = journal.iter().filter(|row| row.operation == "link").collect();
            let adoptions = links.iter().filter(|row| row.actor.0 == "connection").count();
            let corrected = |row: &&Read| row.after.as_ref().is_some_and(|after| after.get("identitySource").is_some());
            let corrections = journal.iter().filter(corrected).count();
            let done = [links.len() - adoptions, adoptions, corrections];
            assert!(done.iter().all(|number| *number > 0), "seed {seed}: {done:?}");
        });
    }
}
