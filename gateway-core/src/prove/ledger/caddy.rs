//! What is known to differ in Caddy.

use super::{Case, Known, is_odd};

pub(super) const KNOWN: &[Known] = &[
    // Refused there or not found, and not let through: stricter.
    Known {
        id: "odd-spelling",
        is: |Case {
                 asked, here, there, ..
             }| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
    Known {
        id: "underscored-headers",
        is: |Case {
                 asked, here, there, ..
             }| {
            let with = asked.headers.iter().any(|(name, _)| name.contains('_'));
            with && here.status == there.status
        },
    },
];
