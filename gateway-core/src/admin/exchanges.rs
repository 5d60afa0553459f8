//! The log of requests.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::blocking::run_blocking;
use super::extract::{UrlPath, UrlQuery};
use super::finding::resolved;
use super::problem::Problem;
use super::{curl, status};
use crate::gateway::{Gateway, LogAction};
use crate::ids::ExchangeId;
use crate::record::compare::{Comparison, compare};
use crate::record::detail::{ExchangeDetail, Kept};
use crate::record::sentence::sentence;
use crate::record::summary::ExchangeSummary;
use crate::store::{MessagePage, Page, SortBy, SortedRows};

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all.
    #[param(example = "status:>=400 method:POST")]
    q: Option<String>,
    /// Whether terms that do not apply are left out, as the window does while one types. Else they are
    /// an error.
    #[serde(default)]
    lenient: bool,
    /// Only older ones: `next` of the page before.
    before: Option<u64>,
    /// How many at most; 100 unless told, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Lists requests that match a filter, newest first.
#[utoipa::path(
    get, path = "/exchanges", tag = "traffic", operation_id = "exchanges",
    params(PageQuery),
    responses(
        (status = 200, body = Page),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn page(
    State(gateway): State<Gateway>,
    UrlQuery(query): UrlQuery<PageQuery>,
) -> Result<Json<Page>, Problem> {
    let PageQuery {
        q,
        lenient,
        before,
        limit,
    } = query;
    let filter = resolved(&gateway, q.as_deref(), lenient).await?;
    let limit = limit.unwrap_or(100).clamp(1, 500);
    let store = gateway.log().clone();
    let page = run_blocking(move || store.page(&filter, before, limit));
    page.await.map(Json)
}

/// Which requests, and in what order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SortedQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all.
    #[param(example = "status:>=400 method:POST")]
    q: Option<String>,
    /// Whether terms that do not apply are left out, as the window does while one types. Else they are
    /// an error.
    #[serde(default)]
    lenient: bool,
    /// What they are sorted by.
    #[param(inline)]
    by: SortBy,
    /// Whether the greatest comes first.
    #[serde(default)]
    descending: bool,
    /// How many at most; 500 unless told, 1,000 at the most.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists the first requests that match a filter in an order, as far as the log can be looked through
/// in a moment; the answer says how far.
#[utoipa::path(
    get, path = "/exchanges/sorted", tag = "traffic", operation_id = "sorted_exchanges",
    params(SortedQuery),
    responses(
        (status = 200, body = SortedRows),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn sorted(
    State(gateway): State<Gateway>,
    UrlQuery(query): UrlQuery<SortedQuery>,
) -> Result<Json<SortedRows>, Problem> {
    let SortedQuery {
        q,
        lenient,
        by,
        descending,
        limit,
    } = query;
    let filter = resolved(&gateway, q.as_deref(), lenient).await?;
    let limit = limit.unwrap_or(500).clamp(1, 1_000) as usize;
    let store = gateway.log().clone();
    let rows = run_blocking(move || store.sorted(&filter, by, descending, limit));
    rows.await.map(Json)
}

/// How much was removed.
#[derive(Serialize, ToSchema)]
pub(super) struct Cleared {
    /// How many requests.
    pub removed: u64,
}

/// Empties the log, but for what is pinned.
#[utoipa::path(
    delete, path = "/exchanges", tag = "traffic", operation_id = "clear_exchanges",
    responses((status = 200, body = Cleared), (status = "default", body = Problem)),
)]
pub(super) async fn clear(State(gateway): State<Gateway>) -> Result<Json<Cleared>, Problem> {
    // What has ended is removed too, even where it was not written yet.
    gateway.recorder().flush().await;
    let store = gateway.log().clone();
    let removed = run_blocking(move || store.clear()).await?;
    gateway.log_changed(LogAction::Cleared, &[]);
    gateway.bodies().forget_all();
    Ok(Json(Cleared { removed }))
}

/// How much of a request.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DetailQuery {
    /// Only so many bytes of what is kept of each body; `kept_bytes` says where there is more. All of
    /// it unless told.
    body_bytes: Option<usize>,
}

/// Gives everything that is known of one request.
#[utoipa::path(
    get, path = "/exchanges/{id}", tag = "traffic", operation_id = "exchange",
    params(("id" = ExchangeId, Path, description = "Identifies the request."), DetailQuery),
    responses(
        (status = 200, body = ExchangeDetail),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    UrlQuery(DetailQuery { body_bytes }): UrlQuery<DetailQuery>,
) -> Result<Json<ExchangeDetail>, Problem> {
    let mut detail = find(&gateway, ExchangeId(id)).await?;
    if let Some(most) = body_bytes {
        let kept = &mut detail.kept;
        for body in [&mut kept.request_body, &mut kept.response_body] {
            *body = std::mem::take(body).beginning(most);
        }
    }
    Ok(Json(detail))
}

pub(super) async fn find(gateway: &Gateway, id: ExchangeId) -> Result<ExchangeDetail, Problem> {
    let (summary, kept) = stored(gateway, id).await?;
    Ok(ExchangeDetail {
        sentence: sentence(&summary, &kept),
        summary,
        kept,
    })
}

/// What is known of a request that runs or is in the log.
pub(super) async fn stored(
    gateway: &Gateway,
    id: ExchangeId,
) -> Result<(ExchangeSummary, Kept), Problem> {
    let running = gateway.recorder().running(id);
    let found = match running {
        Some(running) => Some(running),
        None => {
            let store = gateway.log().clone();
            run_blocking(move || store.exchange(id)).await?
        }
    };
    found.ok_or_else(|| {
        let detail = "It may have been removed to keep the log within its bounds.";
        Problem {
            detail: format!("There is no request with the id `{id}` in the log. {detail}"),
            ..Problem::not_found("such request")
        }
    })
}

/// Which two requests.
#[derive(Debug, Deserialize)]
pub(super) struct TwoIds {
    a: Uuid,
    b: Uuid,
}

/// Compares two requests and their answers: status, headers but for those that differ every time,
/// JSON by its structure and other text by its lines. What the log holds is compared, so secrets are
/// not.
#[utoipa::path(
    get, path = "/exchanges/{a}/diff/{b}", tag = "traffic", operation_id = "exchange_diff",
    params(
        ("a" = ExchangeId, Path, description = "Identifies the first."),
        ("b" = ExchangeId, Path, description = "Identifies the other."),
    ),
    responses(
        (status = 200, body = Comparison),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn diff(
    State(gateway): State<Gateway>,
    UrlPath(TwoIds { a, b }): UrlPath<TwoIds>,
) -> Result<Json<Comparison>, Problem> {
    let before = find(&gateway, ExchangeId(a)).await?;
    let after = find(&gateway, ExchangeId(b)).await?;
    run_blocking(move || Ok::<_, Problem>(compare(&before, &after)))
        .await
        .map(Json)
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagesQuery {
    /// Only those after this number: `next` of the page before, or the last one seen.
    after: Option<u64>,
    /// How many at most; 200 unless told, 500 at the most. Large ones come in smaller pages.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// Gives the WebSocket messages or server-sent events of a request, in the order they passed; also
/// while it runs. How many passed, kept or not, is in the request's summary. Of a request that is
/// not in the log there are none.
#[utoipa::path(
    get, path = "/exchanges/{id}/messages", tag = "traffic", operation_id = "exchange_messages",
    params(("id" = ExchangeId, Path, description = "Identifies the request."), MessagesQuery),
    responses((status = 200, body = MessagePage), (status = "default", body = Problem)),
)]
pub(super) async fn messages(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    UrlQuery(MessagesQuery { after, limit }): UrlQuery<MessagesQuery>,
) -> Result<Json<MessagePage>, Problem> {
    let (after, limit) = (after.unwrap_or(0), limit.unwrap_or(200).clamp(1, 500));
    let store = gateway.log().clone();
    run_blocking(move || store.messages(ExchangeId(id), after, limit))
        .await
        .map(Json)
}

/// For which shell a command is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CurlQuery {
    /// For which shell or language; `posix` unless told.
    #[param(inline)]
    variant: Option<curl::Variant>,
    /// Where it is sent to; `gateway` unless told.
    #[param(inline)]
    to: Option<curl::Through>,
}

/// Gives a curl command, or a program of a few lines, that sends the same request again.
#[utoipa::path(
    get, path = "/exchanges/{id}/curl", tag = "traffic", operation_id = "exchange_curl",
    params(("id" = ExchangeId, Path, description = "Identifies the request."), CurlQuery),
    responses(
        (status = 200, body = curl::CurlCommand),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn curl(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    UrlQuery(CurlQuery { variant, to }): UrlQuery<CurlQuery>,
) -> Result<Json<curl::CurlCommand>, Problem> {
    let detail = find(&gateway, ExchangeId(id)).await?;
    let variant = variant.unwrap_or_default();
    if to == Some(curl::Through::Target) {
        let (detail, base) = curl::straight(detail)
            .ok_or_else(|| Problem::not_found("target that was asked for this request"))?;
        return Ok(Json(curl::command(&detail, &base, variant)));
    }
    let base = status::url(&gateway.state().borrow(), &gateway.current().config.listen);
    Ok(Json(curl::command(&detail, &base, variant)))
}
