//! A change of configuration never drops a running request.

use http::Response;
use tokio::sync::watch;

use crate::harness::{TestGateway, Upstream, full};

/// A service that answers what it was asked, once it may.
async fn waiting(release: &watch::Sender<bool>) -> Upstream {
    let released = release.subscribe();
    Upstream::streaming(move |request| {
        let mut released = released.clone();
        Box::pin(async move {
            released.wait_for(|released| *released).await.unwrap();
            Response::new(full(request.uri().path().to_owned()))
        })
    })
    .await
}

/// The n-th configuration: services renamed, targets added and removed, routes moved.
fn config(n: usize, upstreams: &[Upstream]) -> String {
    let service = ["shop", "store", "market"][n % 3];
    let targets: Vec<_> = upstreams
        .iter()
        .enumerate()
        .filter(|(index, _)| !(index + n).is_multiple_of(3))
        .map(|(_, upstream)| format!("{{url: '{}', weight: {}}}", upstream.url(), n % 4 + 1))
        .collect();
    let balance = [
        "round_robin",
        "least_in_flight",
        "power_of_two",
        "consistent_hash",
    ][n % 4];
    format!(
        "{{version: 1, services: [{{name: {service}, targets: [{}],
          balance: {{algorithm: {balance}}},
          health: {{passive: {{failures: {}}}}}}}],
          routes: [{{name: route{}, service: {service}, match: {{path: /}}}}]}}",
        targets.join(", "),
        n % 5 + 1,
        n % 2,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_running_requests_none_is_dropped_by_fifty_changes() {
    const REQUESTS: usize = 1_000;
    let (release, _) = watch::channel(false);
    let mut upstreams = Vec::new();
    for _ in 0..3 {
        upstreams.push(waiting(&release).await);
    }
    let dir = tempfile::tempdir().unwrap();
    let gateway = TestGateway::in_dir(dir, Some(&config(0, &upstreams))).await;
    let in_flight = |gateway: &TestGateway| gateway.gateway.recorder().status().in_flight;
    let mut asking = Vec::new();
    // Some begin under each configuration, so that some run through many changes and some through
    // few.
    for n in 0..50 {
        for request in 0..REQUESTS / 50 {
            let url = gateway.url(&format!("/{n}/{request}"));
            asking.push((n, request, tokio::spawn(gateway.client.get(url).send())));
        }
        let begun = asking.len() as u64;
        gateway
            .eventually(|_| (in_flight(&gateway) == begun).then_some(()))
            .await;
        gateway.apply(&config(n + 1, &upstreams)).await;
    }
    assert_eq!(in_flight(&gateway), REQUESTS as u64);
    let revision = gateway.gateway.current().revision;
    assert_eq!(revision, 51, "each was a change");
    release.send(true).unwrap();
    for (n, request, asking) in asking {
        let answer = asking.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), format!("/{n}/{request}"));
    }
    let rows = gateway.rows().await;
    assert_eq!(rows.len(), REQUESTS);
    assert!(rows.iter().all(|row| row.status == 200 && row.tries == 1));
}
