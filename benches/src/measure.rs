//! One step of the bench, a kind of request, measured in rounds. The steps of a group take turns, so that a slow minute of
//! the machine hits all of them alike; what is reported is the median of the rounds.

use std::cell::Cell;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client::{Answer, Driven, Load, Request, Target, drive};
use crate::process::Process;
use crate::{Outcome, progress};

/// How often a step is measured, usually.
pub(crate) const ROUNDS: usize = 3;
/// Every how many answers one is examined; looking at all of them would cost the server its CPU.
const EXAMINED: usize = 64;

/// No round takes longer, however slow the server is: it has fewer requests then.
const ROUND: Duration = Duration::from_secs(5);
/// Nor does a warm-up.
const WARM_UP: Duration = Duration::from_secs(1);

/// Makes the request of a number.
pub(crate) type Make<'a> = Box<dyn Fn(usize) -> Request + 'a>;
/// Judges the answer to the request of a number.
pub(crate) type Check<'a> = Box<dyn Fn(usize, &Answer<'_>) -> Outcome<()> + 'a>;

/// A kind of request.
pub(crate) struct Step<'a> {
    /// What the tables call it.
    name: String,
    process: &'a Process,
    target: &'a Target,
    clients: usize,
    /// Requests in a round.
    requests: usize,
    make: Make<'a>,
    check: Check<'a>,
    /// Numbers used so far: no two requests of a step have the same.
    used: Cell<usize>,
}

/// What a step, or a round of it, came to. Times are microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// The step.
    pub(crate) name: String,
    /// Requests a second.
    pub(crate) per_second: f64,
    /// Half of the answers took no longer.
    pub(crate) p50: f64,
    /// 99 of 100 answers took no longer.
    pub(crate) p99: f64,
    /// The server's CPU time for a request.
    pub(crate) cpu: f64,
    /// The most memory that the server used meanwhile, in KiB.
    pub(crate) peak: u64,
}

impl<'a> Step<'a> {
    /// A step whose answers must be successes; `holds` is what every one of them contains.
    pub(crate) fn new(
        name: impl Into<String>,
        (process, target): (&'a Process, &'a Target),
        (clients, requests): (usize, usize),
        make: impl Fn(usize) -> Request + 'a,
        holds: &'static str,
    ) -> Self {
        let check = move |n: usize, answer: &Answer<'_>| {
            answer.succeeded()?;
            if n.is_multiple_of(EXAMINED) && !answer.holds(holds) {
                return Err(format!("an answer without {holds}"));
            }
            Ok(())
        };
        let (name, make, check) = (name.into(), Box::new(make), Box::new(check));
        Self { name, process, target, clients, requests, make, check, used: Cell::new(0) }
    }

    /// A step whose answers must have a status.
    pub(crate) fn answered(
        name: impl Into<String>,
        (process, target): (&'a Process, &'a Target),
        (clients, requests): (usize, usize),
        make: impl Fn(usize) -> Request + 'a,
        status: u16,
    ) -> Self {
        let check = move |_, answer: &Answer<'_>| {
            let found = answer.status;
            if found == status { Ok(()) } else { Err(format!("status {found}, not {status}")) }
        };
        let (name, make, check) = (name.into(), Box::new(make), Box::new(check));
        Self { name, process, target, clients, requests, make, check, used: Cell::new(0) }
    }

    /// Sends some requests before anything is measured.
    ///
    /// # Errors
    /// One fails.
    pub(crate) async fn warm_up(&self) -> Outcome<()> {
        self.send((self.requests / 10).clamp(1, 500), WARM_UP).await.map(|_driven| ())
    }

    /// Measures one round.
    ///
    /// # Errors
    /// A request fails, or the server has ended.
    pub(crate) async fn round(&self) -> Outcome<Figures> {
        self.process.forget_peak();
        let before = self.process.cpu()?;
        let driven = self.send(self.requests, ROUND).await?;
        let cpu = self.process.cpu()?.saturating_sub(before);
        let percentile = |part: f64| {
            let place = part * as_float(driven.latencies.len());
            let at = driven.latencies.iter().zip(1u32..).find(|(_, n)| f64::from(*n) >= place);
            at.map_or(0.0, |(latency, _)| microseconds(*latency))
        };
        let requests = as_float(driven.latencies.len());
        Ok(Figures {
            name: self.name.clone(),
            per_second: requests / driven.elapsed.as_secs_f64(),
            p50: percentile(0.5),
            p99: percentile(0.99),
            cpu: microseconds(cpu) / requests,
            peak: self.process.peak()?,
        })
    }

    /// How many requests were sent so far.
    pub(crate) fn sent(&self) -> usize {
        self.used.get()
    }

    async fn send(&self, requests: usize, time: Duration) -> Outcome<Driven> {
        let first = self.used.get();
        let load = Load { clients: self.clients, requests, time };
        let make = |n| (self.make)(first + n);
        let check = |n, answer: &Answer<'_>| (self.check)(first + n, answer);
        let driven = drive(self.target, load, &make, &check).await;
        let driven = driven.map_err(|reason| format!("{}: {reason}", self.name))?;
        self.used.set(first + driven.latencies.len());
        Ok(driven)
    }
}

/// Measures steps in turns, each as often as is usual.
///
/// # Errors
/// A request fails, or the server has ended.
pub(crate) async fn measure(steps: &[Step<'_>]) -> Outcome<Vec<Figures>> {
    measure_times(ROUNDS, steps).await
}

/// Measures steps in turns, so often: oftener than is usual where small differences count.
///
/// # Errors
/// A request fails, or the server has ended.
pub(crate) async fn measure_times(times: usize, steps: &[Step<'_>]) -> Outcome<Vec<Figures>> {
    for step in steps {
        progress(&step.name);
        step.warm_up().await?;
    }
    let mut rounds = vec![Vec::new(); steps.len()];
    for _ in 0..times {
        for (step, samples) in steps.iter().zip(&mut rounds) {
            samples.push(step.round().await?);
        }
    }
    rounds.iter().map(|samples| median_of(samples)).collect()
}

/// The median of each figure; the highest peak.
///
/// # Errors
/// There is no round.
pub(crate) fn median_of(rounds: &[Figures]) -> Outcome<Figures> {
    let first = rounds.first().ok_or("nothing was measured")?;
    let figure = |of: fn(&Figures) -> f64| median(rounds.iter().map(of).collect());
    Ok(Figures {
        name: first.name.clone(),
        per_second: figure(|round| round.per_second),
        p50: figure(|round| round.p50),
        p99: figure(|round| round.p99),
        cpu: figure(|round| round.cpu),
        peak: rounds.iter().map(|round| round.peak).max().unwrap_or(0),
    })
}

/// The middle value; of an even number the upper one of the two, 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A duration in microseconds.
pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// A count as a number to divide by.
pub(crate) fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// A number below `end` that looks as if it were chosen at random from `n`.
pub(crate) fn scatter(n: usize, end: usize) -> usize {
    let mixed = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15_usize);
    (mixed ^ (mixed >> 29)) % end.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < 1e-9);
        assert!((median(Vec::new())).abs() < 1e-9);
    }

    #[test]
    fn scattered_numbers_cover_their_range() {
        let mut seen: Vec<_> = (0..10_000).map(|n| scatter(n, 100)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}
