//! Takes requests of the log out, for other programs, and those of other programs in.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::finding::resolved;
use super::problem::{Problem, ProblemCode};
use super::{curl, status};
use crate::config::Issue;
use crate::gateway::Gateway;
use crate::ids::ExchangeId;
use crate::record::detail::ExchangeDetail;
use crate::record::export::{Removed, csv, har::har, json_lines, sanitise};
use crate::record::filter::Filter;
use crate::record::har_file::{self, HarFile};
use crate::record::sentence::sentence;
use crate::store::{LogStore, StoreError};

/// Most requests in one file.
const MOST: u32 = 1_000;
/// Most bytes of a file; it passes through memory.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// HTTP Archive 1.2, which browsers and other proxies read.
    Har,
    /// Everything that is known, a JSON document a line.
    JsonLines,
    /// The rows, for a spreadsheet.
    Csv,
    /// Commands for a POSIX shell.
    Curl,
}

/// What to take out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Selection {
    /// In which form.
    pub form: Form,
    /// Those that match this filter, the newest.
    #[serde(default)]
    pub q: Option<String>,
    /// These. Takes the place of `q`.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub ids: Option<Vec<ExchangeId>>,
    /// How many at most; 1,000 unless told, and never more.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// With what was kept of their bodies.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub bodies: bool,
}

fn yes() -> bool {
    true
}

/// A file.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedFile {
    /// A name for it.
    #[schema(example = "gatewright-traffic.har")]
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: String,
    /// How many requests that is.
    pub requests: usize,
    /// Whether there are more that match, older ones.
    pub more: bool,
    /// What is not in it, because the log holds no secrets or because it says too much about people.
    pub removed: Vec<Removed>,
}

/// Writes requests of the log as a file. Secrets are not in it: they were masked before anything was
/// stored, so there is no form of it that has them.
#[utoipa::path(
    post, path = "/exchanges/export", tag = "traffic", operation_id = "export_exchanges",
    request_body = Selection,
    responses(
        (status = 200, body = ExportedFile),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = 404, body = Problem, description = "Nothing matches."),
        (status = 413, body = Problem, description = "The file would be too large."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn export(
    State(gateway): State<Gateway>,
    JsonBody(selection): JsonBody<Selection>,
) -> Result<Json<ExportedFile>, Problem> {
    let Selection {
        form,
        q,
        ids,
        limit,
        bodies,
    } = selection;
    let limit = limit.unwrap_or(MOST).clamp(1, MOST);
    let which = match ids {
        Some(ids) if ids.len() > MOST as usize => {
            let message = format!("at most {MOST} requests fit into a file");
            return Err(Problem {
                issues: vec![Issue::error("ids", message.clone())],
                ..Problem::new(ProblemCode::BodyInvalid, format!("`ids`: {message}."))
            });
        }
        Some(ids) => Which::These(ids),
        None => Which::Matching(resolved(&gateway, q.as_deref(), false).await?, limit),
    };
    // What has just ended belongs to it.
    gateway.recorder().flush().await;
    let base = status::url(&gateway.state().borrow(), &gateway.current().config.listen);
    let store = gateway.log().clone();
    let file = run_blocking(move || {
        let (exchanges, more) = read(&store, which)?;
        write(form, exchanges, more, bodies, &base)
    });
    file.await.map(Json)
}

/// An HTTP Archive of another program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArchiveToRead {
    /// The file's text.
    pub har: String,
}

/// What was read of an archive.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadArchive {
    /// The requests that are in the log now, in the order of the file. The log is masked like any.
    pub ids: Vec<ExchangeId>,
    /// Those that could not be taken, and why.
    pub skipped: Vec<String>,
    /// The program that wrote it, as it says.
    pub creator: String,
}

/// Takes the requests of an HTTP Archive (1.1 or 1.2) into the log, to look at and to send again.
/// They are marked, masked, and counted nowhere. Nothing in the file is run or fetched.
#[utoipa::path(
    post, path = "/exchanges/import", tag = "traffic", operation_id = "import_exchanges",
    request_body = ArchiveToRead,
    responses(
        (status = 200, body = ReadArchive),
        (status = 413, body = Problem, description = "The file is too large."),
        (status = 422, body = Problem, description = "This is no HTTP Archive."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn import(
    State(gateway): State<Gateway>,
    JsonBody(ArchiveToRead { har }): JsonBody<ArchiveToRead>,
) -> Result<Json<ReadArchive>, Problem> {
    let redactor = gateway.recorder().redactor();
    let read = run_blocking(move || {
        har_file::read(&har, &redactor).map_err(|message| Problem {
            issues: vec![Issue::error("har", message.clone())],
            ..Problem::new(ProblemCode::BodyInvalid, message)
        })
    });
    let HarFile {
        exchanges,
        skipped,
        creator,
    } = read.await?;
    let ids = exchanges.iter().map(|(summary, _)| summary.id).collect();
    gateway.recorder().import(exchanges).await;
    Ok(Json(ReadArchive {
        ids,
        skipped,
        creator,
    }))
}

enum Which {
    These(Vec<ExchangeId>),
    Matching(Filter, u32),
}

/// The exchanges, oldest first, and whether there are more.
fn read(store: &LogStore, which: Which) -> Result<(Vec<ExchangeDetail>, bool), StoreError> {
    let (ids, more) = match which {
        Which::These(ids) => (ids, false),
        Which::Matching(filter, limit) => newest(store, &filter, limit)?,
    };
    let mut exchanges = Vec::with_capacity(ids.len());
    for id in ids {
        // One may have been removed since.
        if let Some((summary, kept)) = store.exchange(id)? {
            let sentence = sentence(&summary, &kept);
            exchanges.push(ExchangeDetail {
                summary,
                sentence,
                kept,
            });
        }
    }
    exchanges.sort_by_key(|exchange| exchange.summary.seq);
    Ok((exchanges, more))
}

/// The newest that match, and whether there are more. A page of the log may hold fewer than were asked
/// for and not be the last.
fn newest(
    store: &LogStore,
    filter: &Filter,
    limit: u32,
) -> Result<(Vec<ExchangeId>, bool), StoreError> {
    let mut ids = Vec::new();
    let mut before = None;
    let mut missing = limit;
    loop {
        let page = store.page(filter, before, missing)?;
        missing -= u32::try_from(page.rows.len()).unwrap_or(missing);
        ids.extend(page.rows.into_iter().map(|row| row.id));
        before = page.next;
        if missing == 0 || before.is_none() {
            return Ok((ids, before.is_some()));
        }
    }
}

fn write(
    form: Form,
    mut exchanges: Vec<ExchangeDetail>,
    more: bool,
    bodies: bool,
    base: &str,
) -> Result<ExportedFile, Problem> {
    if exchanges.is_empty() {
        return Err(Problem::not_found("request that matches"));
    }
    let removed = sanitise(&mut exchanges, bodies);
    let (name, media_type, text) = match form {
        Form::Har => (
            "gatewright-traffic.har",
            "application/json",
            har(&exchanges, &removed).to_string(),
        ),
        Form::JsonLines => (
            "gatewright-traffic.jsonl",
            "application/x-ndjson",
            json_lines(&exchanges),
        ),
        Form::Csv => ("gatewright-traffic.csv", "text/csv", csv(&exchanges)),
        Form::Curl => (
            "gatewright-traffic.sh",
            "application/x-sh",
            curl::script(&exchanges, base),
        ),
    };
    if text.len() > MOST_BYTES {
        return Err(Problem {
            detail: format!(
                "The file would have {} MiB; take fewer requests, or leave out their bodies.",
                text.len() / 1024 / 1024
            ),
            ..Problem::new(ProblemCode::BodyTooLarge, "")
        });
    }
    Ok(ExportedFile {
        name,
        media_type,
        text,
        requests: exchanges.len(),
        more,
        removed,
    })
}
