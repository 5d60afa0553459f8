//! How long parts may take and be, and how many are asked for at once.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gateway_core::proxy::error::ErrorCode;
use gateway_core::record::parts::PartEnd;
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{config, parts, service};
use crate::harness::{Body, Mood, Moody, Upstream, full, gateway};

/// A part that was let go of.
struct Gone(mpsc::Sender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

#[tokio::test]
async fn a_part_that_hangs_is_waited_for_as_long_as_it_may_and_no_longer() {
    let (good, slow) = (service(&[("/a", "{}")]).await, Moody::start("slow").await);
    slow.becomes(Mood::Hang);
    for (required, status) in [(false, 200), (true, 504)] {
        let aggregate = json!({"parts": [
            {"name": "a", "service": "good", "path": "/a"},
            {"name": "b", "service": "slow", "path": "/b", "required": required, "timeout_ms": 250},
        ]});
        let services = [("good", good.url()), ("slow", slow.url())];
        let gateway = gateway(&config(&services, &aggregate)).await;
        let asked = slow.asked();
        let asking = tokio::spawn(gateway.client.get(gateway.url("/dash/1")).send());
        gateway
            .eventually(|_| (slow.asked() > asked).then_some(()))
            .await;
        gateway.clock.advance(Duration::from_millis(249));
        tokio::task::yield_now().await;
        assert!(!asking.is_finished());
        gateway.clock.advance(Duration::from_millis(1));
        let answer = asking.await.unwrap().unwrap();
        assert_eq!(answer.status(), status);
        let (_, kept, _) = gateway.newest().await;
        let part = &parts(&kept)[1];
        assert_eq!((part.end, part.took_us), (PartEnd::TimedOut, 250_000));
    }
}

#[tokio::test]
async fn a_caller_who_leaves_takes_all_parts_along() {
    let (came, mut coming) = mpsc::channel(16);
    let (gone, mut going) = mpsc::channel(16);
    let endless = Upstream::streaming(move |_: Request<Incoming>| -> Answer {
        let (came, gone) = (came.clone(), Gone(gone.clone()));
        Box::pin(async move {
            let _gone = gone;
            came.send(()).await.unwrap();
            std::future::pending().await
        })
    })
    .await;
    let list = service(&[("/list", r#"[1,2,3,4,5]"#)]).await;
    let aggregate = json!({"parts": [
        {"name": "a", "service": "endless", "path": "/a"},
        {"name": "b", "service": "endless", "path": "/b", "required": false},
        {"name": "ids", "service": "list", "path": "/list"},
        {"name": "each", "service": "endless", "path": "/each/{{item}}", "for_each": {"list": "ids", "concurrency": 2}},
    ]});
    let services = [("endless", endless.url()), ("list", list.url())];
    let gateway = gateway(&config(&services, &aggregate)).await;
    let asking = tokio::spawn(gateway.client.get(gateway.url("/dash/1")).send());
    for _ in 0..4 {
        coming.recv().await.unwrap();
    }
    asking.abort();
    for _ in 0..4 {
        going.recv().await.unwrap();
    }
    let row = gateway.only_row().await;
    assert_eq!(row.code, Some(ErrorCode::ClientClosed));
    let (_, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    let parts = parts(&kept);
    let ends: Vec<_> = parts.iter().map(|part| part.end).collect();
    let left = PartEnd::Cancelled;
    assert_eq!(ends, [left, left, PartEnd::Ok, left]);
    assert_eq!(parts[3].asked, 2, "the third was never begun");
    assert_eq!(parts[0].reason.as_deref(), Some("it was still being asked"));
}

#[tokio::test]
async fn a_list_of_two_hundred_keeps_to_its_concurrency_on_real_connections() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let items = Upstream::streaming(move |request: Request<Incoming>| -> Answer {
        let (running, most) = (running.clone(), most.clone());
        Box::pin(async move {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            let path = request.uri().path().to_owned();
            Response::new(full(path))
        })
    })
    .await;
    let all: Vec<_> = (0..200).collect();
    let list: &'static str = json!({"ids": all}).to_string().leak();
    let list = service(vec![("/list", list)].leak()).await;
    let aggregate = json!({"parts": [
        {"name": "list", "service": "list", "path": "/list", "hidden": true},
        {"name": "items", "service": "items", "path": "/i/{{item}}",
         "for_each": {"list": "list.ids", "concurrency": 6, "max_items": 200}},
    ]});
    let services = [("list", list.url()), ("items", items.url())];
    let gateway = gateway(&config(&services, &aggregate)).await;
    let answer = gateway.get("/dash/1").await;
    let body: Value = answer.json().await.unwrap();
    let whole: Vec<_> = (0..200).map(|n| format!("/i/{n}")).collect();
    assert_eq!(body, json!({"items": whole}));
    assert!(seen.load(Ordering::SeqCst) <= 6);
    assert!(items.connections() <= 6, "they are used again");
}

#[tokio::test]
async fn answers_that_are_too_long_are_not_read_to_their_end() {
    let long = Upstream::start(|_| Response::new(full(vec![b'x'; 3_000_000]))).await;
    let parts = |required: bool| json!({"name": "a", "service": "long", "path": "/", "required": required, "max_bytes": 2_000_000});
    let services = [("long", long.url())];
    let part_only = json!({"parts": [parts(true)]});
    let gateway = gateway(&config(&services, &part_only)).await;
    let answer = gateway.get("/dash/1").await;
    assert_eq!(answer.status(), 502);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "aggregate_too_large");
    assert_eq!(
        problem["detail"],
        "Part `a` is longer than the 2000000 bytes that it may have."
    );
    let (_, kept, _) = gateway.newest().await;
    assert!(self::parts(&kept)[0].bytes < 3_000_000);

    gateway
        .apply(&config(&services, &json!({"parts": [parts(false)]})))
        .await;
    let answer = gateway.get("/dash/1").await;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap()),
        (200, "{}".to_owned())
    );

    let whole = json!({"max_bytes": 1_000_000, "parts": [parts(false)]});
    gateway.apply(&config(&services, &whole)).await;
    let answer = gateway.get("/dash/1").await;
    assert_eq!(
        answer.status(),
        502,
        "the whole may not be that long, whoever is to blame"
    );
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(
        problem["detail"],
        "All parts together are longer than the 1000000 bytes that they may have."
    );
}
