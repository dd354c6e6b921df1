//! Passwords that became known elsewhere, in a file that is looked into without the network: the first 8 bytes of their
//! SHA-1, sorted, each once. That two passwords share them by chance is as likely as one in many millions even for a list of
//! all that were ever published.
//!
//! The file is made from a list of SHA-1 in hexadecimal, one a line and sorted, as Have I Been Pwned publishes it
//! (`HASH:COUNT`). It is never held in memory.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use crate::error::{Error, Result};
use crate::password::Password;

/// What the file begins with.
const MAGIC: &[u8; 8] = b"RCBREAC1";
/// Bytes of one password.
const WIDTH: usize = 8;
/// Hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;

/// The file, which was there and whole when it was opened.
#[derive(Clone, Debug)]
pub struct Breached {
    path: PathBuf,
    count: u64,
}

impl Breached {
    /// Makes sure that the file is one of ours.
    ///
    /// # Errors
    /// [`Error::Unavailable`] that says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self> {
        let (_, count) = open(path)?;
        Ok(Self { path: path.to_owned(), count })
    }

    /// How many passwords it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether the password stands in it. Reads the file: not for threads that serve requests.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be read any more.
    pub fn contains(&self, password: &Password) -> Result<bool> {
        let wanted = prefix(&Sha1::digest(password.bytes()));
        let (mut file, mut high) = open(&self.path)?;
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            let found = entry(&mut file, middle).map_err(|error| broken(&self.path, &error))?;
            match found.cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }
}

/// Makes the file `to` from the list `from`; says how many passwords it has. A file that is there is replaced once the new
/// one is whole.
///
/// # Errors
/// [`Error::Unavailable`] that names the file and, where there is one, the line.
pub fn build(from: &Path, to: &Path) -> Result<u64> {
    let source = File::open(from).map_err(|error| broken(from, &error))?;
    let part = to.with_extension("part");
    let built = write(BufReader::new(source), from, &part);
    match built.and_then(|count| std::fs::rename(&part, to).map(|()| count).map_err(|error| broken(to, &error))) {
        Ok(count) => Ok(count),
        Err(error) => {
            // What is left of it is of no use; that it cannot be removed is of no interest beside the error.
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    }
}

fn write(source: impl BufRead, from: &Path, part: &Path) -> Result<u64> {
    let file = File::create(part).map_err(|error| broken(part, &error))?;
    let mut file = BufWriter::new(file);
    file.write_all(MAGIC).map_err(|error| broken(part, &error))?;
    let (mut count, mut last) = (0, None);
    for (number, line) in (1_u64..).zip(source.lines()) {
        let line = line.map_err(|error| broken(from, &error))?;
        if line.trim().is_empty() {
            continue;
        }
        let entry = read_line(&line).ok_or_else(|| at(from, number, "is no SHA-1 in hexadecimal"))?;
        if last.is_some_and(|last| last > entry) {
            return Err(at(from, number, "is out of order: sort the file first, by LC_ALL=C sort"));
        }
        // Two that share a prefix are one entry.
        if last != Some(entry) {
            file.write_all(&entry).map_err(|error| broken(part, &error))?;
            count += 1;
        }
        last = Some(entry);
    }
    let file = file.into_inner().map_err(|error| broken(part, &error))?;
    file.sync_all().map_err(|error| broken(part, &error))?;
    Ok(count)
}

/// The entry of `HASH` or `HASH:COUNT`.
fn read_line(line: &str) -> Option<[u8; WIDTH]> {
    let digits = line.split_once(':').map_or(line, |(hash, _)| hash).trim();
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let first = u64::from_str_radix(digits.get(..2 * WIDTH)?, 16).ok()?;
    Some(first.to_be_bytes())
}

fn prefix(digest: &[u8]) -> [u8; WIDTH] {
    digest.first_chunk().copied().unwrap_or_default()
}

fn entry(file: &mut File, number: u64) -> std::io::Result<[u8; WIDTH]> {
    let mut entry = [0; WIDTH];
    file.seek(SeekFrom::Start((number + 1).saturating_mul(WIDTH as u64)))?;
    file.read_exact(&mut entry)?;
    Ok(entry)
}

/// The file and how many entries it has.
fn open(path: &Path) -> Result<(File, u64)> {
    let mut file = File::open(path).map_err(|error| broken(path, &error))?;
    let mut magic = [0; MAGIC.len()];
    let bytes = file.metadata().map_err(|error| broken(path, &error))?.len();
    let whole = bytes % WIDTH as u64 == 0 && file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
    if !whole {
        let path = path.display();
        return Err(Error::unavailable(format!(
            "{path} is no file of `rollcall breached-passwords build`, or was cut"
        )));
    }
    Ok((file, bytes / WIDTH as u64 - 1))
}

fn broken(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}

fn at(path: &Path, line: u64, what: &str) -> Error {
    Error::unavailable(format!("{}: line {line} {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-1 of `password`, `123456`, `hunter2` by Python's hashlib, sorted.
    const LIST: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\n\
        5baa61e4c9b93f3f0682250b6cf8331b7ee68fd9\n\
        7C4A8D09CA3762AF61E59520943DC26494F8941B\r\n\
        \n\
        F3BBBD66A63D4BF1747940578EC3D0103530E21D:17\n";

    fn built(list: &str) -> (tempfile::TempDir, Result<u64>, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("list.txt"), folder.path().join("breached.bin"));
        std::fs::write(&from, list).unwrap();
        let built = build(&from, &to);
        (folder, built, to)
    }

    #[test]
    fn passwords_of_the_list_are_found_and_no_others() {
        let (_folder, built, path) = built(LIST);
        assert_eq!(built.unwrap(), 3);
        let breached = Breached::open(&path).unwrap();
        assert_eq!(breached.count(), 3);
        for (password, known) in
            [("password", true), ("123456", true), ("hunter2", true), ("hunter3", false), ("", false), ("zzz", false)]
        {
            assert_eq!(breached.contains(&Password::new(password).unwrap()).unwrap(), known, "{password}");
        }
    }

    #[test]
    fn an_empty_list_knows_nothing() {
        let (_folder, built, path) = built("");
        assert_eq!(built.unwrap(), 0);
        assert!(!Breached::open(&path).unwrap().contains(&Password::new("password").unwrap()).unwrap());
    }

    #[test]
    fn a_bad_list_names_its_line_and_leaves_nothing() {
        let swapped: Vec<&str> = LIST.lines().rev().collect();
        for (list, part) in
            [(swapped.join("\n"), "line 3"), (format!("{LIST}hunter2\n"), "line 6"), ("5BAA".into(), "line 1")]
        {
            let (folder, built, path) = built(&list);
            let why = match built {
                Err(Error::Unavailable(why)) => why.cause,
                other => panic!("{other:?}"),
            };
            assert!(why.contains(part) && why.contains("list.txt") && !why.contains("hunter2"), "{why}");
            assert!(!path.exists() && std::fs::read_dir(folder.path()).unwrap().count() == 1);
        }
    }

    #[test]
    fn a_file_that_is_cut_or_another_is_refused() {
        let (_folder, built, path) = built(LIST);
        built.unwrap();
        let whole = std::fs::read(&path).unwrap();
        for bytes in [&whole[..whole.len() - 1], &whole[..4], &[], &whole[8..]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(Breached::open(&path).is_err());
        }
    }
}
