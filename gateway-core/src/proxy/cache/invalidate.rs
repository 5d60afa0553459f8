//! What is kept and may have been changed by a request is thrown away (RFC 9111, section 4.4).

use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderMap, Method, Response, Uri};

use crate::cache::Cache;
use crate::cache::purge::Purge;
use crate::proxy::body::AnswerBody;
use crate::proxy::permit::Permit;
use crate::snapshot::path;

/// Throws away what a request may have changed: what is kept of its own
/// address, and of those that the answer names. Says how many answers that were.
pub(in crate::proxy) fn invalidate(
    cache: &Cache,
    permit: &Permit<'_>,
    query: Option<&str>,
    response: &Response<AnswerBody>,
) -> u64 {
    let head = permit.head;
    let is_safe = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let status = response.status();
    if is_safe || !(status.is_success() || status.is_redirection()) {
        return 0;
    }
    let host = &permit.accepted.host;
    let own = Purge::Url {
        host: Some(host.clone()),
        path: permit.accepted.match_path.clone(),
        query: Some(query.unwrap_or_default().to_owned()),
    };
    let named = named_places(host, head.uri.path(), response.headers());
    let all = std::iter::once(own).chain(named);
    all.map(|purge| cache.purge(&purge).answers).sum()
}

/// The addresses that an answer names in `Location` and `Content-Location`, as far as they are of the
/// same host.
fn named_places(host: &str, own: &str, headers: &HeaderMap) -> Vec<Purge> {
    let named = [LOCATION, CONTENT_LOCATION];
    let named = named
        .iter()
        .filter_map(|name| headers.get(name)?.to_str().ok());
    named
        .filter_map(|named| place_of(host, own, named))
        .collect()
}

fn place_of(host: &str, own: &str, named: &str) -> Option<Purge> {
    // A path from here, without `/` at its beginning: beside the request's own.
    let absolute = match named {
        _ if named.starts_with('/') || named.contains("://") => named.to_owned(),
        _ => {
            let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{named}")
        }
    };
    let uri: Uri = absolute.parse().ok()?;
    if uri
        .authority()
        .is_some_and(|other| !other.as_str().eq_ignore_ascii_case(host))
    {
        return None;
    }
    Some(Purge::Url {
        host: Some(host.to_owned()),
        path: path::normalise(uri.path()).ok()?.into_owned(),
        query: Some(uri.query().unwrap_or_default().to_owned()),
    })
}
