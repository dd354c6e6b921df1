//! A child process, and what Linux tells about it: CPU time, memory.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::Outcome;

/// How long a process may take to say that it is ready.
const START: Duration = Duration::from_secs(60);
/// How long a process may take to stop when asked.
const STOP: Duration = Duration::from_secs(60);
/// Clock ticks a second in /proc: USER_HZ, which is 100 on every machine that this is likely to run on.
const TICKS: f64 = 100.0;

/// A process that is killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// How long it took from being started until it was ready.
    pub(crate) start_up: Duration,
}

impl Process {
    /// Starts a process, waits until it prints a line that begins with `ready` and returns the lines until then.
    ///
    /// # Errors
    /// It cannot be started, ends at once or does not become ready in time.
    pub(crate) fn start(mut command: Command, ready: &str) -> Outcome<(Self, Vec<String>)> {
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("cannot start {name}: {error}"))?;
        let stdout = child.stdout.take();
        // Owned from here on, so that it is killed whatever fails.
        let mut process = Self { child, start_up: Duration::ZERO };
        let stdout = stdout.ok_or_else(|| format!("{name} has no stdout"))?;
        let (send, receive) = mpsc::channel();
        // Goes on reading when nobody listens any more, so that the process never waits for its stdout.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _nobody_listens = send.send(line);
            }
        });
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| line.starts_with(ready)) {
            let rest = START.saturating_sub(began.elapsed());
            let line = receive
                .recv_timeout(rest)
                .map_err(|_| format!("{name} did not become ready; it printed: {}", lines.join(" | ")))?;
            process.start_up = began.elapsed();
            lines.push(line);
        }
        Ok((process, lines))
    }

    /// CPU time used so far, of all its threads, user and kernel.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        cpu(&self.child.id().to_string())
    }

    /// Memory in use, in KiB.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        self.status("VmRSS:")
    }

    /// The most memory that was in use since [`Self::forget_peak`] (or the start, where forgetting is not permitted), in
    /// KiB.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn peak(&self) -> Outcome<u64> {
        self.status("VmHWM:")
    }

    /// Begins a new measurement of [`Self::peak`]. Where that is not permitted the peak stays the one since the start,
    /// which is never too low.
    pub(crate) fn forget_peak(&self) {
        let _not_permitted = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    fn status(&self, name: &str) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        let number = value.and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok());
        number.ok_or_else(|| format!("{path} has no {name}"))
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// It does not stop in time, or not well.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let kill = format!("kill -TERM {}", self.child.id());
        let asked = Command::new("sh").args(["-c", &kill]).status();
        asked.map_err(|error| format!("sh: {error}"))?;
        let began = Instant::now();
        while began.elapsed() < STOP {
            match self.child.try_wait().map_err(|error| error.to_string())? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the server ended with {status}")),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        Err("the server does not stop".to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// CPU time that this process has used so far.
///
/// # Errors
/// There is no /proc.
pub(crate) fn own_cpu() -> Outcome<Duration> {
    cpu("self")
}

fn cpu(id: &str) -> Outcome<Duration> {
    let path = format!("/proc/{id}/stat");
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    ticks(&text).map(|ticks| Duration::from_secs_f64(ticks / TICKS)).ok_or_else(|| format!("{path} is not as expected"))
}

/// utime + stime of a line of /proc/PID/stat; the program's name in it may hold anything, also parentheses.
fn ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut times = rest.split(' ').skip(11).map(str::parse::<f64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_user_and_system_whatever_the_name() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 900 0 0 0 130 20 7 8 20 0 9 0 1000 2 3";
        assert_eq!(ticks(stat), Some(150.0));
        assert_eq!(ticks("42"), None);
    }

    #[test]
    fn a_process_is_ready_at_its_line_and_its_memory_is_known() {
        let mut command = Command::new("sh");
        // The shell itself goes on: a program in its place would begin its memory anew between two looks.
        command.args(["-c", "echo one; echo ready now; sleep 5 & wait"]);
        let (process, lines) = Process::start(command, "ready").unwrap();
        assert_eq!(lines, ["one", "ready now"]);
        assert!(process.peak().unwrap() >= process.memory().unwrap());
        assert!(process.memory().unwrap() > 0);
    }

    #[test]
    fn a_process_that_ends_before_it_is_ready_is_an_error_with_its_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such port"]);
        let error = Process::start(command, "ready").err().unwrap();
        assert!(error.contains("no such port"), "{error}");
    }
}
