//! What callers are told who get no version.

use super::named::place;
use crate::proxy::error::{ErrorCode, ProxyError, VersionProblem};
use crate::snapshot::limits::calendar::Zone;
use crate::snapshot::versions::{Version, Versions};

fn problem(code: ErrorCode, detail: String, versions: &Versions) -> ProxyError {
    let values = versions.list.iter().map(|version| version.value.clone());
    ProxyError::Version(VersionProblem {
        code,
        detail,
        versions: values.collect(),
    })
}

pub(super) fn unknown(versions: &Versions, asked: &str) -> ProxyError {
    let asked: String = asked.chars().take(64).collect();
    let detail = format!(
        "There is no version `{asked}`; there are {}.",
        listed(versions)
    );
    problem(ErrorCode::VersionUnknown, detail, versions)
}

pub(super) fn required(versions: &Versions) -> ProxyError {
    let place = place(&versions.scheme);
    let detail = format!("Name a version {place}: {}.", listed(versions));
    problem(ErrorCode::VersionRequired, detail, versions)
}

pub(super) fn gone(versions: &Versions, version: &Version) -> ProxyError {
    let advice = match &version.lifecycle.successor {
        Some(successor) => format!(" Use `{successor}`."),
        None => String::new(),
    };
    let since = version
        .lifecycle
        .gone_from_s
        .map_or(String::new(), |since_s| {
            let since_us = since_s.saturating_mul(1_000_000);
            format!(" since {}", Zone::utc().text_with_year(since_us))
        });
    let value = &version.value;
    let detail = format!("Version `{value}` has been switched off{since}.{advice}");
    problem(ErrorCode::VersionGone, detail, versions)
}

fn listed(versions: &Versions) -> String {
    let values: Vec<_> = versions
        .list
        .iter()
        .map(|version| format!("`{}`", version.value))
        .collect();
    values.join(", ")
}
