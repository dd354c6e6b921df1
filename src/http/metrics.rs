//! Counters of what was served, in Prometheus' text form. Labels are routes and statuses only: nothing here may name a
//! tenant or a person.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// The statuses counted one by one; every other one is counted as `other`.
const STATUSES: [u16; 19] =
    [200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 429, 500, 501, 502, 503];

/// Upper bounds of the latency buckets, in microseconds.
const BUCKETS: [u64; 13] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000];

/// The counters of one server.
pub(super) struct Metrics {
    routes: Vec<Route>,
    faces: Vec<Latency>,
}

struct Route {
    labels: String,
    statuses: [AtomicU64; STATUSES.len()],
    other: AtomicU64,
}

struct Latency {
    face: &'static str,
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Metrics {
    /// Counters for faces by name and for routes by face, method and pattern.
    pub(super) fn new<'a>(
        faces: impl Iterator<Item = &'static str>,
        routes: impl Iterator<Item = (&'static str, &'static str, &'a str)>,
    ) -> Self {
        let faces: Vec<_> = faces.map(Latency::new).collect();
        let unrouted = faces.iter().map(|face| (face.face, "", ""));
        let routes = routes.chain(unrouted).map(|(face, method, route)| Route {
            labels: format!("face=\"{face}\",method=\"{method}\",route=\"{route}\""),
            statuses: Default::default(),
            other: AtomicU64::new(0),
        });
        Self { routes: routes.collect(), faces }
    }

    /// Counts one answer of a route by its number, or of none, by a face's number.
    pub(super) fn count(&self, face: usize, route: Option<usize>, status: u16, micros: u64) {
        let unrouted = self.routes.len().saturating_sub(self.faces.len()).saturating_add(face);
        if let Some(route) = self.routes.get(route.unwrap_or(unrouted)) {
            let known = STATUSES.iter().position(|known| *known == status).and_then(|at| route.statuses.get(at));
            known.unwrap_or(&route.other).fetch_add(1, Ordering::Relaxed);
        }
        if let Some(latency) = self.faces.get(face) {
            latency.count(micros);
        }
    }

    /// The text that Prometheus reads (exposition format 0.0.4).
    pub(super) fn render(&self) -> String {
        let mut text = String::with_capacity(4096);
        text.push_str(
            "# HELP rollcall_http_requests_total Requests answered.\n# TYPE rollcall_http_requests_total counter\n",
        );
        for route in &self.routes {
            route.render(&mut text);
        }
        text.push_str(
            "# HELP rollcall_http_request_duration_seconds Time from the request's head to its answer.\n\
             # TYPE rollcall_http_request_duration_seconds histogram\n",
        );
        for face in &self.faces {
            face.render(&mut text);
        }
        text
    }
}

impl Route {
    fn render(&self, text: &mut String) {
        let known = STATUSES.iter().map(u16::to_string).zip(&self.statuses);
        for (status, count) in known.chain([("other".to_owned(), &self.other)]) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                // Writing to a String does not fail.
                let _ = writeln!(text, "rollcall_http_requests_total{{{},status=\"{status}\"}} {count}", self.labels);
            }
        }
    }
}

impl Latency {
    fn new(face: &'static str) -> Self {
        Self { face, buckets: Default::default(), count: AtomicU64::new(0), micros: AtomicU64::new(0) }
    }

    fn count(&self, micros: u64) {
        let bucket = BUCKETS.iter().position(|bound| micros <= *bound).and_then(|at| self.buckets.get(at));
        if let Some(bucket) = bucket {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn render(&self, text: &mut String) {
        let name = "rollcall_http_request_duration_seconds";
        let face = self.face;
        let mut below = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{face=\"{face}\",le=\"{}\"}} {below}", Seconds(*bound));
        }
        let count = self.count.load(Ordering::Relaxed).max(below);
        let _ = writeln!(text, "{name}_bucket{{face=\"{face}\",le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum{{face=\"{face}\"}} {}", Seconds(self.micros.load(Ordering::Relaxed)));
        let _ = writeln!(text, "{name}_count{{face=\"{face}\"}} {count}");
    }
}

/// Microseconds, written as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let routes = [("scim", "GET", "/scim/v2/Users")];
        let metrics = Metrics::new(["system", "scim"].into_iter(), routes.into_iter());
        metrics.count(1, Some(0), 200, 700);
        metrics.count(1, Some(0), 200, 20_000_000);
        metrics.count(1, None, 404, 1);
        metrics.count(0, None, 418, 1);
        let text = metrics.render();
        let lines = [
            "rollcall_http_requests_total{face=\"scim\",method=\"GET\",route=\"/scim/v2/Users\",status=\"200\"} 2",
            "rollcall_http_requests_total{face=\"scim\",method=\"\",route=\"\",status=\"404\"} 1",
            "rollcall_http_requests_total{face=\"system\",method=\"\",route=\"\",status=\"other\"} 1",
            "rollcall_http_request_duration_seconds_bucket{face=\"scim\",le=\"0.000500\"} 1",
            "rollcall_http_request_duration_seconds_bucket{face=\"scim\",le=\"0.001000\"} 2",
            "rollcall_http_request_duration_seconds_bucket{face=\"scim\",le=\"+Inf\"} 3",
            "rollcall_http_request_duration_seconds_sum{face=\"scim\"} 20.000701",
        ];
        for line in lines {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("status=\"201\""), "what never happened is not listed");
    }
}
