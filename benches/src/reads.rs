//! Reads: one user, filters through an index, pages.

use crate::bench::World;
use crate::client::{Request, Target};
use crate::measure::{Step, measure as measure_in_turns, scatter};
use crate::report::{Bar, Report};
use crate::{Outcome, bare_handler, people};

/// Requests of a round that answer with one user.
pub(crate) const ONE: usize = 20_000;
/// Requests of a round that answer with ten.
const TEN: usize = 4_000;
/// Requests of a round that answer with a hundred.
const HUNDRED: usize = 600;

/// What the step of a GET is called.
pub(crate) const GET: &str = "GET of a user by id";
/// What the step of the bare handler is called.
pub(crate) const BARE: &str = "bare handler";
const NAME: &str = "filter `userName eq`";
const EMAIL: &str = "filter `emails[type eq \"work\"].value eq`";
const FIRST: &str = "page of 10 at the beginning";
const LAST: &str = "page of 10 at the end";
const HUNDRED_USERS: &str = "page of 100";

/// Measures reads, and the bare handler in turns with them.
///
/// # Errors
/// A request fails.
pub(crate) async fn measure(world: &World, report: &mut Report) -> Outcome<()> {
    let (bare, address) = bare_handler::start()?;
    let elsewhere = Target { address, ..world.server.target.clone() };
    let bare = (&bare, &elsewhere);
    let server = (&world.server.process, &world.server.target);
    let users = world.ids.len();
    let load = |requests| (world.clients, requests);
    let get = |n| Request::get(format!("/Users/{}", world.id(n)));
    let by_name = |n| filter(&format!("userName eq \"{}\"", people::user_name(scatter(n, users))));
    let by_email = |n| filter(&format!("emails[type eq \"work\"].value eq \"{}\"", people::email(scatter(n, users))));
    let page = |start: usize, count: usize| Request::get(format!("/Users?startIndex={start}&count={count}"));
    let steps = [
        Step::new(BARE, bare, load(ONE), get, "emails"),
        Step::new(GET, server, load(ONE), get, "emails"),
        Step::new(NAME, server, load(ONE), by_name, "emails"),
        Step::new(EMAIL, server, load(ONE), by_email, "emails"),
        Step::new(FIRST, server, load(TEN), |_| page(1, 10), "emails"),
        Step::new(LAST, server, load(TEN), |_| page(users.saturating_sub(9), 10), "emails"),
        Step::new(HUNDRED_USERS, server, load(HUNDRED), |_| page(1, 100), "emails"),
    ];
    report.steps(measure_in_turns(&steps).await?);
    report.ratio(GET, BARE, Bar::AtMost(5.0));
    report.ratio(NAME, GET, Bar::AtMost(2.0));
    report.ratio(EMAIL, GET, Bar::AtMost(2.0));
    report.ratio(LAST, FIRST, Bar::None);
    report.ratio(HUNDRED_USERS, GET, Bar::None);
    Ok(())
}

/// A filter on users.
pub(crate) fn filter(filter: &str) -> Request {
    let mut path = "/Users?filter=".to_owned();
    for byte in filter.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    Request::get(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_encoded() {
        assert_eq!(filter("a eq \"b@c\"").path, "/Users?filter=a%20eq%20%22b%40c%22");
    }
}
