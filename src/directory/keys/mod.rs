//! The installation's keys: the master key, which stands in a file, and the keys that it seals, which stand in the database
//! so that every process on it shares them. A database that has a master key is never given another one, and nothing here
//! prints or logs a key.

mod file;
mod master;
mod rotate;
mod signing;

use tokio::sync::OnceCell;

use super::Directory;
use crate::error::{Error, Result};
use crate::sealing::Key;
use crate::store::keys::{self as rows, SealedKey};
use crate::store::{Lock, Store, Tx};
use file::KeyFile;

pub(super) use master::open;
pub use rotate::rotate;
pub use signing::{Signing, rotate_signing, signing};

/// The name of the key that cursors of lists are sealed with.
const CURSORS: &str = "cursors";
/// The name of the key that makes what is guessed at unreadable.
const GUESSES: &str = "guesses";

/// The name of the key that factors are sealed with.
const FACTORS: &str = "factors";
/// The name of the key that makes codes unreadable.
const CODES: &str = "codes";
/// The name of the key that the secrets of webhooks are sealed with.
const WEBHOOKS: &str = "webhooks";
/// The name of the key that marks refresh tokens.
const TOKENS: &str = "tokens";

/// The master key, and the keys that were asked for so far.
pub(super) struct Keys {
    master: Key,
    file: KeyFile,
    cursors: OnceCell<Key>,
    guesses: OnceCell<Key>,
    factors: OnceCell<Key>,
    codes: OnceCell<Key>,
    webhooks: OnceCell<Key>,
    tokens: OnceCell<Key>,
}

impl Keys {
    fn new(master: Key, file: KeyFile) -> Self {
        let new = OnceCell::new;
        Self {
            master,
            file,
            cursors: new(),
            guesses: new(),
            factors: new(),
            codes: new(),
            webhooks: new(),
            tokens: new(),
        }
    }
}

/// What the installation's master key is called.
pub fn master_id(directory: &Directory) -> String {
    directory.keys.master.id()
}

/// The key that cursors of lists are sealed with. Whichever process needs it first makes it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn cursors(directory: &Directory) -> Result<&Key> {
    directory.keys.cursors.get_or_try_init(|| shared(directory, CURSORS)).await
}

/// The key that makes unreadable what is guessed at: identifiers of people, known or not.
///
/// # Errors
/// When the database cannot be asked.
pub async fn guesses(directory: &Directory) -> Result<&Key> {
    directory.keys.guesses.get_or_try_init(|| shared(directory, GUESSES)).await
}

/// The key that factors are sealed with: seeds of authenticators, addresses that codes go to.
///
/// # Errors
/// When the database cannot be asked.
pub async fn factors(directory: &Directory) -> Result<&Key> {
    directory.keys.factors.get_or_try_init(|| shared(directory, FACTORS)).await
}

/// The key of the hashes of short codes, which could otherwise be found by trying all there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn codes(directory: &Directory) -> Result<&Key> {
    directory.keys.codes.get_or_try_init(|| shared(directory, CODES)).await
}

/// The key that the secrets of webhooks are sealed with.
///
/// # Errors
/// When the database cannot be asked.
pub async fn webhooks(directory: &Directory) -> Result<&Key> {
    directory.keys.webhooks.get_or_try_init(|| shared(directory, WEBHOOKS)).await
}

/// The key that marks refresh tokens as ours, so that an old one can be told from what somebody made up.
///
/// # Errors
/// When the database cannot be asked.
pub async fn tokens(directory: &Directory) -> Result<&Key> {
    directory.keys.tokens.get_or_try_init(|| shared(directory, TOKENS)).await
}

/// The key of a name, made when there is none.
async fn shared(directory: &Directory, name: &'static str) -> Result<Key> {
    let master = &directory.keys.master;
    if let Some(found) = find(&directory.store, name).await? {
        return opened(master, &found);
    }
    let key = Key::new(directory.sources.random()?);
    let sealed = master.seal(directory.sources.random()?, &bond(name), key.bytes());
    let new = SealedKey { name: name.to_owned(), sealed, created: directory.sources.clock.now() };
    let ours = master.id();
    match directory.store.write(move |tx| add(tx, &ours, &new)).await {
        // Another process was first.
        Err(Error::Taken(_)) => match find(&directory.store, name).await? {
            Some(found) => opened(master, &found),
            None => Err(Error::internal(format!("the key `{name}` came and went"))),
        },
        Err(error) => Err(error),
        Ok(()) => Ok(key),
    }
}

/// Adds a key, unless the master key was changed since this process began: nobody could open it then.
fn add(tx: &mut Tx<'_>, master: &str, new: &SealedKey) -> Result<()> {
    still(tx, master)?;
    rows::insert(tx, new)
}

/// Makes sure that the master key of that id is the database's until the transaction ends.
fn still(tx: &mut Tx<'_>, master: &str) -> Result<()> {
    tx.lock(Lock::Installation)?;
    match rows::installation(tx)? {
        Some(installation) if installation.key_id == master => Ok(()),
        _ => Err(Error::unavailable("the master key was changed: start this process again")),
    }
}

async fn find(store: &Store, name: &'static str) -> Result<Option<SealedKey>> {
    store.read_one(move |tx| rows::find(tx, name)).await
}

fn opened(master: &Key, row: &SealedKey) -> Result<Key> {
    let key = master.open(&bond(&row.name), &row.sealed).and_then(|bytes| Key::from_slice(&bytes));
    key.ok_or_else(|| Error::unavailable(format!("the key `{}` is not sealed with the master key", row.name)))
}

/// What ties a sealed key to its row.
fn bond(name: &str) -> Vec<u8> {
    format!("sealed_key\0{name}").into_bytes()
}
