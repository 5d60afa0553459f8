//! Changes to API keys: what they name has to be there, and everyone is told. All of it blocks on the
//! disk.

use std::time::Duration;

use super::{Gateway, GatewayChange};
use crate::config::{Config, Issue};
use crate::ids::{KeyId, PlanName, RouteName};
use crate::keys::{ApiKey, Grant, Issued, KeyAccess, KeyChange, KeyError, NewKey};

impl Gateway {
    /// Issues an API key.
    ///
    /// # Errors
    /// What it should say will not do, or it could not be stored.
    pub fn issue_key(&self, new: NewKey) -> Result<Issued, KeyError> {
        let mut issues = Vec::new();
        let current = self.current();
        check_plan(&current.config, new.plan.as_ref(), &mut issues);
        check_grants(&current.config, &new.access, &[], &mut issues);
        refuse(issues)?;
        let issued = self.0.keys.issue(new)?;
        self.announce(GatewayChange::KeysChanged);
        Ok(issued)
    }

    /// Changes an API key; `None` if there is none with that id.
    ///
    /// # Errors
    /// What it should say will not do, or it could not be stored; nothing has changed.
    pub fn change_key(&self, id: KeyId, change: &KeyChange) -> Result<Option<ApiKey>, KeyError> {
        let Some(before) = self.0.keys.get(id) else {
            return Ok(None);
        };
        let mut issues = Vec::new();
        let current = self.current();
        if let Some(plan) = &change.plan
            && *plan != before.plan
        {
            check_plan(&current.config, plan.as_ref(), &mut issues);
        }
        if let Some(access) = &change.access {
            let before = before.access.grants();
            check_grants(&current.config, access, before, &mut issues);
        }
        refuse(issues)?;
        let changed = self.0.keys.change(id, change)?;
        self.announce(GatewayChange::KeysChanged);
        Ok(changed)
    }

    /// Issues an API key in place of another one, which stays good for `overlap`; see
    /// [`crate::keys::KeyRing::roll`].
    ///
    /// # Errors
    /// The key is no longer good or has been replaced before, or nothing could be stored.
    pub fn roll_key(&self, id: KeyId, overlap: Duration) -> Result<Option<Issued>, KeyError> {
        let rolled = self.0.keys.roll(id, overlap)?;
        self.announce(GatewayChange::KeysChanged);
        Ok(rolled)
    }

    /// Revokes an API key at once and for good; `None` if there is none with that id.
    ///
    /// # Errors
    /// The change could not be stored; the key is still good.
    pub fn revoke_key(&self, id: KeyId) -> Result<Option<ApiKey>, KeyError> {
        self.0.keys.revoke(id)?;
        self.announce(GatewayChange::KeysChanged);
        Ok(self.0.keys.get(id))
    }

    /// Lets API keys follow a plan that has another name now.
    ///
    /// # Errors
    /// The change could not be stored; the keys still name the old one.
    pub fn rename_plan_of_keys(&self, old: &PlanName, new: &PlanName) -> Result<(), KeyError> {
        self.change_keys(|key| {
            (key.plan.as_ref() == Some(old)).then(|| ApiKey {
                plan: Some(new.clone()),
                ..key.clone()
            })
        })
    }

    /// Lets API keys follow a consumer that has another name now.
    ///
    /// # Errors
    /// The change could not be stored; the keys still name the old one.
    pub fn rename_consumer_of_keys(&self, old: &str, new: &str) -> Result<(), KeyError> {
        self.change_keys(|key| {
            (key.consumer == old).then(|| ApiKey {
                consumer: new.to_owned(),
                ..key.clone()
            })
        })
    }

    /// Lets API keys follow a route that has another name now.
    ///
    /// # Errors
    /// The change could not be stored; the keys are still granted the old one.
    pub fn rename_route_of_keys(&self, old: &RouteName, new: &RouteName) -> Result<(), KeyError> {
        self.change_keys(|key| {
            let mut key = key.clone();
            key.access.rename_route(old, new).then_some(key)
        })
    }

    fn change_keys(&self, change: impl Fn(&ApiKey) -> Option<ApiKey>) -> Result<(), KeyError> {
        if self.0.keys.change_all(change)? > 0 {
            self.announce(GatewayChange::KeysChanged);
        }
        Ok(())
    }

    /// Routes that an API key is granted and that are not there.
    pub fn routes_missing_for(&self, key: &ApiKey) -> Vec<RouteName> {
        let current = self.current();
        let routes = &current.config.routes;
        let mut missing: Vec<_> = key
            .access
            .grants()
            .iter()
            .map(|grant| &grant.route)
            .filter(|name| !routes.iter().any(|route| route.name == **name))
            .cloned()
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

fn refuse(issues: Vec<Issue>) -> Result<(), KeyError> {
    match issues.is_empty() {
        true => Ok(()),
        false => Err(KeyError::Refused(issues)),
    }
}

fn check_plan(config: &Config, plan: Option<&PlanName>, issues: &mut Vec<Issue>) {
    if let Some(name) = plan
        && !config.plans.iter().any(|plan| plan.name == *name)
    {
        issues.push(Issue::error("plan", format!("no plan is named `{name}`")));
    }
}

/// What is granted has to be there when it is granted; it may go later.
fn check_grants(config: &Config, access: &KeyAccess, before: &[Grant], issues: &mut Vec<Issue>) {
    for (n, grant) in access.grants().iter().enumerate() {
        if before.contains(grant) {
            continue;
        }
        let at = format!("access.grants[{n}]");
        let Some(route) = config.routes.iter().find(|route| route.name == grant.route) else {
            let message = format!("no route is named `{}`", grant.route);
            issues.push(Issue::error(format!("{at}.route"), message));
            continue;
        };
        let versions = route.versions.iter().flat_map(|versions| &versions.list);
        for (m, name) in grant.versions.iter().enumerate() {
            if !versions.clone().any(|version| version.name == *name) {
                let message = format!("route `{}` has no version `{name}`", grant.route);
                issues.push(Issue::error(format!("{at}.versions[{m}]"), message));
            }
        }
    }
}
