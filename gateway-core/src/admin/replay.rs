//! Sends requests of the log again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::exchanges::find;
use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use super::status;
use crate::config::Issue;
use crate::gateway::{Gateway, InsideError};
use crate::ids::{ExchangeId, KeyId, ServiceName, VersionName};
use crate::proxy::arrival::SentAs;
use crate::record::detail::ExchangeDetail;
use crate::record::summary::{ExchangeSummary, RequestOrigin};
use crate::replay::{
    self, MOST_AT_ONCE, MOST_TIMES, ReplayPlan, ReplayRequest, is_safe, name_version,
};
use crate::snapshot::{Snapshot, Target};

/// How long an answer may take, to its end.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// How long after the last answer the rows may take to appear in the log.
const RECORD_LIMIT: Duration = Duration::from_secs(2);

/// Says what sending a request of the log again would be.
#[utoipa::path(
    get, path = "/exchanges/{id}/replay", tag = "traffic", operation_id = "replay_plan",
    params(("id" = ExchangeId, Path, description = "Identifies the request.")),
    responses(
        (status = 200, body = ReplayPlan),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn plan(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
) -> Result<Json<ReplayPlan>, Problem> {
    let detail = find(&gateway, ExchangeId(id)).await?;
    Ok(Json(plan_of(&gateway, &detail, &gateway.snapshot())))
}

fn plan_of(gateway: &Gateway, detail: &ExchangeDetail, snapshot: &Snapshot) -> ReplayPlan {
    let url = status::url(&gateway.state().borrow(), &gateway.current().config.listen);
    let host = url.split("://").nth(1).unwrap_or_default();
    replay::plan(detail, snapshot, &gateway.keys(), host)
}

/// How to send a request of the log again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayOrder {
    /// The request, edited. Absent: as it was sent, without what the log does not hold; to a target
    /// as the service got it.
    #[serde(default)]
    pub request: Option<ReplayRequest>,
    /// The API key that it counts as made with. The key itself need not be known: the gateway
    /// grants it to these requests alone. It has to be good, and may be used as it may be used by
    /// callers.
    #[serde(default)]
    pub key: Option<KeyId>,
    /// The consumer that it counts as made by, instead of a key: known by the configuration, by a key
    /// or by this request. The gateway takes these requests alone for theirs, with the groups, scopes
    /// and the plan that the configuration gives; what a key may be used for has no part in it.
    #[serde(default)]
    pub consumer: Option<String>,
    /// The version to ask for instead.
    #[serde(default)]
    pub version: Option<VersionName>,
    /// URL of a target to send it to straight, past the gateway: one of `targets` in the plan.
    #[serde(default)]
    pub target: Option<String>,
    /// How many times; once unless told, and never more than `most_times` of the plan.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 200, default = 1)]
    pub times: u32,
    /// How many of them may run at the same time.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20, default = 1)]
    pub at_once: u32,
    /// Whether somebody said yes to sending a request that may change something, or that lacks
    /// something.
    #[serde(default)]
    pub confirmed: bool,
}

fn one() -> u32 {
    1
}

/// What became of requests that were sent again.
#[derive(Serialize, ToSchema)]
pub(super) struct Replayed {
    /// One for each, in the order in which they were sent.
    pub results: Vec<ReplayResult>,
    /// What of the request could not be repeated.
    pub left_out: Vec<String>,
}

/// What became of a request.
#[derive(Serialize, ToSchema)]
pub(super) struct ReplayResult {
    /// Its row in the log; absent where it is not there within two seconds.
    pub exchange_id: Option<ExchangeId>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Time to the end of the answer, in microseconds.
    pub took_us: u64,
    /// Why there was no answer, or no end to it.
    pub failed: Option<String>,
}

/// Sends a request of the log again. It goes through everything that a caller's goes through, limits
/// and quotas too, and is marked as sent again.
#[utoipa::path(
    post, path = "/exchanges/{id}/replay", tag = "traffic", operation_id = "replay_exchange",
    params(("id" = ExchangeId, Path, description = "Identifies the request.")),
    request_body = ReplayOrder,
    responses(
        (status = 200, body = Replayed, description = "Sent, whatever the answers were."),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Somebody has to say yes first, or the gateway is stopped."),
        (status = 422, body = Problem, description = "This cannot be sent."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn replay(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    JsonBody(order): JsonBody<ReplayOrder>,
) -> Result<Json<Replayed>, Problem> {
    let detail = find(&gateway, ExchangeId(id)).await?;
    let snapshot = gateway.snapshot();
    let plan = plan_of(&gateway, &detail, &snapshot);
    check_times(&order, &plan)?;
    check_caller(&order, &detail, &snapshot, &gateway)?;
    let straight = match &order.target {
        Some(url) => Some(target(&detail, &snapshot, url)?),
        None => None,
    };
    let is_edited = order.request.is_some();
    let mut request = match (order.request, straight, plan.direct) {
        (Some(edited), _, _) => edited,
        (None, Some(_), Some(direct)) => direct,
        (None, _, _) => plan.request,
    };
    if let Some(version) = &order.version {
        if straight.is_some() {
            let message = "versions are told apart by the gateway; leave out `target`";
            return Err(wrong(Issue::error("version", message)));
        }
        let route = replay::route_of(&detail, &snapshot)
            .ok_or_else(|| wrong(Issue::error("version", "the request's route is gone")))?;
        name_version(route, version, &mut request)
            .map_err(|reason| wrong(Issue::error("version", reason)))?;
    }
    if !order.confirmed {
        let lacks = plan.incomplete && !is_edited;
        ask_first(&request.method, lacks, &plan.left_out)?;
    }
    // Whatever is wrong is told before anything is sent.
    request.to_http("check").map_err(wrong)?;
    let sender = Sender {
        gateway: &gateway,
        request: &request,
        sent: SentAs {
            origin: RequestOrigin::Replay,
            replay_of: Some(detail.summary.id),
            key: order.key,
            consumer: order.consumer.map(Into::into),
        },
        replay_of: detail.summary.id,
        straight,
    };
    let results = sender.send_all(order.times, order.at_once).await?;
    // Whoever is given an id finds it.
    gateway.recorder().flush().await;
    let left_out = if is_edited { Vec::new() } else { plan.left_out };
    Ok(Json(Replayed { results, left_out }))
}

fn check_times(order: &ReplayOrder, plan: &ReplayPlan) -> Result<(), Problem> {
    let (times, at_once) = (order.times, order.at_once);
    if !(1..=MOST_TIMES).contains(&times) {
        let message = format!("a request is sent between 1 and {MOST_TIMES} times");
        return Err(wrong(Issue::error("times", message)));
    }
    if !(1..=MOST_AT_ONCE).contains(&at_once) {
        let message = format!("between 1 and {MOST_AT_ONCE} run at the same time");
        return Err(wrong(Issue::error("at_once", message)));
    }
    match &plan.why_once {
        Some(why) if times > plan.most_times => Err(wrong(Issue::error("times", why.clone()))),
        _ => Ok(()),
    }
}

/// Somebody is chosen by key or as a consumer, and only where there is such a one.
fn check_caller(
    order: &ReplayOrder,
    detail: &ExchangeDetail,
    snapshot: &Snapshot,
    gateway: &Gateway,
) -> Result<(), Problem> {
    let Some(consumer) = &order.consumer else {
        return Ok(());
    };
    let message = if order.key.is_some() {
        "a key has its own consumer; leave out one of the two".to_owned()
    } else if order.target.is_some() {
        "past the gateway nobody asks who calls; leave out `target`".to_owned()
    } else if replay::is_known(consumer, detail, snapshot, &gateway.keys()) {
        return Ok(());
    } else {
        format!("there is no consumer `{}`", consumer.escape_debug())
    };
    Err(wrong(Issue::error("consumer", message)))
}

/// Only where a target of the request's own services is meant, so that this is no way to reach
/// whatever else there is.
fn target<'s>(
    detail: &ExchangeDetail,
    snapshot: &'s Snapshot,
    url: &str,
) -> Result<(&'s ServiceName, &'s Target), Problem> {
    let route = replay::route_of(detail, snapshot);
    for service in replay::services(detail, snapshot, route) {
        if let Some(target) = service.targets.iter().find(|target| target.url == url) {
            return Ok((&service.name, target));
        }
    }
    let message = format!(
        "`{}` is no target of the request's services",
        url.escape_debug()
    );
    Err(wrong(Issue::error("target", message)))
}

/// What a request may change, and what it lacks, is for a person to decide about.
fn ask_first(method: &str, lacks: bool, left_out: &[String]) -> Result<(), Problem> {
    let mut reasons = Vec::new();
    if !is_safe(method) {
        reasons.push(format!(
            "{} may change something once more.",
            method.escape_debug()
        ));
    }
    if lacks {
        reasons.extend(left_out.iter().cloned());
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        ProblemCode::ConfirmationNeeded,
        format!(
            "{} Send it with `confirmed` if that is meant.",
            reasons.join(" ")
        ),
    ))
}

fn wrong(issue: Issue) -> Problem {
    Problem {
        detail: format!("`{}`: {}", issue.path, issue.message.trim_end_matches('.')) + ".",
        issues: vec![issue],
        ..Problem::new(ProblemCode::BodyInvalid, "")
    }
}

struct Sender<'a> {
    gateway: &'a Gateway,
    request: &'a ReplayRequest,
    sent: SentAs,
    replay_of: ExchangeId,
    straight: Option<(&'a ServiceName, &'a Target)>,
}

/// A result, and the request id by which its row is found.
struct Sent {
    request_id: String,
    result: ReplayResult,
}

impl Sender<'_> {
    async fn send_all(&self, times: u32, at_once: u32) -> Result<Vec<ReplayResult>, Problem> {
        let tail = self.gateway.recorder().tail();
        let at_once = usize::try_from(at_once).unwrap_or(1);
        let sent: Vec<_> = stream::iter(0..times)
            .map(|_| self.send())
            .buffered(at_once)
            .collect()
            .await;
        let mut sent = sent.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut rows: HashMap<String, Option<ExchangeId>> = sent
            .iter()
            .filter(|one| one.result.exchange_id.is_none())
            .map(|one| (one.request_id.clone(), None))
            .collect();
        let found = tokio::time::timeout(RECORD_LIMIT, find_rows(tail, &mut rows));
        // What is not there by then is not named.
        let _ = found.await;
        for one in &mut sent {
            if let Some(row) = rows.get(&one.request_id) {
                one.result.exchange_id = *row;
            }
        }
        Ok(sent.into_iter().map(|one| one.result).collect())
    }

    async fn send(&self) -> Result<Sent, Problem> {
        let request_id = Uuid::now_v7().to_string();
        let request = self.request.to_http(&request_id).map_err(wrong)?;
        let started = Instant::now();
        let mut result = match self.straight {
            Some((service, target)) => self.straight(service, target, request).await,
            None => self.through(request).await?,
        };
        result.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Sent { request_id, result })
    }

    /// Through the gateway, as a caller's request.
    async fn through(&self, request: Request<Full<Bytes>>) -> Result<ReplayResult, Problem> {
        let mut result = ReplayResult {
            exchange_id: None,
            status: None,
            took_us: 0,
            failed: None,
        };
        let asking = self.gateway.send_inside(self.sent.clone(), request);
        match tokio::time::timeout(ANSWER_LIMIT, asking).await {
            Ok(Ok(response)) => read_out(response, &mut result).await,
            Ok(Err(stopped @ InsideError::Stopped)) => {
                let detail = format!("{stopped}.");
                return Err(Problem::new(ProblemCode::GatewayStopped, detail));
            }
            Ok(Err(error)) => result.failed = Some(format!("{error}.")),
            Err(_) => result.failed = Some(no_answer()),
        }
        Ok(result)
    }

    /// To a target, past the gateway.
    async fn straight(
        &self,
        service: &ServiceName,
        target: &Target,
        request: Request<Full<Bytes>>,
    ) -> ReplayResult {
        let direct = self
            .gateway
            .send_direct(
                service.clone(),
                target,
                self.replay_of,
                request,
                ANSWER_LIMIT,
            )
            .await;
        let mut result = ReplayResult {
            exchange_id: Some(direct.exchange),
            status: None,
            took_us: 0,
            failed: None,
        };
        match direct.answer {
            Ok(response) => read_out(response, &mut result).await,
            Err(reason) => result.failed = Some(format!("The target gave no answer: {reason}.")),
        }
        result
    }
}

fn no_answer() -> String {
    format!("There was no answer within {} s.", ANSWER_LIMIT.as_secs())
}

/// Reads an answer to its end, so that it is recorded whole.
async fn read_out<B>(response: Response<B>, result: &mut ReplayResult)
where
    B: Body<Data = Bytes> + Unpin,
{
    result.status = Some(response.status().as_u16());
    let mut body = response.into_body();
    let reading = async {
        while let Some(frame) = body.frame().await {
            if frame.is_err() {
                return false;
            }
        }
        true
    };
    match tokio::time::timeout(ANSWER_LIMIT, reading).await {
        Ok(true) => {}
        Ok(false) => result.failed = Some("The answer broke off.".to_owned()),
        Err(_) => {
            let seconds = ANSWER_LIMIT.as_secs();
            result.failed = Some(format!("The answer did not end within {seconds} s."));
        }
    }
}

/// Waits for the rows of all these request ids.
async fn find_rows(
    mut tail: Receiver<std::sync::Arc<ExchangeSummary>>,
    rows: &mut HashMap<String, Option<ExchangeId>>,
) {
    let mut missing = rows.len();
    while missing > 0 {
        match tail.recv().await {
            Ok(summary) => {
                if let Some(row @ None) = rows.get_mut(&summary.request_id) {
                    *row = Some(summary.id);
                    missing -= 1;
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
