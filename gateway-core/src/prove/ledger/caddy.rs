//! What is known to differ in Caddy.

use super::{Known, is_odd};

pub(super) const KNOWN: &[Known] = &[
    // Refused there or not found, and not let through: stricter.
    Known {
        id: "odd-spelling",
        is: |asked, here, there| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
    Known {
        id: "underscored-headers",
        is: |asked, here, there| {
            let with = asked.headers.iter().any(|(name, _)| name.contains('_'));
            with && here.status == there.status
        },
    },
    // It goes nowhere, or is refused: stricter.
    Known {
        id: "second-key",
        is: |asked, here, there| {
            let sent = |name: &str| {
                let mut headers = asked.headers.iter();
                headers.any(|(one, _)| one.eq_ignore_ascii_case(name))
            };
            sent("authorization")
                && sent("x-api-key")
                && (here.status == there.status || there.status == 401)
        },
    },
];
