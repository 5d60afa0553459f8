//! What the log has of a conversation.

use super::*;

/// RFC 7692: compression is between the two ends; the log reads it on the way.
#[tokio::test]
async fn compressed_messages_pass_as_they_are_and_are_readable_in_the_log() {
    let compress = |text: &str| {
        let mut encoder = flate2::Compress::new(flate2::Compression::best(), false);
        let mut out = Vec::with_capacity(1_000);
        encoder
            .compress_vec(text.as_bytes(), &mut out, flate2::FlushCompress::Sync)
            .unwrap();
        out.truncate(out.len() - 4);
        out
    };
    let from_service = compress(r#"{"hello":"hello hello","token":"canary"}"#);
    let frame = |payload: &[u8], mask: Option<[u8; 4]>| {
        let mut frame = vec![
            0xc1,
            payload.len() as u8 | if mask.is_some() { 0x80 } else { 0 },
        ];
        let mask = mask.inspect(|mask| frame.extend(mask)).unwrap_or_default();
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        frame
    };
    let sent = frame(&from_service, None);
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\
                 Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";
    // In one piece with the answer's head: nothing of it may be lost.
    let (address, mut got) = raw_service([head.as_slice(), &sent].concat()).await;
    let gateway = in_front_of(&format!("http://{address}")).await;
    let lines = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let mut caller = raw_upgrade(&gateway, lines).await;
    let head = read_head(&mut caller).await.to_ascii_lowercase();
    assert!(
        head.contains("permessage-deflate; server_no_context_takeover"),
        "{head}"
    );
    let mut heard = vec![0; sent.len()];
    caller.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, sent);
    let answer = frame(&compress("to you too"), Some([9, 8, 7, 6]));
    caller.write_all(&answer).await.unwrap();
    caller.shutdown().await.unwrap();
    assert_eq!(got.recv().await.unwrap(), answer);
    let (_, messages) = ended(&gateway, 1).await;
    assert_eq!(
        told(&messages),
        [
            (
                Direction::ToCaller,
                MessageKind::Text,
                r#"{"hello":"hello hello","token":"•••"}"#
            ),
            (Direction::ToService, MessageKind::Text, "to you too"),
        ]
    );
}

/// LG-7: a conversation is shown from its beginning, and grows.
#[tokio::test]
async fn a_conversation_can_be_followed_while_it_goes_on() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut stored = gateway.gateway.recorder().messages_stored();
    let mut client = connect(&gateway, "/").await;
    let open = gateway.gateway.recorder().open();
    assert_eq!(
        (open.len(), open[0].status, open[0].ending),
        (1, 101, Ending::Running)
    );
    let id = open[0].id;
    client.send(Message::text("hello")).await.unwrap();
    hear(&mut client).await;
    let grown = gateway.eventually(|gateway| {
        let (summary, kept) = gateway.recorder().running(id)?;
        assert!(kept.client_response.is_some());
        (summary.messages == 2).then_some(summary)
    });
    let grown = grown.await;
    assert_eq!((grown.request_bytes, grown.response_bytes), (11, 7));
    assert_eq!(stored.recv().await.unwrap(), id);
    let messages = gateway.eventually(|gateway| {
        let page = gateway.log().messages(id, 0, 10).unwrap();
        (page.rows.len() == 2).then_some(page.rows)
    });
    assert_eq!(messages.await[1].text.as_deref(), Some("hello"));
}

/// LG-3
#[tokio::test]
async fn no_secret_of_a_conversation_is_in_the_files() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let key = gateway.issue_key("mobile");
    let mut client = connect(&gateway, "/").await;
    for said in [
        Message::text(format!(
            r#"{{"password":"canary-1","visible":1,"k":"{key}"}}"#
        )),
        Message::text("see https://u:canary-2@x/?token=canary-3"),
        Message::binary(b"\xff\x00{\"token\":\"canary-4\"}".to_vec()),
    ] {
        client.send(said.clone()).await.unwrap();
        assert_eq!(hear(&mut client).await, said, "the service gets all of it");
    }
    let reason = goodbye(1000, r#"{"secret":"canary-5"}"#);
    client.close(Some(reason)).await.unwrap();
    while client.next().await.is_some() {}
    let (_, messages) = ended(&gateway, 1).await;
    assert!(messages[0].text.as_ref().unwrap().contains("visible"));
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &["canary", &key]);
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_all_is_counted() {
    let service = Service::echo().await;
    for (recording, kept, longest) in [
        ("{max_messages: 5, max_body_bytes: 3}", 5, 3),
        ("{max_messages: 0}", 0, 0),
        ("{bodies: false}", 0, 0),
    ] {
        let yaml = format!("{YAML}\nrecording: {recording}");
        let yaml = yaml.replace("UPSTREAM", &format!("http://{}", service.address));
        let gateway = gateway(&yaml).await;
        let mut client = connect(&gateway, "/").await;
        for _ in 0..10 {
            client.send(Message::text("hello")).await.unwrap();
            hear(&mut client).await;
        }
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
        let (row, messages) = ended(&gateway, 1).await;
        assert_eq!((row.messages, messages.len()), (22, kept), "{recording}");
        for message in messages {
            assert_eq!((message.bytes, message.truncated), (5, true));
            assert_eq!(message.text.unwrap().len(), longest);
        }
    }
}
