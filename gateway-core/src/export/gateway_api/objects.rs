//! Objects of Kubernetes.

use serde_json::{Value, json};

/// The group of the policies, backends and filters.
pub(super) const ENVOY: &str = "gateway.envoyproxy.io";

/// The group of gateways and routes.
pub(super) const GATEWAY: &str = "gateway.networking.k8s.io";

/// An object in the namespace `default`.
pub(super) fn object(version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    })
}

/// An object of Envoy Gateway.
pub(super) fn of_envoy(kind: &str, name: &str, spec: Value) -> Value {
    object("gateway.envoyproxy.io/v1alpha1", kind, name, spec)
}

/// A filter of a rule that is an object of Envoy Gateway.
pub(super) fn extension(name: &str) -> Value {
    json!({
        "type": "ExtensionRef",
        "extensionRef": {"group": ENVOY, "kind": "HTTPRouteFilter", "name": name},
    })
}

/// The name of the filter that answers with a status alone.
pub(super) fn refusal(status: u16) -> String {
    format!("answer-{status}")
}
