//! A WebSocket through the gateway, read along in the log.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_messages_of_a_websocket_come_into_the_log_while_it_is_open() {
    let shop = upstream("the shop").await;
    let chat = polite_service().await;
    let door = browser::open("conversation").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    make_a_route_for_chat(page, chat).await;

    let address = format!("{}/chat", gateway.replace("http:", "ws:"));
    let (mut caller, _) = tokio_tungstenite::connect_async(address).await.unwrap();
    caller.send(Message::text("good morning")).await.unwrap();
    let answer = caller.next().await.unwrap().unwrap();
    assert_eq!(answer, Message::text("you said: good morning"));

    page.press("Traffic").await;
    page.click(
        "//*[contains(@class, 'log-row') and not(@hidden)]\
         [.//*[contains(@class, 'log-stream') and contains(., 'ws')]]",
    )
    .await;
    page.press("Messages").await;
    page.find(&message("to service", "good morning")).await;
    page.find(&message("to caller", "you said: good morning"))
        .await;
    page.reads("2 messages so far").await;
    page.picture("open").await;

    // The page is open and follows.
    let goodbye = CloseFrame {
        code: CloseCode::Away,
        reason: "off to lunch".into(),
    };
    caller.send(Message::text("and good night")).await.unwrap();
    caller.close(Some(goodbye)).await.unwrap();
    page.find(&message("to service", "and good night")).await;
    page.find(&message("to service", "off to lunch")).await;
    page.is_accessible().await;
    page.picture("closed").await;
    page.press("Overview").await;
    page.find("//*[@data-testid='sentence'][contains(., 'to a WebSocket, closed after')]")
        .await;
}

fn message(direction: &str, text: &str) -> String {
    format!("//ol[@aria-label='Messages']/li[contains(., '{direction}') and contains(., '{text}')]")
}

/// Says what it was told; gives its port. Ends with the test.
async fn polite_service() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            tokio::spawn(async move {
                // Also asked by those who look for services, who do not speak WebSocket.
                let Ok(mut talk) = tokio_tungstenite::accept_async(stream).await else {
                    return;
                };
                while let Some(Ok(message)) = talk.next().await {
                    let Message::Text(text) = message else {
                        continue;
                    };
                    let answer = format!("you said: {text}");
                    if talk.send(Message::text(answer)).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

async fn make_a_route_for_chat(page: &Page, service: u16) {
    page.press("Routes").await;
    page.press("New route").await;
    page.fill("Name", "chat").await;
    page.fill("Path prefix", "/chat").await;
    page.pick("", "Service", "New service…").await;
    page.fill("Target", &format!("http://127.0.0.1:{service}"))
        .await;
    page.press("Create route").await;
    page.find("//form[@aria-label='Route chat']").await;
}
