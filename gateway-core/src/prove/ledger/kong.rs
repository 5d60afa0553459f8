//! What is known to differ in Kong, as far as the import can tell.

use super::{Case, Known, is_odd};

pub(super) const KNOWN: &[Known] = &[
    Known {
        id: "consumer-headers",
        is: |Case { here, there, .. }| {
            here.alike_without(there, &["x-consumer-groups", "x-consumer-scopes"])
        },
    },
    Known {
        id: "anonymous-consumer",
        is: |Case { here, there, .. }| {
            let nobody = here
                .seen
                .as_ref()
                .is_some_and(|seen| !seen.has("x-consumer-id"));
            nobody && here.alike_without(there, &["x-consumer-id"])
        },
    },
    // Stricter: there is no such version there.
    Known {
        id: "code",
        is: |Case { here, there, .. }| here.status == 410 && there.status == 404,
    },
    Known {
        id: "any-case",
        is: |Case {
                 asked, here, there, ..
             }| {
            let last = asked.headers.last();
            let capital = last.is_some_and(|(_, value)| value.starts_with('V'));
            asked.class == "versions" && capital && here.status == 404 && there.status == 200
        },
    },
    Known {
        id: "odd-spelling",
        is: |Case {
                 asked, here, there, ..
             }| {
            is_odd(asked)
                && here.status != there.status
                && (here.status == 400 || matches!(there.status, 400 | 404))
        },
    },
];
