//! Where a request may come from, and how it may be addressed.

use std::net::IpAddr;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, Method, Uri};

use crate::admin::extract::is_json;
use crate::admin::problem::{Problem, ProblemCode};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Takes a request that comes from this machine, is addressed to this server by one of its names
/// and does not come from another site.
pub(super) fn check(
    peer: Option<IpAddr>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    port: u16,
) -> Result<(), Problem> {
    // Without an address, the server that embeds this has forgotten to tell: nobody is let in.
    if !peer.is_some_and(|peer| peer.to_canonical().is_loopback()) {
        return Err(forbidden(
            "Only programs on this machine may use the admin API.",
        ));
    }
    let host = addressed_to(uri, headers, port)?;
    check_origin(headers, host)?;
    check_fetch_site(headers)?;
    check_body(method, headers)
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(ProblemCode::Forbidden, detail)
}

/// The name that the request is addressed to. A name that merely resolves to this machine is not
/// enough: a website can choose what its own name resolves to.
fn addressed_to<'a>(uri: &Uri, headers: &'a HeaderMap, port: u16) -> Result<&'a str, Problem> {
    let unknown = || {
        Problem::new(
            ProblemCode::HostUnknown,
            format!("Use http://127.0.0.1:{port}, http://localhost:{port} or http://[::1]:{port}."),
        )
    };
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(unknown());
    };
    let host = host.to_str().map_err(|_| unknown())?;
    let target = uri.authority().map(|authority| authority.as_str());
    if !is_own(host, port) || target.is_some_and(|target| !is_own(target, port)) {
        return Err(unknown());
    }
    Ok(host)
}

fn is_own(host: &str, port: u16) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let with_port = format!("{name}:{port}");
        host.eq_ignore_ascii_case(&with_port) || (port == 80 && host.eq_ignore_ascii_case(name))
    })
}

/// A browser names the site whose page sends a request. It has to be this server's own.
fn check_origin(headers: &HeaderMap, host: &str) -> Result<(), Problem> {
    let own = format!("http://{host}");
    let foreign = |origin: &http::HeaderValue| {
        !origin
            .to_str()
            .is_ok_and(|origin| origin.eq_ignore_ascii_case(&own))
    };
    if headers.get_all(ORIGIN).iter().any(foreign) {
        return Err(forbidden("Pages of other sites may not use the admin API."));
    }
    Ok(())
}

/// A browser says how the page that sends a request relates to this server. `none` is a person who
/// typed the address or opened a link outside the browser.
fn check_fetch_site(headers: &HeaderMap) -> Result<(), Problem> {
    let foreign = |site: &http::HeaderValue| site != "same-origin" && site != "none";
    if headers.get_all(SEC_FETCH_SITE).iter().any(foreign) {
        return Err(forbidden(
            "Pages of other sites may not lead here. Type the address, or open the link from a \
             terminal.",
        ));
    }
    Ok(())
}

/// A page of another site can send forms and text, but not JSON. So whatever has a body has to be
/// JSON, whether or not it is read.
fn check_body(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let has_body = headers.contains_key(TRANSFER_ENCODING)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    if (has_body || headers.contains_key(CONTENT_TYPE)) && !is_json(headers) {
        return Err(Problem::new(
            ProblemCode::BodyNotJson,
            "Send the body with `Content-Type: application/json`.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::request::Parts;

    use super::*;

    const PORT: u16 = 9180;

    fn status(request: http::request::Builder, peer: &str) -> u16 {
        let (
            Parts {
                method,
                uri,
                headers,
                ..
            },
            (),
        ) = request.body(()).unwrap().into_parts();
        match check(peer.parse().ok(), &method, &uri, &headers, PORT) {
            Ok(()) => 200,
            Err(problem) => problem.status,
        }
    }

    #[test]
    fn only_its_own_names_address_it() {
        for (host, expected) in [
            ("127.0.0.1:9180", 200),
            ("localhost:9180", 200),
            ("LOCALHOST:9180", 200),
            ("[::1]:9180", 200),
            ("127.0.0.1", 421),
            ("127.0.0.1:8080", 421),
            ("0.0.0.0:9180", 421),
            ("127.0.0.1.evil.example:9180", 421),
            ("evil.example", 421),
            ("evil@127.0.0.1:9180", 421),
            ("127.0.0.1:9180@evil.example", 421),
            ("127.0.0.2:9180", 421),
            ("[::ffff:127.0.0.1]:9180", 421),
            ("localhost.:9180", 421),
            ("", 421),
        ] {
            let request = Request::get("/").header("host", host);
            assert_eq!(status(request, "127.0.0.1"), expected, "{host}");
        }
        let forwarded = Request::get("/").header("x-forwarded-host", "127.0.0.1:9180");
        assert_eq!(
            status(forwarded.header("host", "evil.example"), "127.0.0.1"),
            421
        );
        let absolute = Request::get("http://evil.example/").header("host", "127.0.0.1:9180");
        assert_eq!(status(absolute, "127.0.0.1"), 421);
        let two = Request::get("/")
            .header("host", "127.0.0.1:9180")
            .header("host", "evil.example");
        assert_eq!(status(two, "127.0.0.1"), 421);
        assert_eq!(status(Request::get("/"), "127.0.0.1"), 421);
    }

    #[test]
    fn only_its_own_pages_may_call_it() {
        for (name, value, expected) in [
            ("origin", "http://127.0.0.1:9180", 200),
            ("origin", "http://localhost:9180", 403),
            ("origin", "http://127.0.0.1:3000", 403),
            ("origin", "https://127.0.0.1:9180", 403),
            ("origin", "http://evil.example", 403),
            ("origin", "null", 403),
            ("origin", "", 403),
            ("sec-fetch-site", "same-origin", 200),
            ("sec-fetch-site", "none", 200),
            ("sec-fetch-site", "same-site", 403),
            ("sec-fetch-site", "cross-site", 403),
            ("sec-fetch-site", "", 403),
        ] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let request = Request::builder().method(&method).uri("/");
                let request = request.header("host", "127.0.0.1:9180").header(name, value);
                assert_eq!(
                    status(request, "127.0.0.1"),
                    expected,
                    "{method} {name}: {value}"
                );
            }
        }
    }

    #[test]
    fn only_programs_of_this_machine_may_call_it() {
        for (peer, expected) in [
            ("127.0.0.1", 200),
            ("127.8.8.8", 200),
            ("::1", 200),
            ("::ffff:127.0.0.1", 200),
            ("192.168.1.7", 403),
            ("::ffff:192.168.1.7", 403),
            ("unknown", 403),
        ] {
            let request = Request::get("/").header("host", "127.0.0.1:9180");
            assert_eq!(status(request, peer), expected, "{peer}");
        }
    }

    #[test]
    fn a_body_has_to_be_json() {
        for (content_type, length, expected) in [
            (Some("application/json"), "2", 200),
            (Some("application/json; charset=utf-8"), "2", 200),
            (Some("text/plain"), "2", 415),
            (Some("text/plain"), "0", 415),
            (Some("application/x-www-form-urlencoded"), "2", 415),
            (Some("multipart/form-data; boundary=x"), "2", 415),
            (None, "2", 415),
            (None, "0", 200),
        ] {
            let mut request = Request::post("/").header("host", "127.0.0.1:9180");
            request = request.header("content-length", length);
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            assert_eq!(
                status(request, "127.0.0.1"),
                expected,
                "{content_type:?} {length}"
            );
        }
    }
}
