//! One request, and what the stages may ask about it.

use std::sync::Arc;

use http::request::Parts;

use super::accept::Accepted;
use super::arrival::Client;
use super::attempt::Attempts;
use super::authenticate::{Asking, Checks};
use super::caller::Caller;
use super::error::ProxyError;
use super::rate_limit::{Counting, Passes};
use super::resolve_version::Turn;
use super::trace_context::TraceContext;
use super::upgrade::Upgrade;
use super::what_if::WhatIf;
use crate::clock::Now;
use crate::faults::{Refusal, Strike, Target};
use crate::gateway::Inner;
use crate::ids::{RouteName, VersionName};
use crate::snapshot::{Route, Snapshot};

/// What stages are told of a request.
pub(super) struct Call<'r> {
    pub(super) gateway: &'r Arc<Inner>,
    pub(super) snapshot: &'r Snapshot,
    pub(super) head: &'r Parts,
    /// How long its body is at least.
    pub(super) body_bytes: u64,
    pub(super) client: Client,
    pub(super) trace_context: &'r TraceContext,
    pub(super) upgrade: Option<&'r Upgrade>,
    /// Whether one only asks what would be, and under which circumstances.
    pub(super) what_if: Option<&'r WhatIf>,
}

impl<'r> Call<'r> {
    /// The time, or the one that is asked about.
    pub(super) fn now(&self) -> Now {
        self.what_if
            .map_or_else(|| self.gateway.clock.now(), |what_if| what_if.now)
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        match self.client.tls {
            true => "https",
            false => "http",
        }
    }

    /// What its caller is looked for by.
    pub(super) fn credentials<'a>(
        &'a self,
        route: &'a Route,
        accepted: &'a Accepted,
    ) -> Asking<'a> {
        let sent = self.client.inside.as_ref();
        Asking {
            wanted: &route.authentication,
            snapshot: self.snapshot,
            head: self.head,
            client: self.client.address.ip(),
            scheme: self.scheme(),
            host: &accepted.host,
            granted: sent.and_then(|sent| sent.key),
            granted_consumer: sent.and_then(|sent| sent.consumer.as_deref()),
            checks: Checks {
                what_if: self.what_if,
                ..self.gateway.credentials()
            },
            now: self.now(),
        }
    }

    /// What becomes of turns, where versions take them.
    pub(super) fn turn(&self, route: &Route) -> Turn<'r> {
        match self.what_if {
            None => Turn::Take,
            Some(what_if) => match what_if.version_on(&route.name) {
                Some((version, by)) => Turn::Then(version, by),
                None => Turn::Look,
            },
        }
    }

    /// What a person asked the gateway to refuse this request as, if anything. Nobody who only asks
    /// what would be is refused so.
    pub(super) fn refusal(
        &self,
        route: &RouteName,
        version: Option<&VersionName>,
        caller: &Caller,
    ) -> Option<(Refusal, Strike)> {
        let target = Target {
            route,
            version,
            key: caller.key_id(),
        };
        let faults = self.what_if.is_none().then_some(&self.gateway.faults)?;
        faults.refuse(&target, self.now().epoch_us)
    }

    /// What a person may have let it pass.
    pub(super) fn passes<'a>(
        &'a self,
        route: &'a RouteName,
        version: Option<&'a VersionName>,
        caller: &Caller,
    ) -> Passes<'a> {
        Passes {
            faults: &self.gateway.faults,
            target: Target {
                route,
                version,
                key: caller.key_id(),
            },
            now_us: self.now().epoch_us,
        }
    }

    /// What becomes of the counts of limits.
    pub(super) fn counting(&self) -> Counting<'r> {
        self.what_if.map_or(Counting::Take, Counting::Try)
    }

    /// Most bytes that its body may have.
    pub(super) fn most_bytes(&self, route: &Route) -> Option<u64> {
        route
            .max_request_body_bytes
            .or(self.snapshot.max_request_body_bytes)
    }

    /// A body that says it is too long is refused before any of it is read.
    ///
    /// # Errors
    /// It says so.
    pub(super) fn fits(&self, route: &Route) -> Result<(), ProxyError> {
        match self.most_bytes(route) {
            Some(most) if self.body_bytes > most => Err(ProxyError::BodyTooLarge {
                most,
                said: Some(self.body_bytes),
            }),
            _ => Ok(()),
        }
    }

    /// What tries on this route need. `started_ns` is when the request arrived.
    pub(super) fn attempts(&self, route: &Route, started_ns: u64) -> Attempts<'_> {
        Attempts {
            pool: &self.gateway.pool,
            own: &self.gateway.own_addresses,
            clock: &self.gateway.clock,
            started_ns,
            max_request_body_bytes: self.most_bytes(route),
            body_idle: self.snapshot.limits.idle_timeout,
        }
    }
}
