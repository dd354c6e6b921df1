//! What SQLite does for the statements that some work sends, whichever they are: nobody who adds one can forget it. (PostgreSQL
//! plans by its statistics, which a test's few rows do not have.)

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection as _};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use uuid::Uuid;

use super::support::{sqlite_place, wait};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::store::conn::{Conn, MultiBackend};
use crate::store::tenants::{self, Tenant};
use crate::store::tx::Tx;

const USER: Uuid = Uuid::from_u128(2);

/// A statement as text, asked how it would be answered.
#[derive(QueryId)]
struct Explain(String);

impl QueryFragment<MultiBackend> for Explain {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN QUERY PLAN ");
        out.push_sql(&self.0);
        Ok(())
    }
}

impl Query for Explain {
    type SqlType = (Integer, Integer, Integer, Text);
}

impl RunQueryDsl<Conn> for Explain {}

/// The steps of the plans of all statements that work sends to a database with one tenant and one user, who is handed to it:
/// each step with its statement.
pub(crate) fn steps(work: impl Fn(&mut Tx<'_>, UserId) -> Result<()> + Send + 'static) -> Vec<(String, String)> {
    let place = sqlite_place();
    let store = place.open();
    let asked = wait(store.write(move |tx| {
        let tenant = Tenant::new(TenantId::from(Uuid::from_u128(1)), "acme".to_owned(), Instant::from_micros(0));
        tenants::insert(tx, &tenant)?;
        let (id, of) = (USER.simple(), tenant.id.uuid().simple());
        tx.conn.batch_execute(&format!(
            "INSERT INTO users (id, tenant_id, user_name, user_name_folded, identity_source, version, doc, created, modified)
             VALUES (x'{id}', x'{of}', 'ann', 'ann', 'LOCAL', 1, '{{}}', 0, 0)"
        ))?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        tx.conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                hearing.lock().unwrap().push(query.to_string());
            }
        });
        let done = work(tx, UserId::from(USER));
        tx.conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        done?;
        let mut steps = Vec::new();
        for statement in heard.lock().unwrap().iter() {
            let text = statement.split(" -- binds").next().unwrap_or_default().trim();
            if ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| text.starts_with(verb)) {
                let plan: Vec<(i32, i32, i32, String)> = Explain(text.to_owned()).load(tx.conn)?;
                steps.extend(plan.into_iter().map(|(.., step)| (step, text.to_owned())));
            }
        }
        Ok(steps)
    }));
    store.close();
    let steps = asked.unwrap();
    assert!(!steps.is_empty(), "no statement was heard");
    steps
}

/// The steps that look at more rows than they must: they walk through a table, or all of a tenant's rows. What was found by
/// an index within the statement itself may be walked through, and a key of one tenant is one row.
pub(crate) fn faults(steps: &[(String, String)]) -> Vec<&(String, String)> {
    let found_within = ["SCAN held", "SCAN holder", "SCAN (subquery", "SCAN CONSTANT ROW"];
    let wrong = |step: &str| {
        let scan = step.starts_with("SCAN") && !found_within.iter().any(|own| step.starts_with(own));
        let all = step.ends_with("(tenant_id=?)") && !step.contains("sqlite_autoindex");
        scan || all || step.starts_with("BLOOM FILTER")
    };
    steps.iter().filter(|(step, _)| wrong(step)).collect()
}
