//! Lists of users as administrators see them: what an index leads to must cost the same however many users there are. The
//! rest is stated as measured.

use serde_json::{Value, json};

use crate::bench::World;
use crate::client::{Request, Target, answer};
use crate::measure::{Step, measure as measure_in_turns, scatter};
use crate::report::Report;
use crate::{Outcome, people, progress};

/// Requests of a round through an index.
const SOME: usize = 2_000;
/// Requests of a round that may look at every user: it ends after five seconds.
const FEW: usize = 40;
/// Users with the role, in the group, in the org unit, of the rare status.
const CHOSEN: usize = 50;

/// Measures lists of users over REST.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure(world: &World, rest: &Target, report: &mut Report) -> Outcome<()> {
    let users = world.ids.len();
    let found = answer(rest, &Request::get("/tenants?per_page=1")).await?;
    let tenant = id_of(&found, "/data/0/id")?;
    let (group, unit) = choose(world, rest, &tenant).await?;
    let path = move |query: String| Request::get(format!("/tenants/{tenant}/users?{query}"));
    let path = &path;
    let through = |name, query: Box<dyn Fn(usize) -> String>| {
        Step::new(
            name,
            (&world.server.process, rest),
            (world.clients, SOME),
            move |n| path(query(n)),
            "\"total_items\"",
        )
    };
    let over = |name, query: String| {
        Step::new(name, (&world.server.process, rest), (4, FEW), move |_| path(query.clone()), "\"total_items\"")
    };
    let last = users.div_ceil(20);
    let middle = format!("page={}", last.div_ceil(2));
    let by = |column: &'static str, order: &'static str| -> Box<dyn Fn(usize) -> String> {
        Box::new(move |_| format!("sort_by={column}&sort_order={order}"))
    };
    let by_role = "role=helpdesk".to_owned();
    let steps = [
        through("REST list of users, newest first", Box::new(|_| String::new())),
        through(
            "REST list, `search` for a user name",
            Box::new(move |n| format!("search=person{:07}", scatter(n, users))),
        ),
        through(
            "REST list, `search` for part of an e-mail",
            Box::new(move |n| format!("search={:07}.last", scatter(n, users))),
        ),
        through("REST list, `group_id`", Box::new(move |_| format!("group_id={group}"))),
        through("REST list, `ou_id`", Box::new(move |_| format!("ou_id={unit}"))),
        through("REST list, `role`", Box::new(move |_| by_role.clone())),
        through("REST list, rare `status`", Box::new(|_| "status=PENDING_APPROVAL".to_owned())),
        through("REST list, common `status`", Box::new(|_| "status=ACTIVE".to_owned())),
        through("REST list, by user name", by("username", "asc")),
        through("REST list, by e-mail", by("email", "asc")),
        through("REST list, by e-mail, backwards", by("email", "desc")),
        through("REST list, by display name", by("display_name", "asc")),
        through("REST list, by last sign-in, backwards", by("last_login_at", "desc")),
        through("REST list, by status", by("status", "asc")),
        through("REST list, last page", Box::new(move |_| format!("page={last}"))),
        through("REST list, last page by e-mail", Box::new(move |_| format!("page={last}&sort_by=email"))),
    ];
    report.steps(measure_in_turns(&steps).await?);
    let all = |_| Request::get("/admin/users");
    let everywhere = "REST list over all tenants, newest first";
    let all = [Step::new(everywhere, (&world.server.process, rest), (world.clients, SOME), all, "\"total_items\"")];
    report.steps(measure_in_turns(&all).await?);
    report.steps(measure_in_turns(&[over("REST list (as measured), page in the middle", middle)]).await?);
    Ok(())
}

/// Puts a few users into a group and an org unit, and grants them a role.
async fn choose(world: &World, rest: &Target, tenant: &str) -> Outcome<(String, String)> {
    progress("choosing users");
    let unit = json!({ "name": "Chosen" }).to_string().into_bytes();
    let unit =
        id_of(&answer(rest, &Request::with("POST", format!("/tenants/{tenant}/units"), unit)).await?, "/data/id")?;
    let chosen: Vec<String> = (0..CHOSEN).map(|n| world.id(n).to_owned()).collect();
    let group = people::group("Chosen", &chosen);
    let group = id_of(&answer(&world.server.target, &Request::with("POST", "/Groups", group)).await?, "/id")?;
    for id in &chosen {
        let place = format!("/tenants/{tenant}/units/{unit}/members/{id}");
        answer(rest, &Request::with("PUT", place, b"{}".to_vec())).await?;
        let grant = json!({ "subject": { "type": "user", "id": id }, "role": "helpdesk" }).to_string().into_bytes();
        answer(rest, &Request::with("POST", format!("/tenants/{tenant}/grants"), grant)).await?;
    }
    Ok((group, unit))
}

fn id_of(found: &Value, at: &str) -> Outcome<String> {
    found.pointer(at).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("no {at} in {found}"))
}
