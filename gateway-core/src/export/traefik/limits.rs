//! Limits: middlewares that count. Each counts for the one router that has it, so that whatever is
//! counted together passes one router.

use serde_json::{Value, json};

use super::rules::Rule;
use super::tree::{Router, SLOT, Tree, VERSION};
use crate::config::LimitBy;
use crate::export::gate::{Gate, Limit, LimitKind, Scope};

/// A header that no request has.
pub(super) const NONE: &str = "Gatewright-None";

/// Routers that count for a limit, below others. Gives the names of the last ones, which have let a
/// request through.
pub(super) fn routers(gate: &Gate<'_>, tree: &mut Tree, k: usize, above: &[String]) -> Vec<String> {
    let limit = &gate.limits[k];
    let here = match &limit.scope {
        Scope::All | Scope::Route(_) => None,
        Scope::Slots(slots) if slots.is_empty() => return above.to_vec(),
        Scope::Slots(slots) => {
            let slots = slots.iter();
            Some(Rule::any(
                slots.map(|n| Rule::header(SLOT, &gate.slots[*n].label)),
            ))
        }
        Scope::Version(_, version) => Some(Rule::header(VERSION, version)),
    };
    let mut last = Vec::new();
    let mut count = |tree: &mut Tree, name: &str, of: Option<&str>, rule: Option<Rule>| {
        let source = match of {
            Some(header) => json!({ "requestHeaderName": header }),
            None => json!({ "ipStrategy": { "depth": 0 } }),
        };
        let Some(middleware) = middleware(limit, source) else {
            return;
        };
        let name = format!("limit-{k}-{name}");
        let counts = tree.middleware(&name, middleware);
        let rules = here.iter().cloned().chain(rule);
        let router = Router::below(above, name, Rule::all(rules)).about(&limit.at);
        last.push(tree.pass(router.with([counts])));
    };
    match limit.by {
        LimitBy::Ip => count(tree, "by-address", None, None),
        LimitBy::Header => count(tree, "by-header", limit.of, None),
        LimitBy::Route | LimitBy::Global | LimitBy::Claim => {
            count(tree, "together", Some(NONE), None);
        }
        LimitBy::Key | LimitBy::Consumer => {
            let header = match limit.by {
                LimitBy::Key => SLOT,
                _ => "X-Consumer-Id",
            };
            let known = Rule::has_header(header);
            count(tree, "by-caller", Some(header), Some(known));
            count(tree, "by-address", None, None);
        }
    }
    if here.is_some() {
        let other = Router::below(above, format!("limit-{k}-not"), Rule::always());
        last.push(tree.pass(other));
    }
    last
}

fn middleware(limit: &Limit<'_>, source: Value) -> Option<Value> {
    match &limit.kind {
        LimitKind::Rate(shape) => Some(json!({ "rateLimit": {
            "average": shape.requests,
            "period": format!("{}s", shape.seconds),
            "burst": shape.burst,
            "sourceCriterion": source,
        } })),
        LimitKind::Concurrency(amount) => Some(json!({ "inFlightReq": {
            "amount": amount,
            "sourceCriterion": source,
        } })),
        LimitKind::Quota => None,
    }
}
