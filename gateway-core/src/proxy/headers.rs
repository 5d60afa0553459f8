//! What is taken away from headers and what is added, on the way in and on the way out.

use std::net::IpAddr;

use http::header::{CONNECTION, HOST, HeaderName, HeaderValue, TE, VIA};
use http::{HeaderMap, Version};

use super::caller::Caller;

/// Fields that speak of one connection and not of the message (RFC 9110, section 7.6.1).
pub const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Whether a field speaks of one connection and not of the message.
pub fn is_hop_by_hop(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(&name.as_str())
}

/// Where a message ends; compared with `_` as `-` too.
const LENGTH: &str = "content-length";

/// Fields by which services learn who is asking; a caller's own are lies. Compared with `_` as `-`,
/// since many servers read the two alike.
const OURS: [&str; 12] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-consumer-groups",
    "x-consumer-id",
    "x-consumer-scopes",
    "x-credential-id",
    "x-request-id",
];

/// Whether services learn by this field who is asking, so that only the gateway sets it.
pub fn is_ours(name: &HeaderName) -> bool {
    OURS.contains(&name.as_str().replace('_', "-").as_str())
}

/// What is known of the request that its service should know.
pub struct Forwarded<'a> {
    /// Address of the caller.
    pub client: IpAddr,
    /// Host the caller asked for.
    pub host: &'a str,
    /// How many more servers may pass the request on, if it says so.
    pub forwards_left: Option<u64>,
    /// `http` or `https`: how the caller is connected.
    pub scheme: &'static str,
    /// Version of HTTP the caller spoke.
    pub version: Version,
    /// Who the caller is.
    pub caller: &'a Caller,
    /// `X-Request-Id`.
    pub request_id: &'a str,
    /// `traceparent` to send on.
    pub traceparent: &'a str,
}

/// Makes a caller's headers into those for a service.
pub fn for_upstream(headers: &mut HeaderMap, forwarded: &Forwarded<'_>) {
    let takes_trailers = takes_trailers(headers);
    remove_hop_by_hop(headers);
    // Trailers reach the caller as they come, so the service may send them if the caller takes them.
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    remove_ours(headers);
    remove_alike(headers, &forwarded.caller.credential_headers);
    remove_alike(headers, &forwarded.caller.identity_names);
    join_cookies(headers);
    let via = match forwarded.version {
        Version::HTTP_10 => "1.0 gatewright",
        Version::HTTP_2 => "2 gatewright",
        _ => "1.1 gatewright",
    };
    headers.append(VIA, HeaderValue::from_static(via));
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("host", forwarded.host);
    set(
        "x-forwarded-for",
        &forwarded.client.to_canonical().to_string(),
    );
    set("x-forwarded-host", forwarded.host);
    set("x-forwarded-proto", forwarded.scheme);
    set("x-request-id", forwarded.request_id);
    set("traceparent", forwarded.traceparent);
    if let Some(left) = forwarded.forwards_left {
        set("max-forwards", &left.saturating_sub(1).to_string());
    }
    headers.extend(forwarded.caller.identity_headers.clone());
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if let Some(consumer) = &forwarded.caller.consumer {
        set("x-consumer-id", consumer);
    }
    if let Some(credential) = &forwarded.caller.credential {
        set("x-credential-id", credential);
    }
    if let Some(groups) = words(&forwarded.caller.groups, ", ") {
        set("x-consumer-groups", &groups);
    }
    if let Some(scopes) = words(&forwarded.caller.scopes, " ") {
        set("x-consumer-scopes", &scopes);
    }
}

/// Words with something between them. A word that could be read as two is left out.
fn words(words: &[String], between: &str) -> Option<String> {
    let reads_as_one = |word: &&str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| (b' '..=b'~').contains(&b) && b != b',')
            && word.trim() == *word
            && !(between == " " && word.contains(' '))
    };
    let words: Vec<_> = words
        .iter()
        .map(String::as_str)
        .filter(reads_as_one)
        .collect();
    (!words.is_empty()).then(|| words.join(between))
}

/// Makes a service's headers into those for the caller.
pub fn for_client(headers: &mut HeaderMap, version: Version) {
    remove_hop_by_hop(headers);
    let via = match version {
        Version::HTTP_10 => "1.0 gatewright",
        Version::HTTP_2 => "2 gatewright",
        _ => "1.1 gatewright",
    };
    headers.append(VIA, HeaderValue::from_static(via));
}

/// Removes the fields of one connection, and those that `Connection` names. What the gateway adds
/// comes after this, so a caller's `Connection` cannot take it away.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // `Connection: host` would leave a request without one.
        .filter(|name| name != HOST)
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Whether a caller says that it takes trailers (RFC 9110, section 10.1.4).
fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

fn remove_ours(headers: &mut HeaderMap) {
    for name in OURS {
        headers.remove(name);
    }
    let disguised: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().contains('_') && is_disguised(name))
        .cloned()
        .collect();
    for name in disguised {
        headers.remove(name);
    }
}

/// Removes fields of these names, also where they are written with `_` for `-`.
fn remove_alike(headers: &mut HeaderMap, names: &[HeaderName]) {
    let alike = |one: &HeaderName, other: &HeaderName| {
        one.as_str().replace('_', "-") == other.as_str().replace('_', "-")
    };
    let found: Vec<HeaderName> = headers
        .keys()
        .filter(|name| names.iter().any(|other| alike(name, other)))
        .cloned()
        .collect();
    for name in found {
        headers.remove(name);
    }
}

/// Whether many servers would read it as a field that a caller cannot send.
fn is_disguised(name: &HeaderName) -> bool {
    let plain = name.as_str().replace('_', "-");
    is_ours(name) || HOP_BY_HOP.contains(&plain.as_str()) || plain == LENGTH
}

/// HTTP/2 may split cookies over several fields; HTTP/1.1 wants one (RFC 9113, section 8.2.3).
pub(super) fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all("cookie").iter().nth(1).is_none() {
        return;
    }
    let all: Vec<&[u8]> = headers
        .get_all("cookie")
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
        headers.insert("cookie", joined);
    }
}

/// The caller's request id, if it is one that can be passed on safely: printable, of one word and
/// at most 128 characters.
pub fn usable_request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let ok = (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:+/=@".contains(&b));
    ok.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn sent(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = map(lines);
        let caller = Caller {
            consumer: Some("app".into()),
            credential: Some("key 1".into()),
            credential_headers: vec![HeaderName::from_static("x-api-key")],
            ..Caller::default()
        };
        let forwarded = Forwarded {
            client: "::ffff:10.0.0.9".parse().unwrap(),
            host: "shop.localhost:8080",
            forwards_left: None,
            scheme: "http",
            version: Version::HTTP_11,
            caller: &caller,
            request_id: "r1",
            traceparent: "tp",
        };
        for_upstream(&mut headers, &forwarded);
        headers
    }

    #[test]
    fn fields_of_one_connection_are_not_passed_on() {
        let headers = sent(&[
            ("connection", "close, X-Custom"),
            ("keep-alive", "5"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-custom", "1"),
            ("accept", "*/*"),
        ]);
        for name in [
            "connection",
            "keep-alive",
            "te",
            "transfer-encoding",
            "upgrade",
            "x-custom",
        ] {
            assert!(!headers.contains_key(name), "{name}");
        }
        assert_eq!(headers["accept"], "*/*");
    }

    /// RFC 9110, section 10.1.4
    #[test]
    fn that_a_caller_takes_trailers_is_said_and_no_more() {
        assert_eq!(sent(&[("te", "gzip, Trailers")])["te"], "trailers");
        assert!(!sent(&[("te", "gzip;q=1")]).contains_key("te"));
        assert_eq!(sent(&[("trailer", "x-sum")])["trailer"], "x-sum");
    }

    /// reliability.md, item 20
    #[test]
    fn a_caller_can_neither_forge_nor_remove_what_the_gateway_says() {
        let headers = sent(&[
            ("connection", "x-forwarded-for, x-consumer-id, host"),
            ("host", "a"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x_forwarded_for", "1.2.3.4"),
            ("forwarded", "for=1.2.3.4"),
            ("x-real-ip", "1.2.3.4"),
            ("x-consumer-id", "admin"),
            ("x_consumer_id", "admin"),
        ]);
        assert_eq!(headers["x-forwarded-for"], "10.0.0.9");
        assert_eq!(headers["x-consumer-id"], "app");
        assert_eq!(headers["host"], "shop.localhost:8080");
        for name in ["x_forwarded_for", "forwarded", "x-real-ip", "x_consumer_id"] {
            assert!(!headers.contains_key(name), "{name}");
        }
    }

    /// KEY-4
    #[test]
    fn the_key_stays_here_and_who_is_asking_goes_on() {
        let spellings = ["x-api-key", "x_api_key", "x-api_key", "x_api-key"];
        let mut lines = spellings.map(|name| (name, "secret")).to_vec();
        lines.push(("authorization", "Bearer theirs"));
        let headers = sent(&lines);
        for name in spellings {
            assert!(!headers.contains_key(name), "{name}");
        }
        assert_eq!(headers["authorization"], "Bearer theirs");
        assert_eq!(headers["x-credential-id"], "key 1");
        assert_eq!(headers["via"], "1.1 gatewright");
    }

    #[test]
    fn split_cookies_are_joined() {
        assert_eq!(
            sent(&[("cookie", "a=1"), ("cookie", "b=2")])["cookie"],
            "a=1; b=2"
        );
    }

    #[test]
    fn a_request_id_that_could_do_harm_is_not_used() {
        for (id, usable) in [
            ("abc-1", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
        ] {
            assert_eq!(
                usable_request_id(&map(&[("x-request-id", id)])).is_some(),
                usable,
                "{id}"
            );
        }
        let long = "a".repeat(129);
        assert_eq!(usable_request_id(&map(&[("x-request-id", &long)])), None);
    }
}
