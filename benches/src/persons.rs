//! People: what signing in costs beside the Argon2 verification that it must cost, and what finding out who shows an access
//! token costs beside the read of one row.

use std::hint::black_box;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::bench::World;
use crate::client::{Request, Target};
use crate::measure::{Step, as_float, measure as measure_in_turns, measure_times, microseconds};
use crate::process::own_cpu;
use crate::report::{Bar, Report, Row};
use crate::{Outcome, at, progress};

/// Sign-ins of a round.
const SIGN_INS: usize = 60;
/// Clients that sign in at once: a hash takes 19 MiB.
const CLIENTS: usize = 4;
/// Requests of a round that are answered with a few words.
const MANY: usize = 50_000;
/// Rounds of these: what is looked for is the difference of two of them, a third of each, and rounds of one kind are a
/// tenth apart, on a bad day more.
const OFTEN: usize = 33;
/// How much more a sign-in may cost than the verification in it.
const SIGN_IN_BAR: f64 = 1.1;
/// How much more a token's check may cost than the read of a row.
const CHECK_BAR: f64 = 1.5;

/// The administrator's e-mail and password.
const EMAIL: &str = "boss@corp.example";
const PASSWORD: &str = "correct horse battery staple 42";

const SIGN_IN: &str = "sign-in with a password";
const CHECKED: &str = "REST request that is refused for what it asks, after the check of the token";
const UNKNOWN: &str = "REST request that is refused for its token";
const READ: &str = "SCIM request that is refused for its token, after one row was read";
const NOT_READ: &str = "SCIM request that is refused for its token, without looking";

/// Makes an administrator and signs in.
///
/// # Errors
/// The server refuses.
pub(crate) async fn administrator(world: &World) -> Outcome<Target> {
    let line =
        ["user", "create", "--tenant", "default", "--email", EMAIL, "--role", "platform_owner", "--password-stdin"];
    world.server.command(&line, PASSWORD)?;
    let rest = world.server.rest(String::new());
    let answer = crate::client::answer(&rest, &sign_in()).await?;
    let token = answer.get("access_token").and_then(serde_json::Value::as_str).ok_or("a sign-in without a token")?;
    Ok(Target { token: token.to_owned(), ..rest })
}

fn sign_in() -> Request {
    let body = json!({ "tenant": "default", "email": EMAIL, "password": PASSWORD });
    Request::with("POST", "/auth/login", body.to_string().into_bytes())
}

/// Measures sign-ins and the check of tokens.
///
/// # Errors
/// A request is answered otherwise than it must be.
pub(crate) async fn measure(world: &World, rest: &Target, report: &mut Report) -> Outcome<()> {
    let process = &world.server.process;
    let many = (world.clients, MANY);
    // No token by its form, and as long as one: receiving it is no part of its check.
    let token = format!("{:x<length$}", "rc_app_", length = rest.token.len());
    let known = Target { media: "text/plain", ..rest.clone() };
    let stranger = Target { token, ..known.clone() };
    // A body of that type is refused right after the check, in the shape of the other refusal: nothing else is in the
    // difference.
    let untaken = |_| Request::with("PATCH", "/me", Vec::new());
    // The row of a token is found by its id; what is not its secret is refused then.
    let scim = &world.server.target;
    let wrong = Target { token: format!("{}x", scim.token), ..scim.clone() };
    let unread = Target { token: "nobody".to_owned(), ..scim.clone() };
    let steps = [
        Step::answered(CHECKED, (process, &known), many, untaken, 415),
        Step::answered(UNKNOWN, (process, &stranger), many, untaken, 401),
        Step::answered(READ, (process, &wrong), many, |_| Request::get("/Users"), 401),
        Step::answered(NOT_READ, (process, &unread), many, |_| Request::get("/Users"), 401),
    ];
    report.steps(measure_times(OFTEN, &steps).await?);
    let check = difference(report, CHECKED, UNKNOWN)?;
    let read = difference(report, READ, NOT_READ)?;
    let measured = format!("{check:.1} µs : {read:.1} µs");
    let name = "warm check of an access token : read of one row, each as the difference of two requests";
    report.row(Row::new(name, measured, check / read, Bar::AtMost(CHECK_BAR)));
    // Last: a user has so many sessions, and no more.
    let load = (CLIENTS, SIGN_INS);
    // Without a token: that of the first session ends with it.
    let nobody = Target { token: String::new(), ..rest.clone() };
    let signs_in = [Step::new(SIGN_IN, (process, &nobody), load, |_| sign_in(), "access_token")];
    report.steps(measure_in_turns(&signs_in).await?);
    let sign_in = cpu_of(report, SIGN_IN)?;
    let verification = verification(world)?;
    let name = "sign-in with a password : one Argon2 verification of the same hash in this process";
    let measured = format!("{sign_in:.0} µs : {verification:.0} µs");
    report.row(Row::new(name, measured, sign_in / verification, Bar::AtMost(SIGN_IN_BAR)));
    Ok(())
}

fn cpu_of(report: &Report, step: &str) -> Outcome<f64> {
    report.step(step).map(|figures| figures.cpu).ok_or_else(|| format!("{step}: not measured"))
}

fn difference(report: &Report, whole: &str, part: &str) -> Outcome<f64> {
    Ok(cpu_of(report, whole)? - cpu_of(report, part)?)
}

/// CPU of verifying the administrator's password against the hash that the server keeps, on as many threads as the server
/// has for it: they share the caches, and the way to the memory.
fn verification(world: &World) -> Outcome<f64> {
    progress("Argon2");
    let path = world.server.database();
    let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(at(&path))?;
    let query = "SELECT hash FROM password WHERE user_id IN (SELECT id FROM users WHERE email = ?1)";
    let kept: String = database.query_row(query, [EMAIL], |row| row.get(0)).map_err(at(&path))?;
    let hash = PasswordHash::new(&kept).map_err(|error| format!("a hash that is none: {error}"))?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get).min(CLIENTS);
    let before = own_cpu()?;
    std::thread::scope(|scope| {
        let verifying: Vec<_> = (0..threads).map(|_| scope.spawn(|| verify_all(&hash))).collect();
        verifying.into_iter().try_for_each(|one| one.join().map_err(|_| "a verification panicked".to_owned())?)
    })?;
    Ok(microseconds(own_cpu()?.saturating_sub(before)) / as_float(SIGN_INS * threads))
}

fn verify_all(hash: &PasswordHash) -> Outcome<()> {
    let argon2 = Argon2::default();
    (0..SIGN_INS).try_for_each(|_| {
        let verified = argon2.verify_password(black_box(PASSWORD.as_bytes()), hash);
        verified.map_err(|error| format!("the password does not verify: {error}"))
    })
}
