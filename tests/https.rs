//! The HTTPS door: who trusts it, what goes through it, and how it is opened, moved and closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway_core::Gateway;
use gateway_core::clock::Clock;
use gateway_core::gateway::{ApplyError, Change, HttpsState};
use gateway_core::local_ca::About;
use gateway_core::store::Actor;
use http::{Request, Response, Version};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::{TestGateway, gateway, upstream};

fn both(url: &str) -> String {
    format!(
        "{{version: 1, listen: {{https: {{port: 8443}}}},
          services: [{{name: shop, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: all, service: shop}}]}}"
    )
}

fn https_address(gateway: &Gateway) -> SocketAddr {
    match gateway.https() {
        HttpsState::Running { address } => address,
        other => panic!("it takes no HTTPS: {other:?}"),
    }
}

/// What a program makes of it that trusts the authority in the data folder, and nothing else.
fn connector(gateway: &Gateway, alpn: &[&[u8]]) -> TlsConnector {
    let about = About::read(gateway.data_dir()).unwrap().unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(about.pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let time = Arc::new(GatewayTime(gateway.clock().clone()));
    let mut config = ClientConfig::builder_with_details(provider, time)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

/// Certificates are judged by the clock that they were made by.
#[derive(Debug)]
struct GatewayTime(Clock);

impl TimeProvider for GatewayTime {
    fn current_time(&self) -> Option<UnixTime> {
        let us = u64::try_from(self.0.now().epoch_us).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_micros(us)))
    }
}

async fn handshake(
    gateway: &TestGateway,
    name: &str,
    alpn: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(https_address(&gateway.gateway)).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    connector(&gateway.gateway, alpn)
        .connect(name, stream)
        .await
}

async fn get(stream: TlsStream<TcpStream>, uri: &str, host: &str) -> Response<Incoming> {
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let request = Request::builder().uri(uri).header("host", host);
    let io = TokioIo::new(stream);
    if http2 {
        let request = request.version(Version::HTTP_2).body(Empty::<&[u8]>::new());
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                .await
                .unwrap();
        tokio::spawn(connection);
        return sender.send_request(request.unwrap()).await.unwrap();
    }
    let request = request.body(Empty::<&[u8]>::new()).unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap()
}

#[tokio::test]
async fn names_of_this_machine_are_vouched_for_and_no_others() {
    let gateway = gateway(&both(&upstream("ok").await.url())).await;
    for name in [
        "localhost",
        "shop.localhost",
        "a.shop.localhost",
        "127.0.0.1",
        "::1",
    ] {
        handshake(&gateway, name, &[]).await.unwrap();
    }
    for name in ["example.com", "localhost.example.com", "10.0.0.1"] {
        let error = handshake(&gateway, name, &[]).await.unwrap_err();
        assert!(
            error.to_string().contains("not valid for name"),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn both_versions_of_http_go_through_and_the_service_is_told_of_tls() {
    let shop = upstream("ok").await;
    let gateway = gateway(&both(&shop.url())).await;
    for (alpn, version, protocol) in [
        (&b"h2"[..], Version::HTTP_2, "https/2"),
        (&b"http/1.1"[..], Version::HTTP_11, "https/1.1"),
    ] {
        let stream = handshake(&gateway, "shop.localhost", &[alpn])
            .await
            .unwrap();
        let host = "shop.localhost:8443";
        let uri = match version {
            Version::HTTP_2 => format!("https://{host}/orders"),
            _ => "/orders".to_owned(),
        };
        let request_host = host;
        let answer = get(stream, &uri, request_host).await;
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
        let seen = shop.seen().pop().unwrap();
        assert_eq!(seen.headers["x-forwarded-proto"], "https");
        assert_eq!(seen.headers["host"], host);
        assert_eq!(gateway.rows().await[0].protocol, protocol);
    }
}

#[tokio::test]
async fn the_certificate_is_made_anew_in_time_and_the_authority_stays() {
    let gateway = gateway(&both(&upstream("ok").await.url())).await;
    let certificate = async || {
        let stream = handshake(&gateway, "localhost", &[]).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let authority = About::read(gateway.gateway.data_dir()).unwrap();
    let first = certificate().await;
    assert_eq!(first, certificate().await, "one serves many");
    gateway.clock.advance(Duration::from_secs(61 * 86_400));
    assert_ne!(first, certificate().await);
    assert_eq!(authority, About::read(gateway.gateway.data_dir()).unwrap());
}

async fn apply(gateway: &TestGateway, https: Option<u16>) -> Result<(), ApplyError> {
    let mut config = gateway.gateway.current().config.clone();
    config.listen.https = https.map(|port| gateway_core::config::Https { port });
    let change = Change {
        config,
        expected: None,
        actor: Actor::System,
        note: String::new(),
    };
    gateway.gateway.apply(change).await.map(drop)
}

#[tokio::test]
async fn it_is_switched_on_and_off_while_the_gateway_runs() {
    let gateway = gateway("{version: 1}").await;
    assert_eq!(gateway.gateway.https(), HttpsState::Off);
    assert!(About::read(gateway.gateway.data_dir()).unwrap().is_none());

    apply(&gateway, Some(0)).await.unwrap();
    let address = https_address(&gateway.gateway);
    let stream = handshake(&gateway, "localhost", &[]).await.unwrap();
    assert_eq!(get(stream, "/", "localhost").await.status(), 404);

    apply(&gateway, None).await.unwrap();
    assert_eq!(gateway.gateway.https(), HttpsState::Off);
    let gone = async || TcpStream::connect(address).await.is_err();
    while !gone().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_busy_port_refuses_the_change_and_http_goes_on() {
    let gateway = gateway("{version: 1}").await;
    let holder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = holder.local_addr().unwrap().port();
    let error = apply(&gateway, Some(port)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("port {port} is used by")),
        "{error}"
    );
    assert_eq!(gateway.gateway.current().config.listen.https, None);
    assert_eq!(gateway.gateway.https(), HttpsState::Off);
    assert_eq!(gateway.get("/").await.status(), 404);
}

#[tokio::test]
async fn where_https_cannot_start_http_does_and_the_state_says_why() {
    let holder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = holder.local_addr().unwrap().port();
    let gateway = gateway("{version: 1}").await;
    gateway.gateway.stop().await;
    apply(&gateway, Some(port)).await.unwrap();
    gateway.gateway.start().await.unwrap();
    assert_eq!(gateway.get("/").await.status(), 404);
    let HttpsState::Failed { message } = gateway.gateway.https() else {
        panic!("{:?}", gateway.gateway.https());
    };
    assert!(message.contains(&port.to_string()), "{message}");
}

#[tokio::test]
async fn plain_http_on_the_door_for_https_is_hung_up_on() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let gateway = gateway(&both("http://127.0.0.1:1")).await;
    let mut stream = TcpStream::connect(https_address(&gateway.gateway))
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as any.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    assert!(gateway.rows().await.is_empty());
}
