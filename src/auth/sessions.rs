//! Sessions: how they begin, go on and end, and the tokens that stand for them. How the next tokens come of the last is said
//! in `refresh`, and which secrets are taken in `rolling`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Holdings, PersonActor};
use crate::clock::{Instant, Sources};
use crate::context::Cx;
use crate::directory::factors::ONE_FACTOR;
use crate::directory::{grants, settings};
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::secret::Secret;
use crate::store::accounts::{self, Account};
use crate::store::credentials::{self, Seen};
use crate::store::sessions as rows;
use crate::store::{Lock, Tx};

pub use crate::store::sessions::Session;

use super::jwt::{AUDIENCE, Claims};
use super::person::lives;
use super::rolling::Rolling;
use super::service::{Auth, Client, Door, Held, Tokens};
use super::{pages, refresh};

/// Characters of a user agent that are kept.
pub(super) const USER_AGENT: usize = 256;

/// The id and the secret of a session or a remembered device, drawn before the transaction. What is kept of the secret
/// tells at which door it opens.
#[derive(Clone)]
pub(super) struct Draw {
    id: [u8; 10],
    secret: String,
    door: Door,
}

impl Draw {
    pub(super) fn new(sources: &Sources, door: Door) -> Result<Self> {
        let secret: [u8; 32] = sources.random()?;
        Ok(Self { id: sources.random()?, secret: URL_SAFE_NO_PAD.encode(secret), door })
    }

    /// The part of a new id that is random.
    pub(super) fn id(&self) -> [u8; 10] {
        self.id
    }

    /// The secret.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// What is kept of the secret.
    pub(super) fn hash(&self) -> Vec<u8> {
        self.door.hash(&self.secret)
    }

    /// The token of what has that id.
    pub(super) fn token(&self, prefix: &str, id: Uuid) -> Secret {
        Secret::new(format!("{prefix}{}.{}", id.simple(), self.secret))
    }
}

/// How somebody proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proven {
    /// Words of RFC 8176.
    pub(super) methods: String,
    /// How strong that is: what tokens say as `acr`.
    pub(super) strength: i32,
    /// When.
    pub(super) at: Instant,
    /// Whether the session may do nothing but set up a second factor.
    pub(super) enrols: bool,
}

/// What a link keeps of the device that is to be remembered.
pub(super) const REMEMBER: &str = "remember";
/// What a session may do that is for setting up a second factor.
const ENROLLING: &str = "enrol";

impl Proven {
    /// By the password alone.
    pub(super) fn by_password(at: Instant) -> Self {
        Self { methods: "pwd".to_owned(), strength: ONE_FACTOR, at, enrols: false }
    }

    /// As a session was.
    pub(super) fn of(session: &Session) -> Self {
        Self {
            methods: session.methods.clone(),
            strength: session.strength.parse().unwrap_or(ONE_FACTOR),
            at: session.authenticated,
            enrols: session.limited_to.is_some(),
        }
    }

    /// What a link keeps of it over a change of the password, and of the device that is to be remembered then.
    pub(super) fn document(&self, remember: Option<Value>) -> Value {
        json!({ "methods": self.methods, "strength": self.strength, "enrols": self.enrols, REMEMBER: remember })
    }

    /// What [`Self::document`] kept; a password alone when it kept nothing.
    pub(super) fn read(document: &Value, at: Instant) -> Self {
        let password = Self::by_password(at);
        let strength = document["strength"].as_i64().and_then(|strength| i32::try_from(strength).ok());
        Self {
            methods: document["methods"].as_str().map_or(password.methods, str::to_owned),
            strength: strength.unwrap_or(password.strength),
            at,
            enrols: document["enrols"].as_bool().unwrap_or_default(),
        }
    }
}

/// What somebody is given who has the session.
pub(super) struct Opened {
    pub(super) session: Session,
    pub(super) holdings: Holdings,
}

/// Begins a session; the oldest ends when the user has too many. The caller holds the user's lock.
pub(super) fn open(
    tx: &mut Tx<'_>,
    cx: &Cx,
    account: &Account,
    draw: &Draw,
    proven: &Proven,
    client: &Client,
) -> Result<Opened> {
    let settings = settings::of(tx, account.tenant_id)?;
    let limits = &settings.sessions;
    let holdings = grants::of_user(tx, account.tenant_id, account.id)?;
    let keep = usize::try_from(limits.most.max(1)).unwrap_or(usize::MAX) - 1;
    for old in rows::of_user(tx, account.id, cx.now)?.into_iter().skip(keep) {
        rows::revoke(tx, account.id, old.id, cx.now)?;
    }
    let session = Session {
        id: SessionId::new(cx.now, draw.id),
        user_id: account.id,
        created: cx.now,
        last_used: cx.now,
        expires: cx.now.plus_seconds(limits.absolute),
        idle_seconds: idle(limits, &holdings),
        epoch: account.epoch,
        methods: proven.methods.clone(),
        strength: proven.strength.to_string(),
        authenticated: proven.at,
        limited_to: proven.enrols.then(|| ENROLLING.to_owned()),
        refresh_hash: draw.hash(),
        previous_hash: None,
        previous_until: None,
        address: Some(client.address.to_string()),
        user_agent: client.user_agent.as_ref().map(|text| text.chars().take(USER_AGENT).collect()),
        revoked: None,
        fresh_seconds: fresh(&settings.mfa),
    };
    rows::insert(tx, &session)?;
    accounts::note_login(tx, account.id, cx.now)?;
    Ok(Opened { session, holdings })
}

fn idle(limits: &settings::Sessions, holdings: &Holdings) -> i64 {
    if holdings.can_write() { limits.idle_of_writers.min(limits.idle) } else { limits.idle }
}

/// How long a proof counts as fresh, in seconds.
fn fresh(policy: &settings::Mfa) -> i64 {
    policy.step_up_minutes.max(0).saturating_mul(60)
}

/// The tokens of a session that was opened, refreshed or proven anew: those of the door for which they were drawn.
pub(super) async fn tokens(auth: &Auth, cx: &Cx, account: &Account, opened: &Opened, draw: &Draw) -> Result<Tokens> {
    let session = &opened.session;
    let held = match draw.door {
        Door::Pages => Held::Page(draw.token(pages::PREFIX, session.id.uuid())),
        Door::Api => bearer(auth, cx, account, opened, draw).await?,
    };
    Ok(Tokens { held, enrolling: session.limited_to.is_some(), device: None })
}

/// The tokens that programs hold.
async fn bearer(auth: &Auth, cx: &Cx, account: &Account, opened: &Opened, draw: &Draw) -> Result<Held> {
    let session = &opened.session;
    let seconds = |instant: Instant| instant.micros().div_euclid(1_000_000);
    let mut roles: Vec<String> = opened.holdings.iter().map(|held| held.role.to_string()).collect();
    roles.sort_unstable();
    roles.dedup();
    let jti: [u8; 12] = auth.directory().sources.random()?;
    let iat = seconds(cx.now);
    // Only the next token counts as use: who is to be heard for longer must come for it in time.
    let lives = auth.directory().lifetimes().access_token.min(session.idle_seconds);
    let exp = iat.saturating_add(lives).min(seconds(session.expires));
    let claims = Claims {
        iss: auth.issuer().to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: account.id,
        sid: session.id,
        tenant: account.tenant_id,
        roles,
        amr: session.methods.split_whitespace().map(str::to_owned).collect(),
        acr: session.strength.clone(),
        auth_time: seconds(session.authenticated),
        epoch: account.epoch,
        iat,
        exp,
        jti: URL_SAFE_NO_PAD.encode(jti),
    };
    let keys = auth.keys(cx.now).await?;
    let signer = keys.signer(cx.now).ok_or_else(|| Error::internal("there is no signing key"))?;
    let access = Secret::new(signer.sign(&claims)?);
    let refresh = refresh::token(auth, session.id.uuid(), draw).await?;
    Ok(Held::Bearer { access, refresh, expires_in: exp - iat })
}

/// What is kept of the secret of a session.
pub(super) fn secrets(session: &Session) -> Rolling {
    let (current, previous) = (session.refresh_hash.clone(), session.previous_hash.clone());
    Rolling { current, previous, until: session.previous_until }
}

/// A session with other secrets.
pub(super) fn with(session: Session, secrets: Rolling) -> Session {
    let Rolling { current, previous, until } = secrets;
    Session { refresh_hash: current, previous_hash: previous, previous_until: until, ..session }
}

/// Writes what a session's person proved anew; answers what its next tokens are made of. The caller holds the user's lock.
pub(super) fn prove(
    tx: &mut Tx<'_>,
    seen: Seen,
    proven: &Proven,
    next: &Draw,
    client: &Client,
    now: Instant,
) -> Result<(Seen, Opened)> {
    let session = Session {
        methods: proven.methods.clone(),
        strength: proven.strength.to_string(),
        authenticated: proven.at,
        ..with(seen.session.clone(), secrets(&seen.session).given(next.hash(), now))
    };
    written(tx, seen, session, &client.address.to_string(), now)
}

/// Gives a session another secret; the one before is taken for a moment more. The caller holds the user's lock.
pub(super) fn replace(tx: &mut Tx<'_>, seen: Seen, next: &Draw, now: Instant) -> Result<()> {
    let secrets = secrets(&seen.session).given(next.hash(), now);
    let address = seen.session.address.clone();
    let session = with(seen.session.clone(), secrets);
    written(tx, seen, session, address.as_deref().unwrap_or_default(), now).map(drop)
}

/// Notes that a session is used which keeps its secret.
pub(super) fn note_use(tx: &mut Tx<'_>, id: SessionId, now: Instant) -> Result<()> {
    let Some(found) = credentials::session(tx, id)? else { return Ok(()) };
    tx.lock(Lock::User(found.account.id))?;
    let Some(seen) = credentials::session(tx, id)? else { return Ok(()) };
    if !lives(&seen.presence(), now)? {
        return Ok(());
    }
    let (session, address) = (seen.session.clone(), seen.session.address.clone());
    written(tx, seen, session, address.as_deref().unwrap_or_default(), now).map(drop)
}

/// Writes a session that goes on; its claims and its limits are those of today.
pub(super) fn written(
    tx: &mut Tx<'_>,
    seen: Seen,
    turned: Session,
    address: &str,
    now: Instant,
) -> Result<(Seen, Opened)> {
    let settings = settings::of(tx, seen.account.tenant_id)?;
    let holdings = grants::of_user(tx, seen.account.tenant_id, seen.account.id)?;
    let session = Session {
        last_used: now,
        idle_seconds: idle(&settings.sessions, &holdings),
        fresh_seconds: fresh(&settings.mfa),
        address: Some(address.to_owned()),
        ..turned
    };
    rows::update(tx, &session)?;
    Ok((seen, Opened { session, holdings }))
}

/// The id in a token that programs hold, and the hash of its secret.
pub(super) fn split(prefix: &str, token: &str) -> Option<(Uuid, Vec<u8>)> {
    read(prefix, token).map(|(id, secret)| (id, Door::Api.hash(secret)))
}

/// The id in a token, and its secret.
pub(super) fn read<'a>(prefix: &str, token: &'a str) -> Option<(Uuid, &'a str)> {
    let (id, secret) = token.strip_prefix(prefix)?.split_once('.')?;
    Some((Uuid::try_parse(id).ok()?, secret))
}

/// Ends the session of whoever asks.
///
/// # Errors
/// When the database cannot be asked.
pub async fn log_out(auth: &Auth, cx: &Cx, person: &PersonActor) -> Result<()> {
    let (user, session, now) = (person.user, person.session, cx.now);
    auth.directory().store.write(move |tx| rows::revoke(tx, user, session, now).map(drop)).await
}

/// Ends everything that was issued to whoever asks.
///
/// # Errors
/// When the database cannot be asked.
pub async fn log_out_everywhere(auth: &Auth, cx: &Cx, person: &PersonActor) -> Result<()> {
    let (user, now) = (person.user, cx.now);
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        accounts::raise_epoch(tx, user)?;
        rows::revoke_all(tx, user, now).map(drop)
    };
    auth.directory().store.write(work).await
}

/// The living sessions of whoever asks, the one used last first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(auth: &Auth, cx: &Cx, person: &PersonActor) -> Result<Vec<Session>> {
    let (user, now) = (person.user, cx.now);
    let found = auth.directory().store.read_few(move |tx| rows::of_user(tx, user, now)).await?;
    Ok(found.into_iter().filter(|one| one.last_used.plus_seconds(one.idle_seconds) > now).collect())
}

/// Ends a session of whoever asks.
///
/// # Errors
/// [`Error::Missing`] when it is none of theirs.
pub async fn end(auth: &Auth, cx: &Cx, person: &PersonActor, id: SessionId) -> Result<()> {
    let (user, now) = (person.user, cx.now);
    let ended = auth.directory().store.write(move |tx| rows::revoke(tx, user, id, now)).await?;
    if ended { Ok(()) } else { Err(Error::Missing("session")) }
}
