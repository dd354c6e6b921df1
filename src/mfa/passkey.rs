//! Passkeys (WebAuthn Level 3): registering one, and judging what an authenticator shows. Verification costs time, so that it
//! happens before the transaction that uses a ceremony up; the transaction decides. An authenticator always verifies its user.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, Credential, DiscoverableAuthentication, Passkey as Verified,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse,
};

use crate::access::PersonActor;
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::factors::{Event, devices};
use crate::directory::owners;
use crate::directory::suspicions::{self, Origin};
use crate::error::{Error, Result};
use crate::ids::{PasskeyId, UserId};
use crate::store::passkeys as rows;
use crate::store::{Document, Tx};

use super::ceremony::{self, Begin, Open, Purpose, State};
use super::enrol::{Enrolled, added, may_set_up, noted, own_account, removed};
use super::{Method, Mfa, recovery};

pub use crate::store::passkeys::Passkey;

/// The longest name of a passkey, in characters.
pub const LONGEST_NAME: usize = 64;
/// What a passkey is called whose user gives it no name.
const NAMELESS: &str = "Passkey";
/// Passkeys that a user may have.
const MOST: usize = 25;

/// Begins to register a passkey: the options for `navigator.credentials.create`.
///
/// # Errors
/// [`Error::Conflict`] where there are no passkeys, the tenant does not allow them, or the user has too many;
/// [`Error::StepUp`].
pub async fn start_registration(mfa: &Mfa, cx: &Cx, person: &PersonActor) -> Result<Value> {
    let party = mfa.relying_party()?;
    let own = person.clone();
    let read = move |tx: &mut Tx<'_>| Ok((may_set_up(tx, &own, Method::Passkey)?, rows::of_user(tx, own.user)?));
    let (account, known) = mfa.directory().store.write(read).await?;
    if known.len() >= MOST {
        return Err(Error::conflict("too_many", format!("nobody has more than {MOST} passkeys")));
    }
    let known = known.iter().map(|passkey| passkey.credential_id.clone()).collect();
    let name = account.email.as_deref().unwrap_or(&account.user_name);
    let started = party.webauthn().start_passkey_registration(account.id.uuid(), name, &person.name, Some(known));
    let (options, kept) = started.map_err(Error::internal)?;
    let state = State { webauthn: Some(serde_json::to_value(&kept).map_err(Error::internal)?), ..State::default() };
    let (session, now, random) = (Some(person.session), cx.now, mfa.directory().sources.random()?);
    let of = Some((account.tenant_id, account.id, account.epoch));
    let (purpose, lifetimes) = (Purpose::RegisterPasskey, *mfa.directory().lifetimes());
    let begin = Begin { purpose, of, session, state, now, lifetimes, random };
    mfa.directory().store.write(move |tx| ceremony::begin(tx, begin.clone())).await?;
    options_of(options)
}

/// The options as the browser is to have them: a passkey that can be found without a user name is preferred.
fn options_of(options: CreationChallengeResponse) -> Result<Value> {
    let mut options = serde_json::to_value(options).map_err(Error::internal)?;
    if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut) {
        selection.insert("residentKey".to_owned(), "preferred".into());
    }
    Ok(options)
}

/// Ends the registration of a passkey with what the authenticator made.
///
/// # Errors
/// [`Error::Unprocessable`] when it does not hold; [`Error::Conflict`] when nothing was begun; [`Error::Taken`] when it is
/// registered already.
pub async fn finish_registration(
    mfa: &Mfa,
    cx: &Cx,
    (person, origin): (&PersonActor, &Origin),
    (credential, name): (Value, Option<String>),
) -> Result<(Passkey, Enrolled)> {
    let (party, session, now) = (mfa.relying_party()?, person.session, cx.now);
    let find = move |tx: &mut Tx<'_>| ceremony::of_session(tx, session, Purpose::RegisterPasskey, now);
    let begun = || Error::conflict("not_begun", "nothing was begun that this could end: begin anew");
    let open = mfa.directory().store.read_one(find).await?.ok_or_else(begun)?;
    let kept: PasskeyRegistration = read(open.state.webauthn.clone().unwrap_or_default())?;
    let shown: RegisterPublicKeyCredential = serde_json::from_value(credential).map_err(|_| unreadable())?;
    let Ok(verified) = party.webauthn().finish_passkey_registration(&shown, &kept) else {
        count_failure(mfa, cx, (person, origin), open).await?;
        return Err(not_holding());
    };
    let passkey = Passkey {
        name: name.unwrap_or_else(|| NAMELESS.to_owned()),
        aaguid: aaguid_of(shown.response.attestation_object.as_ref()),
        ..described(&verified, PasskeyId::new(cx.now, mfa.directory().sources.random()?), person.user, party.id(), now)?
    };
    let (keys, fresh) = (mfa.keys().await?, recovery::draw(&mfa.directory().sources)?);
    let (own, cx, made) = (person.clone(), cx.clone(), passkey.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = may_set_up(tx, &own, Method::Passkey)?;
        if open.row.epoch != Some(account.epoch) || !open.consume(tx)? {
            return Err(begun());
        }
        rows::insert(tx, &made)?;
        added(tx, &cx, (&own, &account), &keys, Method::Passkey, &fresh)
    };
    let enrolled = mfa.directory().store.write(work).await?;
    Ok((passkey, enrolled))
}

/// Counts what an authenticator made that does not hold, as a wrong code is counted.
async fn count_failure(mfa: &Mfa, cx: &Cx, (person, origin): (&PersonActor, &Origin), open: Open) -> Result<()> {
    let (own, origin, now) = (person.clone(), origin.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &own)?;
        open.count_try(tx)?;
        suspicions::proof_failed(tx, &account, Method::Passkey, &origin, now)
    };
    mfa.directory().store.write(work).await
}

fn described(verified: &Verified, id: PasskeyId, user: UserId, rp: &str, now: Instant) -> Result<Passkey> {
    let credential: Credential = verified.clone().into();
    Ok(Passkey {
        id,
        user_id: user,
        credential_id: credential.cred_id.to_vec(),
        credential: Document(serde_json::to_value(verified).map_err(Error::internal)?),
        rp_id: rp.to_owned(),
        name: String::new(),
        aaguid: None,
        device_bound: !credential.backup_eligible,
        backed_up: credential.backup_state,
        created: now,
        last_used: None,
        uses: 0,
    })
}

/// The model of the authenticator: sixteen bytes behind the hash of the relying party, the flags and the counter
/// (WebAuthn section 6.1). One that does not say has zeroes.
fn aaguid_of(attestation: &[u8]) -> Option<String> {
    let object: serde_cbor_2::Value = serde_cbor_2::from_slice(attestation).ok()?;
    let serde_cbor_2::Value::Map(members) = object else { return None };
    let serde_cbor_2::Value::Bytes(data) = members.get(&serde_cbor_2::Value::Text("authData".to_owned()))? else {
        return None;
    };
    let aaguid = uuid::Uuid::from_slice(data.get(37..53)?).ok()?;
    (!aaguid.is_nil()).then(|| aaguid.to_string())
}

/// The passkeys of a person, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(mfa: &Mfa, person: &PersonActor) -> Result<Vec<Passkey>> {
    let user = person.user;
    mfa.directory().store.read_few(move |tx| rows::of_user(tx, user)).await
}

/// Refuses a passkey that a person does not have.
///
/// # Errors
/// [`Error::Missing`] when the person has no such one.
pub async fn check(mfa: &Mfa, person: &PersonActor, id: PasskeyId) -> Result<()> {
    let user = person.user;
    let found = mfa.directory().store.read_one(move |tx| rows::find(tx, user, id)).await?;
    found.map(drop).ok_or(Error::Missing("passkey"))
}

/// Gives a passkey another name.
///
/// # Errors
/// [`Error::Missing`] when the person has no such one.
pub async fn rename(mfa: &Mfa, cx: &Cx, person: &PersonActor, id: PasskeyId, name: String) -> Result<Passkey> {
    let (own, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &own)?;
        let found = rows::find(tx, own.user, id)?.ok_or(Error::Missing("passkey"))?;
        if found.name == name {
            return Ok(found);
        }
        let renamed = Passkey { name: name.clone(), ..found };
        rows::update(tx, &renamed)?;
        noted(tx, &cx, (&own, &account), Event::PasskeyRenamed)?;
        Ok(renamed)
    };
    mfa.directory().store.write(work).await
}

/// Gives up a passkey.
///
/// # Errors
/// [`Error::Missing`] when the person has no such one; [`Error::Conflict`] for the last factor that the tenant's policy asks
/// for, and for what the last owner of the platform signs in by; [`Error::StepUp`].
pub async fn give_up(mfa: &Mfa, cx: &Cx, person: &PersonActor, id: PasskeyId) -> Result<()> {
    person.fresh()?;
    let (own, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &own)?;
        if !rows::delete(tx, own.user, id)? {
            return Err(Error::Missing("passkey"));
        }
        owners::keep_one_besides(tx, own.user)?;
        devices::forget_of(tx, own.user, Method::Passkey, Some(id))?;
        removed(tx, &cx, (&own, &account), Method::Passkey)
    };
    mfa.directory().store.write(work).await
}

/// Options for `navigator.credentials.get`, and what is kept until the answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The options.
    pub options: Value,
    /// What is kept, for the state of a ceremony.
    pub kept: Value,
}

/// Asks for one of a user's passkeys.
///
/// # Errors
/// [`Error::Conflict`] where there are no passkeys.
pub fn ask(mfa: &Mfa, known: &[Passkey]) -> Result<Asked> {
    let party = mfa.relying_party()?;
    let known: Result<Vec<Verified>> = known.iter().map(|passkey| read(passkey.credential.0.clone())).collect();
    let (options, kept) = party.webauthn().start_passkey_authentication(&known?).map_err(Error::internal)?;
    asked(&options, Kept::Named(kept))
}

/// Asks for whichever passkey the browser finds.
///
/// # Errors
/// As [`ask`].
pub fn ask_anybody(mfa: &Mfa) -> Result<Asked> {
    let started = mfa.relying_party()?.webauthn().start_discoverable_authentication();
    let (options, kept) = started.map_err(Error::internal)?;
    asked(&options, Kept::Anybody(kept))
}

fn asked(options: &RequestChallengeResponse, kept: Kept) -> Result<Asked> {
    let options = serde_json::to_value(options).map_err(Error::internal)?;
    Ok(Asked { options, kept: serde_json::to_value(kept).map_err(Error::internal)? })
}

/// What is kept between asking and judging.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", content = "state", rename_all = "snake_case")]
enum Kept {
    /// Passkeys of a known user were asked for.
    Named(PasskeyAuthentication),
    /// Whichever the browser finds.
    Anybody(DiscoverableAuthentication),
}

/// What an authenticator showed.
#[derive(Clone, Debug)]
pub struct Shown(PublicKeyCredential);

impl Shown {
    /// Reads what the browser sent.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] when it is no assertion.
    pub fn read(credential: &Value) -> Result<Self> {
        serde_json::from_value(credential.clone()).map(Self).map_err(|_| unreadable())
    }

    /// What the authenticator calls the passkey.
    pub fn credential_id(&self) -> Vec<u8> {
        self.0.get_credential_id().to_vec()
    }

    /// Whom it names, if it does.
    pub fn user(&self) -> Option<UserId> {
        let handle = self.0.get_user_unique_id()?;
        uuid::Uuid::from_slice(handle).ok().map(UserId::from)
    }
}

/// Judges what an authenticator showed of a known passkey; gives the passkey as it is to be kept. `None` when it does not
/// hold, or its counter says that there are two of it.
///
/// # Errors
/// [`Error::Internal`] when what was kept cannot be read.
pub fn judge(mfa: &Mfa, shown: &Shown, kept: Value, known: &Passkey, now: Instant) -> Result<Option<Passkey>> {
    let webauthn = mfa.relying_party()?.webauthn();
    let mut verified: Verified = read(known.credential.0.clone())?;
    let judged = match read(kept)? {
        Kept::Named(state) => webauthn.finish_passkey_authentication(&shown.0, &state),
        Kept::Anybody(state) => {
            let credential: Credential = verified.clone().into();
            webauthn.finish_discoverable_authentication_v2(&shown.0, state, credential)
        }
    };
    let same = |result: &AuthenticationResult| result.cred_id().as_slice() == known.credential_id;
    let Some(result) = judged.ok().filter(|result| result.user_verified() && same(result)) else { return Ok(None) };
    verified.update_credential(&result);
    Ok(Some(Passkey {
        credential: Document(serde_json::to_value(&verified).map_err(Error::internal)?),
        backed_up: result.backup_state(),
        last_used: Some(now),
        uses: known.uses.saturating_add(1),
        ..known.clone()
    }))
}

/// Keeps what a passkey is after its use. False when it was used or given up meanwhile. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn note_use(tx: &mut Tx<'_>, used: &Passkey) -> Result<bool> {
    let known = rows::find(tx, used.user_id, used.id)?;
    if known.is_none_or(|known| known.uses.saturating_add(1) != used.uses) {
        return Ok(false);
    }
    rows::update(tx, used)?;
    Ok(true)
}

/// Refuses to start where passkeys were made for another relying party: none of them would open anything. Where passkeys are
/// off, nothing is refused.
///
/// # Errors
/// [`Error::Unavailable`] with one line that names both, unless that is accepted.
pub async fn judge_relying_party(mfa: &Mfa, accepted: bool) -> Result<()> {
    let Ok(party) = mfa.relying_party() else { return Ok(()) };
    let id = party.id().to_owned();
    let other = mfa.directory().store.read_one(move |tx| rows::other_relying_party(tx, &id)).await?;
    match other {
        Some(other) if !accepted => Err(Error::unavailable(format!(
            "there are passkeys of the relying party {other}, and this server would be {}: set rp_id to {other}, or \
             rp_accept to true to give them up",
            party.id()
        ))),
        _ => Ok(()),
    }
}

fn read<T: DeserializeOwned>(kept: Value) -> Result<T> {
    serde_json::from_value(kept).map_err(Error::internal)
}

fn unreadable() -> Error {
    Error::fault(["body", "credential"], "value_error", "is not what navigator.credentials gives")
}

fn not_holding() -> Error {
    Error::fault(["body", "credential"], "value_error", "does not answer what was asked")
}
