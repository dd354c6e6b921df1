//! A bounded place to hash passwords: as many at once as there are cores, each with the memory of one hash, and a queue that
//! may be full. It works on threads of its own, so that neither requests nor the database wait for it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::password::Memory;

/// Jobs that may wait for each core; what comes then is told to come again. About two seconds' work.
const WAITING_FOR_EACH: usize = 64;
/// What is told then, in seconds.
const COME_AGAIN: u32 = 2;

/// Runs what is slow on purpose. Cheap to clone; every clone shares the same cores.
#[derive(Clone)]
pub struct Hasher {
    /// Everything that waits or runs.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// Imported hashes may take more memory than ours: one of them at a time.
    heavy: Arc<Semaphore>,
    /// The memory that nobody works in now, at most one for each core.
    spare: Arc<Mutex<Vec<Memory>>>,
}

impl Hasher {
    /// A hasher for this machine.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self::with(cores, cores.saturating_mul(WAITING_FOR_EACH))
    }

    fn with(running: usize, waiting: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(running.saturating_add(waiting))),
            running: Arc::new(Semaphore::new(running)),
            heavy: Arc::new(Semaphore::new(1)),
            spare: Arc::default(),
        }
    }

    /// Runs `work` when its turn comes, in memory that earlier work left. It runs to its end even if nobody waits for it any
    /// more, and holds its place so long.
    ///
    /// # Errors
    /// [`Error::TooFast`] when too many wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        heavy: bool,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| Error::TooFast { retry_after: COME_AGAIN })?;
        let alone = if heavy { Some(take(&self.heavy).await?) } else { None };
        let running = take(&self.running).await?;
        let spare = Arc::clone(&self.spare);
        let job = move || {
            let places = (admitted, alone, running);
            let mut memory = spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let result = work(&mut memory);
            if !memory.is_large() {
                spare.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            }
            drop(places);
            result
        };
        tokio::task::spawn_blocking(job).await.map_err(Error::internal)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hasher")
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

async fn take(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    Arc::clone(places).acquire_owned().await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A job that runs until it is told to end.
    fn blocked(
        hasher: &Hasher,
        heavy: bool,
    ) -> (mpsc::Sender<()>, mpsc::Receiver<()>, tokio::task::JoinHandle<Result<()>>) {
        let (end, ended) = mpsc::channel::<()>();
        let (begin, began) = mpsc::channel();
        let hasher = hasher.clone();
        let job = tokio::spawn(async move {
            hasher
                .run(heavy, move |_| {
                    begin.send(()).unwrap();
                    let _ = ended.recv();
                })
                .await
        });
        (end, began, job)
    }

    async fn until(condition: impl Fn() -> bool) {
        while !condition() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_queue_refuses_and_a_free_one_takes_again() {
        let hasher = Hasher::with(1, 1);
        let (end, began, first) = blocked(&hasher, false);
        began.recv().unwrap();
        let (end_second, began_second, second) = blocked(&hasher, false);
        until(|| hasher.admitted.available_permits() == 0).await;
        assert!(began_second.try_recv().is_err(), "it waits for its core");
        assert!(matches!(hasher.run(false, |_| ()).await, Err(Error::TooFast { retry_after: COME_AGAIN })));
        drop((end, end_second));
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
        assert_eq!(hasher.run(false, |_| 7).await.unwrap(), 7);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn heavy_work_runs_one_at_a_time_and_leaves_cores_to_the_rest() {
        let hasher = Hasher::with(2, 10);
        let (end, began, first) = blocked(&hasher, true);
        began.recv().unwrap();
        let (end_second, began_second, second) = blocked(&hasher, true);
        until(|| hasher.admitted.available_permits() == 10).await;
        assert_eq!(hasher.run(false, |_| 7).await.unwrap(), 7);
        assert!(began_second.try_recv().is_err());
        drop((end, end_second));
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_that_panics_is_an_error_and_gives_its_place_back() {
        let hasher = Hasher::with(1, 0);
        assert!(matches!(hasher.run(false, |_| panic!("on purpose")).await, Err(Error::Internal(_))));
        assert_eq!(hasher.run(false, |_| 7).await.unwrap(), 7);
    }
}
