//! The mismatches of a tenant, in slices so that no look at them holds the database for long.

use crate::access::{IdentitiesRead, Permit};
use crate::directory::Directory;
use crate::error::Result;
use crate::store::identities as rows;

use super::{Mismatch, Verdict, examine};

/// Suspects that are looked at in one go.
const SLICE: i64 = 1000;

/// Which of the mismatches are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// How many to pass over.
    pub skip: u64,
    /// How many to give.
    pub limit: u64,
    /// Whether to list those that one authority explains.
    pub explained: bool,
}

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All that are listed.
    pub mismatches: u64,
    /// Those with one other source.
    pub fixable: u64,
    /// Those that somebody must decide.
    pub ambiguous: u64,
    /// Those that could be corrected if the user had no role.
    pub protected: u64,
    /// Those that one authority explains, when they are listed.
    pub explained: u64,
    /// Those that were corrected just now.
    pub fixed: u64,
}

impl Summary {
    /// Counts one more.
    pub fn count(&mut self, mismatch: &Mismatch) {
        self.mismatches += 1;
        self.fixed += u64::from(mismatch.fixed);
        match mismatch.judgement.verdict {
            Verdict::Fixable => self.fixable += 1,
            Verdict::Ambiguous => self.ambiguous += 1,
            Verdict::Protected => self.protected += 1,
            Verdict::Explained => self.explained += 1,
            Verdict::Agrees => {}
        }
    }

    /// Those that are not corrected.
    pub fn remaining(&self) -> u64 {
        self.mismatches.saturating_sub(self.fixed)
    }
}

/// Adds the mismatches of the permit's tenant to a list, as far as they are wanted, and counts all of them. Several tenants
/// are listed by calling it for each with the same list and summary.
///
/// # Errors
/// [`crate::error::Error::Denied`] when the permit holds in some org units only.
pub async fn find(
    directory: &Directory,
    permit: &Permit<IdentitiesRead>,
    listing: Listing,
    list: &mut Vec<Mismatch>,
    summary: &mut Summary,
) -> Result<()> {
    permit.whole()?;
    let (tenant, mut after) = (permit.tenant(), 0);
    loop {
        let slice = directory.store.scan(move |tx| {
            let suspects = rows::suspects(tx, tenant, after, SLICE)?;
            let last = suspects.last().map(|suspect| suspect.seq);
            Ok((last, examine(tx, tenant, suspects)?))
        });
        let (last, found) = slice.await?;
        for mismatch in found {
            if mismatch.judgement.verdict == Verdict::Explained && !listing.explained {
                continue;
            }
            if summary.mismatches >= listing.skip && (list.len() as u64) < listing.limit {
                list.push(mismatch.clone());
            }
            summary.count(&mismatch);
        }
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}
