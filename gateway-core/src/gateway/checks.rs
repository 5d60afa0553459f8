//! Asks targets whether they are well, as often as their services want, while the gateway runs.
//!
//! A task for each target that is checked. It holds nothing of the gateway, and ends as soon as a
//! configuration without it comes into force.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::{HOST, USER_AGENT};
use http_body_util::Empty;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::config::ActiveCheckKind;
use crate::proxy::connect::{OwnAddresses, connect};
use crate::proxy::error::ProxyError;
use crate::proxy::open::stream;
use crate::proxy::pool::Pool;
use crate::snapshot::health::checked::Checked;
use crate::snapshot::service_state::CheckResult;
use crate::snapshot::{Service, Snapshot, Target};

const NAME: &str = concat!("gatewright/", env!("CARGO_PKG_VERSION"), " (health check)");

/// The checks that run, by the address of what they are counted in: that lives as long as its task.
#[derive(Default)]
pub(super) struct Checks(HashMap<usize, Check>);

struct Check {
    subject: Arc<Mutex<Subject>>,
    _task: AbortOnDropHandle<()>,
}

/// How targets are reached.
#[derive(Clone)]
pub(crate) struct Reach {
    /// Where not to connect.
    pub(super) own: OwnAddresses,
    /// Knows whom to trust.
    pub(super) pool: Pool,
}

impl Reach {
    /// Whether a target takes connections.
    pub(crate) async fn connects(&self, target: &Target, limit: Duration) -> bool {
        let connecting = connect(target.origin.host(), target.origin.port(), &self.own);
        matches!(tokio::time::timeout(limit, connecting).await, Ok(Ok(_)))
    }

    /// The status of a target's answer to a GET request.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn status_of(
        &self,
        target: &Target,
        path: &str,
        limit: Duration,
    ) -> Result<u16, String> {
        match tokio::time::timeout(limit, get(target, path, self)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
        }
    }
}

/// What is checked. A configuration may change how it is reached without beginning anew.
#[derive(Clone)]
struct Subject {
    service: Arc<Service>,
    index: usize,
}

impl Checks {
    /// Runs the checks of a snapshot and no others. Those it has in common with the one before go on
    /// as they were; new ones begin at once.
    pub(super) fn follow(&mut self, snapshot: &Snapshot, reach: &Reach, clock: &Clock) {
        let mut before = std::mem::take(&mut self.0);
        for service in snapshot.services.values() {
            for (index, peer) in service.balancer.peers.iter().enumerate() {
                let Some(checked) = &peer.checked else {
                    continue;
                };
                let subject = Subject {
                    service: service.clone(),
                    index,
                };
                let key = Arc::as_ptr(checked).addr();
                let check = match before.remove(&key) {
                    Some(check) => {
                        *check.subject.lock() = subject;
                        check
                    }
                    None => begin(subject, checked.clone(), reach.clone(), clock.clone()),
                };
                self.0.insert(key, check);
            }
        }
    }

    /// Ends all of them.
    pub(super) fn stop(&mut self) {
        self.0.clear();
    }
}

fn begin(subject: Subject, checked: Arc<Checked>, reach: Reach, clock: Clock) -> Check {
    let subject = Arc::new(Mutex::new(subject));
    let task = tokio::spawn(run(subject.clone(), checked, reach, clock));
    Check {
        subject,
        _task: AbortOnDropHandle::new(task),
    }
}

async fn run(subject: Arc<Mutex<Subject>>, checked: Arc<Checked>, reach: Reach, clock: Clock) {
    loop {
        let began = clock.now();
        let now = subject.lock().clone();
        let answer = check(&now, &checked, &reach).await;
        drop(now);
        let took_ns = clock.monotonic_ns().saturating_sub(began.monotonic_ns);
        let next_ns = began.monotonic_ns + checked.rule.interval_ms * 1_000_000;
        checked.next_at(next_ns);
        checked.record(CheckResult {
            at_us: began.epoch_us,
            good: match &answer {
                Ok(Some(status)) => checked.is_good(*status),
                Ok(None) => true,
                Err(_) => false,
            },
            status: answer.as_ref().ok().copied().flatten(),
            error: answer.err(),
            took_us: took_ns / 1_000,
        });
        clock.sleep_until(next_ns).await;
    }
}

/// One check: the status of an answer, nothing for a connection, or what went wrong. Its time is
/// real even where the gateway's is not.
async fn check(subject: &Subject, checked: &Checked, reach: &Reach) -> Result<Option<u16>, String> {
    let timeout = Duration::from_millis(checked.rule.timeout_ms);
    let target = &subject.service.targets[subject.index];
    let asking = async {
        match checked.rule.kind {
            ActiveCheckKind::Tcp => connect(target.origin.host(), target.origin.port(), &reach.own)
                .await
                .map(|_| None)
                .map_err(text),
            ActiveCheckKind::Http => get(target, &checked.rule.path, reach).await.map(Some),
        }
    };
    match tokio::time::timeout(timeout, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} ms", timeout.as_millis())),
    }
}

/// The status of the answer to a GET on a connection of its own: one from the pool may still work
/// where no new one would.
async fn get(target: &Target, path: &str, reach: &Reach) -> Result<u16, String> {
    let origin = &target.origin;
    let (stream, speaks_http2) = stream(origin, &reach.own, reach.pool.trust())
        .await
        .map_err(text)?;
    let io = TokioIo::new(stream);
    let path = format!("{}{path}", target.base_path);
    let request = Request::get(path.as_str()).header(USER_AGENT, NAME);
    let answer = match speaks_http2 {
        true => {
            let url = format!("{}://{}{path}", origin.scheme(), origin.authority);
            let request = request.uri(url).body(Empty::<Bytes>::new());
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io)
                .await
                .map_err(said)?;
            let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
            let request = request.map_err(|error| error.to_string())?;
            sender.send_request(request).await
        }
        false => {
            let request = request
                .header(HOST, origin.authority.as_str())
                .body(Empty::<Bytes>::new());
            let (mut sender, connection) = http1::handshake(io).await.map_err(said)?;
            let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
            let request = request.map_err(|error| error.to_string())?;
            sender.send_request(request).await
        }
    };
    Ok(answer.map_err(said)?.status().as_u16())
}

fn said(error: hyper::Error) -> String {
    match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn text(error: ProxyError) -> String {
    match error {
        ProxyError::Upstream(_, reason) => reason,
        other => other.detail().into_owned(),
    }
}
