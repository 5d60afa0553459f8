//! What happens, as it happens: one stream, given to the desktop window through its channel and to
//! browsers as server-sent events.

mod changes;
mod traffic;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use http::Uri;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use utoipa::{IntoParams, ToSchema};

use self::changes::{HealthWatch, ProgramWatch};
use self::traffic::Window;
pub use self::traffic::{SecondCount, Traffic};
use super::cells::{CellReader, columns};
use super::extract::{UrlQuery, unreadable};
use super::finding::filter;
use super::problem::Problem;
use super::status::{self, Shell, Status};
use crate::gateway::{Gateway, GatewayChange, GatewayState, LogAction};
use crate::ids::{ExchangeId, ServiceName};
use crate::prove::Progress;
use crate::prove::job::ProofJob;

/// Traffic is told at most this often.
const TRAFFIC_EVERY: Duration = Duration::from_millis(100);
/// Status is told at most this often.
const STATUS_EVERY: Duration = Duration::from_secs(1);
const DEFAULT_ROWS: usize = 60;
const MAX_ROWS: usize = 500;

/// Which traffic to tell.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    /// A filter such as `status:5xx path:/orders`. Absent or empty: all.
    pub q: Option<String>,
    /// Whether terms that do not apply are left out, as the window does while one types. Else they are
    /// an error.
    #[serde(default)]
    pub lenient: bool,
    /// How many rows at most come with one event; 60 unless told, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    pub rows: Option<usize>,
    /// Columns made of the detail of each row, as a JSON array such as `["header.user-agent",
    /// "res.body:$.id", "trace", "limit.left"]`.
    pub cols: Option<String>,
}

impl EventQuery {
    /// Reads the query of a URL, such as `q=status%3A5xx&rows=40`.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let uri = Uri::try_from(format!("/?{query}"));
        let uri = uri.map_err(|error| unreadable(&error.to_string()))?;
        let read = Query::try_from_uri(&uri).map_err(|error| unreadable(&error.body_text()))?;
        Ok(read.0)
    }
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first event: how things stand.
    Hello {
        /// Revision of the configuration in force.
        revision: u64,
        /// What the gateway is doing.
        status: Box<Status>,
    },
    /// Requests ended, or grew. At most every 100 ms, and only when something happened.
    Traffic(Traffic),
    /// Messages of WebSockets or event streams can be read. At most every 100 ms.
    Messages {
        /// Which requests have new ones.
        exchanges: Vec<ExchangeId>,
    },
    /// Something in the status is different. At most once a second.
    Status {
        /// What the gateway is doing.
        status: Box<Status>,
    },
    /// Another configuration is in force.
    ConfigApplied {
        /// Its revision.
        revision: u64,
    },
    /// An API key was issued or revoked.
    KeysChanged,
    /// Somebody did something to requests of the log.
    LogChanged {
        /// What.
        action: LogAction,
        /// To which; empty where all are meant.
        ids: Vec<ExchangeId>,
    },
    /// The health of a service's targets, or its breaker, changed.
    ServiceChanged {
        /// The service.
        service: ServiceName,
    },
    /// Something about the program of a service is different, or it wrote something. At most every
    /// 100 ms.
    ProcessChanged {
        /// The service.
        service: ServiceName,
        /// Number of the newest line it wrote; 0 where there is none yet.
        newest_line: u64,
    },
    /// The gateway started, stopped or failed to.
    GatewayChanged {
        /// What it does now.
        gateway: GatewayState,
    },
    /// A proof of an export began, came further or ended. At most every 100 ms.
    ProofChanged {
        /// Which.
        id: u64,
        /// The product's id.
        product: String,
        /// Whether it runs; if not, how it ended can be read.
        running: bool,
        /// How far it has come.
        progress: Progress,
    },
    /// This stream was too slow: some requests were not told. They are in the log.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// Tells what happens from now on, beginning with [`Event::Hello`]. Ends with the gateway. Fails if
/// the filter cannot be read.
pub fn subscribe(
    gateway: &Gateway,
    query: EventQuery,
) -> Result<impl Stream<Item = Event> + Send + use<>, Problem> {
    subscribe_in(gateway, query, Shell::Desktop)
}

fn subscribe_in(
    gateway: &Gateway,
    EventQuery {
        q,
        lenient,
        rows,
        cols,
    }: EventQuery,
    shell: Shell,
) -> Result<impl Stream<Item = Event> + Send + use<>, Problem> {
    let filter = filter(gateway, q.as_deref(), lenient)?;
    let rows = rows.unwrap_or(DEFAULT_ROWS).clamp(1, MAX_ROWS);
    let cells = CellReader::new(gateway, columns(cols.as_deref())?);
    Ok(feed(
        gateway.clone(),
        Window::new(filter, rows, cells),
        shell,
    ))
}

/// Tells what happens as server-sent events; each one's data is one `Event`.
#[utoipa::path(
    get, path = "/events", tag = "traffic", operation_id = "events",
    params(EventQuery),
    responses(
        (status = 200, body = Event, content_type = "text/event-stream"),
        (status = 400, body = Problem, description = "The filter cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn stream(
    State(gateway): State<Gateway>,
    shell: Option<Extension<Shell>>,
    UrlQuery(query): UrlQuery<EventQuery>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let shell = shell.map(|Extension(shell)| shell).unwrap_or_default();
    let events = subscribe_in(&gateway, query, shell)?.map(|event| {
        let data = serde_json::to_string(&event).expect("an event is plain data");
        Ok(sse::Event::default().data(data))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The stream itself: whatever comes first is told first.
fn feed(gateway: Gateway, mut window: Window, shell: Shell) -> impl Stream<Item = Event> + Send {
    // Subscribed before the first look, so that nothing falls between the two.
    let mut tail = gateway.recorder().tail();
    let mut messages_stored = gateway.recorder().messages_stored();
    let mut with_messages = BTreeSet::new();
    let mut changes = gateway.changes();
    let mut state = gateway.state();
    let mut proofs = gateway.prover().watch();
    // What is told of from now on, not what ended before.
    proofs.mark_unchanged();
    let mut programs = ProgramWatch::default();
    programs.changed(gateway.process_changes());
    let mut health = HealthWatch::new(gateway.service_changes());
    stream! {
        window.begin(&gateway).await;
        let status = status::collect(&gateway, shell).await;
        yield Event::Hello { revision: status.revision, status: Box::new(status.clone()) };
        // Beside the loop, since a status waits for the disk and traffic must not.
        let mut statuses = pin!(statuses(gateway.clone(), shell, status));
        let mut traffic_tick = every(TRAFFIC_EVERY);
        loop {
            tokio::select! {
                received = tail.recv() => match received {
                    Ok(summary) => window.see(summary),
                    Err(RecvError::Lagged(missed)) => yield Event::Lagged { missed },
                    Err(RecvError::Closed) => return,
                },
                stored = messages_stored.recv() => match stored {
                    Ok(exchange) => {
                        with_messages.insert(exchange);
                    }
                    // Whatever was missed is told with the next of them.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                _ = traffic_tick.tick() => {
                    if !with_messages.is_empty() {
                        let exchanges = std::mem::take(&mut with_messages);
                        yield Event::Messages { exchanges: exchanges.into_iter().collect() };
                    }
                    if let Some(traffic) = window.take(&gateway).await {
                        yield Event::Traffic(traffic);
                    }
                    if let Some(event) = proof_changed(&mut proofs) {
                        yield event;
                    }
                    for service in health.changed(gateway.service_changes()) {
                        yield Event::ServiceChanged { service };
                    }
                    for (service, newest_line) in programs.changed(gateway.process_changes()) {
                        yield Event::ProcessChanged { service, newest_line };
                    }
                }
                Some(status) = statuses.next() => {
                    yield Event::Status { status: Box::new(status) };
                }
                change = changes.recv() => match change {
                    Ok(GatewayChange::ConfigApplied { revision }) => {
                        yield Event::ConfigApplied { revision };
                    }
                    Ok(GatewayChange::KeysChanged) => yield Event::KeysChanged,
                    Ok(GatewayChange::LogChanged { action, ids }) => {
                        yield Event::LogChanged { action, ids: ids.to_vec() };
                    }
                    // Which ones were missed is not known: told as one of each.
                    Err(RecvError::Lagged(_)) => {
                        yield Event::ConfigApplied { revision: gateway.current().revision };
                        yield Event::KeysChanged;
                    }
                    Err(RecvError::Closed) => return,
                },
                changed = state.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let gateway = state.borrow_and_update().clone();
                    yield Event::GatewayChanged { gateway };
                }
            }
        }
    }
}

/// What is new of a proof, if something is.
fn proof_changed(proofs: &mut watch::Receiver<Option<ProofJob>>) -> Option<Event> {
    if !proofs.has_changed().unwrap_or(false) {
        return None;
    }
    let job = proofs.borrow_and_update();
    let job = job.as_ref()?;
    Some(Event::ProofChanged {
        id: job.id,
        product: job.product.clone(),
        running: job.runs(),
        progress: job.progress.clone(),
    })
}

/// Each status that differs from the one before, at most one a second.
fn statuses(gateway: Gateway, shell: Shell, mut told: Status) -> impl Stream<Item = Status> + Send {
    stream! {
        let mut tick = every(STATUS_EVERY);
        loop {
            tick.tick().await;
            let status = status::collect(&gateway, shell).await;
            if status != told {
                told = status.clone();
                yield status;
            }
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
