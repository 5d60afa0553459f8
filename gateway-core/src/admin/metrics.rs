//! Figures for Prometheus.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use super::blocking::run_blocking;
use super::problem::Problem;
use crate::gateway::Gateway;
use crate::snapshot::service_state::TargetHealth;
use crate::usage::Metrics;

/// Where they are, after [`super::PREFIX`].
pub(super) const PATH: &str = "/metrics";

/// Gives figures in the text format of Prometheus, where the configuration says so
/// (`recording.metrics`). Besides the admin token, the token in the file `metrics-token` of the data
/// folder opens this and nothing else. No label holds an address of a caller, a key or its name.
#[utoipa::path(
    get, path = "/metrics", tag = "status", operation_id = "metrics",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, body = Problem, description = "They are off."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(State(gateway): State<Gateway>) -> Result<Response, Problem> {
    let Some(totals) = gateway.recorder().totals() else {
        return Err(Problem {
            detail: "Metrics are off. Set `recording.metrics` to true in the configuration."
                .to_owned(),
            ..Problem::not_found("metrics")
        });
    };
    let mut text = Metrics::default();
    text.family(
        "gatewright_build_info",
        "gauge",
        "The version of Gatewright.",
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    text.sample("gatewright_build_info", &version, 1.0);
    totals.write(&mut text);
    about_log(&gateway, &mut text).await;
    text.family(
        "gatewright_target_up",
        "gauge",
        "Whether a target of a service is used: 1, or 0 where its checks or requests fail.",
    );
    for state in gateway.service_states() {
        for target in &state.targets {
            let is_up = match target.health {
                TargetHealth::Healthy => 1.0,
                TargetHealth::Unhealthy | TargetHealth::Ejected | TargetHealth::Probing => 0.0,
            };
            let labels = [
                ("service", state.service.as_str()),
                ("target", target.url.as_str()),
            ];
            text.sample("gatewright_target_up", &labels, is_up);
        }
    }
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, text.into_text()).into_response())
}

async fn about_log(gateway: &Gateway, text: &mut Metrics) {
    let recorder = gateway.recorder().status();
    let store = gateway.log().clone();
    let size = run_blocking(move || store.size()).await.ok();
    let figures = [
        (
            "gatewright_requests_in_flight",
            "gauge",
            "Requests that are running.",
            Some(recorder.in_flight),
        ),
        (
            "gatewright_log_queued",
            "gauge",
            "Requests that wait to be stored.",
            Some(recorder.queued),
        ),
        (
            "gatewright_log_dropped_total",
            "counter",
            "Requests that are not in the log.",
            Some(recorder.dropped),
        ),
        (
            "gatewright_log_dropped_messages_total",
            "counter",
            "Messages of streams that are not in the log.",
            Some(recorder.dropped_messages),
        ),
        (
            "gatewright_log_writable",
            "gauge",
            "Whether the log can be written: 1 or 0.",
            Some(u64::from(recorder.degraded.is_none())),
        ),
        (
            "gatewright_log_rows",
            "gauge",
            "Requests in the log.",
            size.map(|size| size.rows),
        ),
        (
            "gatewright_log_bytes",
            "gauge",
            "Bytes of the log on disk.",
            size.map(|size| size.bytes),
        ),
    ];
    for (name, kind, help, value) in figures {
        if let Some(value) = value {
            text.family(name, kind, help);
            text.sample(name, &[], value as f64);
        }
    }
}
