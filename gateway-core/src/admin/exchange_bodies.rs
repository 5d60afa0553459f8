//! Large bodies of the log, in pages; what stands in them; and as files.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::blocking::run_blocking;
use super::exchanges::stored;
use super::extract::{JsonBody, UrlPath, UrlQuery};
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::gateway::Gateway;
use crate::ids::ExchangeId;
use crate::record::body_file;
use crate::record::detail::CapturedBody;
use crate::record::paged::{
    BodyIndex, BodyPage, Found, PagedBody, SearchError, Side, Unformatted, View, Which, formatted,
};

/// Which body.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct BodyOf {
    /// Identifies the request.
    #[param(value_type = ExchangeId)]
    id: Uuid,
    /// Its own body or its answer’s.
    side: Side,
}

/// Which page of a body.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PageOf {
    /// Identifies the request.
    #[param(value_type = ExchangeId)]
    id: Uuid,
    /// Its own body or its answer’s.
    side: Side,
    /// The number of the page, from 0.
    page: usize,
}

/// How a body is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ViewQuery {
    /// `sent` unless told.
    #[serde(default)]
    view: View,
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// `sent` unless told.
    #[serde(default)]
    view: View,
    /// The text, of 1,000 bytes at most. It is no pattern.
    q: String,
    /// Whether only places are meant where it is written just like that.
    #[serde(default)]
    match_case: bool,
    /// Which of the places is wanted, from 0; the first unless told.
    #[serde(default)]
    nth: u64,
}

/// Says where the lines and pages of a body are. It is formatted here, where that is asked for.
#[utoipa::path(
    get, path = "/exchanges/{id}/bodies/{side}", tag = "traffic", operation_id = "exchange_body",
    params(BodyOf, ViewQuery),
    responses(
        (status = 200, body = BodyIndex),
        (status = 400, body = Problem, description = "It cannot be formatted."),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn index(
    State(gateway): State<Gateway>,
    UrlPath(BodyOf { id, side }): UrlPath<BodyOf>,
    UrlQuery(ViewQuery { view }): UrlQuery<ViewQuery>,
) -> Result<Json<BodyIndex>, Problem> {
    let body = open(&gateway, id, side, view).await?;
    Ok(Json(body.index(view)))
}

/// Gives a page of a body, of 64 KiB at most. All pages joined are the body.
#[utoipa::path(
    get, path = "/exchanges/{id}/bodies/{side}/pages/{page}", tag = "traffic",
    operation_id = "exchange_body_page",
    params(PageOf, ViewQuery),
    responses(
        (status = 200, body = BodyPage),
        (status = 400, body = Problem, description = "There is no such page."),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn page(
    State(gateway): State<Gateway>,
    UrlPath(PageOf { id, side, page }): UrlPath<PageOf>,
    UrlQuery(ViewQuery { view }): UrlQuery<ViewQuery>,
) -> Result<Json<BodyPage>, Problem> {
    let body = open(&gateway, id, side, view).await?;
    let found = body.page(page).ok_or_else(|| {
        let detail = match body.pages() {
            0 => "Nothing was kept of this body, so it has no pages.".to_owned(),
            pages => format!("There is no page {page}; this body has {pages}, counted from 0."),
        };
        Problem::new(ProblemCode::RequestInvalid, detail)
    });
    found.map(Json)
}

/// Looks for a text in a body.
#[utoipa::path(
    get, path = "/exchanges/{id}/bodies/{side}/search", tag = "traffic",
    operation_id = "search_exchange_body",
    params(BodyOf, SearchQuery),
    responses(
        (status = 200, body = Found),
        (status = 400, body = Problem, description = "That cannot be looked for, or there is no such place."),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn search(
    State(gateway): State<Gateway>,
    UrlPath(BodyOf { id, side }): UrlPath<BodyOf>,
    UrlQuery(query): UrlQuery<SearchQuery>,
) -> Result<Json<Found>, Problem> {
    let SearchQuery {
        view,
        q,
        match_case,
        nth,
    } = query;
    let body = open(&gateway, id, side, view).await?;
    let found = run_blocking(move || body.search(&q, match_case, nth));
    found.await.map(Json)
}

/// Gives what was kept of a body, decoded, as a file.
#[utoipa::path(
    get, path = "/exchanges/{id}/bodies/{side}/file", tag = "traffic",
    operation_id = "exchange_body_file",
    params(BodyOf),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, description = "There is no such request, or nothing was kept."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn file(
    State(gateway): State<Gateway>,
    UrlPath(BodyOf { id, side }): UrlPath<BodyOf>,
) -> Result<Response, Problem> {
    let body = kept(&gateway, id, side).await?;
    let name = body_file::name(side, &body);
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .expect("names are plain ASCII");
    // Its own type could make a browser show it, with what is in it.
    let kind = HeaderValue::from_static("application/octet-stream");
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, body_file::content(body)).into_response())
}

/// Where a body is saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BodyFileWish {
    /// The file on the machine that the gateway runs on, from the root. Absent: one that is not there
    /// yet in the folder for downloads.
    #[serde(default)]
    #[schema(example = "/home/me/response.json")]
    pub path: Option<String>,
}

/// A body that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SavedBody {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// Writes what was kept of a body, decoded, to a new file of the machine that the gateway runs on. A
/// file that is there already stays as it is.
#[utoipa::path(
    post, path = "/exchanges/{id}/bodies/{side}/save", tag = "traffic",
    operation_id = "save_exchange_body",
    params(BodyOf),
    request_body = BodyFileWish,
    responses(
        (status = 200, body = SavedBody),
        (status = 404, body = Problem, description = "There is no such request, or nothing was kept."),
        (status = 422, body = Problem, description = "There can be no such file, and why."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn save(
    State(gateway): State<Gateway>,
    UrlPath(BodyOf { id, side }): UrlPath<BodyOf>,
    JsonBody(BodyFileWish { path }): JsonBody<BodyFileWish>,
) -> Result<Json<SavedBody>, Problem> {
    let body = kept(&gateway, id, side).await?;
    let saved = run_blocking(move || {
        let path = body_file::save(path.as_deref(), side, body).map_err(|message| Problem {
            issues: vec![Issue::error("path", message.clone())],
            ..Problem::new(ProblemCode::BodyInvalid, format!("{message}."))
        })?;
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        Ok::<_, Problem>(SavedBody {
            path: path.display().to_string(),
            bytes,
        })
    });
    saved.await.map(Json)
}

/// What was kept of a body.
async fn kept(gateway: &Gateway, id: Uuid, side: Side) -> Result<CapturedBody, Problem> {
    let (_, kept) = stored(gateway, ExchangeId(id)).await?;
    let body = match side {
        Side::Request => kept.request_body,
        Side::Response => kept.response_body,
    };
    match body.text.is_some() || body.base64.is_some() {
        true => Ok(body),
        false => Err(Problem::not_found("body that was kept")),
    }
}

/// A body in pages, as it is looked at.
async fn open(
    gateway: &Gateway,
    id: Uuid,
    side: Side,
    view: View,
) -> Result<Arc<PagedBody>, Problem> {
    let which = Which {
        exchange: ExchangeId(id),
        side,
        view,
    };
    let bodies = gateway.bodies().clone();
    if let Some(body) = bodies.held(which) {
        return Ok(body);
    }
    let body = kept(gateway, id, side).await?;
    run_blocking(move || {
        bodies.open(which, || match view {
            View::Sent => Ok(PagedBody::of(body)),
            View::Formatted => {
                let text = body.text.as_deref().filter(|_| !body.truncated);
                let lines = formatted(text.unwrap_or_default())?;
                Ok::<_, Unformatted>(PagedBody::text(lines))
            }
        })
    })
    .await
}

impl From<Unformatted> for Problem {
    fn from(error: Unformatted) -> Self {
        Self::new(ProblemCode::RequestInvalid, format!("{error}."))
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        Self::new(ProblemCode::RequestInvalid, format!("{error}."))
    }
}
