//! Rate limits of an endpoint: one of all callers together, and one of each.

use serde_json::{Map, Value, json};

use crate::config::{LimitAlgorithm, LimitBy};
use crate::export::feature::RateShape;
use crate::export::gate::{Limit, LimitKind};
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
        count_rejected: _,
    } = shape;
    let here = match algorithm {
        LimitAlgorithm::TokenBucket => "a bucket here too",
        LimitAlgorithm::FixedWindow => "a fixed window here",
        LimitAlgorithm::SlidingWindow => "a sliding window here",
    };
    match by {
        LimitBy::Claim => Support::none("nothing is counted by a claim"),
        LimitBy::Header => Support::about(format!(
            "a bucket of {burst} that refills by {requests} in {seconds} s; {here}. Callers without the \
             header are not counted together"
        )),
        LimitBy::Key | LimitBy::Consumer | LimitBy::Ip | LimitBy::Route | LimitBy::Global => {
            Support::about(format!(
                "a bucket of {burst} that refills by {requests} in {seconds} s, in each node's memory; {here}"
            ))
        }
    }
}

/// The limits of an endpoint. `known`: callers show who they are.
///
/// # Errors
/// Why they cannot be said.
pub(super) fn router(
    limits: &[&Limit<'_>],
    known: bool,
) -> Result<Option<Map<String, Value>>, &'static str> {
    let mut config = Map::new();
    for limit in limits {
        let LimitKind::Rate(shape) = &limit.kind else {
            return Err("only rates are counted");
        };
        let every = format!("{}s", shape.seconds);
        let (rate, capacity) = match limit.by {
            LimitBy::Route | LimitBy::Global => ("max_rate", "capacity"),
            LimitBy::Key | LimitBy::Consumer if known => {
                return Err("nothing is counted by who a caller is");
            }
            LimitBy::Key | LimitBy::Consumer | LimitBy::Ip => {
                config.insert("strategy".to_owned(), "ip".into());
                ("client_max_rate", "client_capacity")
            }
            LimitBy::Header => {
                config.insert("strategy".to_owned(), "header".into());
                config.insert("key".to_owned(), json!(limit.of));
                ("client_max_rate", "client_capacity")
            }
            LimitBy::Claim => return Err("nothing is counted by a claim"),
        };
        let other = config.get("every").is_some_and(|one| *one != every);
        if config.contains_key(rate) || other {
            return Err("an endpoint has one limit of all and one of callers, over the same time");
        }
        config.insert(rate.to_owned(), shape.requests.into());
        config.insert(capacity.to_owned(), shape.burst.into());
        config.insert("every".to_owned(), every.into());
    }
    Ok((!config.is_empty()).then_some(config))
}
