//! What suspicious activity costs those who sign in: each statement goes by an index, and what is counted goes again.

use uuid::Uuid;

use super::*;
use crate::error::Error;
use crate::ids::SessionId;
use crate::store::credentials;
use crate::store::sessions::Session;
use crate::store::suspicions as rows;
use crate::store::tests::explained::{faults, steps};

const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

fn account(tx: &mut Tx<'_>, user: UserId) -> Result<Account> {
    Ok(credentials::account(tx, user)?.ok_or(Error::Missing("user"))?.0)
}

fn origin() -> Origin {
    Origin { address: Some([192, 0, 2, 1].into()), user_agent: Some("browser".to_owned()) }
}

fn failure(account: &Account, user: Option<UserId>, number: i64) -> Failure {
    let (origin, now) = (origin(), NOW.plus_seconds(number));
    let identifier = format!("name {number}");
    Failure { tenant: Some(account.tenant_id), user, identifier, why: "wrong_password", origin, now }
}

/// Somebody used that device last.
fn session(user: UserId, address: &str) -> Session {
    Session {
        id: SessionId::from(Uuid::from_u128(3)),
        user_id: user,
        created: NOW,
        last_used: NOW,
        expires: NOW,
        idle_seconds: 1,
        epoch: 0,
        methods: "pwd".to_owned(),
        strength: "1".to_owned(),
        authenticated: NOW,
        limited_to: None,
        refresh_hash: Vec::new(),
        previous_hash: None,
        previous_until: None,
        address: Some(address.to_owned()),
        user_agent: None,
        revoked: None,
        fresh_seconds: 0,
    }
}

#[test]
fn s1_07_a_failed_sign_in_looks_at_what_an_index_leads_to() {
    let steps = steps(|tx, user| {
        let account = account(tx, user)?;
        // More than are too many: of a user, and from one address, so that somebody is told.
        (0..20).try_for_each(|number| sign_in_failed(tx, &failure(&account, Some(user), number)))?;
        (20..40).try_for_each(|number| sign_in_failed(tx, &failure(&account, None, number)))
    });
    let told = |name: &str| steps.iter().any(|(step, _)| step.contains(name));
    assert!(told("suspicious_fact_what (what=?") && told("suspicion_open") && told("role_grant_holders"), "{steps:#?}");
    assert_eq!(faults(&steps), Vec::<&(String, String)>::new());
}

#[test]
fn s1_07_a_sign_in_looks_at_what_an_index_leads_to() {
    let steps = steps(|tx, user| {
        let account = account(tx, user)?;
        sessions::insert(tx, &session(user, "192.0.2.2"))?;
        (0..6).try_for_each(|number| second_step_begun(tx, &account, &origin(), NOW.plus_seconds(number)))?;
        second_step_done(tx, &account, Method::RecoveryCode, &origin(), NOW)?;
        signed_in(tx, &Locations::default(), &account, (&origin(), NOW))
    });
    let told = |name: &str| steps.iter().any(|(step, _)| step.contains(name));
    assert!(told("session_of_user (user_id=?)") && told("suspicious_fact_what (what=?"), "{steps:#?}");
    assert_eq!(faults(&steps), Vec::<&(String, String)>::new());
}

#[test]
fn s1_07_of_many_failures_only_so_many_are_kept_and_the_old_ones_go() {
    steps(|tx, user| {
        let account = account(tx, user)?;
        let counted = |tx: &mut Tx<'_>| rows::count(tx, &format!("MultipleFailures {} {user}", account.tenant_id), NOW);
        (1..400).try_for_each(|number| sign_in_failed(tx, &failure(&account, Some(user), number)))?;
        let kept = counted(tx)?;
        assert!((100..=200).contains(&kept), "{kept}");
        let open = rows::open(tx, &format!("MultipleFailures {} {user}", account.tenant_id))?;
        let open = open.ok_or(Error::Missing("suspicion"))?;
        assert_eq!(open.amount, 399, "but all are counted");
        assert!(rows::evidence(tx, open.seq)?.len() <= 200);
        // A day later what came to nothing is forgotten with the next failure.
        let unknown =
            |number| Failure { user: None, identifier: "nobody".to_owned(), ..failure(&account, None, number) };
        let of_nobody = format!("MultipleFailures {} nobody", account.tenant_id);
        (0..3).try_for_each(|number| sign_in_failed(tx, &unknown(number)))?;
        sign_in_failed(tx, &unknown(24 * 3600))?;
        assert_eq!(rows::count(tx, &of_nobody, NOW.plus_seconds(-1))?, 1);
        Ok(())
    });
}
