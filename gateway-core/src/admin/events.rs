//! What happens, as it happens: one stream, given to the desktop window through its channel and to
//! browsers as server-sent events.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
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

use super::blocking::run_blocking;
use super::cells::{CellReader, columns};
use super::extract::{UrlQuery, unreadable};
use super::finding::{filter, resolve};
use super::problem::Problem;
use super::status::{self, Shell, Status};
use crate::figures::TrafficFigures;
use crate::gateway::{Gateway, GatewayChange, GatewayState, LogAction};
use crate::ids::{ExchangeId, ServiceName};
use crate::prove::Progress;
use crate::prove::job::ProofJob;
use crate::record::cells::RowCells;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;
use crate::store::{Bin, StoreError};

/// Traffic is told at most this often.
const TRAFFIC_EVERY: Duration = Duration::from_millis(100);
/// Status is told at most this often.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// How long traffic may wait for the cells of its rows.
const CELLS_TIME: Duration = Duration::from_millis(40);
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

/// Requests since the last such event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Traffic {
    /// The newest that match the filter, oldest first.
    pub rows: Vec<ExchangeSummary>,
    /// How many matched since the last such event.
    pub matched: u64,
    /// How many of those are not in `rows`.
    pub omitted: u64,
    /// How many of those that matched began in each second, by class of status.
    pub counts: Vec<SecondCount>,
    /// The highest number of a request that ended, matching or not.
    pub newest: u64,
    /// How many ended since this stream began, matching or not.
    pub total_seen: u64,
    /// Those that match and still run, once the head of their answer was sent.
    pub open: Vec<ExchangeSummary>,
    /// The cells of the columns that were asked for, of those of these requests whose detail can be
    /// read already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<RowCells>,
    /// How much traffic there is.
    pub figures: TrafficFigures,
    /// How many were not recorded since Gatewright started, for want of room.
    pub dropped: u64,
}

/// Requests that began in one second.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SecondCount {
    /// The second, since 1970.
    pub at_s: i64,
    /// How many.
    #[serde(flatten)]
    pub count: Bin,
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
    let mut health = HealthWatch(gateway.service_changes().into_iter().collect());
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

/// How often the health of each service had changed when it was last told.
struct HealthWatch(HashMap<ServiceName, u64>);

impl HealthWatch {
    /// The services whose health changed since. One that is new is told with its configuration.
    fn changed(&mut self, now: Vec<(ServiceName, u64)>) -> Vec<ServiceName> {
        let changed = now.iter().filter(|(service, count)| {
            let told = self.0.get(service);
            *told.unwrap_or(&0) != *count
        });
        let changed = changed.map(|(service, _)| service.clone()).collect();
        self.0 = now.into_iter().collect();
        changed
    }
}

/// How things stood with the program of each service when they were last told.
#[derive(Default)]
struct ProgramWatch(HashMap<ServiceName, (u64, u64)>);

impl ProgramWatch {
    /// The services whose program is different since, with the number of the newest line.
    fn changed(&mut self, now: Vec<(ServiceName, u64, u64)>) -> Vec<(ServiceName, u64)> {
        let mut changed = Vec::new();
        let mut told = HashMap::with_capacity(now.len());
        for (service, changes, newest) in now {
            if self.0.get(&service) != Some(&(changes, newest)) {
                changed.push((service.clone(), newest));
            }
            told.insert(service, (changes, newest));
        }
        self.0 = told;
        changed
    }
}

/// The newest matching rows since the last [`Event::Traffic`].
struct Window {
    filter: Filter,
    most: usize,
    rows: VecDeque<Arc<ExchangeSummary>>,
    counts: BTreeMap<i64, Bin>,
    matched: u64,
    /// Where the filter takes the detail of requests: the last one whose detail was looked at.
    looked_at: u64,
    total_seen: u64,
    newest: u64,
    told_seen: u64,
    /// What was told of running requests: which, and how far.
    told_open: Vec<(ExchangeId, u64, u64, u64)>,
    cells: CellReader,
}

impl Window {
    fn new(filter: Filter, most: usize, cells: CellReader) -> Self {
        Self {
            filter,
            most,
            rows: VecDeque::new(),
            counts: BTreeMap::new(),
            matched: 0,
            looked_at: 0,
            total_seen: 0,
            newest: 0,
            told_seen: 0,
            told_open: Vec::new(),
            cells,
        }
    }

    /// Finds out what the filter leaves to be found out.
    async fn begin(&mut self, gateway: &Gateway) {
        let store = gateway.log().clone();
        // Where the log cannot be read, nothing is beyond a percentile of it.
        if let Ok(filter) = resolve(store.clone(), self.filter.clone()).await {
            self.filter = filter;
        }
        if self.filter.needs_detail() {
            self.looked_at = run_blocking(move || store.last_seq()).await.unwrap_or(0);
        }
    }

    fn see(&mut self, summary: Arc<ExchangeSummary>) {
        self.total_seen += 1;
        self.newest = self.newest.max(summary.seq);
        if !self.filter.needs_detail() && self.filter.matches(&summary, None) {
            self.show(summary);
        }
    }

    fn show(&mut self, summary: Arc<ExchangeSummary>) {
        self.matched += 1;
        let second = summary.started_at_us.div_euclid(1_000_000);
        let count = self.counts.entry(second).or_default();
        count.add(summary.status, 1);
        if self.rows.len() == self.most {
            self.rows.pop_front();
        }
        self.rows.push_back(summary);
    }

    /// The detail of requests is in the log only, a little after they ended.
    async fn look_at_details(&mut self, gateway: &Gateway) {
        let (store, filter, after) = (gateway.log().clone(), self.filter.clone(), self.looked_at);
        let found = run_blocking(move || {
            let last = store.last_seq()?;
            Ok::<_, StoreError>((store.newer(&filter, after)?, last))
        });
        // What cannot be read now is looked at the next time.
        let Ok((rows, last)) = found.await else {
            return;
        };
        self.looked_at = rows.last().map_or(last, |row| row.seq.max(last));
        rows.into_iter().for_each(|row| self.show(Arc::new(row)));
    }

    /// What to tell, if anything happened since the last time.
    async fn take(&mut self, gateway: &Gateway) -> Option<Traffic> {
        if self.filter.needs_detail() {
            self.look_at_details(gateway).await;
        }
        let recorder = gateway.recorder();
        let mut open = recorder.open();
        open.retain(|summary| match self.filter.needs_detail() {
            false => self.filter.matches(summary, None),
            true => recorder
                .running(summary.id)
                .is_some_and(|(_, kept)| self.filter.matches(summary, Some(&kept))),
        });
        let progress: Vec<_> = open
            .iter()
            .map(|open| {
                let ExchangeSummary {
                    id,
                    request_bytes,
                    response_bytes,
                    messages,
                    ..
                } = open;
                (*id, *request_bytes, *response_bytes, *messages)
            })
            .collect();
        if self.total_seen == self.told_seen && self.matched == 0 && progress == self.told_open {
            return None;
        }
        self.told_seen = self.total_seen;
        self.told_open = progress;
        let rows: Vec<_> = self.rows.drain(..).map(Arc::unwrap_or_clone).collect();
        let matched = std::mem::take(&mut self.matched);
        // The newest first: of large bodies there is not time for all, and the rest can be asked for.
        let ids = rows.iter().chain(&open).rev().map(|row| row.id).collect();
        // Without them the rows are still worth telling.
        let cells = self.cells.read(ids, Some(CELLS_TIME)).await;
        let cells = cells.unwrap_or_default();
        Some(Traffic {
            cells,
            matched,
            omitted: matched - rows.len() as u64,
            rows,
            counts: std::mem::take(&mut self.counts)
                .into_iter()
                .map(|(at_s, count)| SecondCount { at_s, count })
                .collect(),
            newest: self.newest,
            total_seen: self.total_seen,
            open,
            figures: gateway.figures().now(),
            dropped: gateway.recorder().status().dropped,
        })
    }
}
