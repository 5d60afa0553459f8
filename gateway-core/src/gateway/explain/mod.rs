//! What would become of a request, under which circumstances: nothing is sent, counted or changed.
//!
//! The stages are those of every request ([`crate::proxy::pipeline`]); here is only what they are
//! given. A request in the log is asked about as it came, with what was found of its secrets, and
//! with limits as they stood for it; or as it would fare now.

mod difference;
mod request;
mod then;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method, Uri};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Gateway;
use super::issuers::lend_keys;
use crate::clock::Now;
use crate::config::{Config, Issue};
use crate::ids::{ConsumerName, KeyId, RouteName, ServiceName, VersionName};
use crate::proxy::arrival::{Client, SentAs};
use crate::proxy::error::ErrorCode;
use crate::proxy::explain::{Explained, explain};
use crate::proxy::what_if::{Notes, WhatIf};
use crate::record::decision::{Decision, Facts, NamedBy, Stage};
use crate::record::detail::{HeaderLine, Kept};
use crate::record::only_asked;
use crate::record::redact::Redactor;
use crate::record::sentence::sentence;
use crate::record::summary::{ExchangeSummary, KeyName};
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;
use crate::snapshot::limits::stood::Stood;

pub use difference::Difference;

/// A request that is asked about. What is absent is as in the request of the log, if there is one.
#[derive(Default)]
pub struct Question {
    /// A request of the log.
    pub logged: Option<(ExchangeSummary, Kept)>,
    /// The method; else `GET`.
    pub method: Option<Method>,
    /// The URL, or the path and query alone; else `/`.
    pub url: Option<Uri>,
    /// All headers; else none but `Host`.
    pub headers: Option<HeaderMap>,
    /// Where it comes from; else `127.0.0.1`.
    pub client_ip: Option<IpAddr>,
    /// Whether it comes over TLS; else not.
    pub https: Option<bool>,
    /// Who it is, whatever it shows.
    pub caller: Option<CallerIs>,
    /// When it comes; else then, where it is one of the log, and now, where it is not.
    pub when: Option<When>,
    /// The configuration that it meets; else the one in force.
    pub config: Option<Config>,
}

/// Who a caller is taken to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallerIs {
    /// Whoever shows this API key.
    Key {
        /// The key.
        id: KeyId,
    },
    /// This consumer, by whatever way the route takes.
    Consumer {
        /// The consumer.
        name: ConsumerName,
    },
    /// Nobody: credentials are taken away.
    Nobody,
}

/// When a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// When it came, with limits as they stood for it. Only for requests of the log.
    Then,
    /// Now, with limits as they stand.
    Now,
    /// At this moment. One that is to come finds limits as they would stand then if nobody else
    /// came; one that has passed finds them as they stand now.
    At {
        /// Microseconds since 1970.
        at_us: i64,
    },
}

/// What would become of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// What would become of it and why, in one sentence.
    pub sentence: String,
    /// Status of the gateway's own answer; absent where a service would answer.
    pub status: Option<u16>,
    /// Why the gateway would refuse it.
    pub code: Option<ErrorCode>,
    /// Stage that would decide.
    pub decided_by: Option<Stage>,
    /// Route that would take it.
    pub route: Option<RouteName>,
    /// Version of that route.
    pub version: Option<VersionName>,
    /// Service that would be asked, or that is not called at the moment.
    pub service: Option<ServiceName>,
    /// The API key that it shows, where it is known.
    pub key: Option<KeyName>,
    /// What each stage would decide, in order.
    pub trace: Vec<Decision>,
    /// What the service would be sent.
    pub sends: Option<WouldSend>,
    /// What the gateway would answer by itself.
    pub answers: Option<WouldAnswer>,
    /// When it was taken to come, microseconds since 1970.
    pub at_us: i64,
    /// Whether limits were taken as they stood for the request in the log, and not as they stand.
    pub limits_as_then: bool,
    /// Revision of the configuration in force, where it was asked by that one.
    pub revision: Option<u64>,
    /// What was taken for granted because it is not known, one sentence each.
    pub assumed: Vec<String>,
    /// What is different from what became of the request in the log.
    pub difference: Option<Difference>,
}

/// What a service would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct WouldSend {
    /// Method.
    pub method: String,
    /// The URL at the target; absent where chance decides about the target.
    pub url: Option<String>,
    /// Headers, masked.
    pub headers: Vec<HeaderLine>,
}

/// What the gateway would answer by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct WouldAnswer {
    /// Status.
    pub status: u16,
    /// Headers, masked.
    pub headers: Vec<HeaderLine>,
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq)]
pub enum WontDo {
    /// The configuration is wrong: everything that is.
    Config(Vec<Issue>),
    /// The request cannot be made; the text says why.
    Request(String),
    /// Something is named that is not there; the text says what.
    Missing(String),
}

impl Gateway {
    /// Says what would become of a request. Nothing is sent, counted or changed.
    ///
    /// # Errors
    /// Why nothing can be said.
    pub async fn explain(&self, question: Question) -> Result<Explanation, WontDo> {
        let current = self.current();
        let (snapshot, revision) = match &question.config {
            None => (self.snapshot(), Some(current.revision)),
            Some(config) => (self.beside(config).await?, None),
        };
        let config = question.config.as_ref().unwrap_or(&current.config);
        let redactor = Redactor::new(&config.recording.redact, &config.api_keys);
        let when = self.when(&question)?;
        let mut known = match &question.logged {
            None => then::Known::default(),
            Some((summary, kept)) => then::known(summary, kept, &self.0.keys),
        };
        match &question.caller {
            None | Some(CallerIs::Nobody) => {}
            Some(CallerIs::Consumer { name }) => {
                let named = name.as_str().to_owned();
                known.caller.consumer = Some(named);
            }
            Some(CallerIs::Key { id }) => {
                let key = self.0.keys.get(*id);
                let key = key.ok_or_else(|| WontDo::Missing(format!("API key `{id}`")))?;
                known.caller.key = Some(Ok(Arc::new(key)));
            }
        }
        let request = request::build(&question, &snapshot, &known)?;
        let as_then = when == When::Then;
        let notes = Notes::default();
        if as_then {
            known.notes.into_iter().for_each(|note| notes.say(note));
        }
        let what_if = WhatIf {
            now: self.moment(when, &question),
            caller: known.caller,
            version: known.version.filter(|_| as_then),
            limits: as_then.then(|| Stood {
                other_headers: question.headers.is_some(),
                ..known.limits
            }),
            notes,
        };
        let sent = SentAs {
            key: known.granted,
            consumer: known.granted_consumer,
            ..SentAs::default()
        };
        let client = client(&question, sent);
        let explained = explain(&self.0, &snapshot, client, request, &what_if).await;
        let Explained {
            mut exchange,
            answer,
        } = explained;
        // Whoever asks knows them.
        exchange.client_request = HeaderMap::new();
        exchange.status = answer.as_ref().map(|answer| answer.status().as_u16());
        exchange.client_response = answer.as_ref().map(|answer| answer.headers().clone());
        let (summary, kept) = only_asked(exchange, &redactor);
        Ok(Explanation {
            sentence: sentence(&summary, &kept),
            difference: question
                .logged
                .as_ref()
                .map(|(then, _)| difference::between(then, &summary)),
            status: answer.map(|answer| answer.status().as_u16()),
            code: summary.code,
            decided_by: summary.decided_by,
            sends: sends(&summary, &kept),
            answers: kept.client_response.map(|headers| WouldAnswer {
                status: summary.status,
                headers,
            }),
            route: summary.route,
            version: summary.version,
            service: summary.service,
            key: summary.key,
            trace: kept.trace,
            at_us: what_if.now.epoch_us,
            limits_as_then: as_then,
            revision,
            assumed: what_if.notes.all(),
        })
    }

    /// A configuration compiled beside the one in force, of which it only sees the counts.
    async fn beside(&self, config: &Config) -> Result<Arc<Snapshot>, WontDo> {
        let in_force = self.snapshot();
        let compiled = compile(config, 0, &in_force).map_err(WontDo::Config)?;
        let side = Arc::new(compiled.snapshot);
        let (gateway, reading) = (self.0.clone(), side.clone());
        let lent = tokio::task::spawn_blocking(move || {
            lend_keys(&reading, &in_force, &gateway.data_dir, gateway.clock.now());
        });
        lent.await.expect("reading keys does not panic");
        Ok(side)
    }

    fn when(&self, question: &Question) -> Result<When, WontDo> {
        match (question.when, &question.logged) {
            (None, Some(_)) => Ok(When::Then),
            (None, None) => Ok(When::Now),
            (Some(When::Then), None) => {
                let why =
                    "only a request of the log came at a time before; ask for now, or name one";
                Err(WontDo::Request(why.to_owned()))
            }
            (Some(when), _) => Ok(when),
        }
    }

    fn moment(&self, when: When, question: &Question) -> Now {
        let now = self.0.clock.now();
        let epoch_us = match (when, &question.logged) {
            (When::Then, Some((summary, _))) => summary.started_at_us,
            (When::Then | When::Now, _) => now.epoch_us,
            (When::At { at_us }, _) => at_us,
        };
        let ahead_us = match when {
            When::At { .. } => u64::try_from(epoch_us.saturating_sub(now.epoch_us)).unwrap_or(0),
            When::Then | When::Now => 0,
        };
        Now {
            monotonic_ns: now
                .monotonic_ns
                .saturating_add(ahead_us.saturating_mul(1_000)),
            epoch_us,
        }
    }
}

fn client(question: &Question, sent: SentAs) -> Client {
    let sent = Some(sent).filter(|sent| question.caller.is_none() && *sent != SentAs::default());
    let logged = question.logged.as_ref();
    let then = logged.and_then(|(summary, _)| summary.client_ip.parse().ok());
    let ip = question.client_ip.or(then);
    let tls = logged.is_some_and(|(summary, _)| summary.protocol.starts_with("https/"));
    Client {
        address: SocketAddr::new(ip.unwrap_or(IpAddr::from([127, 0, 0, 1])), 0),
        tls: question.https.unwrap_or(tls),
        inside: sent,
    }
}

fn sends(summary: &ExchangeSummary, kept: &Kept) -> Option<WouldSend> {
    let headers = kept.upstream_request.clone()?;
    let url = kept
        .trace
        .iter()
        .find_map(|decision| match &decision.facts {
            Facts::WouldForward { url, .. } => url.clone(),
            _ => None,
        });
    Some(WouldSend {
        method: summary.method.clone(),
        url,
        headers,
    })
}
