//! One request over a kept connection: straight to a service, through a plain TCP forwarder, and
//! through the gateway with keys and limits. Compare within one run; absolute figures say little.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use gateway_core::clock::Clock;
use gateway_core::config::file;
use gateway_core::gateway::{Change, Gateway, GatewayState, Options};
use gateway_core::keys::NewKey;
use gateway_core::store::Actor;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const ANSWER: &[u8] = &[b'x'; 1024];

async fn service() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let answer = service_fn(|_| async {
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(ANSWER))))
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    address
}

async fn forwarder(to: SocketAddr) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = socket.accept().await {
            tokio::spawn(async move {
                let mut far = TcpStream::connect(to).await?;
                tokio::io::copy_bidirectional(&mut near, &mut far).await
            });
        }
    });
    address
}

async fn gateway(to: SocketAddr, data: &std::path::Path) -> (Gateway, SocketAddr, String) {
    let options = Options {
        data_dir: data.to_owned(),
        config_file: None,
        clock: Clock::system(),
    };
    let gateway = Gateway::open(options).await.expect("an empty folder");
    let mut config = file::parse(&format!(
        "
version: 1
services: [{{name: s, targets: [{{url: 'http://{to}'}}]}}]
routes:
  - name: all
    service: s
    authentication: {{methods: [api_key]}}
    rate_limits: [{{requests: 1000000000, per: second, by: key}}]
"
    ))
    .expect("a good config");
    config.listen.port = 0;
    let note = "benchmark".to_owned();
    let change = Change {
        config,
        expected: None,
        actor: Actor::System,
        note,
    };
    gateway.apply(change).await.expect("a good config");
    gateway.start().await.expect("a free port");
    let key = gateway
        .keys()
        .issue(NewKey::new("benchmark").everywhere())
        .expect("it can be stored")
        .secret;
    let state = gateway.state().borrow().clone();
    match state {
        GatewayState::Running { address } => (gateway, address, key),
        other => panic!("the gateway does not run: {other:?}"),
    }
}

async fn connect(to: SocketAddr) -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(to).await.expect("something listens");
    stream.set_nodelay(true).expect("it is a TCP connection");
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .expect("it is HTTP");
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, key: &str) {
    sender.ready().await.expect("the connection is open");
    let request = Request::get("/orders/7")
        .header("host", "localhost")
        .header("x-api-key", key)
        .body(Empty::new())
        .expect("a good request");
    let answer = sender.send_request(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.expect("a whole answer");
    assert_eq!(body.to_bytes().len(), ANSWER.len());
}

fn request_path(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let data = tempfile::tempdir().expect("a folder");
    let to = runtime.block_on(service());
    let plain = runtime.block_on(forwarder(to));
    let (gateway, through, key) = runtime.block_on(gateway(to, data.path()));
    let mut group = criterion.benchmark_group("a request of 1 KiB");
    for (name, address) in [
        ("straight", to),
        ("through a TCP forwarder", plain),
        ("through the gateway", through),
    ] {
        let mut sender = runtime.block_on(connect(address));
        group.bench_function(name, |bench| {
            bench.iter(|| runtime.block_on(ask(&mut sender, &key)));
        });
    }
    group.finish();
    runtime.block_on(gateway.shutdown());
}

criterion_group!(benches, request_path);
criterion_main!(benches);
