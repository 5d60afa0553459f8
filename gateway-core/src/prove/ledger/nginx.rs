//! What is known to differ in NGINX.

use super::super::compare::Answer;
use super::{Known, is_odd};

/// Which request of its series an answer was made for.
fn made_for(answer: &Answer) -> Option<&str> {
    let seen = answer.seen.as_ref()?;
    seen.first("x-asked")
}

pub(super) const KNOWN: &[Known] = &[
    Known {
        id: "method-unsupported",
        is: |asked, _, there| {
            matches!(asked.method.as_str(), "TRACE" | "CONNECT")
                && matches!(there.status, 400 | 405)
        },
    },
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
    // What cannot be kept safely there is asked for anew: stricter.
    Known {
        id: "kept-answers",
        is: |asked, here, there| {
            let about = asked.is_about(&["cookies", "vary of the gateway"]);
            let never_stale = asked
                .headers
                .iter()
                .any(|(_, value)| value.contains("must-revalidate"));
            (about || never_stale) && here.status == there.status && made_for(there) == asked.step()
        },
    },
    Known {
        id: "kept-answers",
        is: |asked, here, there| {
            // The first asks for what is kept alone.
            let refused = here.status == 504 && made_for(there) == Some("1");
            let then = made_for(here) == Some("2") && made_for(there) == Some("1");
            asked.is_about(&["callers ask"]) && (refused || then)
        },
    },
    Known {
        id: "kept-answers",
        is: |asked, here, there| {
            let changed = made_for(here) == Some("4") && made_for(there) == Some("1");
            asked.is_about(&["method"]) && changed
        },
    },
    Known {
        id: "kept-answers",
        is: |asked, here, there| {
            asked.is_about(&["conditions"]) && here.status == 200 && there.status == 412
        },
    },
    Known {
        id: "kept-answers",
        is: |asked, here, there| asked.is_about(&["vary lines"]) && here.status == there.status,
    },
];
