//! Which target a request goes to.

use http::Response;

use crate::harness::{TestGateway, Upstream, full, gateway, upstream};

fn service(rest: &str, targets: &[(&Upstream, u16)]) -> String {
    let targets: Vec<_> = targets
        .iter()
        .map(|(target, weight)| format!("{{url: '{}', weight: {weight}}}", target.url()))
        .collect();
    format!(
        "{{version: 1, services: [{{name: shop, {rest}, targets: [{}]}}],
          routes: [{{name: all, service: shop}}]}}",
        targets.join(", ")
    )
}

async fn who(gateway: &TestGateway, header: (&str, &str)) -> String {
    let request = gateway
        .client
        .get(gateway.url("/"))
        .header(header.0, header.1);
    request.send().await.unwrap().text().await.unwrap()
}

/// LB-1
#[tokio::test]
async fn requests_are_spread_by_weight_and_the_log_says_why() {
    let (a, b) = (upstream("a").await, upstream("b").await);
    let gateway = gateway(&service("protocol: auto", &[(&a, 3), (&b, 1)])).await;
    for _ in 0..40 {
        gateway.get("/").await.text().await.unwrap();
    }
    assert_eq!((a.seen().len(), b.seen().len()), (30, 10));
    let (_, kept, _) = gateway.newest().await;
    assert_eq!(kept.attempts[0].chosen.as_deref(), Some("round robin"));
    let targets = gateway.service().targets;
    let requests: Vec<_> = targets.iter().map(|target| target.requests).collect();
    assert_eq!(requests, [30, 10]);
    gateway
        .eventually(|gateway| {
            let state = gateway.service_states().remove(0);
            (state.running == 0 && state.targets.iter().all(|t| t.in_flight == 0)).then_some(())
        })
        .await;
}

#[tokio::test]
async fn the_same_header_goes_to_the_same_target_also_after_a_change_of_configuration() {
    let (a, b) = (upstream("a").await, upstream("b").await);
    let rule = "balance: {algorithm: consistent_hash, hash_by: header, hash_name: X-User}";
    let yaml = service(rule, &[(&a, 1), (&b, 1)]);
    let gateway = gateway(&yaml).await;
    let mut answers = Vec::new();
    for user in 0..16 {
        answers.push(who(&gateway, ("x-user", &user.to_string())).await);
    }
    assert!(answers.contains(&"a".to_owned()) && answers.contains(&"b".to_owned()));
    gateway
        .apply(&yaml.replace("name: all", "name: other"))
        .await;
    for (user, answer) in answers.iter().enumerate() {
        assert_eq!(who(&gateway, ("x-user", &user.to_string())).await, *answer);
    }
}

#[tokio::test]
async fn a_sticky_cookie_brings_a_browser_back_and_never_reaches_the_service() {
    let targets = (
        Upstream::start(|_| {
            Response::builder()
                .header("set-cookie", "own=1")
                .body(full("a"))
                .unwrap()
        })
        .await,
        upstream("b").await,
    );
    let yaml = service(
        "balance: {sticky_cookie: gw_shop}",
        &[(&targets.0, 1), (&targets.1, 1)],
    );
    let gateway = gateway(&yaml).await;
    let first = gateway.get("/").await;
    let cookies: Vec<_> = first.headers().get_all("set-cookie").iter().collect();
    assert_eq!(
        cookies.len(),
        2,
        "the service's and the gateway's: {cookies:?}"
    );
    let cookie = cookies[1].to_str().unwrap().to_owned();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains(&targets.0.address.port().to_string()));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let name = first.text().await.unwrap();
    for _ in 0..6 {
        let request = gateway.client.get(gateway.url("/"));
        let request = request.header("cookie", format!("mine=1; {pair}"));
        let answer = request.send().await.unwrap();
        let ours = answer.headers().get_all("set-cookie").iter();
        let ours = ours.filter(|value| value.to_str().unwrap().contains("gw_shop"));
        assert_eq!(ours.count(), 0, "it is set already");
        assert_eq!(answer.text().await.unwrap(), name);
    }
    let seen = targets.0.seen();
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.last().unwrap().headers["cookie"], "mine=1");
    // The target goes: the cookie is ignored, and another one is given.
    gateway
        .apply(&service(
            "balance: {sticky_cookie: gw_shop}",
            &[(&targets.1, 1)],
        ))
        .await;
    let request = gateway.client.get(gateway.url("/")).header("cookie", &pair);
    let answer = request.send().await.unwrap();
    let given = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(given.starts_with("gw_shop=") && !given.starts_with(&pair));
    assert_eq!(answer.text().await.unwrap(), "b");
}

#[tokio::test]
async fn least_in_flight_leaves_a_busy_target_alone() {
    let (release, held) = tokio::sync::watch::channel(false);
    let busy = Upstream::streaming(move |_| {
        let mut held = held.clone();
        Box::pin(async move {
            held.wait_for(|released| *released).await.unwrap();
            Response::new(full("busy"))
        })
    })
    .await;
    let free = upstream("free").await;
    let gateway = gateway(&service(
        "balance: {algorithm: least_in_flight}",
        &[(&busy, 1), (&free, 1)],
    ))
    .await;
    let stuck = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    gateway
        .eventually(|gateway| {
            let targets = gateway.service_states().remove(0).targets;
            (targets[0].in_flight == 1).then_some(())
        })
        .await;
    for _ in 0..10 {
        assert_eq!(gateway.get("/").await.text().await.unwrap(), "free");
    }
    release.send(true).unwrap();
    let answer = stuck.await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "busy");
}

/// A WebSocket counts as running at its target until it is closed.
#[tokio::test]
async fn a_tunnel_is_in_flight_until_it_ends() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: all, service: shop}}]}}"
    ))
    .await;
    let mut caller = tokio::net::TcpStream::connect(gateway.address())
        .await
        .unwrap();
    let ask = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    caller.write_all(ask).await.unwrap();
    let (mut target, _) = socket.accept().await.unwrap();
    let switch = b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhello";
    target.write_all(switch).await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"hello") {
        let mut byte = [0];
        caller.read_exact(&mut byte).await.unwrap();
        heard.push(byte[0]);
    }
    let state = gateway.service();
    assert_eq!((state.running, state.targets[0].in_flight), (1, 1));
    drop((caller, target));
    gateway
        .eventually(|_| {
            let state = gateway.service();
            (state.running == 0 && state.targets[0].in_flight == 0).then_some(())
        })
        .await;
}
