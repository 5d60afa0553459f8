//! What is known to differ in NGINX.

mod kept;

use super::{Case, Known, is_odd};

pub(super) use kept::KEPT;

pub(super) const KNOWN: &[Known] = &[
    Known {
        id: "method-unsupported",
        is: |Case { asked, there, .. }| {
            matches!(asked.method.as_str(), "TRACE" | "CONNECT")
                && matches!(there.status, 400 | 405)
        },
    },
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
        id: "empty-headers",
        is: |Case {
                 asked, here, there, ..
             }| {
            let empty = asked.headers.iter().any(|(_, value)| value.is_empty());
            empty && here.status == 401 && there.status < 300
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
