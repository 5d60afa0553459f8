//! Rate limits: one filter counts for all routes, so that a route with versions has one bucket and not
//! one for each.

use serde_json::{Value, json};

use super::METADATA;
use crate::config::LimitBy;
use crate::export::document::about;
use crate::export::feature::RateShape;
use crate::export::gate::{Gate, Limit, LimitKind, Scope};

/// The most that a bucket may hold, or be filled with.
const MOST: u64 = 4_294_967_295;

/// A bucket: how many it holds, how many come in how many seconds. `None` where there is none so
/// large.
pub(super) fn bucket(shape: &RateShape<'_>) -> Option<Value> {
    let RateShape {
        requests,
        seconds,
        burst,
        algorithm: _,
        by: _,
        of: _,
        count_rejected: _,
    } = shape;
    (*requests <= MOST && *burst <= MOST).then(|| {
        json!({
            "max_tokens": burst,
            "tokens_per_fill": requests,
            "fill_interval": format!("{seconds}s"),
        })
    })
}

fn name(n: usize) -> String {
    format!("limit_{n}")
}

/// The filter that counts; `None` where nothing is limited.
pub(super) fn filter(gate: &Gate<'_>) -> Option<Value> {
    let mut actions = Vec::new();
    let mut descriptors = Vec::new();
    for (n, limit) in gate.limits.iter().enumerate() {
        let LimitKind::Rate(shape) = &limit.kind else {
            continue;
        };
        let Some(bucket) = bucket(shape) else {
            continue;
        };
        let name = name(n);
        actions.push(json!({"actions": [{"metadata": {
            "descriptor_key": name,
            "metadata_key": {"key": METADATA, "path": [{"key": name}]},
            "skip_if_absent": true,
        }}]}));
        let mut descriptor = json!({"entries": [{"key": name}], "token_bucket": bucket});
        about(&mut descriptor, &limit.at);
        descriptors.push(descriptor);
    }
    (!descriptors.is_empty()).then(|| {
        json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "limits",
            "filter_enabled": {"default_value": {"numerator": 100}},
            "filter_enforced": {"default_value": {"numerator": 100}},
            // What no limit is about.
            "token_bucket": {"max_tokens": MOST, "tokens_per_fill": MOST, "fill_interval": "1s"},
            "always_consume_default_token_bucket": false,
            "max_dynamic_descriptors": 100_000,
            "rate_limits": actions,
            "descriptors": descriptors,
            "response_headers_to_add": [{"header": {"key": "retry-after", "value": "1"}}],
        })
    })
}

/// Whose requests `limits.lua` has to have counted on a route, for this version.
pub(super) fn wishes(gate: &Gate<'_>, route: usize, version: Option<&str>) -> Vec<Value> {
    let all = gate.limits_of(route).into_iter();
    all.filter_map(|n| one(gate, n, &gate.limits[n], route, version))
        .collect()
}

fn one(
    gate: &Gate<'_>,
    n: usize,
    limit: &Limit<'_>,
    route: usize,
    version: Option<&str>,
) -> Option<Value> {
    let LimitKind::Rate(_) = &limit.kind else {
        return None;
    };
    let mut wish = json!({"name": name(n)});
    match limit.by {
        LimitBy::Key => wish["by"] = json!("key"),
        LimitBy::Consumer => wish["by"] = json!("consumer"),
        LimitBy::Ip => wish["by"] = json!("ip"),
        LimitBy::Header => {
            wish["by"] = json!("header");
            wish["of"] = json!(limit.of.unwrap_or_default().to_ascii_lowercase());
        }
        LimitBy::Route => wish["by"] = json!(format!("route {route}")),
        LimitBy::Claim | LimitBy::Global => wish["by"] = json!("all"),
    }
    match &limit.scope {
        Scope::All | Scope::Route(_) => {}
        Scope::Slots(slots) => {
            let labels: Vec<_> = slots
                .iter()
                .map(|n| gate.slots[*n].label.as_str())
                .collect();
            if labels.is_empty() {
                return None;
            }
            wish["slots"] = json!(labels);
        }
        Scope::Version(_, own) if Some(own.as_str()) == version => {}
        Scope::Version(..) => return None,
    }
    Some(wish)
}
