//! Asks targets whether they are well, as often as their services want, while the gateway runs.
//!
//! A task for each target that is checked, also for each instance of a service's program. It holds
//! nothing of the gateway, and ends as soon as its target is not asked for any more.

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
use crate::snapshot::Target;
use crate::snapshot::health::checked::Checked;
use crate::snapshot::service_state::CheckResult;

const NAME: &str = concat!("gatewright/", env!("CARGO_PKG_VERSION"), " (health check)");

/// The checks that run, by the address of what they are counted in: that lives as long as its task.
#[derive(Default)]
pub(crate) struct Checks(HashMap<usize, Check>);

struct Check {
    /// A configuration may change how it is reached without beginning anew.
    target: Arc<Mutex<Target>>,
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

impl Checks {
    /// Runs the checks of these targets and no others. Those of before go on as they were; new ones
    /// begin at once.
    pub(crate) fn follow<'a>(
        &mut self,
        targets: impl Iterator<Item = (&'a Target, &'a Arc<Checked>)>,
        reach: &Reach,
        clock: &Clock,
    ) {
        let mut before = std::mem::take(&mut self.0);
        for (target, checked) in targets {
            let key = Arc::as_ptr(checked).addr();
            let check = match before.remove(&key) {
                Some(check) => {
                    *check.target.lock() = target.clone();
                    check
                }
                None => begin(
                    target.clone(),
                    checked.clone(),
                    reach.clone(),
                    clock.clone(),
                ),
            };
            self.0.insert(key, check);
        }
    }

    /// Ends all of them.
    pub(super) fn stop(&mut self) {
        self.0.clear();
    }
}

fn begin(target: Target, checked: Arc<Checked>, reach: Reach, clock: Clock) -> Check {
    let target = Arc::new(Mutex::new(target));
    let task = tokio::spawn(run(target.clone(), checked, reach, clock));
    Check {
        target,
        _task: AbortOnDropHandle::new(task),
    }
}

async fn run(target: Arc<Mutex<Target>>, checked: Arc<Checked>, reach: Reach, clock: Clock) {
    loop {
        let began = clock.now();
        let now = target.lock().clone();
        let answer = check(&now, &checked, &reach).await;
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
async fn check(target: &Target, checked: &Checked, reach: &Reach) -> Result<Option<u16>, String> {
    let timeout = Duration::from_millis(checked.rule.timeout_ms);
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
