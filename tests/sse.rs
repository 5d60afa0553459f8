//! Event streams pass event by event, and can be read in the log while they run.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use gateway_core::record::messages::{Direction, MessageKind};
use gateway_core::record::summary::{Ending, StreamKind};

use crate::harness::{PATIENCE, TestGateway, Upstream, assert_free_of, gateway};

type Pieces = Result<Frame<Bytes>, std::io::Error>;

/// A service whose one answer is an event stream that this end writes, with these headers.
async fn stream(
    headers: &'static [(&'static str, &'static str)],
) -> (Upstream, mpsc::Sender<Pieces>) {
    let (send, receive) = mpsc::channel::<Pieces>(1);
    let receive = Arc::new(Mutex::new(Some(receive)));
    let service = Upstream::streaming(move |_| {
        let receive = receive.lock().unwrap().take().unwrap();
        Box::pin(async move {
            let mut answer = Response::new(BodyExt::boxed(StreamBody::new(ReceiverStream::new(
                receive,
            ))));
            for (name, value) in headers {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            answer
        })
    })
    .await;
    (service, send)
}

async fn in_front_of(service: &Upstream, recording: &str) -> TestGateway {
    gateway(&format!(
        "{{version: 1, recording: {recording},
          services: [{{name: shop, targets: [{{url: '{}'}}]}}],
          routes: [{{name: all, service: shop}}]}}",
        service.url()
    ))
    .await
}

async fn send(events: &mpsc::Sender<Pieces>, bytes: impl Into<Bytes>) {
    events.send(Ok(Frame::data(bytes.into()))).await.unwrap();
}

/// The service sends an event only once the one before has been read: one that is held back would
/// stop everything.
#[tokio::test]
async fn each_event_arrives_before_the_next_is_sent() {
    for (headers, coded) in [
        (&[("content-type", "text/event-stream")][..], false),
        (
            &[
                ("content-type", "text/event-stream; charset=utf-8"),
                ("content-encoding", "gzip"),
            ],
            true,
        ),
        (&[("content-type", "text/plain")], false),
    ] {
        let (service, events) = stream(headers).await;
        let gateway = in_front_of(&service, "{}").await;
        let mut answer = gateway.get("/").await.bytes_stream();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for n in 0..100 {
            let event = format!("data: {n}\n\n");
            let bytes = match coded {
                false => event.into_bytes(),
                true => {
                    encoder.write_all(event.as_bytes()).unwrap();
                    encoder.flush().unwrap();
                    std::mem::take(encoder.get_mut())
                }
            };
            send(&events, bytes.clone()).await;
            let piece = tokio::time::timeout(PATIENCE, answer.next()).await;
            assert_eq!(piece.expect("it was held back").unwrap().unwrap(), bytes);
        }
        drop(events);
        assert!(answer.next().await.is_none());
        let row = gateway.only_row().await;
        let is_stream = headers[0].1.starts_with("text/event-stream");
        assert_eq!(row.stream, is_stream.then_some(StreamKind::EventStream));
        assert_eq!(row.messages, if is_stream { 100 } else { 0 });
        let kept = gateway.gateway.log().messages(row.id, 0, 500).unwrap().rows;
        let texts: Vec<_> = kept.into_iter().filter_map(|event| event.text).collect();
        let expected: Vec<_> = (0..row.messages).map(|n| n.to_string()).collect();
        assert_eq!(texts, expected);
    }
}

/// reliability.md, item 23
#[tokio::test]
async fn a_revoked_key_ends_a_stream_that_was_begun_with_it_and_the_log_says_why() {
    let (service, events) = stream(&[("content-type", "text/event-stream")]).await;
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}], health: {{passive: {{failures: 1}}}}}}],
          routes: [{{name: all, service: shop, authentication: {{methods: [api_key]}}}}]}}",
        service.url()
    ))
    .await;
    let key = gateway.issue_key("mobile");
    let mut answer = gateway.get_with_key("/", &key).await.bytes_stream();
    send(&events, "data: 1\n\n").await;
    assert_eq!(answer.next().await.unwrap().unwrap(), "data: 1\n\n");
    let id = gateway.gateway.keys().list()[0].id;
    gateway.gateway.keys().revoke(id).unwrap();
    let end = tokio::time::timeout(PATIENCE, answer.next()).await;
    assert!(
        end.expect("it goes on").unwrap().is_err(),
        "it is not whole"
    );
    let row = gateway.only_row().await;
    assert_eq!((row.status, row.ending), (200, Ending::CutOff));
    let (_, _, text) = gateway.newest().await;
    let said = "the gateway ended that after 9 bytes, because the API key was revoked.";
    assert!(text.ends_with(said), "{text}");
    let target = &gateway.service().targets[0];
    assert_eq!(
        target.failures, 0,
        "it is not the service's fault: {target:?}"
    );
    drop(events);
}

/// LG-7
#[tokio::test]
async fn events_can_be_read_in_the_log_while_they_come_and_without_their_secrets() {
    let (service, events) = stream(&[("content-type", "text/event-stream")]).await;
    let gateway = in_front_of(&service, "{}").await;
    let mut answer = gateway.get("/events").await.bytes_stream();
    send(&events, ": hello\nretry: 100\n\n").await;
    send(&events, "event: add\nid: 7\ndata: {\"token\":\"canary\",\n").await;
    send(&events, "data: \"visible\":1}\n\ndata: next\n").await;
    let mut read = Vec::new();
    while !read.ends_with(b"next\n") {
        read.extend_from_slice(&answer.next().await.unwrap().unwrap());
    }
    assert!(
        String::from_utf8(read).unwrap().contains("canary"),
        "callers get all of it"
    );
    let open = gateway
        .eventually(|gateway| gateway.recorder().open().pop())
        .await;
    assert_eq!(
        (open.stream, open.ending, open.messages),
        (Some(StreamKind::EventStream), Ending::Running, 1)
    );
    let messages = gateway.eventually(|gateway| {
        let page = gateway.log().messages(open.id, 0, 10).unwrap();
        (!page.rows.is_empty()).then_some(page.rows)
    });
    let message = messages.await.remove(0);
    assert_eq!(
        (message.direction, message.kind),
        (Direction::ToCaller, MessageKind::Event)
    );
    assert_eq!(
        (message.event.as_deref(), message.event_id.as_deref()),
        (Some("add"), Some("7"))
    );
    assert_eq!(
        message.text.as_deref(),
        Some("{\"token\":\"•••\",\n\"visible\":1}")
    );
    send(&events, "\n").await;
    drop(events);
    while answer.next().await.is_some() {}
    let row = gateway.only_row().await;
    assert_eq!(
        (row.id, row.messages, row.ending),
        (open.id, 2, Ending::Complete)
    );
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &["canary"]);
}

#[tokio::test]
async fn what_is_kept_of_events_is_bounded_and_all_are_counted() {
    for (recording, kept) in [("{max_messages: 3}", 3), ("{bodies: false}", 0)] {
        let (service, events) = stream(&[("content-type", "text/event-stream")]).await;
        let gateway = in_front_of(&service, recording).await;
        let answer = gateway.get("/").await;
        send(&events, "data: x\n\n".repeat(1_000)).await;
        drop(events);
        answer.bytes().await.unwrap();
        let row = gateway.only_row().await;
        assert_eq!(row.messages, 1_000);
        let rows = gateway.gateway.log().messages(row.id, 0, 500).unwrap().rows;
        assert_eq!(rows.len(), kept, "{recording}");
    }
}
