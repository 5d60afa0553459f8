//! What most journeys begin with.

use crate::page::Page;
use crate::process::free_port;

/// Puts the gateway in front of the service on this port, as a person does on the first run. Gives
/// the gateway's address: `http://127.0.0.1:PORT`.
pub async fn put_the_gateway_in_front(page: &Page, service: u16) -> String {
    page.reads("Put a gateway in front of a service").await;
    page.press("Rescan").await;
    page.choose(&format!(":{service}")).await;
    let port = free_port();
    page.fill("Gateway port", &port.to_string()).await;
    page.press("Start gateway").await;
    page.reads("Waiting for the first request").await;
    format!("http://127.0.0.1:{port}")
}
