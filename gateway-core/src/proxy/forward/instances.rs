//! The targets that a service has at the moment: those of its configuration, or the instances of its
//! program.

use std::ops::Deref;
use std::sync::Arc;

use super::Course;
use crate::process::managed::{Managed, Waited};
use crate::proxy::error::ProxyError;
use crate::snapshot::Service;

/// A service with the targets it has at the moment.
pub(super) enum Current<'a> {
    /// Those of the configuration.
    Fixed(&'a Service),
    /// The instances of its program. None of them is ended while this is held.
    Live(Arc<Service>),
}

impl Deref for Current<'_> {
    type Target = Service;

    fn deref(&self) -> &Service {
        match self {
            Self::Fixed(service) => service,
            Self::Live(service) => service,
        }
    }
}

impl Course<'_> {
    /// Where the gateway runs the service's program: takes the instances there are, or waits for the
    /// first one.
    pub(super) async fn find_instances(&mut self) -> Result<(), ProxyError> {
        let Some(managed) = &self.template.managed else {
            return Ok(());
        };
        let managed: &Managed = &managed.shared;
        let deadline_ns = self.deadline().map_or(u64::MAX, |(at, _)| at);
        // An instance that is waited for must not be kept by the one who waits.
        if let Current::Live(before) = &self.service
            && managed
                .live()
                .is_none_or(|live| !Arc::ptr_eq(&live, before))
        {
            self.service = Current::Fixed(self.template);
            self.tried.clear();
        }
        let clock = self.attempts.clock;
        let (live, waited) = managed.admit(self.template, clock, deadline_ns).await?;
        self.service = Current::Live(live);
        if let Some(more) = waited {
            let before = self.waited.map_or(0, |waited| waited.held_ms);
            self.waited = Some(Waited {
                held_ms: before + more.held_ms,
                ..more
            });
        }
        Ok(())
    }
}
