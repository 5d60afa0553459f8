//! Differences between an answer here and there that are known: each has an id of those that the
//! report of the export lists, with reasons.

use super::ask::Asked;
use super::compare::Answer;
use crate::export::Product;

/// One that is known.
struct Known {
    id: &'static str,
    is: fn(&Asked, &Answer, &Answer) -> bool,
}

const NGINX: [Known; 4] = [
    Known {
        id: "method-unsupported",
        is: |asked, _, there| {
            matches!(asked.method.as_str(), "TRACE" | "CONNECT")
                && matches!(there.status, 400 | 405)
        },
    },
    // Refused there, and not let through: stricter.
    // Refused there or not found, and not let through: stricter.
    Known {
        id: "odd-spelling",
        is: |asked, here, there| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
    Known {
        id: "empty-headers",
        is: |asked, here, there| {
            let empty = asked.headers.iter().any(|(_, value)| value.is_empty());
            empty && here.status == 401 && there.status < 300
        },
    },
    Known {
        id: "underscored-headers",
        is: |asked, here, there| {
            let with = asked.headers.iter().any(|(name, _)| name.contains('_'));
            with && here.status == there.status
        },
    },
];

const HAPROXY: [Known; 2] = [
    Known {
        id: "method-unsupported",
        is: |asked, _, _| matches!(asked.method.as_str(), "TRACE" | "CONNECT"),
    },
    Known {
        id: "odd-spelling",
        is: |asked, here, there| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
];

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
        "nginx" => &NGINX,
        "haproxy" => &HAPROXY,
        _ => &[],
    };
    all.iter()
        .find(|one| (one.is)(asked, here, there))
        .map(|one| one.id)
}
