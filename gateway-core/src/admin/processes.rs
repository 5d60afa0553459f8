//! Programs of services: how they are, what they write, and what a person wants of them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::blocking::run_blocking;
use super::extract::{JsonBody, UrlPath, UrlQuery};
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::gateway::{Gateway, ProcessAction, ProcessActionError};
use crate::ids::ServiceName;
use crate::process::output::{MOST_LINES, OutputPage, Wanted};
use crate::process::state::ProcessState;

const DEFAULT_LINES: usize = 200;

/// Says how the programs of all services are, by name.
#[utoipa::path(
    get, path = "/processes", tag = "status", operation_id = "processes",
    responses((status = 200, body = Vec<ProcessState>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Json<Vec<ProcessState>> {
    Json(gateway.process_states())
}

/// Says how the program of a service is: its instances, and how many there should be and why.
#[utoipa::path(
    get, path = "/services/{name}/process", tag = "status", operation_id = "process",
    params(("name" = String, Path, description = "The service's name.")),
    responses(
        (status = 200, body = ProcessState),
        (status = 404, body = Problem, description = "It has no program."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
) -> Result<Json<ProcessState>, Problem> {
    state(&gateway, &name).map(Json)
}

fn state(gateway: &Gateway, name: &str) -> Result<ProcessState, Problem> {
    let states = gateway.process_states();
    states
        .into_iter()
        .find(|state| state.service.as_str() == name)
        .ok_or_else(|| Problem::not_found(format!("process of a service `{name}`")))
}

/// What a person wants of a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WantedAction {
    /// Start an instance, as a request does; also after it was stopped or has crashed.
    Start,
    /// End all instances. Requests start none until it is started again.
    Stop,
    /// Replace all instances by new ones; no request is lost.
    Restart,
    /// Run so many instances until the load has been looked at again.
    Scale {
        /// How many.
        #[schema(maximum = 50)]
        instances: u32,
    },
    /// Let the command run on this machine, though it came with a file.
    Approve {
        /// `fingerprint` of the state that was looked at.
        fingerprint: String,
    },
}

/// Starts, stops, restarts, scales or approves the program of a service.
#[utoipa::path(
    post, path = "/services/{name}/process", tag = "status", operation_id = "act_on_process",
    params(("name" = String, Path, description = "The service's name.")),
    request_body = WantedAction,
    responses(
        (status = 202, body = ProcessState, description = "It is being done."),
        (status = 404, body = Problem, description = "It has no program."),
        (status = 409, body = Problem, description = "The command has changed since it was looked at."),
        (status = 422, body = Problem, description = "More than the configuration allows."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn act(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    JsonBody(wanted): JsonBody<WantedAction>,
) -> Result<(StatusCode, Json<ProcessState>), Problem> {
    let service = ServiceName::new(name.clone());
    let done = match wanted {
        WantedAction::Start => gateway.act_on_process(&service, ProcessAction::Start),
        WantedAction::Stop => gateway.act_on_process(&service, ProcessAction::Stop),
        WantedAction::Restart => gateway.act_on_process(&service, ProcessAction::Restart),
        WantedAction::Scale { instances } => {
            gateway.act_on_process(&service, ProcessAction::Scale(instances))
        }
        WantedAction::Approve { fingerprint } => {
            gateway.approve_process(&service, &fingerprint).await
        }
    };
    done?;
    Ok((StatusCode::ACCEPTED, Json(state(&gateway, &name)?)))
}

impl From<ProcessActionError> for Problem {
    fn from(error: ProcessActionError) -> Self {
        let text = error.to_string();
        match error {
            ProcessActionError::NoProcess(name) => {
                Self::not_found(format!("process of a service `{name}`"))
            }
            ProcessActionError::TooMany { .. } => {
                Self::refused(vec![Issue::error("instances", text)])
            }
            ProcessActionError::Changed => Self::new(ProblemCode::ProcessChanged, text),
            ProcessActionError::NotKept(_) => Self::new(ProblemCode::StorageFailed, text),
        }
    }
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputQuery {
    /// Text that they contain, in any case.
    q: Option<String>,
    /// Number of the instance that they came from.
    instance: Option<u64>,
    /// Only those on standard error.
    #[serde(default)]
    stderr: bool,
    /// Only those after the line of this number; the oldest of them first.
    after: Option<u64>,
    /// Only those before the line of this number.
    before: Option<u64>,
    /// Only those from then on, microseconds since 1970.
    from_us: Option<i64>,
    /// Only those until then, microseconds since 1970.
    to_us: Option<i64>,
    /// How many at most; 200 unless told.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Reads what the program of a service wrote: the newest lines, oldest first.
#[utoipa::path(
    get, path = "/services/{name}/process/output", tag = "status", operation_id = "process_output",
    params(("name" = String, Path, description = "The service's name."), OutputQuery),
    responses(
        (status = 200, body = OutputPage),
        (status = 404, body = Problem, description = "It has no program."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn output(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    UrlQuery(query): UrlQuery<OutputQuery>,
) -> Result<Json<OutputPage>, Problem> {
    state(&gateway, &name)?;
    let OutputQuery {
        q,
        instance,
        stderr,
        after,
        before,
        from_us,
        to_us,
        limit,
    } = query;
    let wanted = Wanted {
        text: q.filter(|q| !q.is_empty()),
        instance,
        stderr_only: stderr,
        after,
        before,
        from_us,
        to_us,
        limit: limit.unwrap_or(DEFAULT_LINES).clamp(1, MOST_LINES),
    };
    let service = ServiceName::new(name);
    let page = run_blocking(move || Ok::<_, Problem>(gateway.process_output(&service, &wanted)));
    page.await.map(Json)
}
