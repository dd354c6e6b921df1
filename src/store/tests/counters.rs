//! The counters say what there is, whatever is done in whatever order, by many at once, and to data from before them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_migrations::MigrationHarness;
use serde_json::Map;
use uuid::Uuid;

use super::support::{Place, on_postgres, places, wait};
use crate::access::{Adoption, Connection, Profile, Reach};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, GroupId, IdentityId, TenantId, UserId};
use crate::store::groups::{self, Group, Owner};
use crate::store::identities::{self, Identity};
use crate::store::members::{self, Member};
use crate::store::migrate::{POSTGRES, SQLITE};
use crate::store::places::Start;
use crate::store::tenants::{self, Tenant};
use crate::store::users::{self, User, Viewer};
use crate::store::{Settings, Store, Tx, connections, counters, tombstones};

const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);
static NUMBER: AtomicU64 = AtomicU64::new(1);

fn fresh() -> Uuid {
    Uuid::from_u128(u128::from(NUMBER.fetch_add(1, Ordering::Relaxed)) << 8)
}

/// Numbers that only look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn tenant(store: &Store, slug: &str) -> TenantId {
    let tenant = Tenant::new(TenantId::from(fresh()), slug.to_owned(), NOW);
    let id = tenant.id;
    wait(store.write(move |tx| tenants::insert(tx, &tenant))).unwrap();
    id
}

fn connection(store: &Store, tenant: TenantId) -> ConnectionId {
    let id = ConnectionId::from(fresh());
    let (profile, reach, adoption) = (Profile::Tolerant, Reach::All, Adoption::Link);
    let new = Connection { id, tenant, name: id.to_string(), profile, reach, adoption, rate: None };
    wait(store.write(move |tx| connections::insert(tx, &new, NOW))).unwrap();
    id
}

fn add_user(tx: &mut Tx<'_>, tenant: TenantId) -> Result<UserId> {
    let id = UserId::from(fresh());
    let user = User {
        seq: 0,
        id,
        user_name: id.to_string(),
        active: None,
        identity_source: "LOCAL".to_owned(),
        created_by: None,
        version: 1,
        document: Map::new(),
        created: NOW,
        modified: NOW,
        email: None,
        source_active: true,
        status: "ACTIVE".to_owned(),
    };
    users::insert(tx, &users::New::of(tenant, &user)?)?;
    Ok(id)
}

fn link(tx: &mut Tx<'_>, user: UserId, connection: ConnectionId) -> Result<()> {
    let new = Identity {
        id: IdentityId::from(fresh()),
        user_id: user,
        protocol: identities::SCIM.to_owned(),
        connection_id: Some(connection),
        subject: None,
        hidden: false,
        first_seen: NOW,
        last_seen: NOW,
        provider_id: None,
        asserted: false,
    };
    identities::insert(tx, &new)
}

fn add_group(tx: &mut Tx<'_>, owner: Owner) -> Result<Group> {
    let group = Group {
        seq: 0,
        id: GroupId::from(fresh()),
        connection: owner.connection,
        display_name: "crew".to_owned(),
        external_id: None,
        version: 1,
        document: Map::new(),
        created: NOW,
        modified: NOW,
    };
    let seq = groups::insert(tx, owner.tenant, &group, false)?;
    Ok(Group { seq, ..group })
}

/// A walk through what can be done to users, links and groups of one tenant.
struct Walk {
    tenant: TenantId,
    connections: Vec<ConnectionId>,
    users: Vec<UserId>,
    links: Vec<(UserId, ConnectionId)>,
    groups: Vec<Group>,
    dice: Dice,
}

impl Walk {
    fn new(store: &Store, slug: &str, seed: u64) -> Self {
        let tenant = tenant(store, slug);
        let connections = (0..3).map(|_| connection(store, tenant)).collect();
        Self { tenant, connections, users: Vec::new(), links: Vec::new(), groups: Vec::new(), dice: Dice(seed) }
    }

    fn step(&mut self, store: &Store) {
        let (tenant, pick) = (self.tenant, self.dice.below(100));
        let connection = self.connections[self.dice.below(self.connections.len())];
        match pick {
            0..40 => {
                let fails = self.dice.below(5) == 0;
                let made = wait(store.write(move |tx| {
                    let id = add_user(tx, tenant)?;
                    link(tx, id, connection)?;
                    // What is rolled back is not counted.
                    if fails { Err(Error::Stale) } else { Ok(id) }
                }));
                if let Ok(id) = made {
                    self.users.push(id);
                    self.links.push((id, connection));
                }
            }
            40..55 => self.entomb(store),
            55..65 => self.link(store, connection),
            65..75 if !self.links.is_empty() => {
                let (user, connection) = self.links[self.dice.below(self.links.len())];
                wait(store.write(move |tx| identities::hide(tx, user, connection, NOW))).unwrap();
            }
            75..82 => self.change_members(store),
            82..90 => {
                let connection = (pick % 3 != 0).then_some(connection);
                let owner = Owner { tenant, connection };
                self.groups.push(wait(store.write(move |tx| add_group(tx, owner))).unwrap());
            }
            90..97 if !self.groups.is_empty() => {
                let group = self.groups.swap_remove(self.dice.below(self.groups.len()));
                wait(store.write(move |tx| groups::delete(tx, &group))).unwrap();
            }
            97 => self.lose_connection(store),
            _ => self.change_members(store),
        }
    }

    fn entomb(&mut self, store: &Store) {
        if self.users.is_empty() {
            return;
        }
        let id = self.users.swap_remove(self.dice.below(self.users.len()));
        let viewer = Viewer { tenant: self.tenant, connection: None, own_only: false };
        wait(store.write(move |tx| {
            let seen = users::find(tx, viewer, id)?.ok_or(Error::Missing("User"))?;
            tombstones::entomb(tx, &seen.user, NOW)?;
            members::delete_everywhere(tx, viewer.tenant, None, id.uuid())?;
            identities::delete_all(tx, id)
        }))
        .unwrap();
        self.links.retain(|(user, _)| *user != id);
    }

    fn link(&mut self, store: &Store, connection: ConnectionId) {
        if self.users.is_empty() {
            return;
        }
        let user = self.users[self.dice.below(self.users.len())];
        if !self.links.contains(&(user, connection)) {
            wait(store.write(move |tx| link(tx, user, connection))).unwrap();
            self.links.push((user, connection));
        }
    }

    /// Some users into a group, and some of them out again.
    fn change_members(&mut self, store: &Store) {
        let (Some(group), count) = (self.groups.last(), self.users.len().min(8)) else { return };
        let (group, users) = (group.id, self.users[self.users.len() - count..].to_vec());
        let gone = self.dice.below(count + 1);
        wait(store.write(move |tx| {
            let ids: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
            let there = members::among(tx, group, &ids)?;
            let new = ids.iter().filter(|id| !there.contains(id));
            let new: Vec<Member> = new.map(|id| Member { id: *id, is_group: false }).collect();
            members::insert(tx, group, &new)?;
            members::delete(tx, group, &ids[..gone])
        }))
        .unwrap();
    }

    fn lose_connection(&mut self, store: &Store) {
        let (tenant, lost) = (self.tenant, self.connections.remove(0));
        wait(store.write(move |tx| connections::delete(tx, tenant, lost))).unwrap();
        self.links.retain(|(_, connection)| *connection != lost);
        for group in self.groups.iter_mut().filter(|group| group.connection == Some(lost)) {
            group.connection = None;
        }
        self.connections.push(connection(store, tenant));
    }

    /// What each viewer and owner is told, against rows that are looked at.
    fn compare(&self, store: &Store) {
        let tenant = self.tenant;
        for connection in self.connections.iter().copied().map(Some).chain([None]) {
            for own_only in [false, true] {
                let viewer = Viewer { tenant, connection, own_only };
                let (told, there) = wait(store.read(move |tx| {
                    let page = users::Window {
                        order: users::Order::Creation,
                        descending: false,
                        start: Start::Offset(0),
                        limit: 10_000,
                    };
                    let there = users::page(tx, viewer, users::prepare(None, viewer), &page)?;
                    Ok((users::count(tx, viewer, users::prepare(None, viewer))?, there.len()))
                }))
                .unwrap();
                assert_eq!(usize::try_from(told).unwrap(), there, "{viewer:?}");
            }
            let owner = Owner { tenant, connection };
            let told = wait(store.read(move |tx| groups::count(tx, owner, groups::prepare(None)))).unwrap();
            let there = self.groups.iter().filter(|group| group.connection == connection).count();
            assert_eq!(usize::try_from(told).unwrap(), there, "{owner:?}");
        }
        let totals =
            wait(store.read(move |tx| Ok((counters::users(tx, tenant)?, counters::groups(tx, tenant)?)))).unwrap();
        let there = (i64::try_from(self.users.len()).unwrap(), i64::try_from(self.groups.len()).unwrap());
        assert_eq!(totals, there);
        assert!(there.0 > 0 && there.1 > 0);
    }
}

#[test]
fn counters_say_what_there_is_after_any_walk() {
    for place in places() {
        let store = place.open();
        let mut walks = [Walk::new(&store, "one", 1), Walk::new(&store, "two", 2)];
        for _ in 0..4 {
            for walk in &mut walks {
                (0..60).for_each(|_| walk.step(&store));
            }
            walks.iter().for_each(|walk| walk.compare(&store));
            assert_eq!(wait(store.read(counters::differences)).unwrap(), []);
        }
        store.close();
    }
}

#[test]
fn counters_say_what_there_is_after_many_wrote_at_once() {
    for place in places() {
        let store = Store::open(&Settings { pg_pool: 10, ..place.settings() }).unwrap();
        let tenant = tenant(&store, "one");
        let connection = connection(&store, tenant);
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                thread::spawn(move || {
                    for _ in 0..25 {
                        wait(store.write(move |tx| {
                            let id = add_user(tx, tenant)?;
                            link(tx, id, connection)
                        }))
                        .unwrap();
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let viewer = Viewer { tenant, connection: Some(connection), own_only: true };
        assert_eq!(wait(store.read(move |tx| counters::visible_users(tx, viewer))).unwrap(), 200);
        assert_eq!(wait(store.read(counters::differences)).unwrap(), []);
        store.close();
    }
}

#[derive(QueryableByName)]
struct Shard {
    #[diesel(sql_type = Integer)]
    shard: i32,
}

/// Two transactions of one tenant create a user each, and meet before either commits: were one to wait for the other's
/// COMMIT, it would never come. False when the server gave both the same shard, where waiting is right.
fn meet_while_creating(store: &Store, tenant: TenantId) -> bool {
    let (meeting, shards) = (Arc::new(Barrier::new(2)), Arc::new(Mutex::new(Vec::new())));
    let writers = [0, 1].map(|_| {
        let (store, meeting, shards) = (store.clone(), Arc::clone(&meeting), Arc::clone(&shards));
        thread::spawn(move || {
            wait(store.write(move |tx| {
                tx.conn.batch_execute("SET LOCAL lock_timeout = '20s'")?;
                let query = diesel::sql_query("SELECT pg_backend_pid() % 64 AS shard");
                shards.lock().unwrap().push(query.get_result::<Shard>(tx.conn)?.shard);
                meeting.wait();
                if shards.lock().unwrap().windows(2).all(|both| both[0] == both[1]) {
                    return Ok(false);
                }
                let added = add_user(tx, tenant);
                meeting.wait();
                added.map(|_| true)
            }))
        })
    });
    writers.into_iter().fold(true, |_, writer| writer.join().unwrap().unwrap())
}

#[test]
fn writers_of_one_tenant_do_not_wait_for_each_other() {
    for place in places().into_iter().filter(Place::is_postgres) {
        let met = (0..20).any(|number| {
            let store = Store::open(&Settings { pg_pool: 4, ..place.settings() }).unwrap();
            let tenant = tenant(&store, &format!("t{number}"));
            let met = meet_while_creating(&store, tenant);
            let users = wait(store.read(move |tx| counters::users(tx, tenant))).unwrap();
            assert_eq!(users, if met { 2 } else { 0 });
            store.close();
            met
        });
        assert!(met, "every pair of connections had the same shard");
    }
}

/// Undoes the newest migrations down to the counters', and makes them again.
fn migrate_again(place: &Place) {
    let since = |name: &str| name.get(..4).is_some_and(|number| number >= "0006");
    macro_rules! again {
        ($conn:expr, $source:expr) => {{
            while $conn.applied_migrations().unwrap().first().is_some_and(|newest| since(&newest.to_string())) {
                $conn.revert_last_migration($source).unwrap();
            }
            $conn.run_pending_migrations($source).unwrap();
        }};
    }
    if place.is_postgres() {
        on_postgres(&place.url, |conn| again!(conn, POSTGRES));
    } else {
        let mut conn =
            <SqliteConnection as diesel::Connection>::establish(place.url.strip_prefix("sqlite:").unwrap()).unwrap();
        again!(&mut conn, SQLITE);
    }
}

#[test]
fn counters_are_filled_for_data_from_before_them() {
    for place in places() {
        let store = place.open();
        let mut walk = Walk::new(&store, "one", 3);
        (0..80).for_each(|_| walk.step(&store));
        store.close();
        migrate_again(&place);
        let store = place.open();
        walk.compare(&store);
        assert_eq!(wait(store.read(counters::differences)).unwrap(), []);
        store.close();
    }
}

#[test]
fn a_counter_that_is_wrong_is_found() {
    for place in places() {
        let store = place.open();
        let mut walk = Walk::new(&store, "one", 4);
        (0..20).for_each(|_| walk.step(&store));
        wait(
            store.write(|tx| {
                Ok(tx.conn.batch_execute("UPDATE counter SET amount = amount + 1 WHERE kind = 'users'")?)
            }),
        )
        .unwrap();
        let found = wait(store.read(counters::differences)).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].owner, found[0].counted), (walk.tenant.uuid(), found[0].there + 1));
        store.close();
    }
}
