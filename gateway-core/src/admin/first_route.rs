//! From nothing to a gateway that can be called, in one step.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::change::{Edit, list_mut, position};
use super::echo;
use super::extract::{By, JsonBody};
use super::problem::Problem;
use super::{services, status};
use crate::config::Issue;
use crate::gateway::{Gateway, GatewayState};
use crate::ids::{RouteName, ServiceName};

/// What to put the gateway in front of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstRoute {
    /// The service.
    pub target: FirstTarget,
    /// What to call the service and its route. Absent: made from the address.
    #[serde(default)]
    #[schema(example = "shop")]
    pub name: Option<String>,
    /// Port the gateway is to listen on. Absent: the one it has.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 65535)]
    pub port: Option<u16>,
}

/// A service to put the gateway in front of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FirstTarget {
    /// A service that runs.
    Url {
        /// Its address.
        #[schema(example = "http://127.0.0.1:3000")]
        url: String,
    },
    /// The built-in echo service.
    Echo,
}

/// A gateway that can be called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FirstRouteMade {
    /// Where to call it.
    #[schema(example = "http://127.0.0.1:8080")]
    pub url: String,
    /// The service behind it.
    pub service: ServiceName,
    /// The route that takes every request.
    pub route: RouteName,
    /// Whether it takes requests.
    pub gateway: GatewayState,
    /// Revision of the configuration.
    pub revision: u64,
    /// What deserves a look in it.
    pub warnings: Vec<Issue>,
}

/// Puts the gateway in front of a service: a service, a route that takes every request, and the
/// gateway started. May be repeated, with another port for example; there is still one such route.
#[utoipa::path(
    post, path = "/first-route", tag = "start", operation_id = "first_route",
    request_body = FirstRoute,
    responses(
        (status = 200, body = FirstRouteMade),
        (status = 409, body = Problem, description = "The port is in use; `port_in_use` names another."),
        (status = 422, body = Problem, description = "Everything that is wrong with it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn set_up(
    State(gateway): State<Gateway>,
    By(actor): By,
    JsonBody(FirstRoute { target, name, port }): JsonBody<FirstRoute>,
) -> Result<Json<FirstRouteMade>, Problem> {
    let echo_port = echo::port_for(&gateway.current().config).await?;
    let (mut service, mut route) = (String::new(), String::new());
    let edit = Edit {
        gateway: &gateway,
        expected: None,
        actor,
    };
    let applied = edit
        .amend("first route", |document| {
            service = match &target {
                FirstTarget::Url { url } => add_service(document, name.as_deref(), url),
                FirstTarget::Echo => echo::add(document, echo_port).to_string(),
            };
            route = catch_all(document, name.as_deref().unwrap_or(&service), &service);
            if let Some(port) = port {
                document["listen"]["port"] = port.into();
            }
            Ok(())
        })
        .await?;
    gateway.start().await?;
    let state = gateway.state().borrow().clone();
    Ok(Json(FirstRouteMade {
        url: status::url(&state, &gateway.current().config.listen),
        service: ServiceName::new(service),
        route: RouteName::new(route),
        gateway: state,
        revision: applied.revision,
        warnings: applied.warnings,
    }))
}

/// Adds a service with one target, or gives the one that has it. Gives its name.
fn add_service(document: &mut Value, name: Option<&str>, url: &str) -> String {
    let targets = json!([{ "url": url }]);
    let same = |service: &&Value| service["targets"] == targets;
    let existing = document["services"]
        .as_array()
        .and_then(|list| list.iter().find(same));
    if let (None, Some(existing)) = (name, existing.and_then(|service| service["name"].as_str())) {
        return existing.to_owned();
    }
    let name = name.map_or_else(|| name_from(url), str::to_owned);
    services::put(document, &name, json!({ "name": name, "targets": targets }));
    name
}

/// A name for the service at an address: `service-3000`, or its host.
fn name_from(url: &str) -> String {
    let authority = url
        .split("://")
        .nth(1)
        .unwrap_or(url)
        .split('/')
        .next()
        .unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, port),
        _ => (authority, "80"),
    };
    if matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return format!("service-{port}");
    }
    let plain: String = host
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let plain: String = plain.trim_matches(['-', '.']).chars().take(60).collect();
    if plain.is_empty() {
        format!("service-{port}")
    } else {
        plain
    }
}

/// Sends every request that no other route takes to `service`. Gives the route's name.
fn catch_all(document: &mut Value, name: &str, service: &str) -> String {
    let routes = list_mut(document, "routes");
    if let Some(route) = routes.iter_mut().find(|route| takes_everything(route)) {
        route["service"] = service.into();
        return route["name"].as_str().unwrap_or_default().to_owned();
    }
    let route = json!({ "name": name, "service": service, "match": { "path": "/" } });
    match position(routes, name) {
        Some(index) => routes[index] = route,
        None => routes.push(route),
    }
    name.to_owned()
}

fn takes_everything(route: &Value) -> bool {
    let matches = &route["match"];
    let none = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    route["enabled"] != false
        && matches["path"] == "/"
        && none(&matches["hosts"])
        && none(&matches["methods"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_after_its_address() {
        for (url, name) in [
            ("http://127.0.0.1:3000", "service-3000"),
            ("http://localhost:8000/api", "service-8000"),
            ("http://[::1]:9000", "service-9000"),
            ("http://Shop.Example.com/x", "shop.example.com"),
            ("http://localhost", "service-80"),
            ("nonsense !", "nonsense"),
            ("", "service-80"),
        ] {
            assert_eq!(name_from(url), name, "{url}");
        }
    }

    #[test]
    fn repeating_it_leaves_one_route() {
        let mut document = json!({ "services": [], "routes": [] });
        for url in [
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            "http://127.0.0.1:1",
        ] {
            let service = add_service(&mut document, None, url);
            catch_all(&mut document, &service, &service);
        }
        assert_eq!(document["services"].as_array().unwrap().len(), 2);
        assert_eq!(
            document["routes"],
            json!([{
                "name": "service-1", "service": "service-1", "match": { "path": "/" },
            }])
        );
    }
}
