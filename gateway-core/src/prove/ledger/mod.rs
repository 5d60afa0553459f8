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

/// One that is known.
struct Known {
    id: &'static str,
    is: fn(&Asked, &Answer, &Answer) -> bool,
}

/// Whether a path is spelt in an unusual way.
fn is_odd(asked: &Asked) -> bool {
    asked.target.contains("//") || asked.target.contains(['%', ';'])
}

/// The id of the known difference that this is.
pub(super) fn known(
    product: &Product,
    asked: &Asked,
    here: &Answer,
    there: &Answer,
) -> Option<&'static str> {
    let all: &[Known] = match product.id {
        "envoy" => envoy::KNOWN,
        "nginx" => nginx::KNOWN,
        "haproxy" => haproxy::KNOWN,
        "caddy" => caddy::KNOWN,
        "traefik" => traefik::KNOWN,
        "kong" => kong::KNOWN,
        _ => &[],
    };
    all.iter()
        .find(|one| (one.is)(asked, here, there))
        .map(|one| one.id)
}
