//! Who may call a route: `key-auth`, `acl` and `ip-restriction`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::order::METHODS;
use super::plugins::Plugin;
use crate::config::AccessRule;
use crate::export::gate::{Callers, Denial, Gate, Methods, Refused};
use crate::keys::KeyAccess;

/// Methods for which the same callers are let through.
pub(in crate::export) struct Class {
    /// Empty for any.
    pub(in crate::export) methods: Vec<String>,
    pub(in crate::export) who: Who,
}

/// Who is let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::export) struct Who {
    /// Slots, where not all of them are; and whether those who show nothing are.
    pub(in crate::export) only: Option<(BTreeSet<usize>, bool)>,
    /// Groups that say the same as the slots do.
    pub(in crate::export) groups: Vec<String>,
    pub(in crate::export) deny_ips: Vec<String>,
    pub(in crate::export) allow_ips: Vec<Vec<String>>,
    /// The setting.
    pub(in crate::export) at: String,
}

/// Groups that are let through, and those that had to be made for it.
pub(super) struct Acl {
    pub(super) plugin: Plugin,
    /// Consumers with a group that they get.
    pub(super) made: Vec<(String, String)>,
}

/// A route's methods by who may use them.
pub(in crate::export) fn classes(gate: &Gate<'_>, n: usize, version: Option<&str>) -> Vec<Class> {
    let route = &gate.routes[n];
    let named = &route.config.matches.methods;
    let all: Vec<String> = match named.is_empty() {
        true => METHODS.map(str::to_owned).to_vec(),
        false => named.clone(),
    };
    let mut classes: Vec<Class> = Vec::new();
    for method in all {
        let who = who(gate, n, version, &method);
        match classes.iter_mut().find(|class| class.who == who) {
            Some(class) => class.methods.push(method),
            None => classes.push(Class {
                methods: vec![method],
                who,
            }),
        }
    }
    if named.is_empty() && classes.len() == 1 {
        classes[0].methods.clear();
    }
    classes
}

fn concerns(denial: &Denial, version: Option<&str>, method: &str) -> bool {
    let of_method = match &denial.methods {
        Methods::These(these) => these.iter().any(|one| one == method),
        Methods::AllBut(these) => these.iter().all(|one| one != method),
    };
    let of_version = denial.versions.is_empty()
        || version.is_some_and(|version| denial.versions.iter().any(|one| one == version));
    of_method && of_version
}

fn who(gate: &Gate<'_>, n: usize, version: Option<&str>, method: &str) -> Who {
    let route = &gate.routes[n];
    let mut who = Who {
        at: format!("{}.authorization", route.at),
        ..Who::default()
    };
    for denial in &route.denials {
        if !concerns(denial, version, method) {
            continue;
        }
        match &denial.who {
            Refused::Inside(networks) => {
                who.deny_ips
                    .extend(networks.iter().map(ToString::to_string));
            }
            Refused::Outside(networks) => {
                who.allow_ips
                    .push(networks.iter().map(ToString::to_string).collect());
            }
            Refused::Slots { slots, anonymous } => {
                let (only, nobody) = who
                    .only
                    .get_or_insert_with(|| ((0..gate.slots.len()).collect(), true));
                only.retain(|slot| !slots.contains(slot));
                *nobody &= !anonymous;
            }
        }
    }
    if who.only.is_some() {
        who.groups = plain_groups(gate, n, version, method);
    }
    who
}

/// The groups of the only rule that holds, where it is about groups alone.
fn plain_groups(gate: &Gate<'_>, n: usize, version: Option<&str>, method: &str) -> Vec<String> {
    let limited = |slot: &crate::export::gate::Slot| slot.key.access != KeyAccess::All;
    if gate.slots.iter().any(limited) {
        return Vec::new();
    }
    let mut found: Option<&Vec<String>> = None;
    for rule in &gate.routes[n].config.authorization {
        let AccessRule {
            methods,
            versions,
            scopes_any,
            scopes_all,
            groups,
            consumers,
            allow_ips: _,
            deny_ips: _,
        } = rule;
        let holds = (methods.is_empty() || methods.iter().any(|one| one == method))
            && (versions.is_empty()
                || version
                    .is_some_and(|version| versions.iter().any(|one| one.as_str() == version)));
        let others = !(scopes_any.is_empty() && scopes_all.is_empty() && consumers.is_empty());
        if !holds || (groups.is_empty() && !others) {
            continue;
        }
        if others || found.is_some() {
            return Vec::new();
        }
        found = Some(groups);
    }
    found.cloned().unwrap_or_default()
}

/// The name of who shows nothing, where that is allowed.
pub(super) const NOBODY: &str = "gatewright-anonymous";

/// The plugin that lets these through.
///
/// # Errors
/// Why it cannot be said.
pub(super) fn acl(gate: &Gate<'_>, n: usize, who: &Who) -> Result<Option<Acl>, String> {
    let Some((slots, nobody)) = &who.only else {
        return Ok(None);
    };
    let route = &gate.routes[n];
    if route.callers == Callers::Anyone {
        // Nobody is known, so nobody fits.
        return Ok(None);
    }
    let plugin = |groups: Vec<String>| {
        let mut config = Map::new();
        config.insert("allow".to_owned(), json!(groups));
        config.insert("hide_groups_header".to_owned(), json!(false));
        Plugin::new("acl", config, &who.at)
    };
    if !who.groups.is_empty() && !nobody {
        return Ok(Some(Acl {
            plugin: plugin(who.groups.clone()),
            made: Vec::new(),
        }));
    }
    let is_in = |consumer: &str| {
        let own = gate.slots.iter().enumerate();
        let mut own = own.filter(|(_, slot)| slot.key.consumer == consumer);
        own.clone().any(|(slot, _)| slots.contains(&slot))
            && own.any(|(slot, _)| !slots.contains(&slot))
    };
    if gate.slots.iter().any(|slot| is_in(&slot.key.consumer)) {
        return Err(
            "keys of one consumer may do different things, and groups are of consumers".to_owned(),
        );
    }
    let numbers: Vec<_> = slots
        .iter()
        .map(|slot| gate.slots[*slot].label.clone())
        .collect();
    let group = match numbers.is_empty() {
        true => "gatewright:nobody".to_owned(),
        false => format!(
            "gatewright:{}:{}",
            route.config.name,
            short(&numbers.join(" "))
        ),
    };
    let mut made: Vec<_> = slots
        .iter()
        .map(|slot| (gate.slots[*slot].key.consumer.clone(), group.clone()))
        .collect();
    if *nobody && route.callers == Callers::KeyIfShown {
        made.push((NOBODY.to_owned(), group.clone()));
    }
    Ok(Some(Acl {
        plugin: plugin(vec![group]),
        made,
    }))
}

/// A few letters that stand for a text.
fn short(text: &str) -> String {
    crate::export::sha256_hex(text)[..8].to_owned()
}

/// The plugin about addresses; an error where several lists would have to hold.
pub(super) fn addresses(who: &Who) -> Result<Option<Plugin>, &'static str> {
    if who.allow_ips.len() > 1 {
        return Err("addresses can be held against one list alone");
    }
    if who.allow_ips.is_empty() && who.deny_ips.is_empty() {
        return Ok(None);
    }
    let mut config = Map::new();
    if let Some(allow) = who.allow_ips.first() {
        config.insert("allow".to_owned(), json!(allow));
    }
    if !who.deny_ips.is_empty() {
        config.insert("deny".to_owned(), json!(who.deny_ips));
    }
    config.insert("status".to_owned(), json!(403));
    Ok(Some(Plugin::new("ip-restriction", config, &who.at)))
}

/// The plugin that asks for a key.
pub(super) fn key_auth(gate: &Gate<'_>, n: usize) -> Option<Plugin> {
    let route = &gate.routes[n];
    let keys = &gate.config.api_keys;
    let anonymous = match route.callers {
        Callers::Anyone => return None,
        Callers::KeyIfShown => Some(NOBODY),
        Callers::Key => None,
    };
    let mut names = keys.headers.clone();
    names.extend(keys.query.clone());
    if keys.bearer {
        names.push("Authorization".to_owned());
    }
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.to_ascii_lowercase()));
    let mut config = Map::new();
    config.insert("key_names".to_owned(), json!(names));
    config.insert("key_in_header".to_owned(), json!(true));
    config.insert("key_in_query".to_owned(), json!(keys.query.is_some()));
    config.insert("key_in_body".to_owned(), json!(false));
    config.insert("hide_credentials".to_owned(), json!(keys.strip));
    // `cors` comes first and answers a browser's preflight; all else needs a key whatever its method.
    config.insert("run_on_preflight".to_owned(), json!(true));
    if let Some(anonymous) = anonymous {
        config.insert("anonymous".to_owned(), Value::from(anonymous));
    }
    let at = format!("{}.authentication", route.at);
    Some(Plugin::new("key-auth", config, &at))
}
