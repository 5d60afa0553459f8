//! Answers that are fetched anew in the background: they are in the log, as nobody's requests.

use std::time::Duration;

use gateway_core::record::filter::{Filter, When};
use gateway_core::record::sentence::sentence;
use gateway_core::record::summary::{Ending, ExchangeSummary, RequestOrigin, Source};

use super::{answer, ask, keeping};
use crate::harness::{TestGateway, Upstream};

const KEPT: &[(&str, &str)] = &[
    (
        "cache-control",
        "max-age=10, stale-while-revalidate=30, stale-if-error=30",
    ),
    ("etag", "\"a\""),
];

/// A service that answers with the status that the request asks for.
async fn obeying() -> Upstream {
    Upstream::start(|request| {
        let wanted = request.headers.get("x-answer");
        match wanted.map_or("200", |status| status.to_str().unwrap()) {
            "200" => answer(200, KEPT, "whole"),
            "no-store" => answer(200, &[("cache-control", "no-store")], "not for others"),
            status => answer(status.parse().unwrap(), &[], ""),
        }
    })
    .await
}

fn fetching_anew(gateway: &TestGateway) -> Filter {
    Filter::parse("is:refresh", &When::now(gateway.gateway.clock())).unwrap()
}

/// The row of the only answer that was fetched anew, with its sentence.
async fn fetched_anew(gateway: &TestGateway) -> (ExchangeSummary, String) {
    let filter = fetching_anew(gateway);
    let row = gateway
        .eventually(|gateway| {
            let mut rows = gateway.log().page(&filter, None, 10).ok()?.rows;
            rows.pop()
        })
        .await;
    let (summary, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    let sentence = sentence(&summary, &kept);
    (summary, sentence)
}

#[tokio::test]
async fn what_came_of_fetching_a_stale_answer_anew_is_in_the_log() {
    for (wanted, status, bytes, says) in [
        ("200", 200, 5, "; it is kept, fresh for 10 s by "),
        ("304", 304, 0, "; what is kept is still good."),
        ("503", 503, 0, "; it is not kept: the service failed."),
        ("no-store", 200, 0, "; it is not kept: it says `no-store` ("),
    ] {
        let upstream = obeying().await;
        let gateway = keeping(&upstream, "").await;
        ask(&gateway, "/page?a=1", &[]).await;
        gateway.clock.advance(Duration::from_secs(15));
        let asks = [("x-answer", wanted), ("x-request-id", "theirs")];
        let stale = ask(&gateway, "/page?a=1", &asks).await;
        assert_eq!((stale.status, stale.body.as_str()), (200, "whole"));
        let (row, sentence) = fetched_anew(&gateway).await;
        assert_eq!(row.origin, RequestOrigin::Refresh);
        let seen = (row.status, row.response_bytes, row.source, row.ending);
        assert_eq!(seen, (status, bytes, Source::Upstream, Ending::Complete));
        assert_eq!(row.path, "/page");
        assert_eq!(row.query.as_deref(), Some("a=1"));
        assert_eq!((row.tries, row.request_id.as_str()), (1, "theirs"));
        let begins = "Fetched anew by the gateway itself on route `all`: service `shop` (http://";
        assert!(sentence.starts_with(begins), "{sentence}");
        assert!(sentence.contains(says), "{sentence}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_fetched_anew_is_said_to_be_so_and_tried_again() {
    let upstream = obeying().await;
    let gateway = keeping(&upstream, "").await;
    ask(&gateway, "/", &[]).await;
    drop(upstream);
    gateway.clock.advance(Duration::from_secs(15));
    assert_eq!(ask(&gateway, "/", &[]).await.body, "whole");
    let (row, sentence) = fetched_anew(&gateway).await;
    assert_eq!(row.status, 502);
    let says = "Fetched anew by the gateway itself on route `all`: service `shop` gave no answer: ";
    assert!(sentence.starts_with(says), "{sentence}");
    // It is still given, and the next caller has it fetched once more.
    let both = fetching_anew(&gateway);
    gateway.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&gateway, "/", &[]).await.body, "whole");
    gateway
        .eventually(|gateway| {
            let rows = gateway.log().page(&both, None, 10).ok()?.rows;
            (rows.len() == 2).then_some(())
        })
        .await;
}

/// The service was asked once more, and no caller asked for it.
#[tokio::test]
async fn what_is_fetched_anew_counts_as_nobodys_request() {
    let upstream = obeying().await;
    let gateway = keeping(&upstream, "").await;
    ask(&gateway, "/", &[]).await;
    gateway.clock.advance(Duration::from_secs(15));
    ask(&gateway, "/", &[]).await;
    fetched_anew(&gateway).await;
    gateway.gateway.recorder().flush().await;
    for (only, counted) in [("", 3), ("&callers_only=true", 2), ("&source=upstream", 2)] {
        let path = format!("/usage?by=route&last_s=86400{only}");
        let (status, usage) = crate::harness::admin::get(&gateway.gateway, &path).await;
        assert_eq!(status, 200, "{usage}");
        let total = usage["total"]["figures"]["requests"].as_u64();
        assert_eq!(total, Some(counted), "{only}: {usage}");
    }
}
