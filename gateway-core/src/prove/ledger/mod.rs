//! Differences between an answer here and there that are known: each has an id of those that the
//! report of the export lists, with reasons. A file a product.

mod caddy;
mod envoy;
mod haproxy;
mod kong;
mod nginx;
mod traefik;

use super::ask::Asked;
use super::compare::Answer;
use crate::export::Product;
use crate::export::gate::Route;

/// A request that is answered in two ways.
pub(super) struct Case<'c> {
    pub(super) asked: &'c Asked,
    /// The route that it is meant for.
    pub(super) route: &'c Route<'c>,
    pub(super) here: &'c Answer,
    pub(super) there: &'c Answer,
}

/// A difference that is known.
struct Known {
    id: &'static str,
    is: fn(&Case<'_>) -> bool,
}

/// Whether a path is spelt in an unusual way.
fn is_odd(asked: &Asked) -> bool {
    asked.target.contains("//") || asked.target.contains(['%', ';'])
}

/// The id of the known difference that this is.
pub(super) fn known(product: &Product, case: &Case<'_>) -> Option<&'static str> {
    let all: &[&[Known]] = match product.id {
        "envoy" => &[envoy::KNOWN],
        "nginx" => &[nginx::KNOWN, nginx::KEPT],
        "haproxy" => &[haproxy::KNOWN],
        "caddy" => &[caddy::KNOWN],
        "traefik" => &[traefik::KNOWN],
        "kong" => &[kong::KNOWN],
        _ => &[],
    };
    let mut all = all.iter().copied().flatten();
    all.find(|one| (one.is)(case)).map(|one| one.id)
}
