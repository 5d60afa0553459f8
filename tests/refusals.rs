//! Each stage that can refuse: status, code and what the answer must carry (ERR-4).

use serde_json::Value;

use crate::harness::{RawUpstream, TestGateway, exchange_raw, gateway, upstream};

const SHOP: &str = "
version: 1
listen: {port: 1, max_request_body_bytes: 1000}
services: [{name: shop, targets: [{url: 'UPSTREAM'}], timeouts: {connect_ms: 2000, first_byte_ms: 300}}]
routes:
  - {name: open, service: shop, match: {path: /open}}
  - {name: read-only, service: shop, match: {path: /read, methods: [GET, HEAD]}}
  - {name: keyed, service: shop, match: {path: /keyed}, authentication: {methods: [api_key]}}
  - name: limited
    service: shop
    match: {path: /limited}
    rate_limits: [{requests: 2, per: minute, by: ip}]
  - name: per-key
    service: shop
    match: {path: /per-key}
    authentication: {methods: [api_key]}
    rate_limits: [{requests: 3, per: minute, by: key, burst: 1}, {requests: 100, per: hour, by: route}]
";

async fn shop_at(url: &str) -> TestGateway {
    gateway(&SHOP.replace("UPSTREAM", url)).await
}

/// ERR-1: the answer is a problem with this status and code; gives its body.
async fn problem(answer: reqwest::Response, status: u16, code: &str) -> Value {
    assert_eq!(answer.status(), status, "{code}");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let proxy_status = answer.headers()["proxy-status"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        proxy_status.starts_with("gatewright; error="),
        "{proxy_status}"
    );
    let id = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["code"], code, "{body}");
    assert_eq!(body["request_id"], id);
    for member in ["type", "title", "detail", "instance"] {
        assert!(body[member].is_string(), "{member} in {body}");
    }
    body
}

#[tokio::test]
async fn a_path_without_a_route_is_404() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    let body = problem(gateway.get("/oppen").await, 404, "route_not_found").await;
    assert!(
        !body.to_string().contains("/open"),
        "near misses are for the trace: {body}"
    );
}

#[tokio::test]
async fn a_method_without_a_route_is_405_and_names_those_with_one() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    let answer = gateway
        .client
        .post(gateway.url("/read"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
    problem(answer, 405, "method_not_allowed").await;
}

#[tokio::test]
async fn a_request_without_a_good_key_is_401_and_says_how_to_show_one() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    let (good, revoked) = (gateway.issue_key("good"), gateway.issue_key("revoked"));
    let id = gateway
        .gateway
        .keys()
        .list()
        .iter()
        .find(|key| key.name == "revoked")
        .unwrap()
        .id;
    gateway.gateway.keys().revoke(id).unwrap();
    let unknown = gateway_core::keys::format::generate();
    let other = if good.ends_with('x') { 'y' } else { 'x' };
    let mistyped = format!("{}{other}", &good[..good.len() - 1]);
    for (key, code) in [
        (None, "key_missing"),
        (Some("letmein"), "key_malformed"),
        (Some(mistyped.as_str()), "key_malformed"),
        (Some(unknown.as_str()), "key_invalid"),
        (Some(revoked.as_str()), "key_revoked"),
    ] {
        let answer = match key {
            Some(key) => gateway.get_with_key("/keyed", key).await,
            None => gateway.get("/keyed").await,
        };
        let challenge = answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        let body = problem(answer, 401, code).await;
        assert!(
            key.is_none_or(|key| !body.to_string().contains(key)),
            "{body}"
        );
    }
    let twice = gateway
        .client
        .get(gateway.url("/keyed"))
        .header("x-api-key", &good);
    let twice = twice.header("x-api-key", &unknown).send().await.unwrap();
    problem(twice, 401, "key_duplicate").await;
    assert!(
        shop.seen().is_empty(),
        "nothing that was refused reached the service"
    );
}

/// KEY-4
#[tokio::test]
async fn a_good_key_is_taken_in_either_header_and_stays_here() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    let key = gateway.issue_key("mobile");
    let request = || {
        gateway
            .client
            .get(gateway.url("/keyed"))
            .header("x-consumer-id", "admin")
    };
    let bearer = format!("bearer {key}");
    for (name, value) in [
        ("x-api-key", key.as_str()),
        ("authorization", bearer.as_str()),
    ] {
        assert_eq!(
            request().header(name, value).send().await.unwrap().status(),
            200
        );
        let seen = shop.seen().pop().unwrap();
        assert!(!format!("{seen:?}").contains(&key), "{seen:?}");
        assert_eq!(seen.headers["x-consumer-id"], "mobile");
        assert!(seen.headers.contains_key("x-credential-id"));
    }
    let query = gateway.get(&format!("/keyed?api_key={key}")).await;
    assert_eq!(query.status(), 401, "keys in the query are not taken");
    let both = request()
        .header("x-api-key", &key)
        .header("authorization", "Bearer theirs");
    assert_eq!(both.send().await.unwrap().status(), 200);
    assert_eq!(
        shop.seen().pop().unwrap().headers["authorization"],
        "Bearer theirs"
    );
}

#[tokio::test]
async fn over_a_limit_is_429_and_says_when_there_is_room() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    for left in [1, 0] {
        let answer = gateway.get("/limited").await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["ratelimit-policy"],
            "\"2/min per IP\";q=2;w=60"
        );
        let state = answer.headers()["ratelimit"].to_str().unwrap();
        assert!(
            state.starts_with(&format!("\"2/min per IP\";r={left};t=")),
            "{state}"
        );
    }
    let answer = gateway.get("/limited").await;
    assert_eq!(answer.headers()["retry-after"], "30");
    assert_eq!(answer.headers()["ratelimit"], "\"2/min per IP\";r=0;t=30");
    let body = problem(answer, 429, "rate_limited").await;
    assert_eq!(
        body["type"],
        "https://iana.org/assignments/http-problem-types#quota-exceeded"
    );
    assert_eq!(
        body["violated-policies"],
        serde_json::json!(["2/min per IP"])
    );
    assert_eq!(shop.seen().len(), 2);
    // RL-6: waiting exactly that long succeeds.
    gateway.clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(gateway.get("/limited").await.status(), 200);
}

#[tokio::test]
async fn each_key_has_its_own_limit_and_both_limits_are_described() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    let (a, b) = (gateway.issue_key("a"), gateway.issue_key("b"));
    let first = gateway.get_with_key("/per-key", &a).await;
    assert_eq!(
        first.headers()["ratelimit-policy"],
        "\"3/min per key\";q=3;w=60, \"100/h per route\";q=100;w=3600"
    );
    let refused = gateway.get_with_key("/per-key", &a).await;
    assert_eq!(refused.headers()["retry-after"], "20");
    problem(refused, 429, "rate_limited").await;
    let other = gateway.get_with_key("/per-key", &b).await;
    assert_eq!(other.status(), 200);
    let state = other.headers()["ratelimit"].to_str().unwrap().to_owned();
    assert!(
        state.contains("\"100/h per route\";r=98"),
        "RL-3, the refused took none: {state}"
    );
}

/// RL-1, over real sockets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_get_exactly_the_limit() {
    let shop = upstream("ok").await;
    let yaml = SHOP
        .replace("UPSTREAM", &shop.url())
        .replace("requests: 2,", "requests: 25,");
    let gateway = gateway(&yaml).await;
    let requests = (0..100).map(|_| gateway.get("/limited"));
    let answers = futures_util::future::join_all(requests).await;
    let admitted = answers
        .iter()
        .filter(|answer| answer.status() == 200)
        .count();
    assert_eq!((admitted, shop.seen().len()), (25, 25));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    let send = |body: reqwest::Body| gateway.client.post(gateway.url("/open")).body(body).send();
    assert_eq!(send(vec![b'x'; 1000].into()).await.unwrap().status(), 200);
    let declared = send(vec![b'x'; 1001].into()).await.unwrap();
    assert_eq!(
        problem(declared, 413, "body_too_large").await["limit_bytes"],
        1000
    );
    let pieces = (0..20).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 100]));
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    problem(send(chunked).await.unwrap(), 413, "body_too_large").await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_414_or_431() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    let long = gateway.get(&format!("/open?{}", "x".repeat(20_000))).await;
    problem(long, 414, "uri_too_long").await;
    let large = gateway.client.get(gateway.url("/open"));
    let large = (0..8).fold(large, |request, n| {
        request.header(format!("x-{n}"), "y".repeat(10_000))
    });
    problem(large.send().await.unwrap(), 431, "headers_too_large").await;
}

#[tokio::test]
async fn a_service_that_is_not_there_is_502() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    let body = problem(gateway.get("/open").await, 502, "upstream_refused").await;
    assert!(
        !body.to_string().contains("127.0.0.1"),
        "addresses stay here: {body}"
    );
    let gateway = shop_at("http://no-such-host.invalid").await;
    problem(gateway.get("/open").await, 502, "upstream_unresolved").await;
}

#[tokio::test]
async fn a_service_that_answers_garbage_or_nothing_is_502() {
    for (answer, code) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "upstream_invalid"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "upstream_invalid"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "upstream_invalid",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "upstream_invalid",
        ),
        (b"", "upstream_reset"),
        (b"HTTP/1.1 200 OK\r\nContent-", "upstream_reset"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "upstream_invalid",
        ),
    ] {
        let bad = RawUpstream::start(answer).await;
        let gateway = shop_at(&bad.url()).await;
        problem(gateway.get("/open").await, 502, code).await;
    }
}

#[tokio::test]
async fn a_service_that_does_not_answer_in_time_is_504() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = shop_at(&format!("http://{}", silent.local_addr().unwrap())).await;
    // The limit runs on the gateway's clock, which stands still here until it is moved.
    let request = tokio::spawn(gateway.client.get(gateway.url("/open")).send());
    let connection = silent.accept().await.unwrap();
    gateway.clock.advance(std::time::Duration::from_secs(1));
    let body = problem(request.await.unwrap().unwrap(), 504, "upstream_timeout").await;
    let which = "There was no answer within 300 ms (`timeouts.first_byte_ms`).";
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.ends_with(which), "{detail}");
    drop(connection);
}

#[tokio::test]
async fn the_gateway_never_calls_itself() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    let own = gateway.address();
    let yaml = SHOP.replace("UPSTREAM", &format!("http://localhost:{}", own.port()));
    gateway.apply(&yaml).await;
    problem(gateway.get("/open").await, 502, "upstream_forbidden").await;
}

#[tokio::test]
async fn an_ambiguous_path_is_400_and_a_disguised_one_finds_its_route() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    for path in [
        "/open/../keyed",
        "/open/%2e%2e/keyed",
        "/open%2f..%2fkeyed",
        "/open\\..\\keyed",
    ] {
        let raw = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = exchange_raw(gateway.address(), raw.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    for path in [
        "/keyed",
        "//keyed",
        "/%6beyed",
        "/keyed;x",
        "/keyed%2fx",
        "/keyed//",
    ] {
        let raw = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = exchange_raw(gateway.address(), raw.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
    }
    assert!(shop.seen().is_empty());
}

/// The path as the most willing of services would read it: decoded, without `;parameters`,
/// backslashes as slashes, dot segments followed, slashes never doubled.
fn as_read_by_some_service(raw: &str) -> String {
    let path = percent_encoding::percent_decode_str(raw).decode_utf8_lossy();
    let path = path.replace('\\', "/");
    let mut segments = Vec::new();
    for segment in path.split(['?', '#']).next().unwrap().split('/') {
        match segment.split(';').next().unwrap() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    format!("/{}", segments.join("/"))
}

/// reliability.md, item 19: a way to what needs a key, through what needs none.
#[tokio::test]
async fn of_hundreds_of_disguised_paths_none_leads_past_the_key_of_another_route() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    let ups = [
        "..",
        ".%2e",
        "%2e.",
        "%2e%2e",
        "%2E%2E",
        "%252e%252e",
        "..;",
        "..;x=1",
        ";x/..",
        "..%00",
        "..%20",
        ".",
        "",
        "%2e",
        "..%c0%af",
        "%uff0e%uff0e",
        "..%09",
    ];
    let slashes = [
        "/", "//", "%2f", "%2F", "%252f", "\\", "%5c", "/./", "/;/", "/%2e/", "%00/",
    ];
    let names = [
        "keyed", "%6beyed", "keye%64", "keyed;x", "keyed/", "keyed%2f", "keyed%00",
    ];
    let mut tried = 0;
    for (n, up) in ups.iter().enumerate() {
        for (m, slash) in slashes.iter().enumerate() {
            let name = names[(n + m) % names.len()];
            for path in [
                format!("/open{slash}{up}{slash}{name}"),
                format!("{slash}{up}{slash}{name}"),
            ] {
                let raw = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                let answer = exchange_raw(gateway.address(), raw.as_bytes()).await;
                let status = answer.get(9..12).unwrap_or_default();
                let known = ["200", "400", "401", "404"].contains(&status);
                assert!(known, "{path}: {answer}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 200, "{tried}");
    for seen in shop.seen() {
        let read = as_read_by_some_service(seen.uri.path());
        assert!(!read.starts_with("/keyed"), "{} as {read}", seen.uri.path());
    }
}

#[tokio::test]
async fn requests_that_two_programs_could_read_differently_are_refused() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    for head in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked,",
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: +3",
        "Host: b",
        "X: a\r\n folded: b",
        "X : a",
    ] {
        let raw = format!(
            "POST /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}\r\n\r\n0\r\n\r\n"
        );
        let answer = exchange_raw(gateway.address(), raw.as_bytes()).await;
        let status = answer.get(9..12).unwrap_or_default();
        assert!(["400", "501"].contains(&status), "{head}: {answer}");
    }
    for request in [
        "GET /open HTTP/1.1\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    ] {
        let answer = exchange_raw(
            gateway.address(),
            request
                .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .await;
        assert!(
            answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 501"),
            "{answer}"
        );
    }
    assert!(shop.seen().is_empty());
}

#[tokio::test]
async fn of_what_is_no_request_it_is_said_what_it_may_be_and_it_is_in_the_log() {
    let shop = upstream("ok").await;
    let gateway = shop_at(&shop.url()).await;
    for (bytes, said) in [
        (
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            "caller speaks TLS",
        ),
        (
            b"POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello and more\r\n\r\n",
            "is that body longer than its `Content-Length` says?",
        ),
        (b"hello\r\n\r\n", "request line is not a method"),
    ] {
        let answers = exchange_raw(gateway.address(), bytes).await;
        assert!(answers.contains("HTTP/1.1 400"), "{answers}");
        assert!(answers.contains(said), "{answers}");
        let (row, _, sentence) = gateway.newest().await;
        assert_eq!((row.method.as_str(), row.path.as_str()), ("-", ""));
        assert_eq!(row.note.as_deref(), Some("not valid HTTP"));
        assert!(sentence.contains(said), "{sentence}");
    }
    assert_eq!(shop.only().body, "hello");
}

/// ERR-2
#[tokio::test]
async fn who_wants_only_html_or_text_gets_that() {
    let gateway = shop_at("http://127.0.0.1:1").await;
    for (accept, content_type) in [
        ("text/html", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("*/*", "application/problem+json"),
        ("text/html, application/json", "application/problem+json"),
    ] {
        let request = gateway
            .client
            .get(gateway.url("/no"))
            .header("accept", accept);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], content_type, "{accept}");
        assert!(answer.text().await.unwrap().contains("route_not_found"));
    }
}
