//! What is different between two routes, and two versions of one.

use super::limits::limit_changes;
use super::words::{list, quote, settings, value};
use super::{Named, named};
use crate::config::{
    Aggregate, Authentication, AuthenticationMethod, Require, Route, SavedTest, Split, Version,
    VersionWeight,
};
use crate::ids::VersionName;

impl Named for Route {
    const KIND: &'static str = "route";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        if self.enabled != after.enabled {
            let change = if after.enabled {
                "switched on"
            } else {
                "switched off"
            };
            said.push(change.to_owned());
        }
        let (old, new) = (&self.matches, &after.matches);
        let quoted = |list: &[String]| -> Vec<String> { list.iter().map(quote).collect() };
        list("host", &quoted(&old.hosts), &quoted(&new.hosts), said);
        value("path", &quote(&old.path), &quote(&new.path), said);
        list("method", &quoted(&old.methods), &quoted(&new.methods), said);
        if let (Some(old), Some(new)) = (&self.service, &after.service) {
            value("service", &quote(old), &quote(new), said);
        }
        aggregate_changes(self.aggregate.as_ref(), after.aggregate.as_ref(), said);
        if self.strip_prefix != after.strip_prefix {
            let change = if after.strip_prefix {
                "removed from"
            } else {
                "kept in"
            };
            said.push(format!("prefix now {change} the forwarded path"));
        }
        if self.authentication != after.authentication {
            said.push(authentication_change(
                &self.authentication,
                &after.authentication,
            ));
        }
        limit_changes(&self.rate_limits, &after.rate_limits, said);
        let versions = self.versions.as_ref().zip(after.versions.as_ref());
        if let Some((old, new)) = versions {
            named(&old.list, &new.list, said);
        }
        let splits = versions.and_then(|(old, new)| old.split.as_ref().zip(new.split.as_ref()));
        if let Some((old, new)) = splits {
            share_changes(old, new, said);
        }
        test_changes("saved test", &self.tests, &after.tests, said);
        let rest = |route: &Self| {
            let mut rest = route.clone();
            rest.tests.clear();
            if let (Some(_), Some(rest)) = (versions, &mut rest.versions) {
                rest.list.clear();
                if let (Some(_), Some(split)) = (splits, &mut rest.split) {
                    split.weights.clear();
                }
            }
            rest.name = "".into();
            rest.enabled = true;
            rest.matches.hosts.clear();
            rest.matches.path.clear();
            rest.matches.methods.clear();
            if self.service.is_some() && after.service.is_some() {
                rest.service = None;
            }
            if self.aggregate.is_some() && after.aggregate.is_some() {
                rest.aggregate = None;
            }
            rest.strip_prefix = false;
            rest.authentication = Authentication::default();
            rest.rate_limits.clear();
            rest
        };
        settings(&rest(self), &rest(after), said);
    }
}

impl Named for Version {
    const KIND: &'static str = "version";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        limit_changes(&self.rate_limits, &after.rate_limits, said);
        let rest = |version: &Self| Self {
            rate_limits: Vec::new(),
            ..version.clone()
        };
        settings(&rest(self), &rest(after), said);
    }
}

/// What is different between two answers made of several, part by part.
fn aggregate_changes(
    before: Option<&Aggregate>,
    after: Option<&Aggregate>,
    said: &mut Vec<String>,
) {
    let (Some(before), Some(after)) = (before, after) else {
        return;
    };
    let find = |list: &Aggregate, name: &str| {
        let mut parts = list.parts.iter();
        parts.find(|part| part.name == name).cloned()
    };
    for part in &after.parts {
        match find(before, &part.name) {
            None => said.push(format!("part `{}` added", part.name)),
            Some(old) if old != *part => {
                let mut changes = Vec::new();
                settings(&old, part, &mut changes);
                let changes = changes.join(", ");
                said.push(format!("part `{}`: {changes}", part.name));
            }
            Some(_) => {}
        }
    }
    for part in &before.parts {
        if find(after, &part.name).is_none() {
            said.push(format!("part `{}` removed", part.name));
        }
    }
    let names = |list: &Aggregate| -> Vec<String> {
        list.parts.iter().map(|part| part.name.clone()).collect()
    };
    let (old, new) = (names(before), names(after));
    let same = old.len() == new.len() && old.iter().all(|name| new.contains(name));
    if same && old != new {
        said.push("parts in another order".to_owned());
    }
    let rest = |list: &Aggregate| Aggregate {
        parts: Vec::new(),
        ..list.clone()
    };
    settings(&rest(before), &rest(after), said);
}

/// What became of the requests of which it is known where they belong.
pub(super) fn test_changes(
    what: &str,
    before: &[SavedTest],
    after: &[SavedTest],
    said: &mut Vec<String>,
) {
    let told = |tests: &[SavedTest]| -> Vec<String> {
        let told = tests.iter().map(|test| match &test.version {
            Some(version) => format!("{test} for version `{version}`"),
            None => test.to_string(),
        });
        told.collect()
    };
    list(what, &told(before), &told(after), said);
}

/// How many callers each version gets of those who name none.
fn share_changes(before: &Split, after: &Split, said: &mut Vec<String>) {
    let find = |split: &Split, name: &VersionName| {
        let mut weights = split.weights.iter();
        weights
            .find(|other| other.version == *name)
            .map(|found| found.weight)
    };
    for VersionWeight { version, weight } in &after.weights {
        match find(before, version) {
            Some(old) => value(&format!("share of version `{version}`"), &old, weight, said),
            None => said.push(format!("share of version `{version}` set to {weight}")),
        }
    }
    for VersionWeight { version, .. } in &before.weights {
        if find(after, version).is_none() {
            said.push(format!("share of version `{version}` removed"));
        }
    }
}

/// What callers have to show now, in a few words.
fn authentication_change(before: &Authentication, after: &Authentication) -> String {
    let words = |methods: &[AuthenticationMethod]| -> Vec<&str> {
        let word = |method: &AuthenticationMethod| match method {
            AuthenticationMethod::ApiKey => "an API key",
            AuthenticationMethod::Basic => "a password",
            AuthenticationMethod::Jwt => "a token",
            AuthenticationMethod::Forward => "leave of the service that is asked",
        };
        methods.iter().map(word).collect()
    };
    if after.methods.is_empty() {
        return format!("no longer needs {}", words(&before.methods).join(" or "));
    }
    let joint = match after.require {
        Require::Any => " or ",
        Require::All => " and ",
    };
    let but = match after.anonymous {
        true => ", but lets callers through who show nothing",
        false => "",
    };
    let same = Authentication {
        methods: after.methods.clone(),
        require: after.require,
        anonymous: after.anonymous,
        ..before.clone()
    };
    match same == *before {
        true => "asks others about callers than before".to_owned(),
        false => format!("needs {}{but}", words(&after.methods).join(joint)),
    }
}
