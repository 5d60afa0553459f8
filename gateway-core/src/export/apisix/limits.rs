//! Limits of a route: `limit-req` is a bucket, `limit-count` a window, `limit-conn` requests at once.

use serde_json::{Map, Value, json};

use crate::config::{LimitAlgorithm, LimitBy};
use crate::export::feature::RateShape;
use crate::export::gate::{Callers, Gate, Limit, LimitKind};
use crate::export::support::Support;

/// How a rate limit stands there.
pub(super) fn support(shape: &RateShape<'_>) -> Support {
    let RateShape {
        requests,
        seconds,
        burst,
        algorithm,
        by,
        of: _,
        count_rejected,
    } = shape;
    let refused = match count_rejected {
        true => "; refused requests do not count",
        false => "",
    };
    if *by == LimitBy::Claim {
        return Support::none("nothing is counted by a claim");
    }
    Support::about(match algorithm {
        LimitAlgorithm::TokenBucket => format!(
            "a bucket of {burst} that refills by {requests} in {seconds} s, in each node's memory; where \
             a route is several there, a fixed window as long as it takes to fill the bucket"
        ),
        LimitAlgorithm::FixedWindow => {
            format!("{requests} in windows of {seconds} s, in each node's memory{refused}")
        }
        LimitAlgorithm::SlidingWindow => format!(
            "{requests} in {seconds} s, weighed between two windows, in each node's memory{refused}"
        ),
    })
}

/// A plugin: its name, its settings, and the setting here that it is for.
type Plugin = (&'static str, Map<String, Value>, String);

/// The plugins for these limits of a route, which is `several` routes there.
///
/// # Errors
/// Why they cannot be said.
pub(super) fn plugins(
    gate: &Gate<'_>,
    n: usize,
    limits: &[&Limit<'_>],
    several: bool,
) -> Result<Vec<Plugin>, &'static str> {
    let mut all: Vec<Plugin> = Vec::new();
    for limit in limits {
        let mut config = key(gate, n, limit)?;
        let name = match &limit.kind {
            LimitKind::Quota => return Err("nothing is counted by calendar periods"),
            LimitKind::Concurrency(most) => {
                if several {
                    return Err("each of the routes that it is there would count for itself");
                }
                config.insert("conn".to_owned(), json!(most));
                config.insert("burst".to_owned(), json!(0));
                config.insert("default_conn_delay".to_owned(), json!(0.1));
                "limit-conn"
            }
            LimitKind::Rate(shape) => rate(shape, several, &mut config),
        };
        if name != "limit-count" && config["key_type"] == "constant" {
            // Only `limit-count` knows a constant; this is one for all requests of a route.
            config.insert("key_type".to_owned(), json!("var"));
            config.insert("key".to_owned(), json!("route_id"));
        }
        if name == "limit-count" {
            config.insert("policy".to_owned(), json!("local"));
            let place: String = limit
                .at
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            config.insert("group".to_owned(), format!("gatewright-{place}").into());
        }
        config.insert("rejected_code".to_owned(), json!(429));
        config.insert("allow_degradation".to_owned(), json!(false));
        if all.iter().any(|(known, _, _)| *known == name) {
            return Err("a route can have one limit of a kind");
        }
        all.push((name, config, limit.at.clone()));
    }
    Ok(all)
}

fn rate(shape: &RateShape<'_>, several: bool, config: &mut Map<String, Value>) -> &'static str {
    match shape.algorithm {
        LimitAlgorithm::TokenBucket if !several => {
            let rate = shape.requests as f64 / shape.seconds as f64;
            config.insert("rate".to_owned(), json!(rate));
            config.insert("burst".to_owned(), json!(shape.burst.saturating_sub(1)));
            config.insert("nodelay".to_owned(), json!(true));
            return "limit-req";
        }
        LimitAlgorithm::TokenBucket => {
            let most = shape.burst.min(shape.requests);
            let window = shape.seconds.saturating_mul(most).div_ceil(shape.requests);
            config.insert("count".to_owned(), json!(most));
            config.insert("time_window".to_owned(), json!(window.max(1)));
        }
        LimitAlgorithm::FixedWindow | LimitAlgorithm::SlidingWindow => {
            config.insert("count".to_owned(), json!(shape.requests));
            config.insert("time_window".to_owned(), json!(shape.seconds));
            if shape.algorithm == LimitAlgorithm::SlidingWindow {
                config.insert("window_type".to_owned(), json!("sliding"));
            }
        }
    }
    "limit-count"
}

fn key(gate: &Gate<'_>, n: usize, limit: &Limit<'_>) -> Result<Map<String, Value>, &'static str> {
    let known = gate.routes[n].callers != Callers::Anyone;
    let (kind, key) = match limit.by {
        LimitBy::Key | LimitBy::Consumer if known => ("var", "consumer_name".to_owned()),
        LimitBy::Key | LimitBy::Consumer | LimitBy::Ip => ("var", "remote_addr".to_owned()),
        LimitBy::Header => {
            let name = limit.of.unwrap_or_default().to_ascii_lowercase();
            ("var", format!("http_{}", name.replace('-', "_")))
        }
        LimitBy::Claim => return Err("nothing is counted by a claim"),
        LimitBy::Route | LimitBy::Global => ("constant", "all".to_owned()),
    };
    let mut config = Map::new();
    config.insert("key_type".to_owned(), kind.into());
    config.insert("key".to_owned(), key.into());
    Ok(config)
}
