//! Services that answer with what they were asked.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::ask::keeping::{ANSWER_STATUS, ANSWER_WITH, STEP};
use super::wire;
use crate::config::Config;
use crate::export::gate::parts;

/// A service for each target of a configuration, on loopback; they stop when dropped.
pub(super) struct Upstreams {
    /// The configuration with their addresses in the place of the targets'.
    pub(super) config: Config,
    _running: JoinSet<()>,
}

impl Upstreams {
    /// Starts them.
    pub(super) async fn start(config: &Config) -> std::io::Result<Self> {
        let mut config = config.clone();
        let mut running = JoinSet::new();
        let keeps = config.routes.iter().any(|route| route.cache.is_some());
        for service in &mut config.services {
            service.protocol = crate::config::Protocol::Auto;
            service.process = None;
            for target in &mut service.targets {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let address: SocketAddr = listener.local_addr()?;
                let (_, _, path) = parts(&target.url);
                target.url = format!("http://{address}{path}");
                running.spawn(serve(listener, service.name.to_string(), keeps));
            }
        }
        Ok(Self {
            config,
            _running: running,
        })
    }
}

/// `keeps`: where some route keeps answers, only what is asked about that may be kept.
async fn serve(listener: TcpListener, service: String, keeps: bool) {
    let mut answering = JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let service = service.clone();
        answering.spawn(async move {
            // Connections are kept open, as both sides like to use them again.
            while let Ok(Some(message)) = wire::read(&mut stream, None).await {
                let mut told = format!("service: {service}\nrequest: {}\n", message.first);
                for (name, value) in &message.headers {
                    told.push_str(&format!("{name}: {value}\n"));
                }
                told.push_str(&format!("\n{}", String::from_utf8_lossy(&message.body)));
                let status = message.all(ANSWER_STATUS).first().copied().unwrap_or("200");
                let mut more: String = message
                    .all(ANSWER_WITH)
                    .iter()
                    .map(|line| format!("{line}\r\n"))
                    .collect();
                if keeps && !message.headers.iter().any(|(name, _)| name == STEP) {
                    more.push_str("cache-control: no-store\r\n");
                }
                let head = format!(
                    "HTTP/1.1 {status} OK\r\ncontent-type: text/plain\r\nx-echo: {service}\r\n\
                     x-powered-by: echo\r\naccess-control-allow-origin: nobody\r\n{more}\
                     content-length: {}\r\n\r\n",
                    told.len()
                );
                let is_head = message.first.starts_with("HEAD ");
                let body = if is_head { "" } else { &told };
                let sent = stream.write_all(format!("{head}{body}").as_bytes()).await;
                if sent.is_err() {
                    break;
                }
            }
        });
    }
}
