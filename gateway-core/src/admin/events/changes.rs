//! Which services are different from when they were last told of.

use std::collections::HashMap;

use crate::ids::ServiceName;

/// How often the health of each service had changed when it was last told.
pub(super) struct HealthWatch(HashMap<ServiceName, u64>);

impl HealthWatch {
    /// Tells of what is different from now on.
    pub(super) fn new(now: Vec<(ServiceName, u64)>) -> Self {
        Self(now.into_iter().collect())
    }

    /// The services whose health changed since. One that is new is told with its configuration.
    pub(super) fn changed(&mut self, now: Vec<(ServiceName, u64)>) -> Vec<ServiceName> {
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
pub(super) struct ProgramWatch(HashMap<ServiceName, (u64, u64)>);

impl ProgramWatch {
    /// The services whose program is different since, with the number of the newest line.
    pub(super) fn changed(&mut self, now: Vec<(ServiceName, u64, u64)>) -> Vec<(ServiceName, u64)> {
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
