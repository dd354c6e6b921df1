//! The file that keeps the master key: one line, readable by its owner alone. A key that stands in it is never written over.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sealing::Key;

/// The file of the master key.
#[derive(Clone, Debug)]
pub(super) struct KeyFile(PathBuf);

impl KeyFile {
    /// The file at a path, which need not exist.
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The key in it; `None` when there is no file.
    pub(super) fn read(&self) -> Result<Option<Key>> {
        let text = match std::fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(&self.0, &error)),
        };
        match Key::parse(&text) {
            Some(key) => Ok(Some(key)),
            None => Err(Error::unavailable(format!("{} holds no master key", self.0.display()))),
        }
    }

    /// Where a new key of that id waits until it is known whether the database takes it. It is found there again by its id
    /// alone, so that no crash in between loses the key of a database.
    pub(super) fn waiting(&self, id: &str) -> Self {
        let mut name = self.0.clone().into_os_string();
        name.push(format!(".{id}"));
        Self(name.into())
    }

    /// Writes a key into a new file, and comes back when it is on the disk.
    pub(super) fn write(&self, key: &Key) -> Result<()> {
        let mut options = OpenOptions::new();
        let written = options.write(true).create_new(true).mode(0o600).open(&self.0).and_then(|mut file| {
            writeln!(file, "{}", key.to_text().reveal())?;
            file.sync_all()
        });
        written.and_then(|()| self.sync_folder()).map_err(|error| fault(&self.0, &error))
    }

    /// Moves a waiting file to its place. Where there is a file already, it stays as it is.
    pub(super) fn settle(&self, id: &str) -> Result<()> {
        let waiting = self.waiting(id);
        match std::fs::hard_link(&waiting.0, &self.0) {
            Ok(()) => self.sync_folder().map_err(|error| fault(&self.0, &error))?,
            // Nothing waits, or another process was faster.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {}
            Err(error) => return Err(fault(&self.0, &error)),
        }
        match self.read()? {
            Some(key) if key.id() == id => waiting.remove(),
            _ => Ok(()),
        }
    }

    /// Removes the file, if there is one.
    pub(super) fn remove(&self) -> Result<()> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(fault(&self.0, &error)),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self) -> std::io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    }
}

fn fault(path: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!("the master key's file {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn place() -> (tempfile::TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::at(folder.path().join("master.key"));
        (folder, file)
    }

    #[test]
    fn a_waiting_key_moves_to_its_place_and_is_private() {
        let (folder, file) = place();
        let key = Key::new([1; 32]);
        file.waiting(&key.id()).write(&key).unwrap();
        assert_eq!(file.read().unwrap(), None);
        file.settle(&key.id()).unwrap();
        assert_eq!(file.read().unwrap(), Some(key));
        assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_is_there_is_never_written_over() {
        let (_folder, file) = place();
        let (old, new) = (Key::new([1; 32]), Key::new([2; 32]));
        file.write(&old).unwrap();
        assert!(file.write(&new).is_err());
        file.waiting(&new.id()).write(&new).unwrap();
        file.settle(&new.id()).unwrap();
        assert_eq!(file.read().unwrap(), Some(old));
        assert_eq!(file.waiting(&new.id()).read().unwrap(), Some(new));
    }

    #[test]
    fn a_file_without_a_key_is_an_error_and_none_is_not() {
        let (_folder, file) = place();
        assert_eq!(file.read().unwrap(), None);
        std::fs::write(file.path(), "hunter2").unwrap();
        let Err(Error::Unavailable(why)) = file.read() else { panic!() };
        assert!(why.cause.contains("master.key") && !why.cause.contains("hunter2"), "{}", why.cause);
    }
}
