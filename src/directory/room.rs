//! How many items of lists may stand in memory at once, over all requests. A resource takes several times its text there:
//! many clients that ask for long pages together must not add up. Who finds no room waits for it.

use std::num::NonZero;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Items for each processor: more than one page of them is hardly worked on at once.
const ITEMS: usize = 500;

/// The room there is. Cheap to clone; every clone shares it.
#[derive(Clone)]
pub(super) struct Rooms {
    left: Arc<Semaphore>,
    whole: u32,
}

/// Room for a page, given back when dropped.
#[must_use = "the room is given back at once"]
pub struct Room {
    _taken: Option<OwnedSemaphorePermit>,
}

impl Rooms {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 64);
        let whole = ITEMS.saturating_mul(processors);
        Self { left: Arc::new(Semaphore::new(whole)), whole: u32::try_from(whole).unwrap_or(u32::MAX) }
    }

    /// Waits for room for so many items; the longest page waits for all there is.
    pub(super) async fn take(&self, items: u64) -> Room {
        let items = u32::try_from(items).unwrap_or(u32::MAX).clamp(1, self.whole);
        // An error is a semaphore that was closed, which nobody does.
        Room { _taken: Arc::clone(&self.left).acquire_many_owned(items).await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn who_finds_no_room_waits_until_some_is_given_back() {
        let rooms = Rooms::new();
        let half = u64::from(rooms.whole / 2);
        let first = rooms.take(half).now_or_never().unwrap();
        let second = rooms.take(half).now_or_never().unwrap();
        assert!(rooms.take(1).now_or_never().is_none());
        drop(first);
        assert!(rooms.take(half).now_or_never().is_some());
        drop(second);
        assert!(rooms.take(u64::MAX).now_or_never().is_some(), "the longest page waits for all, not for ever");
    }
}
