//! The built-in echo service, for those who have no service yet.

use std::net::Ipv4Addr;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use utoipa::ToSchema;

use super::change::{Edit, list_mut, position};
use super::extract::By;
use super::problem::{Problem, ProblemCode};
use super::services;
use crate::config::Config;
use crate::gateway::Gateway;
use crate::ids::ServiceName;

/// What the service is called that stands for the echo service.
const NAME: &str = "echo";

/// The built-in echo service.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EchoService {
    /// The service to name in a route.
    pub service: ServiceName,
    /// Where it listens.
    #[schema(example = "http://127.0.0.1:41873")]
    pub url: String,
    /// Revision of the configuration it is in.
    pub revision: u64,
}

/// Makes sure that the built-in echo service runs and that a service stands for it.
#[utoipa::path(
    post, path = "/echo", tag = "start", operation_id = "ensure_echo",
    responses((status = 200, body = EchoService), (status = "default", body = Problem)),
)]
pub(super) async fn ensure(
    State(gateway): State<Gateway>,
    By(actor): By,
) -> Result<Json<EchoService>, Problem> {
    let current = gateway.current();
    if let Some((service, url)) = present(&current.config) {
        return Ok(Json(EchoService {
            service,
            url,
            revision: current.revision,
        }));
    }
    let port = port_for(&current.config).await?;
    let edit = Edit {
        gateway: &gateway,
        expected: None,
        actor,
    };
    let mut service = ServiceName::new(NAME);
    let applied = edit
        .amend("echo service added", |document| {
            service = add(document, port);
            Ok(())
        })
        .await?;
    Ok(Json(EchoService {
        service,
        url: url(port),
        revision: applied.revision,
    }))
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The service that stands for the echo service, and its URL.
fn present(config: &Config) -> Option<(ServiceName, String)> {
    let url = url(config.echo.as_ref()?.port);
    let service = config.services.iter().find(|service| {
        service.targets.len() == 1 && service.targets[0].url.trim_end_matches('/') == url
    })?;
    Some((service.name.clone(), url))
}

/// The port the echo service has, or one it can have.
pub(super) async fn port_for(config: &Config) -> Result<u16, Problem> {
    if let Some(echo) = &config.echo {
        return Ok(echo.port);
    }
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .and_then(|l| l.local_addr());
    free.map(|address| address.port()).map_err(|error| {
        Problem::new(
            ProblemCode::ListenFailed,
            format!("No port is free on 127.0.0.1: {error}."),
        )
    })
}

/// Adds the echo service to a document, and a service that stands for it, unless there is one.
pub(super) fn add(document: &mut Value, port: u16) -> ServiceName {
    document["echo"] = json!({ "port": port });
    let target = json!([{ "url": url(port) }]);
    let services = list_mut(document, "services");
    let name = match services.iter().find(|service| service["targets"] == target) {
        Some(service) => service["name"].as_str().unwrap_or(NAME).to_owned(),
        None => free_name(services),
    };
    if position(services, &name).is_none() {
        services::put(document, &name, json!({ "name": name, "targets": target }));
    }
    ServiceName::new(name)
}

/// `echo`, or with a number where a service of a person's own is called that.
fn free_name(services: &[Value]) -> String {
    let numbered = (2..).map(|number| format!("{NAME}-{number}"));
    std::iter::once(NAME.to_owned())
        .chain(numbered)
        .find(|name| position(services, name).is_none())
        .expect("there are more numbers than services")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_of_ones_own_called_echo_is_left_alone() {
        let mine = json!({ "name": "echo", "targets": [{ "url": "http://127.0.0.1:1" }] });
        let mut document = json!({ "services": [mine], "routes": [] });
        assert_eq!(add(&mut document, 4000).as_str(), "echo-2");
        // Adding it again changes nothing.
        let before = document.clone();
        assert_eq!(add(&mut document, 4000).as_str(), "echo-2");
        assert_eq!(document, before);
        assert_eq!(document["services"][0], mine);
        let config: Config = serde_json::from_value(json!({
            "version": 1, "echo": document["echo"], "services": document["services"],
        }))
        .unwrap();
        assert_eq!(
            present(&config),
            Some(("echo-2".into(), "http://127.0.0.1:4000".to_owned()))
        );
    }
}
