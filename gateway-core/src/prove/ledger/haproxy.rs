//! What is known to differ in HAProxy.

use super::{Case, Known, is_odd};

pub(super) const KNOWN: &[Known] = &[
    Known {
        id: "method-unsupported",
        is: |Case { asked, .. }| matches!(asked.method.as_str(), "TRACE" | "CONNECT"),
    },
    Known {
        id: "odd-spelling",
        is: |Case {
                 asked, here, there, ..
             }| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
];
