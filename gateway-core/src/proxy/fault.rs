//! Does a fault that is switched on strike this request?

use std::time::Duration;

use http::StatusCode;

use super::call::Call;
use super::error::ProxyError;
use super::faulty::Mishap;
use super::permit::Permit;
use super::tracer::Tracer;
use crate::faults::{self, Effect, Strike};
use crate::record::decision::{Facts, FaultFact, Stage, Verdict};

/// Lets faults that are switched on strike: the request waits, or ends here. Given is what they do to
/// its answer. A request that is only asked about is not struck.
///
/// # Errors
/// A fault stops it.
pub(super) async fn strike(
    call: &Call<'_>,
    permit: &Permit<'_>,
    trace: &mut Tracer<'_>,
) -> Result<Vec<Mishap>, ProxyError> {
    if call.what_if.is_some() {
        return Ok(Vec::new());
    }
    let target = faults::Target {
        route: &permit.found.route.name,
        version: permit.version.as_ref().map(|(version, _)| &version.name),
        key: permit.caller.key_id(),
    };
    let strikes = call.gateway.faults.strike(&target, call.now().epoch_us);
    if strikes.is_empty() {
        return Ok(Vec::new());
    }
    let struck = Struck::by(strikes);
    tokio::time::sleep(struck.wait).await;
    let (verdict, facts) = struck.decision();
    trace.note(Stage::Fault, verdict, facts);
    match struck.stopped {
        Some(error) => Err(error),
        None => Ok(struck.mishaps),
    }
}

/// Marks an answer that is not to be sent: its connection closes instead.
#[derive(Clone, Copy, Debug)]
pub struct Abort;

/// Why a connection closes that could have gone on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a fault that is switched on closed it")]
pub struct Aborted;

/// What faults do to a request.
#[derive(Debug, Default)]
pub struct Struck {
    /// How long it waits.
    pub wait: Duration,
    /// Why its service is not asked.
    pub stopped: Option<ProxyError>,
    /// What becomes of the answer's body.
    pub mishaps: Vec<Mishap>,
    /// What struck it, for the trace.
    facts: Vec<FaultFact>,
}

impl Struck {
    /// Adds up what struck a request: waiting times add up, and the first that stops it counts.
    pub fn by(strikes: Vec<Strike>) -> Self {
        let mut struck = Self::default();
        for Strike {
            effect,
            share_percent,
            times,
        } in strikes
        {
            match effect {
                Effect::Latency { ms, .. } => struck.wait += Duration::from_millis(ms.into()),
                Effect::Error { status } => {
                    let status =
                        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                    struck.stop(ProxyError::Fault { status });
                }
                Effect::Reset => struck.stop(ProxyError::FaultReset),
                Effect::Truncate { after_bytes } => {
                    struck.mishaps.push(Mishap::Truncated { after_bytes });
                }
                Effect::Drip { bytes_per_second } => {
                    struck.mishaps.push(Mishap::Slow { bytes_per_second });
                }
                // Those strike before limits count or with them; see `forced` and `rate_limit`.
                Effect::Refuse { .. } | Effect::LetThrough { .. } => {}
            }
            struck.facts.push(FaultFact {
                effect,
                share_percent,
                times,
            });
        }
        struck
    }

    fn stop(&mut self, error: ProxyError) {
        self.stopped.get_or_insert(error);
    }

    /// Whether nothing struck.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// What was decided, for the trace.
    pub fn decision(&self) -> (Verdict, Facts) {
        let verdict = match self.stopped {
            Some(_) => Verdict::Stopped,
            None => Verdict::Passed,
        };
        let faults = self.facts.clone();
        (verdict, Facts::Faults { faults })
    }
}
