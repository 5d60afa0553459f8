//! Finding requests in the log: what a filter means, how it can go on, how much it shows.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::blocking::run_blocking;
use super::extract::UrlQuery;
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::record::completion::{self, Completions};
use crate::record::filter::{Filter, FilterError, Note, NoteKind, When};
use crate::store::{Histogram, LogStore};

/// How long rows are counted for each term of a filter.
const COUNT_TIME: Duration = Duration::from_millis(150);
/// Terms of which it is looked into what they hide.
const MOST_TERMS: usize = 12;

/// A filter.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FilterQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all.
    #[param(example = "status:>=400 method:POST")]
    q: Option<String>,
}

/// How a filter was understood. Places are counted in UTF-16 units, as JavaScript does.
#[derive(Serialize, ToSchema)]
pub(super) struct FilterReading {
    /// What it means, in words; empty for one that shows everything.
    pub meaning: String,
    /// What of it does not apply.
    pub notes: Vec<FilterNote>,
    /// The things that must all hold.
    pub terms: Vec<Place>,
    /// Whether the detail of each request has to be read, which takes longer.
    pub slow: bool,
    /// It shows only requests that began at this moment or later, microseconds since 1970;
    pub since_us: Option<i64>,
    /// and only those that began before this one.
    pub until_us: Option<i64>,
}

/// A stretch of a filter.
#[derive(Serialize, ToSchema)]
pub(super) struct Place {
    /// Where it begins,
    pub from: usize,
    /// and where it ends.
    pub to: usize,
}

/// Something in a filter that does not apply. The rest does.
#[derive(Serialize, ToSchema)]
pub(super) struct FilterNote {
    /// What is wrong with it.
    pub kind: NoteKind,
    /// Where it begins,
    pub from: usize,
    /// and where it ends.
    pub to: usize,
    /// What is wrong and what to write instead, in lower case and without a full stop.
    pub message: String,
    /// What was probably meant.
    pub instead: Option<String>,
}

/// Says what a filter means and what of it does not apply.
#[utoipa::path(
    get, path = "/exchanges/filter", tag = "traffic", operation_id = "read_filter",
    params(FilterQuery),
    responses(
        (status = 200, body = FilterReading),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlQuery(FilterQuery { q }): UrlQuery<FilterQuery>,
) -> Result<Json<FilterReading>, Problem> {
    let q = q.unwrap_or_default();
    // What does not apply is what it says.
    let filter = resolved(&gateway, Some(&q), true).await?;
    let (_, since_us, until_us) = filter.without_time();
    let place = |at: usize| utf16(&q, at);
    let notes = filter.notes().iter().map(|note| {
        let Note {
            kind,
            from,
            to,
            message,
            instead,
        } = note.clone();
        FilterNote {
            kind,
            from: place(from),
            to: place(to),
            message,
            instead,
        }
    });
    let terms = filter.parts().into_iter().map(|(from, to)| Place {
        from: place(from),
        to: place(to),
    });
    Ok(Json(FilterReading {
        meaning: filter.meaning(),
        notes: notes.collect(),
        terms: terms.collect(),
        slow: filter.needs_detail(),
        since_us,
        until_us,
    }))
}

/// Which requests, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HistogramQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all. Its own bounds of time do
    /// not count here.
    q: Option<String>,
    /// Whether terms that do not apply are left out, as the window does while one types. Else they are
    /// an error.
    #[serde(default)]
    lenient: bool,
    /// From when on, microseconds since 1970. Absent: from the first request in the log.
    from_us: Option<i64>,
    /// Until when. Absent: now.
    to_us: Option<i64>,
    /// How many bins at most; 90 unless told, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    bins: Option<u32>,
}

/// Counts requests that match a filter, over time and by class of status.
#[utoipa::path(
    get, path = "/exchanges/histogram", tag = "traffic", operation_id = "exchanges_histogram",
    params(HistogramQuery),
    responses(
        (status = 200, body = Histogram),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn histogram(
    State(gateway): State<Gateway>,
    UrlQuery(query): UrlQuery<HistogramQuery>,
) -> Result<Json<Histogram>, Problem> {
    let filter = resolved(&gateway, query.q.as_deref(), query.lenient);
    let (filter, ..) = filter.await?.without_time();
    let to_us = query.to_us.unwrap_or(gateway.clock().now().epoch_us);
    let bins = query.bins.unwrap_or(90).clamp(1, 500);
    let store = gateway.log().clone();
    let histogram = run_blocking(move || store.histogram(&filter, query.from_us, to_us, bins));
    histogram.await.map(Json)
}

/// A filter, and what it takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HiddenQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all.
    #[param(example = "status:>=400 method:POST")]
    q: Option<String>,
    /// Whether terms that do not apply are left out, as the window does while one types. Else they are
    /// an error.
    #[serde(default)]
    lenient: bool,
}

/// What each of the things that must hold hides.
#[derive(Serialize, ToSchema)]
pub(super) struct Hidden {
    /// How many requests the whole filter shows.
    pub shown: Counted,
    /// What it would show without each of its terms, most first.
    pub without: Vec<Without>,
}

/// A number of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Counted {
    /// How many were counted.
    pub count: u64,
    /// Whether those are all; else there are at least so many.
    pub all: bool,
}

/// What a filter would show without one of its terms.
#[derive(Serialize, ToSchema)]
pub(super) struct Without {
    /// The term, as written.
    pub term: String,
    /// Where it begins, in UTF-16 units,
    pub from: usize,
    /// and where it ends.
    pub to: usize,
    /// How many requests there would be.
    pub would_show: Counted,
}

/// Says which terms of a filter hide most, for one that shows nothing.
#[utoipa::path(
    get, path = "/exchanges/hidden", tag = "traffic", operation_id = "exchanges_hidden",
    params(HiddenQuery),
    responses(
        (status = 200, body = Hidden),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn hidden(
    State(gateway): State<Gateway>,
    UrlQuery(HiddenQuery { q, lenient }): UrlQuery<HiddenQuery>,
) -> Result<Json<Hidden>, Problem> {
    let q = q.unwrap_or_default();
    let filter = resolved(&gateway, Some(&q), lenient).await?;
    let store = gateway.log().clone();
    run_blocking(move || {
        let count = |filter: &Filter| {
            let (count, all) = store.count(filter, Instant::now() + COUNT_TIME)?;
            Ok(Counted { count, all })
        };
        let mut without = Vec::new();
        for (at, (from, to)) in filter.parts().into_iter().enumerate().take(MOST_TERMS) {
            without.push(Without {
                term: q.get(from..to).unwrap_or_default().trim().to_owned(),
                from: utf16(&q, from),
                to: utf16(&q, to),
                would_show: count(&filter.without(at))?,
            });
        }
        without.sort_by_key(|term| std::cmp::Reverse(term.would_show.count));
        let shown = count(&filter)?;
        Ok::<_, crate::store::StoreError>(Json(Hidden { shown, without }))
    })
    .await
}

/// A filter that is being written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CompletionQuery {
    /// The filter, as far as it is written.
    q: String,
    /// Where the caret is, in UTF-16 units. Absent: at the end.
    at: Option<usize>,
}

/// Says how a filter can go on: names of terms, and values that were seen in the newest requests.
#[utoipa::path(
    get, path = "/exchanges/completions", tag = "traffic", operation_id = "complete_filter",
    params(CompletionQuery),
    responses((status = 200, body = Completions), (status = "default", body = Problem)),
)]
pub(super) async fn complete(
    State(gateway): State<Gateway>,
    UrlQuery(CompletionQuery { q, at }): UrlQuery<CompletionQuery>,
) -> Result<Json<Completions>, Problem> {
    let store = gateway.log().clone();
    run_blocking(move || {
        let at = at.map_or(q.len(), |at| from_utf16(&q, at));
        let mut found = completion::complete(&q, at, |term| store.seen(term))?;
        (found.from, found.to) = (utf16(&q, found.from), utf16(&q, found.to));
        Ok::<_, crate::store::StoreError>(Json(found))
    })
    .await
}

/// Reads a filter. Absent or empty, it takes everything. A term that does not apply would show what
/// nobody asked for, so it is an error, unless that is wanted.
pub(super) fn filter(gateway: &Gateway, q: Option<&str>, lenient: bool) -> Result<Filter, Problem> {
    let q = q.unwrap_or_default();
    let refused = |at: usize, message: &str| Problem {
        // Where JavaScript counts it to be, so that the UI can point at it.
        at: Some(u32::try_from(utf16(q, at)).unwrap_or(u32::MAX)),
        ..Problem::new(ProblemCode::FilterInvalid, sentence(message))
    };
    let filter = Filter::parse(q, &When::now(gateway.clock()))
        .map_err(|FilterError { at, message }| refused(at, &message))?;
    match filter.notes().first() {
        Some(note) if !lenient => Err(refused(note.from, &note.message)),
        _ => Ok(filter),
    }
}

/// One that asks something ends by itself.
fn sentence(message: &str) -> String {
    match message.ends_with('?') {
        true => message.to_owned(),
        false => format!("{message}."),
    }
}

/// Reads a filter, with the numbers that its percentiles stand for now.
pub(super) async fn resolved(
    gateway: &Gateway,
    q: Option<&str>,
    lenient: bool,
) -> Result<Filter, Problem> {
    let filter = filter(gateway, q, lenient)?;
    let store = gateway.log().clone();
    resolve(store, filter).await
}

/// Puts numbers in the place of a filter's percentiles.
pub(super) async fn resolve(store: LogStore, mut filter: Filter) -> Result<Filter, Problem> {
    run_blocking(move || {
        store.resolve(&mut filter)?;
        Ok::<_, crate::store::StoreError>(filter)
    })
    .await
}

/// Bytes as UTF-16 units.
fn utf16(text: &str, at: usize) -> usize {
    text.get(..at)
        .map_or(0, |before| before.encode_utf16().count())
}

/// UTF-16 units as bytes; the end of the text, if there are not so many.
fn from_utf16(text: &str, at: usize) -> usize {
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units >= at {
            return byte;
        }
        units += character.len_utf16();
    }
    text.len()
}
