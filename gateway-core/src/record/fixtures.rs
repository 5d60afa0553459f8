//! Exchanges for tests.

use std::sync::Arc;

use http::{HeaderMap, Method};
use uuid::Uuid;

use super::detail::Kept;
use super::exchange::{Exchange, KeyRef, Outcome};
use super::summary::{Ending, ExchangeSummary, KeyName, RequestOrigin, Source, Timing};
use crate::clock::Clock;
use crate::ids::{ExchangeId, KeyId};

/// An exchange that has just begun; `number` makes its id.
pub(crate) fn exchange(number: u64, clock: &Clock) -> Exchange {
    let now = clock.now();
    Exchange {
        id: ExchangeId(Uuid::from_u128(u128::from(number))),
        request_id: format!("r{number}"),
        trace_id: "0".repeat(32),
        started_at_us: now.epoch_us,
        started_ns: now.monotonic_ns,
        client: ([127, 0, 0, 1], 4711).into(),
        origin: RequestOrigin::Caller,
        replay_of: None,
        method: Method::GET,
        protocol: "http/1.1",
        host: "localhost:8080".to_owned(),
        uri: "/orders/7?page=2".parse().unwrap(),
        revision: 1,
        route: Some("orders".into()),
        version: None,
        service: Some("shop".into()),
        key: Some(KeyRef {
            id: KeyId(Uuid::nil()),
            name: Arc::from("Acme CI"),
        }),
        caller: Default::default(),
        trace: Vec::new(),
        tries: Vec::new(),
        client_request: HeaderMap::new(),
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: None,
        outcome: Outcome::Abandoned,
        status: None,
        answered_ns: None,
    }
}

/// A row of the log.
pub(crate) fn row(seq: u64) -> ExchangeSummary {
    ExchangeSummary {
        seq,
        id: ExchangeId(Uuid::from_u128(u128::from(seq))),
        request_id: format!("r{seq}"),
        started_at_us: 0,
        method: "GET".to_owned(),
        host: "localhost:8080".to_owned(),
        path: "/orders/7".to_owned(),
        query: Some("page=2".to_owned()),
        protocol: "http/1.1".to_owned(),
        stream: None,
        messages: 0,
        status: 200,
        source: Source::Upstream,
        ending: Ending::Complete,
        code: None,
        decided_by: None,
        note: None,
        route: Some("orders".into()),
        version: None,
        service: Some("shop".into()),
        target: None,
        key: Some(KeyName {
            id: KeyId(Uuid::nil()),
            name: "Acme CI".to_owned(),
        }),
        consumer: None,
        plan: None,
        client_ip: "127.0.0.1".to_owned(),
        origin: RequestOrigin::Caller,
        replay_of: None,
        cache: None,
        pinned: false,
        tries: 1,
        request_bytes: 0,
        response_bytes: 0,
        duration_us: 12_500,
        timing: Timing::default(),
    }
}

/// What is kept beside a row.
pub(crate) fn kept() -> Kept {
    Kept {
        revision: 1,
        trace_id: String::new(),
        client_port: 1,
        trace: Vec::new(),
        attempts: Vec::new(),
        client_request: Vec::new(),
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: None,
        request_body: Default::default(),
        response_body: Default::default(),
    }
}
