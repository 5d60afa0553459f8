//! What was counted since the start, for Prometheus: few labels, and a bounded number of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Outcome;
use crate::latency::Latencies;
use crate::record::summary::{ExchangeSummary, Source, StreamKind};

/// Most routes and versions that are told apart.
const MOST: usize = 500;
/// What stands for those beyond.
const OTHERS: &str = "(others)";
/// Bounds of the histogram in microseconds: powers of two, where counting is exact.
const BOUNDS_US: [u64; 12] = [
    1 << 8,
    1 << 10,
    1 << 12,
    1 << 13,
    1 << 14,
    1 << 15,
    1 << 16,
    1 << 17,
    1 << 18,
    1 << 20,
    1 << 22,
    1 << 24,
];

/// Sums since the start, or since they are wanted.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    places: BTreeMap<(String, String), Place>,
}

#[derive(Clone, Debug, Default)]
struct Place {
    requests: BTreeMap<(Outcome, &'static str), u64>,
    request_bytes: u64,
    response_bytes: u64,
    retries: u64,
    durations: Latencies,
    sum_us: u64,
}

impl Totals {
    /// Counts an exchange that has ended.
    pub fn count(&mut self, row: &ExchangeSummary) {
        let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
        let mut name = (
            text(row.route.as_ref().map(|route| route.as_str())),
            text(row.version.as_ref().map(|version| version.as_str())),
        );
        if self.places.len() >= MOST && !self.places.contains_key(&name) {
            name = (OTHERS.to_owned(), String::new());
        }
        let place = self.places.entry(name).or_default();
        let source = match row.source {
            Source::Upstream => "upstream",
            Source::Gateway => "gateway",
            Source::Mock => "mock",
            Source::Cache => "cache",
        };
        let of = (Outcome::of(row.status), source);
        *place.requests.entry(of).or_default() += 1;
        place.request_bytes += row.request_bytes;
        place.response_bytes += row.response_bytes;
        place.retries += u64::from(row.tries.saturating_sub(1));
        // Those last as long as someone listens.
        let lasts = matches!(
            row.stream,
            Some(StreamKind::Websocket | StreamKind::EventStream | StreamKind::Tunnel)
        );
        if !lasts {
            place.durations.count(row.duration_us);
            place.sum_us += row.duration_us;
        }
    }

    /// Writes them in the text format of Prometheus.
    pub fn write(&self, text: &mut Metrics) {
        text.family(
            "gatewright_requests_total",
            "counter",
            "Requests that ended, by route, version, outcome and who answered.",
        );
        for ((route, version), place) in &self.places {
            for ((outcome, source), count) in &place.requests {
                let labels = [
                    ("route", route.as_str()),
                    ("version", version.as_str()),
                    ("outcome", label(*outcome)),
                    ("source", source),
                ];
                text.sample("gatewright_requests_total", &labels, *count as f64);
            }
        }
        type Sum = fn(&Place) -> u64;
        let sums: [(&str, &str, Sum); 3] = [
            (
                "gatewright_request_bytes_total",
                "Bytes of bodies of requests.",
                |place| place.request_bytes,
            ),
            (
                "gatewright_response_bytes_total",
                "Bytes of bodies of answers.",
                |place| place.response_bytes,
            ),
            (
                "gatewright_retries_total",
                "Tries beyond the first.",
                |place| place.retries,
            ),
        ];
        for (name, help, sum) in sums {
            text.family(name, "counter", help);
            for ((route, version), place) in &self.places {
                text.sample(
                    name,
                    &[("route", route), ("version", version)],
                    sum(place) as f64,
                );
            }
        }
        let name = "gatewright_request_duration_seconds";
        let help = "From arrival to the end of the answer, without WebSockets and event streams.";
        text.family(name, "histogram", help);
        for ((route, version), place) in &self.places {
            let labels = [("route", route.as_str()), ("version", version.as_str())];
            for bound_us in BOUNDS_US {
                let le = seconds(bound_us);
                let labels = [labels[0], labels[1], ("le", le.as_str())];
                // Less one: what took exactly the bound is in the next cell, and a bound is rounder.
                let count = place.durations.at_most(bound_us - 1);
                text.sample(&format!("{name}_bucket"), &labels, count as f64);
            }
            let count = place.durations.len() as f64;
            let with_all = [labels[0], labels[1], ("le", "+Inf")];
            text.sample(&format!("{name}_bucket"), &with_all, count);
            let sum = place.sum_us as f64 / 1e6;
            text.sample(&format!("{name}_sum"), &labels, sum);
            text.sample(&format!("{name}_count"), &labels, count);
        }
    }
}

fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Informational => "1xx",
        Outcome::Success => "2xx",
        Outcome::Redirect => "3xx",
        Outcome::Unauthenticated => "401",
        Outcome::Limited => "429",
        Outcome::CallerError => "4xx",
        Outcome::ServerError => "5xx",
    }
}

fn seconds(us: u64) -> String {
    format!("{}", us as f64 / 1e6)
}

/// Figures in the text format of Prometheus, version 0.0.4.
#[derive(Debug, Default)]
pub struct Metrics(String);

impl Metrics {
    /// Begins a family of samples.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A sample of the family begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let Self(text) = self;
        text.push_str(name);
        for (index, (label, value)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            let _ = write!(text, "{label}=\"");
            for character in value.chars() {
                match character {
                    '\\' => text.push_str("\\\\"),
                    '"' => text.push_str("\\\""),
                    '\n' => text.push_str("\\n"),
                    other => text.push(other),
                }
            }
            text.push('"');
        }
        if !labels.is_empty() {
            text.push('}');
        }
        let _ = writeln!(text, " {value}");
    }

    /// All of it.
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::row;

    fn lines(totals: &Totals) -> Vec<String> {
        let mut text = Metrics::default();
        totals.write(&mut text);
        text.into_text().lines().map(str::to_owned).collect()
    }

    #[test]
    fn counts_add_up_and_buckets_are_cumulative() {
        let mut totals = Totals::default();
        for (status, duration_us) in [(200, 300), (200, 20_000), (429, 100), (503, 30_000_000)] {
            let mut summary = row(1);
            summary.status = status;
            summary.duration_us = duration_us;
            totals.count(&summary);
        }
        let lines = lines(&totals);
        for expected in [
            "gatewright_requests_total{route=\"orders\",version=\"\",outcome=\"2xx\",source=\"upstream\"} 2",
            "gatewright_requests_total{route=\"orders\",version=\"\",outcome=\"429\",source=\"upstream\"} 1",
            "gatewright_request_duration_seconds_bucket{route=\"orders\",version=\"\",le=\"0.000256\"} 1",
            "gatewright_request_duration_seconds_bucket{route=\"orders\",version=\"\",le=\"0.001024\"} 2",
            "gatewright_request_duration_seconds_bucket{route=\"orders\",version=\"\",le=\"16.777216\"} 3",
            "gatewright_request_duration_seconds_bucket{route=\"orders\",version=\"\",le=\"+Inf\"} 4",
            "gatewright_request_duration_seconds_sum{route=\"orders\",version=\"\"} 30.0204",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}\n{lines:#?}"
            );
        }
    }

    #[test]
    fn there_are_never_more_than_so_many_labels_and_no_request_is_missed() {
        let mut totals = Totals::default();
        for number in 0..2_000 {
            let mut summary = row(1);
            summary.route = Some(format!("route-{number}").as_str().into());
            totals.count(&summary);
        }
        let lines = lines(&totals);
        let counts: Vec<f64> = lines
            .iter()
            .filter(|line| line.starts_with("gatewright_requests_total{"))
            .map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
            .collect();
        assert_eq!(counts.len(), MOST + 1);
        assert!((counts.iter().sum::<f64>() - 2_000.0).abs() < 0.1);
    }

    #[test]
    fn a_label_stays_one_label() {
        let mut text = Metrics::default();
        text.sample("x", &[("name", "a\"} 1\nb\\")], 1.0);
        assert_eq!(text.into_text(), "x{name=\"a\\\"} 1\\nb\\\\\"} 1\n");
    }
}
