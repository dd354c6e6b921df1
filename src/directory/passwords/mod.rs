//! Where passwords meet the machine: a bounded place to compute their hashes, and the file of passwords that became known;
//! and the rules by which users get theirs.

pub mod administer;
pub mod breached;
mod hasher;
mod kept;

use std::path::Path;
use std::sync::Arc;

pub use hasher::Hasher;
pub use kept::{Chosen, Kind, are_ours, choose, choose_for, made, names, put, record};

use crate::clock::Sources;
use crate::error::Result;
use crate::password::{Cost, Hash, Memory, Password, Policy, Weakness, verify_nothing};
use breached::Breached;

/// Judges, hashes and verifies passwords, none of it on the thread that asks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    hasher: Hasher,
    cost: Cost,
    breached: Option<Arc<Breached>>,
}

/// A password that somebody wants to have.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The password.
    pub password: Password,
    /// What its tenant asks of passwords.
    pub policy: Policy,
    /// What anybody knows of the user: names, addresses.
    pub known: Vec<String>,
    /// The user's passwords so far, newest first.
    pub earlier: Vec<Hash>,
}

impl Passwords {
    /// With the file of passwords that became known, if there is one.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::Error::Unavailable) when the file cannot be used.
    pub fn open(breached: Option<&Path>) -> Result<Self> {
        let breached = breached.map(Breached::open).transpose()?.map(Arc::new);
        Ok(Self { hasher: Hasher::new(), cost: Cost::RECOMMENDED, breached })
    }

    /// The same, making hashes at another cost: for tests, which make many and guard nothing by them.
    pub(super) fn with_cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// Whether the hash of a password should be made anew when the password is next seen.
    pub fn is_outdated(&self, hash: &Hash) -> bool {
        hash.needs_rehash(self.cost)
    }

    /// Judges a password and makes its hash; the inner error says what is wrong with the password.
    ///
    /// # Errors
    /// [`TooFast`](crate::error::Error::TooFast) when too many passwords wait to be hashed.
    pub async fn choose(&self, sources: &Sources, wish: Wish) -> Result<std::result::Result<Hash, Weakness>> {
        let (salt, cost, breached) = (sources.random()?, self.cost, self.breached.clone());
        let heavy = wish.earlier.iter().any(Hash::is_heavy);
        let chosen = move |memory: &mut Memory| match judge(&wish, breached.as_deref(), memory)? {
            Ok(()) => Hash::make(&wish.password, salt, cost, memory).map(Ok),
            Err(weakness) => Ok(Err(weakness)),
        };
        self.hasher.run(heavy, chosen).await?
    }

    /// Whether that is the hash of the password. Takes as long when there is none, for users who have no password or do not
    /// exist.
    ///
    /// # Errors
    /// [`TooFast`](crate::error::Error::TooFast) when too many passwords wait to be verified.
    pub async fn verify(&self, password: Password, hash: Option<Hash>) -> Result<bool> {
        let (heavy, cost) = (hash.as_ref().is_some_and(Hash::is_heavy), self.cost);
        let verify = move |memory: &mut Memory| match hash {
            Some(hash) => hash.verify(&password, memory),
            None => verify_nothing(&password, cost, memory),
        };
        self.hasher.run(heavy, verify).await
    }

    /// Makes the hash of a password that holds already, with today's parameters.
    ///
    /// # Errors
    /// [`TooFast`](crate::error::Error::TooFast) when too many passwords wait to be hashed.
    pub async fn make(&self, sources: &Sources, password: Password) -> Result<Hash> {
        let (salt, cost) = (sources.random()?, self.cost);
        self.hasher.run(false, move |memory| Hash::make(&password, salt, cost, memory)).await?
    }
}

/// What is cheap to find out comes first.
fn judge(wish: &Wish, breached: Option<&Breached>, memory: &mut Memory) -> Result<std::result::Result<(), Weakness>> {
    let known: Vec<&str> = wish.known.iter().map(String::as_str).collect();
    if let Err(weakness) = wish.policy.judge(&wish.password, &known) {
        return Ok(Err(weakness));
    }
    if breached.map(|file| file.contains(&wish.password)).transpose()? == Some(true) {
        return Ok(Err(Weakness::Breached));
    }
    Ok(wish.policy.refuse_reuse(&wish.password, &wish.earlier, memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(text: &str) -> Wish {
        let password = Password::new(text).unwrap();
        Wish { password, policy: Policy::default(), known: Vec::new(), earlier: Vec::new() }
    }

    #[tokio::test]
    async fn s2_31_a_good_password_gets_a_hash_and_a_bad_one_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let (list, file) = (folder.path().join("list"), folder.path().join("file"));
        // The SHA-1 of `correct horse battery staple`.
        std::fs::write(&list, "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42\n").unwrap();
        breached::build(&list, &file).unwrap();
        let (sources, passwords) = (Sources::system(), Passwords::open(Some(&file)).unwrap());
        let hash = passwords.choose(&sources, wish("four quite unlikely words")).await.unwrap().unwrap();
        let password = || Password::new("four quite unlikely words").unwrap();
        assert!(passwords.verify(password(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(password(), None).await.unwrap());
        assert_ne!(passwords.make(&sources, password()).await.unwrap().text(), hash.text());
        let again = Wish { earlier: vec![hash], ..wish("four quite unlikely words") };
        assert_eq!(passwords.choose(&sources, again).await.unwrap().unwrap_err(), Weakness::Reused);
        let breached = passwords.choose(&sources, wish("correct horse battery staple")).await.unwrap();
        assert_eq!(breached.unwrap_err(), Weakness::Breached);
        let weak = passwords.choose(&sources, wish("short")).await.unwrap();
        assert_eq!(weak.unwrap_err(), Weakness::Short { least: 12 });
    }
}
