//! What SQLite does to answer the filters that identity providers send: it goes by an index, and never through a whole
//! table. (PostgreSQL plans by its statistics, which a test's few rows do not have.)

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use scim_core::evaluate::{Condition, Leniency, Unknown, compile};
use scim_core::schema::builtin;
use scim_filter_parser::{Dialect, parse_filter};
use uuid::Uuid;

use super::explained;
use super::support::{sqlite_place, wait};
use crate::access::Span;
use crate::clock::Instant;
use crate::ids::{ConnectionId, TenantId};
use crate::store::conn::{Conn, MultiBackend};
use crate::store::factors::Marks;
use crate::store::groups::{self, Owner};
use crate::store::holders::Holding;
use crate::store::places::Start;
use crate::store::users::{self, Viewer};
use crate::store::{Store, people, retention, suspicions};

/// A statement, asked how it would be answered.
#[derive(QueryId)]
struct Explain<Q>(Q);

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("EXPLAIN QUERY PLAN ");
        self.0.walk_ast(out.reborrow())
    }
}

impl<Q> Query for Explain<Q> {
    type SqlType = (Integer, Integer, Integer, Text);
}

impl<Q> RunQueryDsl<Conn> for Explain<Q> {}

pub(super) fn compiled(resource_type: &str, filter: &str) -> Condition {
    let registry = builtin::registry();
    let index = registry.index(resource_type).unwrap();
    let filter = parse_filter(filter, &Dialect { urns: index.urns(), lenient: true }).unwrap();
    compile(&index, &filter, Leniency { coerce_booleans: true }, Unknown::Refuse).unwrap()
}

/// Answers of the planner, a line each.
type Steps = Vec<(i32, i32, i32, String)>;

/// What SQLite does for one page of users, and to count them.
fn of_users(store: &Store, filter: &'static str, own_only: bool) -> String {
    let found = wait(store.read(move |tx| {
        let condition = compiled("User", filter);
        let viewer =
            Viewer { tenant: TenantId::from(Uuid::nil()), connection: Some(ConnectionId::from(Uuid::nil())), own_only };
        let prepared = || users::prepare(Some(&condition), viewer);
        let window =
            users::Window { order: users::Order::Creation, descending: false, start: Start::Offset(0), limit: 100 };
        let page: Steps = Explain(users::paged(viewer, prepared(), &window)?).load(tx.conn)?;
        let count: Steps = Explain(users::visible(viewer, prepared()).count()).load(tx.conn)?;
        Ok([page, count])
    }));
    lines(found.unwrap())
}

/// The same for groups.
fn of_groups(store: &Store, filter: &'static str) -> String {
    let found = wait(store.read(move |tx| {
        let condition = compiled("Group", filter);
        let owner = Owner { tenant: TenantId::from(Uuid::nil()), connection: Some(ConnectionId::from(Uuid::nil())) };
        let prepared = || groups::prepare(Some(&condition));
        let window =
            groups::Window { order: groups::Order::Creation, descending: false, start: Start::Offset(0), limit: 100 };
        let page: Steps = Explain(groups::paged(owner, prepared(), &window)?).load(tx.conn)?;
        let count: Steps = Explain(groups::visible(owner, prepared()).count()).load(tx.conn)?;
        Ok([page, count])
    }));
    lines(found.unwrap())
}

fn lines(plans: [Steps; 2]) -> String {
    plans.into_iter().flatten().map(|(.., step)| step).collect::<Vec<_>>().join("\n")
}

/// Why a plan looks at more rows than it must.
fn fault(plan: &str) -> Option<&str> {
    plan.lines().find(|step| {
        // Lists that are short: words of a text, what the index has not taken in, and grants of a role with their groups.
        let short = ["user_search", "search_pending", "json_each", "(subquery-", "SCAN held"];
        let scan = step.starts_with("SCAN") && !short.iter().any(|list| step.contains(list));
        // All of a tenant, of an owner or of a connection.
        let all = step.ends_with("(tenant_id=?)") || step.ends_with("(tenant_id=? AND connection_id=?)");
        let links = step.ends_with("identity_subject (connection_id=?)");
        scan || all || links
    })
}

#[test]
fn an_index_leads_to_what_identity_providers_ask_for() {
    let place = sqlite_place();
    let store = place.open();
    let mut wrong = Vec::new();
    for filter in USERS {
        for own_only in [false, true] {
            let plan = of_users(&store, filter, own_only);
            assert!(plan.contains("SEARCH users"), "{filter}: {plan}");
            wrong.extend(fault(&plan).map(|step| format!("{filter}, own only: {own_only}: {step}")));
        }
    }
    for filter in GROUPS {
        let plan = of_groups(&store, filter);
        assert!(plan.contains("SEARCH groups"), "{filter}: {plan}");
        wrong.extend(fault(&plan).map(|step| format!("{filter}: {step}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
    // Of a part of a text only rare words are looked for.
    assert!(of_users(&store, "userName co \"ann\"", false).contains("SEARCH search_common"));
    // What no index leads to is told apart.
    assert!(fault(&of_users(&store, "active eq true", false)).is_some());
    store.close();
}

/// What SQLite does for one page of a tenant's users as administrators see them.
fn of_people(store: &Store, filter: people::Filter, column: people::Column, descending: bool) -> String {
    of_everybody(store, people::Filter { tenant: Some(TenantId::from(Uuid::nil())), ..filter }, column, descending)
}

/// The same over all tenants.
fn of_everybody(store: &Store, filter: people::Filter, column: people::Column, descending: bool) -> String {
    let found = wait(store.read(move |tx| {
        let window = people::Window { order: people::Order { column, descending }, offset: 0, limit: 20 };
        let mut steps = Steps::new();
        for query in people::queries(&Span::Everywhere, &filter, &window, Instant::from_micros(0)) {
            steps.extend(Explain(query).load::<(i32, i32, i32, String)>(tx.conn)?);
        }
        Ok(steps)
    }));
    lines([found.unwrap(), Vec::new()])
}

#[test]
fn an_index_leads_to_the_lists_of_administrators() {
    let place = sqlite_place();
    let store = place.open();
    let all = people::Filter::default;
    for (column, index) in [
        (people::Column::Created, "users_created"),
        (people::Column::Modified, "users_modified"),
        (people::Column::UserName, "users_user_name"),
    ] {
        for descending in [false, true] {
            let plan = of_people(&store, all(), column, descending);
            assert_eq!(plan, format!("SEARCH users USING INDEX {index} (tenant_id=?)"));
        }
    }
    for (column, index, has, lacks) in [
        (people::Column::Email, "users_email", "<expr>>?", "<expr>=?"),
        (people::Column::DisplayName, "users_display_name", "display_name_folded>?", "display_name_folded=?"),
        (people::Column::LastLogin, "users_last_login", "last_login>?", "last_login=?"),
    ] {
        let by = |bound: &str| format!("SEARCH users USING INDEX {index} (tenant_id=? AND {bound})");
        let plan = of_people(&store, all(), column, false);
        assert_eq!(plan, [by(has), by(lacks)].join("\n"));
        // Those alike are put right among themselves.
        let plan = of_people(&store, all(), column, true);
        assert_eq!(plan, [by(has).as_str(), "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", &by(lacks)].join("\n"));
    }
    assert_eq!(of_everybody(&store, all(), people::Column::Created, true), "SCAN users USING INDEX users_made");
    let some = Uuid::nil();
    for (filter, index) in [
        (people::Filter { status: Some("DISABLED".to_owned()), ..all() }, "users_status (tenant_id=? AND status=?)"),
        (people::Filter { status: Some("DISABLED".to_owned()), ..all() }, "users_status_until (tenant_id=? AND "),
        (people::Filter { role: Some("helpdesk".to_owned()), ..all() }, "role_grant_role (role=? AND subject_kind=?)"),
        (people::Filter { group: Some(some.into()), ..all() }, "PRIMARY KEY (group_id=?)"),
        (
            people::Filter { unit: Some(people::UnitFilter::Only(some.into())), ..all() },
            "user_org_unit_unit (unit_id=?)",
        ),
        (people::Filter { search: Some("ann".to_owned()), ..all() }, "INTEGER PRIMARY KEY (rowid=?)"),
    ] {
        for column in [people::Column::Created, people::Column::Email] {
            let plan = of_people(&store, filter.clone(), column, true);
            assert!(plan.contains(index) && fault(&plan).is_none(), "{index}: {plan}");
        }
    }
    // The total of active users is that of all but the others.
    let others = of_others(&store);
    for index in ["users_status (tenant_id=?)", "users_status_until (tenant_id=? AND "] {
        // The first of them holds none but those.
        assert!(others.contains(index) && !others.contains("SCAN"), "{index}: {others}");
    }
    store.close();
}

/// What SQLite does to count the users of a tenant who are not active.
fn of_others(store: &Store) -> String {
    let filter = people::Filter { tenant: Some(TenantId::from(Uuid::nil())), ..people::Filter::default() };
    let found = wait(store.read(move |tx| {
        let query = people::others(&Span::Everywhere, &filter, Instant::from_micros(0));
        Ok(Explain(query).load::<(i32, i32, i32, String)>(tx.conn)?)
    }));
    lines([found.unwrap(), Vec::new()])
}

/// What SQLite does for one page of the users with some marks, as reports list them.
fn of_marked(store: &Store, filter: people::Filter) -> String {
    let tenant = TenantId::from(Uuid::nil());
    let filter = people::Filter { tenant: Some(tenant), ..filter };
    let found = wait(store.read(move |tx| {
        let query = people::behind((&Span::Everywhere, Instant::from_micros(0)), &filter, (Marks(0), 7)).limit(20);
        Ok(Explain(query).load::<(i32, i32, i32, String)>(tx.conn)?)
    }));
    lines([found.unwrap(), Vec::new()])
}

#[test]
fn s0_19_an_index_leads_to_the_lists_of_reports_and_to_who_holds_a_role() {
    let place = sqlite_place();
    let store = place.open();
    let next = "SEARCH users USING INDEX users_factors (tenant_id=? AND factors=? AND seq>?)";
    assert_eq!(of_marked(&store, people::Filter::default()), next);
    let holding = Holding { tenant: TenantId::from(Uuid::nil()), roles: vec!["helpdesk".to_owned()], over: None };
    let plan = of_marked(&store, people::Filter { holdings: vec![holding], ..people::Filter::default() });
    for index in [
        "SEARCH users USING INDEX sqlite_autoindex_users_1 (id=?",
        "role_grant USING INDEX role_grant_holders (tenant_id=? AND role=?",
        "group_member USING INDEX group_member_nesting (group_id=?)",
        "group_member USING PRIMARY KEY (group_id=?)",
        "below USING INDEX org_unit_lineage (tenant_id=? AND lineage>? AND lineage<?)",
        "user_org_unit USING COVERING INDEX user_org_unit_unit (unit_id=?)",
    ] {
        assert!(plan.contains(index), "{index}: {plan}");
    }
    assert!(!plan.contains("BLOOM FILTER"), "{plan}");
    assert_eq!(fault(&plan), None, "{plan}");
    store.close();
}

#[test]
fn s1_07_an_index_leads_to_what_of_suspicious_activity_goes_and_to_what_nobody_saw_to() {
    let steps = explained::steps(|tx, _| {
        let (what, at, happened) = (Some("x".to_owned()), Instant::from_micros(-1), "x".to_owned());
        let (user_id, address, user_agent, distinct_by) = (None, None, None, None);
        suspicions::add(tx, &suspicions::Fact { what, user_id, at, happened, address, user_agent, distinct_by })?;
        retention::purge_facts(tx, Instant::from_micros(0), 100)?;
        suspicions::evidence(tx, 1)?;
        suspicions::last_user(tx, 1)?;
        let unseen = suspicions::Wanted { acknowledged: Some(false), ..suspicions::Wanted::default() };
        suspicions::newest(tx, &unseen, 100).map(drop)
    });
    let taken: Vec<&str> = steps.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(
        taken,
        [
            "SEARCH suspicious_fact USING INDEX suspicious_fact_at (at<?)",
            "SEARCH suspicious_fact USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH suspicious_fact USING INDEX suspicious_fact_suspicion (suspicion_seq=?)",
            "SEARCH suspicious_fact USING INDEX suspicious_fact_suspicion (suspicion_seq=?)",
            "SCAN suspicion USING INDEX suspicion_unseen",
        ]
    );
}

/// What identity providers ask for users by.
const USERS: &[&str] = &[
    "userName eq \"ann@example.com\"",
    "userName eq \"ann@example.com\" and active eq true",
    "userName sw \"ann\"",
    "externalId eq \"42\"",
    "externalId eq \"42\" and userName eq \"ann\"",
    "id eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "emails eq \"ann@example.com\"",
    "emails.value eq \"ann@example.com\"",
    "emails[type eq \"work\"].value eq \"ann@example.com\"",
    "emails[type eq \"work\" and value eq \"ann@example.com\"]",
    "emails.value sw \"ann\"",
    "displayName eq \"Ann\"",
    "displayName sw \"Ann\"",
    "userName eq \"ann\" or emails.value eq \"ann@example.com\"",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"42\"",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "meta.lastModified gt \"2026-01-01T00:00:00Z\"",
    "meta.lastModified ge \"2026-01-01T00:00:00Z\" and meta.lastModified lt \"2026-02-01T00:00:00Z\"",
    "meta.created le \"2026-01-01T00:00:00Z\"",
    "active eq true and meta.lastModified gt \"2026-01-01T00:00:00Z\"",
    "userName co \"ann\"",
    "displayName ew \"ann\"",
    "emails.value co \"ann\"",
    "userName co \"ann\" or displayName co \"ann\" or emails co \"ann\"",
];

/// The same for groups.
const GROUPS: &[&str] = &[
    "displayName eq \"Crew\"",
    "displayName sw \"Crew\"",
    "externalId eq \"42\"",
    "id eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "members eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "members.value eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "members[value eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"]",
    "id eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\" and members eq \"01a1fa7e-119a-71ba-ac5f-3c2cd538c225\"",
    "meta.lastModified gt \"2026-01-01T00:00:00Z\"",
    "meta.created le \"2026-01-01T00:00:00Z\"",
];
