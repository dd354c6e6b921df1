//! Which master key a database is sealed with, and whether the file holds it.
//!
//! A key is made only for a database that has none: it is on the disk under a name of its own before the transaction that
//! records it, and moves to its place after. Of two processes that do this at once one is recorded; the other removes its
//! key and is held to the one that was.

use super::file::KeyFile;
use super::{Keys, Store};
use crate::clock::Sources;
use crate::error::{Error, Result};
use crate::sealing::Key;
use crate::store::keys::{self as rows, Installation};

/// The database's master key, from its file. With `create`, a database that has none is given one: the file's, if there is
/// a file, else a new one.
///
/// # Errors
/// [`Error::Unavailable`] with one line that names the database's key, the file and the file's key when they do not go
/// together.
pub(in crate::directory) async fn open(
    store: &Store,
    sources: &Sources,
    path: std::path::PathBuf,
    create: bool,
) -> Result<Keys> {
    let file = KeyFile::at(path);
    let key = match store.read_one(rows::installation).await? {
        Some(installation) => held(&file, &installation)?,
        None if create => record(store, sources, &file).await?,
        None => return Err(Error::unavailable("the database has no master key yet: run `rollcall migrate`")),
    };
    Ok(Keys::new(key))
}

/// The file's key, if it is the one of the installation.
fn held(file: &KeyFile, installation: &Installation) -> Result<Key> {
    let (wanted, path) = (&installation.key_id, file.path().display());
    let read = match file.read() {
        Ok(None) => file.settle(wanted).and_then(|()| file.read()),
        read => read,
    };
    match read {
        Ok(Some(key)) if key.open(&bond(wanted), &installation.key_check).is_some() => Ok(key),
        Ok(Some(key)) => Err(Error::unavailable(format!(
            "the database is sealed with master key {wanted}, but {path} holds master key {}: {ADVICE}",
            key.id()
        ))),
        Ok(None) => Err(Error::unavailable(format!(
            "the database is sealed with master key {wanted}, and there is no file {path}: {ADVICE}"
        ))),
        Err(error) => Err(Error::unavailable(format!(
            "the database is sealed with master key {wanted}: {}",
            match error {
                Error::Unavailable(unavailable) => unavailable.cause,
                other => other.to_string(),
            }
        ))),
    }
}

/// What to do about a key that is not the database's.
const ADVICE: &str = "put the right file there, or name it in ROLLCALL_MASTER_KEY_FILE";

/// Records the file's key, or a new one, as the database's.
async fn record(store: &Store, sources: &Sources, file: &KeyFile) -> Result<Key> {
    let (key, is_new) = match file.read()? {
        Some(key) => (key, false),
        None => (Key::new(sources.random()?), true),
    };
    let id = key.id();
    let key_check = key.seal(sources.random()?, &bond(&id), &[]);
    let installation = Installation { key_id: id.clone(), key_check, created: sources.clock.now() };
    if is_new {
        file.waiting(&id).write(&key)?;
    }
    let recorded = match store.write(move |tx| rows::record(tx, &installation)).await {
        // Whether a commit held that ended in another error is not known: the key waits until it is.
        Err(Error::Taken(_)) => false,
        outcome => outcome.map(|()| true)?,
    };
    if is_new && recorded {
        tracing::info!(key = id, file = %file.path().display(), "made the master key: back it up with the database");
        file.settle(&id)?;
    } else if is_new {
        file.waiting(&id).remove()?;
    }
    let installation = store.read_one(rows::installation).await?;
    held(file, &installation.ok_or_else(|| Error::internal("the installation came and went"))?)
}

/// What ties the check value to the installation.
fn bond(key_id: &str) -> Vec<u8> {
    format!("installation\0{key_id}").into_bytes()
}
