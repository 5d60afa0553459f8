//! Consumers, compiled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::config::{self, Issue};
use crate::passwords::Stored;
use crate::snapshot::consumers::{Consumer, Consumers};

/// All consumers by name.
pub(super) fn compile_consumers(
    consumers: &[config::Consumer],
    plans: &[config::Plan],
    issues: &mut Vec<Issue>,
) -> Consumers {
    let mut by_name = HashMap::new();
    for (index, consumer) in consumers.iter().enumerate() {
        let at = format!("consumers[{index}]");
        let config::Consumer {
            name,
            labels: _,
            groups,
            scopes,
            plan,
            password_hash,
        } = consumer;
        if let Some(plan) = plan
            && !plans.iter().any(|one| one.name == *plan)
        {
            let message = format!("no plan is named `{plan}`");
            issues.push(Issue::error(format!("{at}.plan"), message));
        }
        let password = password_hash.as_ref().and_then(|hash| {
            let at = format!("{at}.password_hash");
            if name.as_str().contains(':') {
                let message = "a name with `:` in it cannot be sent with a password (RFC 7617)";
                issues.push(Issue::error(&at, message));
            }
            Stored::new(hash)
                .map_err(|message| issues.push(Issue::error(&at, message)))
                .ok()
        });
        let compiled = Consumer {
            groups: groups.clone(),
            scopes: scopes.clone(),
            plan: plan.clone(),
            password,
        };
        match by_name.entry(Arc::from(name.as_str())) {
            Entry::Vacant(place) => {
                place.insert(compiled);
            }
            Entry::Occupied(_) => {
                let message = format!("another consumer is named `{name}` too");
                issues.push(Issue::error(format!("{at}.name"), message));
            }
        }
    }
    Consumers::new(by_name)
}
