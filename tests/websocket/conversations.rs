//! What is said passes both ways, as it was said.

use super::*;

#[tokio::test]
async fn what_is_said_passes_both_ways_and_is_in_the_log() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/chat?room=1").await;
    for said in [
        Message::text("hello"),
        Message::binary(vec![0, 159, 146, 150]),
        Message::text(""),
    ] {
        client.send(said.clone()).await.unwrap();
        assert_eq!(hear(&mut client).await, said);
    }
    client.send(Message::Ping(Bytes::from("p"))).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::Pong(Bytes::from("p")));
    let goodbye = goodbye(1000, "thank you");
    client.close(Some(goodbye.clone())).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::Close(Some(goodbye)));
    assert!(client.next().await.is_none(), "the connection is closed");

    let (row, messages) = ended(&gateway, 1).await;
    assert_eq!(
        (row.status, row.ending, row.stream, row.messages),
        (101, Ending::Complete, Some(StreamKind::Websocket), 10)
    );
    assert!(row.request_bytes > 20 && row.response_bytes > 15, "{row:?}");
    let (summary, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    let text = sentence(&summary, &kept);
    let start = format!(
        "Switched by service `chat` (http://{}) to a WebSocket, closed after ",
        service.address
    );
    assert!(text.starts_with(&start), "{text}");
    let (out, back) = (Direction::ToService, Direction::ToCaller);
    assert_eq!(
        told(&messages),
        [
            (out, MessageKind::Text, "hello"),
            (back, MessageKind::Text, "hello"),
            (out, MessageKind::Binary, ""),
            (back, MessageKind::Binary, ""),
            (out, MessageKind::Text, ""),
            (back, MessageKind::Text, ""),
            (out, MessageKind::Ping, "p"),
            (back, MessageKind::Pong, "p"),
            (out, MessageKind::Close, "thank you"),
            (back, MessageKind::Close, "thank you"),
        ]
    );
    assert_eq!(messages[2].base64.as_deref(), Some("AJ+Slg=="));
    assert_eq!(messages[8].close_code, Some(1000));
    let numbers: Vec<_> = messages.iter().map(|message| message.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_service_says_goodbye_with_its_own_code() {
    let service = Service::start(|mut server, _| async move {
        server.next().await.unwrap().unwrap();
        server.close(Some(goodbye(4321, "enough"))).await.unwrap();
        while server.next().await.is_some() {}
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("go")).await.unwrap();
    let heard = hear(&mut client).await;
    assert_eq!(heard, Message::Close(Some(goodbye(4321, "enough"))));
    assert!(client.next().await.is_none());
    let (row, messages) = ended(&gateway, 1).await;
    assert_eq!(row.ending, Ending::Complete);
    let close = messages
        .iter()
        .find(|message| message.kind == MessageKind::Close);
    assert_eq!(close.unwrap().close_code, Some(4321));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_and_many_fragments_arrive_as_they_were() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    let large: Bytes = (0..32 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    client.send(Message::Binary(large.clone())).await.unwrap();
    assert!(hear(&mut client).await.into_data() == large);

    const FRAGMENTS: usize = 500;
    for n in 0..FRAGMENTS {
        let opcode = match n {
            0 => OpCode::Data(Data::Text),
            _ => OpCode::Data(Data::Continue),
        };
        let fragment = Frame::message(format!("{n} "), opcode, n + 1 == FRAGMENTS);
        client.send(Message::Frame(fragment)).await.unwrap();
        if n == 250 {
            client.send(Message::Ping(Bytes::new())).await.unwrap();
        }
    }
    let all: String = (0..FRAGMENTS).map(|n| format!("{n} ")).collect();
    let mut heard = hear(&mut client).await;
    if heard.is_pong() {
        heard = hear(&mut client).await;
    }
    assert_eq!(heard, Message::text(all.clone()));
    client.close(None).await.unwrap();
    while client.next().await.is_some() {}

    let (row, messages) = ended(&gateway, 1).await;
    assert!(row.request_bytes > 32 * 1024 * 1024 && row.response_bytes > 32 * 1024 * 1024);
    let binary = messages
        .iter()
        .find(|message| message.kind == MessageKind::Binary);
    let binary = binary.unwrap();
    assert_eq!((binary.bytes, binary.truncated), (32 * 1024 * 1024, true));
    assert_eq!(
        binary.base64.as_ref().unwrap().len(),
        (64 * 1024_usize).div_ceil(3) * 4
    );
    let texts = messages
        .iter()
        .filter(|message| message.kind == MessageKind::Text);
    let texts: Vec<_> = texts.map(|text| text.text.as_deref()).collect();
    assert_eq!(
        texts,
        [Some(all.as_str()), Some(all.as_str())],
        "put together again"
    );
}

#[tokio::test]
async fn what_both_sides_agree_on_is_theirs() {
    let (seen, mut headers) = mpsc::channel(8);
    let service = Service::start(move |server, headers| {
        let seen = seen.clone();
        async move {
            seen.send(headers).await.unwrap();
            drop(server);
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut request = format!("ws://{}/x", gateway.address())
        .into_client_request()
        .unwrap();
    let asked = request.headers_mut();
    asked.insert(ORIGIN, "https://example.test".parse().unwrap());
    asked.insert("sec-websocket-protocol", "vite-hmr, other".parse().unwrap());
    asked.insert("x-mine", "1".parse().unwrap());
    let asked = asked.clone();
    let (_, response) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "vite-hmr");
    assert_eq!(response.headers()["upgrade"], "websocket");
    let got = headers.recv().await.unwrap();
    for name in [
        "origin",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-protocol",
        "x-mine",
        "host",
    ] {
        assert_eq!(got.get(name), asked.get(name), "{name}");
    }
    assert_eq!(got["connection"], "upgrade");
    assert!(got.contains_key("x-forwarded-for") && got.contains_key("x-request-id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_conversations_go_on_at_once() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(connect(&gateway, "/").await);
    }
    let open = gateway.eventually(|gateway| (gateway.recorder().open().len() == 200).then_some(()));
    open.await;
    for (n, client) in clients.iter_mut().enumerate() {
        client.send(Message::text(n.to_string())).await.unwrap();
    }
    for (n, client) in clients.iter_mut().enumerate().rev() {
        assert_eq!(hear(client).await, Message::text(n.to_string()));
    }
    for mut client in clients {
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
    }
    let (row, _) = ended(&gateway, 200).await;
    assert_eq!(row.ending, Ending::Complete);
    assert!(gateway.gateway.recorder().open().is_empty());
}

/// A packet that waits to be filled waits for 40 ms: 300 of them would take 12 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_frames_are_not_held_back() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    let before = Instant::now();
    for n in 0..300 {
        // In two frames each, so that one is on its way while the other is written.
        let first = Frame::message(vec![b'a'], OpCode::Data(Data::Text), false);
        client.send(Message::Frame(first)).await.unwrap();
        let last = Frame::message(n.to_string(), OpCode::Data(Data::Continue), true);
        client.send(Message::Frame(last)).await.unwrap();
        assert_eq!(hear(&mut client).await, Message::text(format!("a{n}")));
    }
    assert!(
        before.elapsed() < Duration::from_secs(6),
        "{:?}",
        before.elapsed()
    );
}

/// A caller that does not read holds up its own conversation, and no memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_does_not_read_slows_the_service_down() {
    let (sent, mut progress) = tokio::sync::watch::channel(0_usize);
    let service = Service::start(move |mut server, _| {
        let sent = sent.clone();
        async move {
            let piece = Bytes::from(vec![b'x'; 1024 * 1024]);
            for n in 1..=256 {
                if server.send(Message::Binary(piece.clone())).await.is_err() {
                    return;
                }
                sent.send_replace(n);
            }
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    // Until nothing moves for a second: everything between the two is full.
    while let Ok(changed) = tokio::time::timeout(Duration::from_secs(1), progress.changed()).await {
        changed.unwrap();
    }
    let stuck_at = *progress.borrow();
    assert!(
        stuck_at < 64,
        "{stuck_at} MiB were taken though nobody reads"
    );
    let mut heard = 0;
    while heard < 256 {
        heard += usize::from(hear(&mut client).await.is_binary());
    }
}
