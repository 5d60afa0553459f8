//! How the admin API says no: a problem (RFC 9457) with a code that programs may rely on.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Issue;
use crate::gateway::PortInUse;

/// Why the admin API did not do what it was asked (RFC 9457), as `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Identifies the kind of problem: `urn:gatewright:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:gatewright:problem:config_refused")]
    pub kind: Box<str>,
    /// What is wrong, the same for each problem with this code.
    pub title: &'static str,
    /// The answer's HTTP status.
    pub status: u16,
    /// What is wrong this time, and what to do.
    pub detail: String,
    /// What is wrong, for programs.
    pub code: ProblemCode,
    /// Everything that is wrong with what was sent, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub issues: Vec<Issue>,
    /// Where in a filter the fault is: UTF-16 units from its beginning, as JavaScript counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u32>,
    /// The revision in force, where another one was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_revision: Option<u64>,
    /// The port that could not be had, who holds it, and one that is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_in_use: Option<Box<PortInUse>>,
}

/// What is wrong, for programs. Stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The path, the query or a header cannot be read.
    RequestInvalid,
    /// The body is not JSON.
    BodyMalformed,
    /// The body is JSON, but not what is asked for; see `issues`.
    BodyInvalid,
    /// The body is not declared as `application/json`.
    BodyNotJson,
    /// The body is too large.
    BodyTooLarge,
    /// The filter cannot be read; see `at`.
    FilterInvalid,
    /// There is no such thing.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// The configuration is refused and nothing has changed; see `issues`.
    ConfigRefused,
    /// Someone else changed the configuration first; see `current_revision`.
    ConfigConflict,
    /// The command is another one than the one that was looked at.
    ProcessChanged,
    /// The gateway cannot listen on its port; see `port_in_use`.
    PortInUse,
    /// The gateway cannot listen on its address.
    ListenFailed,
    /// The gateway is stopped.
    GatewayStopped,
    /// The gateway did not answer the request that was sent to it.
    SendFailed,
    /// No limit is used up like that.
    TripRefused,
    /// An export is being proved, and one is at a time.
    ProofRunning,
    /// The request has not ended yet.
    RequestRunning,
    /// No more requests can be pinned.
    PinsFull,
    /// Somebody has to say yes to this first; `detail` says to what.
    ConfirmationNeeded,
    /// The API key cannot be issued or changed like that; see `issues`.
    KeyRefused,
    /// Something could not be read or written on disk; nothing has changed.
    StorageFailed,
    /// A valid token or session is needed.
    Unauthorized,
    /// The request comes from somewhere that may not use the admin API.
    Forbidden,
    /// The request was made to a host name that is not this admin API's.
    HostUnknown,
    /// A fault in the admin API itself.
    Internal,
}

impl ProblemCode {
    /// Status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::RequestInvalid | Self::BodyMalformed | Self::FilterInvalid => {
                StatusCode::BAD_REQUEST
            }
            Self::BodyInvalid | Self::ConfigRefused | Self::KeyRefused | Self::TripRefused => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::BodyNotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::ConfigConflict => StatusCode::PRECONDITION_FAILED,
            Self::ProcessChanged
            | Self::PortInUse
            | Self::ListenFailed
            | Self::GatewayStopped
            | Self::ProofRunning
            | Self::RequestRunning
            | Self::PinsFull
            | Self::ConfirmationNeeded => StatusCode::CONFLICT,
            Self::SendFailed => StatusCode::BAD_GATEWAY,
            Self::StorageFailed => StatusCode::INSUFFICIENT_STORAGE,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::HostUnknown => StatusCode::MISDIRECTED_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What is wrong, the same for each problem with this code.
    pub fn title(self) -> &'static str {
        match self {
            Self::RequestInvalid => "The request cannot be read.",
            Self::BodyMalformed => "The body is not JSON.",
            Self::BodyInvalid => "The body is not what is asked for.",
            Self::BodyNotJson => "The body has to be JSON.",
            Self::BodyTooLarge => "The body is too large.",
            Self::FilterInvalid => "The filter cannot be read.",
            Self::NotFound => "There is no such thing.",
            Self::MethodNotAllowed => "The method is not allowed here.",
            Self::ConfigRefused => "The configuration is refused.",
            Self::ConfigConflict => "The configuration was changed in the meantime.",
            Self::ProcessChanged => "The command has changed.",
            Self::PortInUse => "The port is in use.",
            Self::ListenFailed => "The gateway cannot listen.",
            Self::GatewayStopped => "The gateway is stopped.",
            Self::SendFailed => "The gateway did not answer.",
            Self::TripRefused => "No limit is used up like that.",
            Self::RequestRunning => "The request has not ended yet.",
            Self::PinsFull => "No more requests can be pinned.",
            Self::ProofRunning => "An export is being proved.",
            Self::ConfirmationNeeded => "Somebody has to say yes first.",
            Self::KeyRefused => "The API key cannot be like that.",
            Self::StorageFailed => "The data folder cannot be used.",
            Self::Unauthorized => "A token is needed.",
            Self::Forbidden => "This request may not use the admin API.",
            Self::HostUnknown => "This is not the admin API of that host.",
            Self::Internal => "The admin API failed.",
        }
    }

    /// The code as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestInvalid => "request_invalid",
            Self::BodyMalformed => "body_malformed",
            Self::BodyInvalid => "body_invalid",
            Self::BodyNotJson => "body_not_json",
            Self::BodyTooLarge => "body_too_large",
            Self::FilterInvalid => "filter_invalid",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::ConfigRefused => "config_refused",
            Self::ConfigConflict => "config_conflict",
            Self::ProcessChanged => "process_changed",
            Self::PortInUse => "port_in_use",
            Self::ListenFailed => "listen_failed",
            Self::GatewayStopped => "gateway_stopped",
            Self::SendFailed => "send_failed",
            Self::TripRefused => "trip_refused",
            Self::RequestRunning => "request_running",
            Self::PinsFull => "pins_full",
            Self::ProofRunning => "proof_running",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::KeyRefused => "key_refused",
            Self::StorageFailed => "storage_failed",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::HostUnknown => "host_unknown",
            Self::Internal => "internal",
        }
    }
}

impl Problem {
    /// A problem with its usual status and title.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:gatewright:problem:{}", code.as_str()).into(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code,
            issues: Vec::new(),
            at: None,
            current_revision: None,
            port_in_use: None,
        }
    }

    /// There is no `what`.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(ProblemCode::NotFound, format!("There is no {what}."))
    }

    /// The configuration is refused for these issues.
    pub fn refused(issues: Vec<Issue>) -> Self {
        let errors = issues
            .iter()
            .filter(|issue| issue.severity == crate::config::Severity::Error);
        let detail = match errors.count() {
            1 => "One thing is wrong. Nothing has changed.".to_owned(),
            count => format!("{count} things are wrong. Nothing has changed."),
        };
        Self {
            issues,
            ..Self::new(ProblemCode::ConfigRefused, detail)
        }
    }

    /// Revision `current` is in force; another was expected.
    pub fn conflict(current: u64) -> Self {
        let detail = format!(
            "Revision {current} is in force now. Look at what changed, then make your change again."
        );
        Self {
            current_revision: Some(current),
            ..Self::new(ProblemCode::ConfigConflict, detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), Json(&self)).into_response();
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
