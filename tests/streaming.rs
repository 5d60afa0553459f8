//! Bodies stream through with bounded memory, and what cuts them off is noticed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use gateway_core::record::summary::Ending;

use crate::harness::{Body, RawUpstream, TestGateway, Upstream, full, gateway};

async fn in_front_of(url: &str) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: all, service: shop}}]}}"
    ))
    .await
}

type Pieces = Result<Frame<Bytes>, std::io::Error>;

fn streamed(pieces: impl Stream<Item = Pieces> + Send + Sync + 'static) -> Body {
    BodyExt::boxed(StreamBody::new(pieces))
}

const PIECE: usize = 64 * 1024;
const GIBIBYTE: usize = 1024 * 1024 * 1024;

/// Memory of this process, in bytes: gateway, service and client together.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_passes_either_way_with_flat_memory() {
    let sink_and_source = Upstream::streaming(|request| {
        Box::pin(async move {
            let mut received = 0;
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                received += frame.unwrap().data_ref().map_or(0, Bytes::len);
            }
            let piece = Bytes::from(vec![b'x'; PIECE]);
            let pieces = (0..GIBIBYTE / PIECE).map(move |_| Ok(Frame::data(piece.clone())));
            let mut answer = Response::new(streamed(futures_util::stream::iter(pieces)));
            answer.headers_mut().insert("x-received", received.into());
            answer
        })
    })
    .await;
    let gateway = in_front_of(&sink_and_source.url()).await;
    gateway.get("/warm-up").await.bytes().await.unwrap();
    let before = resident();
    let piece = Bytes::from(vec![b'y'; PIECE]);
    let pieces = (0..GIBIBYTE / PIECE).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let answer = gateway
        .client
        .post(gateway.url("/"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-received"], GIBIBYTE.to_string());
    let mut received = 0;
    let mut most = 0;
    let mut body = answer.bytes_stream();
    while let Some(piece) = body.next().await {
        received += piece.unwrap().len();
        most = most.max(resident());
    }
    assert_eq!(received, GIBIBYTE);
    let grown = most.saturating_sub(before) / (1024 * 1024);
    assert!(grown < 64, "memory grew by {grown} MiB");
}

#[tokio::test]
async fn an_event_stream_arrives_piece_by_piece_and_is_shown_while_it_runs() {
    let (send, receive) = mpsc::channel::<Pieces>(1);
    let receive = std::sync::Arc::new(std::sync::Mutex::new(Some(receive)));
    let events = Upstream::streaming(move |_| {
        let receive = receive.lock().unwrap().take().unwrap();
        Box::pin(async move {
            Response::builder()
                .header("content-type", "text/event-stream")
                .body(streamed(ReceiverStream::new(receive)))
                .unwrap()
        })
    })
    .await;
    let gateway = in_front_of(&events.url()).await;
    let mut body = gateway.get("/events").await.bytes_stream();
    for n in 0..3 {
        let event = format!("data: {n}\n\n");
        send.send(Ok(Frame::data(event.clone().into())))
            .await
            .unwrap();
        assert_eq!(
            body.next().await.unwrap().unwrap(),
            event,
            "it is not held back"
        );
    }
    let open = gateway
        .eventually(|gateway| gateway.recorder().open().pop())
        .await;
    assert_eq!(
        (open.ending, open.path.as_str()),
        (Ending::Running, "/events")
    );
    assert_eq!(open.response_bytes, 27);
    drop(send);
    assert!(body.next().await.is_none());
    let row = gateway.only_row().await;
    assert_eq!((row.ending, row.response_bytes), (Ending::Complete, 27));
    assert!(gateway.gateway.recorder().open().is_empty());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_passed_on_as_broken_and_recorded_so() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
    ] {
        let breaks_off = RawUpstream::start(answer).await;
        let gateway = in_front_of(&breaks_off.url()).await;
        let answer = gateway.get("/").await;
        assert_eq!(answer.status(), 200);
        assert!(
            answer.bytes().await.is_err(),
            "the caller must not take it for whole"
        );
        let row = gateway.only_row().await;
        assert_eq!((row.ending, row.response_bytes), (Ending::CutOff, 9));
    }
}

#[tokio::test]
async fn a_caller_who_leaves_while_waiting_is_recorded_and_the_service_is_told() {
    let (arrived, mut arrivals) = mpsc::channel(1);
    let (left, mut leavings) = mpsc::channel::<()>(1);
    let silent = Upstream::streaming(move |_| {
        let (arrived, left) = (arrived.clone(), left.clone());
        Box::pin(async move {
            arrived.send(()).await.unwrap();
            // Dropped when the gateway hangs up.
            let _left = left;
            std::future::pending().await
        })
    })
    .await;
    let gateway = in_front_of(&silent.url()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    caller
        .write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    arrivals.recv().await.unwrap();
    drop(caller);
    let row = gateway.only_row().await;
    assert_eq!((row.ending, row.status), (Ending::ClientClosed, 499));
    assert_eq!(row.code.unwrap().as_str(), "client_closed");
    drop(silent);
    let _ = leavings.try_recv();
}

#[tokio::test]
async fn a_caller_who_leaves_in_the_middle_of_an_answer_is_recorded() {
    let endless = Upstream::streaming(|_| {
        Box::pin(async {
            let piece = Bytes::from(vec![b'x'; PIECE]);
            let pieces = futures_util::stream::repeat_with(move || Ok(Frame::data(piece.clone())));
            Response::new(streamed(pieces))
        })
    })
    .await;
    let gateway = in_front_of(&endless.url()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    caller
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    caller.read_exact(&mut [0; 10_000]).await.unwrap();
    drop(caller);
    let row = gateway.only_row().await;
    assert_eq!((row.ending, row.status), (Ending::ClientClosed, 200));
    assert!(row.response_bytes >= 10_000);
}

#[tokio::test]
async fn a_request_body_that_breaks_off_never_counts_as_whole() {
    let shop =
        Upstream::start(|seen| Response::new(full(format!("got {}", seen.body.len())))).await;
    let gateway = in_front_of(&shop.url()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this";
    caller.write_all(head).await.unwrap();
    drop(caller);
    let row = gateway.only_row().await;
    // Whichever was noticed first: that the body broke off, or that the caller is gone.
    assert!(matches!(row.status, 400 | 499), "{row:?}");
    assert!(shop.seen().iter().all(|seen| seen.body.len() < 100));
}

/// reliability.md: a server closes an idle connection at the moment it is used again.
#[tokio::test]
async fn a_request_that_meets_a_closed_connection_is_sent_again() {
    let once = RawUpstream::start(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let gateway = in_front_of(&once.url()).await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/").await.text().await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn a_caller_who_is_slow_to_send_a_head_holds_nobody_up() {
    let shop = Upstream::start(|_| Response::new(full("ok"))).await;
    let gateway = in_front_of(&shop.url()).await;
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
        caller.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        slow.push(caller);
    }
    let answer = tokio::time::timeout(Duration::from_secs(10), gateway.get("/")).await;
    assert_eq!(answer.unwrap().status(), 200);
}
