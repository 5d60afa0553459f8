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

const NGINX: [Known; 3] = [
    Known {
        id: "method-unsupported",
        is: |asked, _, there| {
            matches!(asked.method.as_str(), "TRACE" | "CONNECT")
                && matches!(there.status, 400 | 405)
        },
    },
    // Refused there, and not let through: stricter.
    Known {
        id: "odd-spelling",
        is: |asked, here, there| {
            let odd = asked.target.contains("//")
                || asked.target.contains(';')
                || asked.target.contains('%');
            odd && there.status == 400 && here.status != 400
        },
    },
    Known {
        id: "odd-spelling",
        is: |asked, here, there| {
            let odd = asked.target.contains("//")
                || asked.target.contains(';')
                || asked.target.contains('%');
            odd && here.status == 400 && there.status == 404
        },
    },
];

/// The id of the known difference that this is.
pub(super) fn known(
    product: &Product,
    asked: &Asked,
    here: &Answer,
    there: &Answer,
) -> Option<&'static str> {
    let all: &[Known] = match product.id {
        "nginx" => &NGINX,
        _ => &[],
    };
    all.iter()
        .find(|one| (one.is)(asked, here, there))
        .map(|one| one.id)
}
