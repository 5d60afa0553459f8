//! Who may begin a conversation, and what ends it.

use super::*;

#[tokio::test]
async fn a_caller_who_vanishes_is_told_to_the_service() {
    let (ended_for, mut ends) = mpsc::channel(8);
    let service = Service::start(move |mut server, _| {
        let ended_for = ended_for.clone();
        async move {
            while let Some(Ok(_)) = server.next().await {}
            ended_for.send(()).await.unwrap();
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("still here")).await.unwrap();
    // Without a goodbye.
    drop(client);
    ends.recv().await.unwrap();
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.messages), (Ending::ClientClosed, 1));
    assert_eq!(gateway.gateway.recorder().status().in_flight, 0);
}

#[tokio::test]
async fn a_service_that_vanishes_is_told_to_the_caller() {
    let service = Service::start(|mut server, _| async move {
        server.next().await.unwrap().unwrap();
        // Without a goodbye.
        drop(server);
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("go")).await.unwrap();
    let heard = tokio::time::timeout(PATIENCE, client.next()).await;
    assert!(matches!(heard.unwrap(), None | Some(Err(_))));
    drop(client);
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.status), (Ending::CutOff, 101));
}

/// reliability.md, item 7
#[tokio::test]
async fn without_a_key_nothing_is_switched() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let url = format!("ws://{}/keyed", gateway.address());
    match tokio_tungstenite::connect_async(&url).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 401),
        other => panic!("{other:?}"),
    }
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.status, row.tries, row.stream), (401, 0, None));
}

/// reliability.md, item 23
#[tokio::test]
async fn a_revoked_key_ends_what_was_begun_with_it() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let key = gateway.issue_key("mobile");
    let mut request = format!("ws://{}/keyed", gateway.address())
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("x-api-key", key.parse().unwrap());
    let (mut client, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut other = connect(&gateway, "/").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::text("hello"));
    let id = gateway.gateway.keys().list()[0].id;
    gateway.gateway.keys().revoke(id).unwrap();
    match hear(&mut client).await {
        Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Policy),
        other => panic!("{other:?}"),
    }
    other.send(Message::text("not me")).await.unwrap();
    assert_eq!(hear(&mut other).await, Message::text("not me"));
}

#[tokio::test]
async fn a_new_configuration_leaves_conversations_alone() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    for n in 0..5 {
        let elsewhere = YAML.replace("UPSTREAM", &format!("http://127.0.0.1:{}", n + 1));
        gateway.apply(&elsewhere).await;
        client.send(Message::text(n.to_string())).await.unwrap();
        assert_eq!(hear(&mut client).await, Message::text(n.to_string()));
    }
}

#[tokio::test]
async fn a_stop_says_goodbye_to_both_sides_and_waits_for_nobody() {
    let (heard, mut hears) = mpsc::channel(8);
    let service = Service::start(move |mut server, _| {
        let heard = heard.clone();
        async move {
            while let Some(Ok(message)) = server.next().await {
                heard.send(message).await.unwrap();
            }
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(hears.recv().await, Some(Message::text("hello")));
    let before = Instant::now();
    gateway.gateway.stop().await;
    assert!(
        before.elapsed() < Duration::from_secs(5),
        "{:?}",
        before.elapsed()
    );
    let code = |message: Message| match message {
        Message::Close(Some(frame)) => frame.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(hear(&mut client).await), CloseCode::Away);
    assert_eq!(code(hears.recv().await.unwrap()), CloseCode::Away);
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!(row.ending, Ending::CutOff);
    gateway.gateway.start().await.unwrap();
    let mut again = connect(&gateway, "/").await;
    again.send(Message::text("back")).await.unwrap();
    assert_eq!(hears.recv().await, Some(Message::text("back")));
}

#[tokio::test]
async fn a_silent_tunnel_ends_after_the_idle_timeout_and_a_busy_one_does_not() {
    let service = Service::echo().await;
    let yaml = format!(
        "{{version: 1, services: [{{name: chat, targets: [{{url: 'http://{}'}}], timeouts: {{idle_ms: 1500}}}}],
          routes: [{{name: all, service: chat}}]}}",
        service.address
    );
    let gateway = gateway(&yaml).await;
    let (mut silent, mut busy) = (connect(&gateway, "/").await, connect(&gateway, "/").await);
    let closed = tokio::spawn(async move { silent.next().await });
    while !closed.is_finished() {
        busy.send(Message::text("x")).await.unwrap();
        assert_eq!(hear(&mut busy).await, Message::text("x"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    busy.send(Message::text("still")).await.unwrap();
    assert_eq!(hear(&mut busy).await, Message::text("still"));
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.messages), (Ending::CutOff, 0));
}
