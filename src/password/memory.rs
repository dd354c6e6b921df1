//! The memory in which Argon2 works: kept from one hash to the next. The system gives it page by page, which takes time each
//! time, and an allocator that serves many threads keeps much more of it than is used.

use argon2::{Argon2, Block};

use super::hash::Cost;
use crate::error::{Error, Result};

/// Room for one hash at a time. It grows to what a hash takes; what is left in it of one is written over by the next.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Whether it grew beyond what one of our own hashes takes, for an imported one.
    pub fn is_large(&self) -> bool {
        u32::try_from(self.0.len()).map_or(true, |kibibytes| kibibytes > Cost::RECOMMENDED.memory)
    }

    /// Computes a hash in it.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no memory for it, or the parameters do not fit.
    pub(super) fn compute(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<()> {
        let blocks = argon2.params().block_count();
        self.0.try_reserve_exact(blocks.saturating_sub(self.0.len())).map_err(Error::internal)?;
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::default());
        }
        let room = self.0.get_mut(..blocks).ok_or_else(|| Error::internal("the memory did not grow"))?;
        argon2.hash_password_into_with_memory(password, salt, out, room).map_err(Error::internal)
    }
}
