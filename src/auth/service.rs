//! What signing in works with: the directory, the keys that sign tokens, and what is remembered of both.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest as _, Sha256};

use crate::access::{Actor, Holdings, PersonActor};
use crate::clock::Instant;
use crate::directory::suspicions::Origin;
use crate::directory::{Directory, grants, keys};
use crate::error::Result;
use crate::ids::{SessionId, UserId};
use crate::mfa::Mfa;
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials::Home;
use crate::store::presence::{PresentAccount, PresentTenant};

use super::devices::Next;
use super::jwt::{PublicKey, Signer, Verifier};

/// Seconds after which the keys are read again: well before a new one signs.
const KEYS_READ_EVERY: i64 = 60;
/// Seconds between two readings because of keys that are not known.
const UNKNOWN_READ_EVERY: i64 = 2;
/// Users whose holdings are remembered at the most.
const REMEMBERED: usize = 10_000;

/// Signs people in and finds out who asks. Cheap to clone; every clone shares what is remembered.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    mfa: Mfa,
    issuer: String,
    default_tenant: String,
    keys: RwLock<Option<Arc<Keys>>>,
    holdings: RwLock<HashMap<UserId, Remembered>>,
}

/// The keys as they were read last.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) verifier: Arc<Verifier>,
    pub(super) public: Vec<PublicKey>,
    /// The newest first, with when it first signs.
    signers: Vec<(Instant, Signer)>,
    read: Instant,
}

/// What a user holds, as long as these versions stand.
struct Remembered {
    versions: (i64, i64),
    holdings: Arc<Holdings>,
}

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub struct Client {
    /// The address, as far as it is known.
    pub address: IpAddr,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it knocks: what stands for a session there.
    pub door: Door,
}

/// A way in. Sessions are the same behind both; what stands for one opens at its own door alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// That of programs: an access token, and a refresh token for the next ones.
    Api,
    /// That of the pages: one token in a cookie.
    Pages,
}

impl Door {
    /// What is kept of a secret. What opens at one door is nothing at the other.
    pub(super) fn hash(self, secret: &str) -> Vec<u8> {
        let kind: &[u8] = match self {
            Self::Api => b"",
            Self::Pages => b"rollcall page token\0",
        };
        Sha256::new().chain_update(kind).chain_update(secret).finalize().to_vec()
    }
}

/// What a sign-in or a refresh gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What stands for the session.
    pub held: Held,
    /// Whether it may do nothing but set up a second factor.
    pub enrolling: bool,
    /// What the device shows the next time that somebody signs in there, if it is remembered.
    pub device: Option<Next>,
}

/// What stands for a session.
#[derive(Clone, Debug)]
pub enum Held {
    /// What programs hold.
    Bearer {
        /// The access token.
        access: Secret,
        /// The token that gets the next ones.
        refresh: Secret,
        /// Seconds until the access token ends.
        expires_in: i64,
    },
    /// What browsers hold for the pages.
    Page(Secret),
}

impl Client {
    /// The same, as suspicious activity is counted by it.
    pub(super) fn origin(&self) -> Origin {
        Origin { address: Some(self.address), user_agent: self.user_agent.clone() }
    }
}

impl Auth {
    /// For the directory behind `mfa`, under the public URL. `default_tenant` is where people sign in who do not say where.
    pub fn new(mfa: Mfa, public_url: &str, default_tenant: &str) -> Self {
        Self(Arc::new(Inner {
            mfa,
            issuer: public_url.to_owned(),
            default_tenant: default_tenant.to_owned(),
            keys: RwLock::new(None),
            holdings: RwLock::default(),
        }))
    }

    /// The keys by which others verify our tokens (RFC 7517).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn key_set(&self, now: Instant) -> Result<serde_json::Value> {
        Ok(super::jwt::key_set(&self.keys(now).await?.public))
    }

    pub(super) fn directory(&self) -> &Directory {
        self.0.mfa.directory()
    }

    /// What second factors work with.
    pub fn mfa(&self) -> &Mfa {
        &self.0.mfa
    }

    pub(super) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(super) fn default_tenant(&self) -> &str {
        &self.0.default_tenant
    }

    /// The keys, not older than they may be.
    pub(super) async fn keys(&self, now: Instant) -> Result<Arc<Keys>> {
        self.keys_since(now, KEYS_READ_EVERY).await
    }

    /// The keys, read again because a token names one that is not known.
    pub(super) async fn newest_keys(&self, now: Instant) -> Result<Arc<Keys>> {
        self.keys_since(now, UNKNOWN_READ_EVERY).await
    }

    async fn keys_since(&self, now: Instant, seconds: i64) -> Result<Arc<Keys>> {
        let before = self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(keys) = before.as_ref().filter(|keys| keys.read.plus_seconds(seconds) > now && keys.read <= now) {
            return Ok(Arc::clone(keys));
        }
        let found = match (keys::signing(self.directory()).await, &before) {
            (Ok(found), _) => found,
            // Those in memory go on when the others cannot be opened: the master key was exchanged beside this process.
            (Err(error), Some(before)) => {
                tracing::warn!(cause = %error, "the signing keys cannot be read: those in memory go on");
                return Ok(self.keep(Keys { read: now, ..Keys::clone(before) }));
            }
            (Err(error), None) => return Err(error),
        };
        let public: Vec<PublicKey> =
            found.iter().map(|key| PublicKey { id: key.id.clone(), x: key.x.clone(), y: key.y.clone() }).collect();
        // What was verified stays so as long as the keys are the same.
        let verifier = match before {
            Some(before) if before.public == public => Arc::clone(&before.verifier),
            _ => Arc::new(Verifier::new(self.issuer(), &public)),
        };
        let signers = found.iter().map(|key| (key.usable_from, Signer::new(&key.id, &key.pkcs8))).collect();
        Ok(self.keep(Keys { verifier, public, signers, read: now }))
    }

    fn keep(&self, keys: Keys) -> Arc<Keys> {
        let keys = Arc::new(keys);
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&keys));
        keys
    }

    /// What a user holds now. Read anew when a version says so.
    pub(super) async fn holdings(
        &self,
        account: &PresentAccount,
        home: &PresentTenant,
        now: Instant,
    ) -> Result<Arc<Holdings>> {
        let versions = (account.grants_version, home.grants_version);
        let known = {
            let remembered = self.0.holdings.read().unwrap_or_else(PoisonError::into_inner);
            let same = remembered.get(&account.id).filter(|known| known.versions == versions);
            same.map(|known| Arc::clone(&known.holdings))
        };
        if let Some(holdings) = known {
            return Ok(holdings.at(now));
        }
        let (tenant, user) = (home.id, account.id);
        let read = self.directory().store.read_few(move |tx| grants::of_user(tx, tenant, user)).await?;
        let holdings = Arc::new(read);
        let mut remembered = self.0.holdings.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(account.id, Remembered { versions, holdings: Arc::clone(&holdings) });
        drop(remembered);
        Ok(holdings.at(now))
    }

    /// The user as an actor who holds nothing: for what people do to their own account without a session.
    pub(super) async fn as_themselves(&self, account: &Account, home: &Home, now: Instant) -> Result<Actor> {
        Ok(Actor::Person(PersonActor {
            user: account.id,
            tenant: account.tenant_id,
            partner: home.partner_id,
            types: self.directory().types(account.tenant_id, home.schema_version).await?,
            name: account.user_name.as_str().into(),
            session: SessionId::from(uuid::Uuid::nil()),
            holdings: Arc::default(),
            authenticated: now,
            methods: "".into(),
            step_up: None,
            enrolling: false,
        }))
    }
}

impl Keys {
    /// The key that signs now.
    pub(super) fn signer(&self, now: Instant) -> Option<&Signer> {
        let usable = self.signers.iter().find(|(usable_from, _)| *usable_from <= now);
        usable.or(self.signers.last()).map(|(_, signer)| signer)
    }
}
