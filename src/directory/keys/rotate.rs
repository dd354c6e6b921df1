//! Another master key for an installation that has one: every row that the old one sealed is sealed with the new one, in one
//! transaction.

use super::{Directory, bond, master, opened, rows, signing, still};
use crate::access::Actor;
use crate::directory::tenants::operators_only;
use crate::error::{Error, Result};
use crate::sealing::{Key, NONCE_BYTES};
use crate::store::Tx;
use crate::store::keys::Installation;
use crate::store::signing_keys as signing_rows;

/// What a rotation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// What the new master key is called.
    pub id: String,
    /// Where the old one is kept.
    pub kept: std::path::PathBuf,
}

/// Seals everything with a new master key. The old one is kept in a file under its id, for backups from before. Processes
/// that run must be started again.
///
/// # Errors
/// [`Error::Denied`] unless an operator asks; [`Error::Unavailable`] when the key was changed meanwhile, or a row cannot be
/// opened: then nothing is changed.
pub async fn rotate(directory: &Directory, actor: &Actor) -> Result<Rotated> {
    operators_only(actor)?;
    let (keys, sources) = (&directory.keys, &directory.sources);
    let (old, new) = (keys.master.clone(), Key::new(sources.random()?));
    let (old_id, id) = (old.id(), new.id());
    let installation = master::installation(sources, &new)?;
    let waiting = keys.file.waiting(&id);
    waiting.write(&new)?;
    let entropy = sources.clone();
    let nonce = move || Ok::<[u8; NONCE_BYTES], Error>(entropy.random()?);
    let sealed = directory.store.write(move |tx| seal_all(tx, &old, &new, &installation, &nonce)).await;
    match sealed {
        Ok(()) => {}
        // Whether a commit held that ended in an error of the database is not known: the key waits until it is.
        Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
        Err(error) => {
            waiting.remove()?;
            return Err(error);
        }
    }
    keys.file.exchange(&old_id, &id)?;
    tracing::info!(key = id, "sealed everything with a new master key: back it up with the database");
    Ok(Rotated { id, kept: keys.file.waiting(&old_id).path().to_owned() })
}

/// Every kind of sealed row has its line here.
fn seal_all(
    tx: &mut Tx<'_>,
    old: &Key,
    new: &Key,
    installation: &Installation,
    nonce: &impl Fn() -> Result<[u8; NONCE_BYTES]>,
) -> Result<()> {
    still(tx, &old.id())?;
    for row in rows::all(tx)? {
        let key = opened(old, &row)?;
        rows::seal_again(tx, &row.name, &new.seal(nonce()?, &bond(&row.name), key.bytes()))?;
    }
    for row in signing_rows::all(tx)? {
        let key = signing::plain(old, &row)?;
        signing_rows::seal_again(tx, &row.id, &new.seal(nonce()?, &signing::bond(&row.id), &key))?;
    }
    rows::record_again(tx, installation)
}
