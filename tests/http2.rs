//! HTTP/2 to services, and what changes where the two sides speak different versions.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, Method, Request, Response, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::harness::{Answering, Authority, Body, Modern, TestGateway, full, gateway};

fn service(url: &str, rest: &str) -> String {
    format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}], {rest}}}],
          routes: [{{name: all, service: shop}}]}}"
    )
}

async fn in_front_of(shop: &Modern, protocol: &str) -> TestGateway {
    let url = format!("http://{}", shop.address);
    gateway(&service(&url, &format!("protocol: {protocol}"))).await
}

/// Answers once it is let go.
fn held(
    released: watch::Receiver<bool>,
    arrived: mpsc::Sender<()>,
) -> impl Fn(Request<Incoming>) -> Answering + Clone + Send + Sync + 'static {
    move |_| {
        let (mut released, arrived) = (released.clone(), arrived.clone());
        Box::pin(async move {
            arrived.send(()).await.unwrap();
            released.wait_for(|released| *released).await.unwrap();
            Response::new(full("ok"))
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_share_a_connection_as_far_as_the_target_takes_them() {
    for (most, connections) in [(None, 1), (Some(5), 4)] {
        let (release, released) = watch::channel(false);
        let (arrived, mut arrivals) = mpsc::channel(100);
        let mut server = Builder::new(TokioExecutor::new()).http2_only();
        server.http2().max_concurrent_streams(most);
        let shop = Modern::with(server, None, held(released, arrived)).await;
        let gateway = in_front_of(&shop, "http2").await;
        let requests: Vec<_> = (0..20)
            .map(|_| tokio::spawn(gateway.client.get(gateway.url("/")).send()))
            .collect();
        for _ in 0..20 {
            arrivals.recv().await.unwrap();
        }
        assert_eq!(shop.connections(), connections, "{most:?} at once");
        release.send_replace(true);
        for request in requests {
            assert_eq!(request.await.unwrap().unwrap().status(), 200);
        }
    }
}

/// A target that does with each request what `script` says, one after the other.
async fn scripted(script: Vec<Step>) -> std::net::SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut script = script.into_iter();
        while let Ok((stream, _)) = socket.accept().await {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut answer))) = connection.accept().await {
                match script.next().unwrap_or(Step::Answer) {
                    Step::Answer => {
                        answer.send_response(Response::new(()), true).unwrap();
                    }
                    Step::Refuse => answer.send_reset(h2::Reason::REFUSED_STREAM),
                    Step::Reset => answer.send_reset(h2::Reason::INTERNAL_ERROR),
                    Step::GoAway => {
                        answer.send_response(Response::new(()), true).unwrap();
                        connection.graceful_shutdown();
                    }
                }
            }
        }
    });
    address
}

#[derive(Clone, Copy)]
enum Step {
    Answer,
    Refuse,
    Reset,
    GoAway,
}

/// RFC 9113, section 8.7: a refused request was not processed, so it is safe to send again.
#[tokio::test]
async fn a_request_that_was_refused_unread_is_sent_again() {
    let address = scripted(vec![Step::Answer, Step::Refuse]).await;
    let gateway = gateway(&service(&format!("http://{address}"), "protocol: http2")).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    let answer = gateway.client.post(gateway.url("/")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_request_that_may_have_been_processed_is_not() {
    let address = scripted(vec![Step::Answer, Step::Reset]).await;
    let gateway = gateway(&service(&format!("http://{address}"), "protocol: http2")).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    let answer = gateway.client.post(gateway.url("/")).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "upstream_reset");
}

#[tokio::test]
async fn a_target_that_says_goodbye_loses_no_request() {
    let script = (0..60).map(|n| match n % 3 {
        2 => Step::GoAway,
        _ => Step::Answer,
    });
    let address = scripted(script.collect()).await;
    let gateway = gateway(&service(&format!("http://{address}"), "protocol: http2")).await;
    for n in 0..60 {
        let answer = gateway.client.post(gateway.url("/")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "request {n}");
    }
}

/// RFC 9113, sections 8.2.2 and 8.3.1
#[tokio::test]
async fn a_request_becomes_one_of_http_2() {
    let (seen, mut requests) = mpsc::channel(100);
    let shop = Modern::start(None, move |request| {
        seen.try_send(request.into_parts().0).unwrap();
        Box::pin(async { Response::new(full("ok")) })
    })
    .await;
    let gateway = in_front_of(&shop, "http2").await;
    let answer = gateway
        .client
        .get(gateway.url("/a?b=c"))
        .header("host", "shop.localhost:81")
        .header("connection", "te, x-mine")
        .header("x-mine", "1")
        .header("te", "trailers")
        .header("keep-alive", "5")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["via"], "2 gatewright");
    let request = requests.recv().await.unwrap();
    assert_eq!(request.version, Version::HTTP_2);
    assert_eq!(request.uri, "http://shop.localhost:81/a?b=c");
    assert_eq!(request.headers["te"], "trailers");
    assert_eq!(request.headers["via"], "1.1 gatewright");
    for name in ["host", "connection", "keep-alive", "x-mine"] {
        assert!(!request.headers.contains_key(name), "{name}");
    }
}

/// RFC 9110, section 6.5
#[tokio::test]
async fn trailers_pass_either_way_in_both_versions() {
    for protocol in ["http1", "http2"] {
        let shop = Modern::start(None, |request| {
            Box::pin(async move {
                let body = request.into_body().collect().await.unwrap();
                let sum = body.trailers().unwrap()["x-sum"].clone();
                let trailers = HeaderMap::from_iter([("x-back".parse().unwrap(), sum)]);
                let frames = [
                    Ok(Frame::data(Bytes::from("answer"))),
                    Ok(Frame::data(Bytes::new())),
                    Ok(Frame::trailers(trailers)),
                ];
                let body = Body::new(StreamBody::new(futures_util::stream::iter(frames)));
                let mut answer = Response::new(body);
                let announced = "x-back".parse().unwrap();
                answer.headers_mut().insert("trailer", announced);
                answer
            })
        })
        .await;
        let gateway = in_front_of(&shop, protocol).await;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "7".parse().unwrap())]);
            let frames: Vec<Result<_, std::io::Error>> = vec![
                Ok(Frame::data(Bytes::from("asked"))),
                Ok(Frame::trailers(trailers)),
            ];
            let body = StreamBody::new(futures_util::stream::iter(frames));
            let request = Request::post("/")
                .header("te", "trailers")
                .header("trailer", "x-sum");
            let answer = send(&gateway, version, request, body).await;
            assert_eq!(answer.status(), 200, "{version:?} to {protocol}");
            let body = answer.into_body().collect().await.unwrap();
            let back = body.trailers().map(|trailers| trailers["x-back"].clone());
            assert_eq!(back.unwrap(), "7", "{version:?} to {protocol}");
            assert_eq!(body.to_bytes(), "answer");
        }
    }
}

/// Sends a request over a connection of its own.
async fn send<B>(
    gateway: &TestGateway,
    version: Version,
    request: http::request::Builder,
    body: B,
) -> Response<Incoming>
where
    B: http_body::Body<Data = Bytes, Error = std::io::Error> + Send + Unpin + 'static,
{
    let io = TokioIo::new(TcpStream::connect(gateway.address()).await.unwrap());
    let host = gateway.address().to_string();
    if version == Version::HTTP_2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                .await
                .unwrap();
        tokio::spawn(connection);
        let request = request.uri(format!("http://{host}/")).version(version);
        return sender
            .send_request(request.body(body).unwrap())
            .await
            .unwrap();
    }
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = request.header("host", host).body(body).unwrap();
    sender.send_request(request).await.unwrap()
}

/// A target that says something, and hangs up once it has heard all there is.
async fn saying(said: &'static [u8]) -> std::net::SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            stream.write_all(said).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut heard = Vec::new();
            // A reset is as good as a close.
            let _ = stream.read_to_end(&mut heard).await;
        }
    });
    address
}

#[tokio::test]
async fn a_target_that_does_not_speak_http_2_is_named() {
    for (said, code, reason) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "upstream_invalid",
            "it speaks HTTP/1.1, not HTTP/2",
        ),
        (
            b"SSH-2.0-something",
            "upstream_invalid",
            "does not speak HTTP/2",
        ),
        (b"", "upstream_reset", "without a word of HTTP/2"),
    ] {
        let url = format!("http://{}", saying(said).await);
        let gateway = gateway(&service(&url, "protocol: http2")).await;
        let answer = gateway.get("/").await;
        assert_eq!(answer.status(), 502);
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code);
        let row = &gateway.rows().await[0];
        let (_, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
        let tried = kept.attempts[0].reason.clone().unwrap();
        assert!(tried.contains(reason), "{tried}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_over_http_2_too() {
    let shop = Modern::start(None, |request| {
        Box::pin(async move {
            let _ = request.into_body().collect().await;
            Response::new(full("ok"))
        })
    })
    .await;
    let url = format!("http://{}", shop.address);
    let yaml = service(&url, "protocol: http2");
    let gateway = gateway("{version: 1}").await;
    let mut config = gateway_core::config::file::parse(&yaml).unwrap();
    config.listen = gateway.gateway.current().config.listen.clone();
    config.listen.max_request_body_bytes = Some(1_000);
    let change = gateway_core::gateway::Change {
        config,
        expected: None,
        actor: gateway_core::store::Actor::Api,
        note: String::new(),
    };
    gateway.gateway.apply(change).await.unwrap();
    // Without a length, so that it turns out on the way.
    let pieces =
        futures_util::stream::iter((0..10).map(|_| Ok::<_, std::io::Error>("x".repeat(500))));
    let body = reqwest::Body::wrap_stream(pieces);
    let request = gateway.client.post(gateway.url("/")).body(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_takes_nothing_does_not_hold_up_others() {
    let shop = Modern::start(None, |request| {
        Box::pin(async move {
            match request.uri().path() {
                "/endless" => {
                    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
                    let pieces =
                        futures_util::stream::repeat_with(move || Ok(Frame::data(piece.clone())));
                    Response::new(Body::new(StreamBody::new(pieces)))
                }
                _ => Response::new(full("x".repeat(1_000_000))),
            }
        })
    })
    .await;
    let gateway = in_front_of(&shop, "http2").await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let answer = gateway.get("/endless").await;
        let mut body = answer.bytes_stream();
        body.next().await.unwrap().unwrap();
        stalled.push(body);
    }
    for _ in 0..5 {
        let answer = gateway.get("/").await;
        assert_eq!(answer.bytes().await.unwrap().len(), 1_000_000);
    }
    assert_eq!(shop.connections(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_the_request_at_the_target() {
    let gone = Arc::new(Semaphore::new(0));
    let noticed = gone.clone();
    let shop = Modern::start(None, move |_| {
        let gone = gone.clone();
        Box::pin(async move {
            let _guard = Gone(gone);
            std::future::pending().await
        })
    })
    .await;
    for protocol in ["http1", "http2"] {
        let gateway = in_front_of(&shop, protocol).await;
        let request = gateway.client.get(gateway.url("/")).send();
        assert!(
            tokio::time::timeout(Duration::from_millis(200), request)
                .await
                .is_err()
        );
        let noticed = tokio::time::timeout(Duration::from_secs(30), noticed.acquire());
        noticed.await.expect(protocol).unwrap().forget();
    }
}

struct Gone(Arc<Semaphore>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

#[tokio::test]
async fn a_name_is_resolved_again_after_a_minute_and_an_address_is_not() {
    for protocol in ["http1", "http2"] {
        for (host, connections) in [("localhost", 2), ("127.0.0.1", 1)] {
            let shop = Modern::start(None, |_| Box::pin(async { Response::new(full("ok")) })).await;
            let url = format!("http://{host}:{}", shop.address.port());
            let gateway = gateway(&service(&url, &format!("protocol: {protocol}"))).await;
            for seconds in [30, 29, 2] {
                assert_eq!(gateway.get("/").await.text().await.unwrap(), "ok");
                gateway.clock.advance(Duration::from_secs(seconds));
            }
            assert_eq!(shop.connections(), 1, "{protocol} to {host}");
            assert_eq!(gateway.get("/").await.text().await.unwrap(), "ok");
            assert_eq!(shop.connections(), connections, "{protocol} to {host}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_too_old_ends_what_it_began() {
    let (release, released) = watch::channel(false);
    let (arrived, mut arrivals) = mpsc::channel(100);
    let shop = Modern::start(None, held(released, arrived)).await;
    let url = format!("http://localhost:{}", shop.address.port());
    let gateway = gateway(&service(&url, "protocol: http2")).await;
    let old = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    arrivals.recv().await.unwrap();
    gateway.clock.advance(Duration::from_secs(61));
    let new = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    arrivals.recv().await.unwrap();
    assert_eq!(shop.connections(), 2);
    release.send_replace(true);
    for request in [old, new] {
        let answer = request.await.unwrap().unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
}

/// An upload that goes on after its answer has ended must not be waited for by another request.
#[tokio::test]
async fn an_answer_before_the_end_of_its_request_holds_up_no_other() {
    let shop = Modern::start(None, |request| {
        Box::pin(async move {
            match *request.method() {
                Method::POST => {
                    // The rest of the body is read, but not waited for.
                    tokio::spawn(request.into_body().collect());
                    Response::new(full("early"))
                }
                _ => Response::new(full("ok")),
            }
        })
    })
    .await;
    for protocol in ["http1", "http2"] {
        let gateway = in_front_of(&shop, protocol).await;
        let (piece, pieces) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
        piece.send(Ok(Bytes::from("begun"))).await.unwrap();
        let body = reqwest::Body::wrap_stream(ReceiverStream::new(pieces));
        let upload = gateway.client.post(gateway.url("/")).body(body).send();
        let answer = upload.await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "early");
        assert_eq!(
            gateway.get("/").await.text().await.unwrap(),
            "ok",
            "{protocol}"
        );
        drop(piece);
    }
}

#[tokio::test]
async fn requests_that_wait_for_one_connection_are_all_told_that_there_is_none() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let gateway = gateway(&service(&format!("http://{address}"), "protocol: http2")).await;
    let requests = (0..10).map(|_| gateway.client.get(gateway.url("/")).send());
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.unwrap().status(), 502);
    }
}

/// WebSocket and the like need a connection of their own, so HTTP/2 is not asked for.
#[tokio::test]
async fn a_request_for_another_protocol_goes_over_http_1_1() {
    let authority = Authority::new();
    let shop = Modern::start(
        Some(authority.server("localhost", &["h2", "http/1.1"])),
        |request| {
            Box::pin(async move {
                let version = format!("{:?}", request.version());
                let asked = request.headers().contains_key("upgrade");
                Response::new(full(format!("{version} {asked}")))
            })
        },
    )
    .await;
    let url = format!("https://localhost:{}", shop.address.port());
    let tls = format!("tls: {{ca_file: '{}'}}", authority.file().display());
    let gateway = gateway(&service(&url, &tls)).await;
    assert_eq!(
        gateway.get("/").await.text().await.unwrap(),
        "HTTP/2.0 false"
    );
    let upgrade = gateway
        .client
        .get(gateway.url("/"))
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    let answer = upgrade.send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "HTTP/1.1 true");
    assert_eq!(
        gateway.get("/").await.text().await.unwrap(),
        "HTTP/2.0 false"
    );
}

/// A target that listens on one of the addresses that `localhost` has (RFC 6761, section 6.3).
#[tokio::test]
async fn localhost_is_found_on_whichever_address_listens() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let socket = TcpListener::bind(address).await.unwrap();
        let url = format!(
            "http://shop.localhost:{}",
            socket.local_addr().unwrap().port()
        );
        let notify = Arc::new(Notify::new());
        let accepted = notify.clone();
        let serving = tokio::spawn(async move {
            let (stream, _) = socket.accept().await.unwrap();
            accepted.notify_one();
            let answer = hyper::service::service_fn(|_| async {
                Ok::<_, std::convert::Infallible>(Response::new(full("ok")))
            });
            let io = TokioIo::new(stream);
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(io, answer)
                .await;
        });
        let gateway = gateway(&service(&url, "")).await;
        assert_eq!(
            gateway.get("/").await.text().await.unwrap(),
            "ok",
            "{address}"
        );
        notify.notified().await;
        serving.abort();
    }
}

#[tokio::test]
async fn health_is_asked_for_in_the_way_the_target_speaks() {
    let authority = Authority::new();
    for (tls, protocol) in [(false, "http2"), (true, "auto"), (true, "http1")] {
        let config = tls.then(|| authority.server("localhost", &["h2", "http/1.1"]));
        let (seen, mut asked) = mpsc::channel(100);
        let shop = Modern::start(config, move |request| {
            // The test may have ended.
            let _ = seen.try_send((request.version(), request.uri().path().to_owned()));
            Box::pin(async { Response::new(full("ok")) })
        })
        .await;
        let scheme = if tls { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", shop.address.port());
        let rest = format!(
            "protocol: {protocol}, tls: {{ca_file: '{}'}}, health: {{active: {{path: /health}}}}",
            authority.file().display()
        );
        let _gateway = gateway(&service(&url, &rest)).await;
        let version = match protocol {
            "http1" => Version::HTTP_11,
            _ => Version::HTTP_2,
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), asked.recv()).await;
        assert_eq!(asked.unwrap(), Some((version, "/health".to_owned())));
    }
}

/// RFC 9112, section 6.3: over HTTP/1.1 two lengths would be open to two readings.
#[tokio::test]
async fn an_answer_of_http_2_with_two_lengths_is_not_passed_on() {
    let shop = Modern::start(None, |_| {
        let mut answer = Response::new(full("hello"));
        for _ in 0..2 {
            let length = http::HeaderValue::from_static("5");
            answer.headers_mut().append("content-length", length);
        }
        Box::pin(async { answer })
    })
    .await;
    let gateway = in_front_of(&shop, "http2").await;
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 502);
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "upstream_invalid");
}

/// RFC 9113, sections 8.2.3 and 8.3.1: what only HTTP/2 can say is joined or refused.
#[tokio::test]
async fn a_request_of_http_2_is_never_ambiguous_in_http_1_1() {
    let shop = crate::harness::upstream("ok").await;
    let gateway = gateway(&service(&shop.url(), "")).await;
    let stream = TcpStream::connect(gateway.address()).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let url = gateway.url("/");
    let host = gateway.address().to_string();
    for (headers, status) in [
        (vec![("cookie", "a=1"), ("cookie", "b=2")], 200),
        (vec![("host", host.as_str())], 200),
        (vec![("host", "elsewhere")], 400),
        (vec![("host", host.as_str()), ("host", host.as_str())], 400),
        (vec![("content-length", "1"), ("content-length", "2")], 400),
    ] {
        sender = sender.ready().await.unwrap();
        let mut request = Request::get(url.as_str()).body(()).unwrap();
        for (name, value) in &headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let (answer, _) = sender.send_request(request, true).unwrap();
        // Some of it is refused before there is a request at all (a stream error).
        let answered = answer.await.map_or(400, |answer| answer.status().as_u16());
        assert_eq!(answered, status, "{headers:?}");
    }
    let seen = shop.seen();
    assert_eq!(seen.len(), 2, "what is refused does not reach the service");
    assert_eq!(seen[0].headers["cookie"], "a=1; b=2");
    for request in seen {
        let hosts: Vec<_> = request.headers.get_all("host").iter().collect();
        assert_eq!(hosts, [host.as_str()]);
    }
}
