//! The version of a request that names none, where versions share these: by turns, or always the same
//! one for a caller.

use std::sync::Arc;

use http::HeaderValue;
use http::header::COOKIE;

use super::{Asking, Choice, Turn};
use crate::config::Sticky;
use crate::proxy::affinity;
use crate::proxy::what_if::is_masked;
use crate::record::decision::NamedBy;
use crate::snapshot::versions::{Split, Version};

/// The version that is to have the request.
pub(super) fn shared(split: &Split, asking: &Asking<'_>) -> Choice {
    let address = || asking.client.to_canonical().to_string();
    let key = asking.caller.key.as_ref();
    let staying = match split.sticky {
        Sticky::None => None,
        Sticky::Ip => Some(address()),
        Sticky::Key => Some(key.map_or_else(address, |key| key.id.to_string())),
        Sticky::Consumer => {
            let consumer = asking.caller.consumer.as_deref();
            Some(consumer.map_or_else(address, str::to_owned))
        }
        Sticky::Cookie => return by_cookie(split, asking),
    };
    let version = match staying {
        Some(staying) => split.of(staying.as_bytes()),
        None => turn(split, asking),
    };
    Choice {
        version,
        by: NamedBy::Split,
        cookie: None,
    }
}

fn turn(split: &Split, asking: &Asking<'_>) -> Arc<Version> {
    match asking.turn {
        Turn::Take => split.next(),
        Turn::Look => split.coming(),
        Turn::Then(version, _) => split
            .remembered(version.as_str())
            .unwrap_or_else(|| split.coming()),
    }
}

fn by_cookie(split: &Split, asking: &Asking<'_>) -> Choice {
    let mut cookies = asking.head.headers.get_all(COOKIE).iter();
    let remembered = match asking.turn {
        // The cookies of a request in the log are masked.
        Turn::Then(version, NamedBy::Cookie)
            if cookies.any(|cookie| is_masked(cookie.as_bytes())) =>
        {
            split.remembered(version.as_str())
        }
        Turn::Take | Turn::Look | Turn::Then(..) => {
            affinity::cookie(&asking.head.headers, &split.cookie)
                .and_then(|name| split.remembered(&name))
        }
    };
    if let Some(version) = remembered {
        return Choice {
            version,
            by: NamedBy::Cookie,
            cookie: None,
        };
    }
    let version = turn(split, asking);
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax",
        split.cookie, version.name
    );
    Choice {
        cookie: HeaderValue::from_str(&cookie).ok(),
        by: NamedBy::Split,
        version,
    }
}
