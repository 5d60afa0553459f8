//! Kong's declarative format (`_format_version` 1.1, 2.1 and 3.0), as decK and Kong without a database
//! read it.

mod asks;
mod callers;
mod entities;
mod limits;
mod paths;
mod placeholders;
mod rank;
mod routes;
mod services;
mod terms;
mod transform;

use super::fields::Fields;
use super::finding::{Findings, Grade};
use super::names::{self, Names};
use super::tree::Node;
use super::{Draft, Format};
use crate::config::{Config, Consumer, LimitHeaders, Plan};
use crate::ids::{ConsumerName, PlanName};
use entities::{Entities, Plugin};

/// Whether a document is one of Kong's.
pub(super) fn is_kong(root: &Node) -> bool {
    root.get("_format_version").is_some()
        || (root
            .get("services")
            .is_some_and(|list| !list.items().is_empty())
            && root.get("version").is_none()
            && root.get("openapi").is_none())
}

/// Reads a Kong file.
pub(super) fn read(mut root: Node, mut findings: Findings) -> Draft {
    placeholders::fill(&mut root, &mut findings);
    let findings = &mut findings;
    let fields = Fields::of(&root, "the file", findings);
    let version = version(&fields, findings);
    fields.ignore(&[
        "_transform",
        "_comment",
        "_info",
        "_plugin_configs",
        "_deck",
        "$schema",
    ]);
    let entities = Entities::read(&fields, findings);
    for (field, message) in [
        (
            "certificates",
            "certificates are not taken over: HTTPS here uses a local authority",
        ),
        ("snis", "names for certificates are not taken over"),
        (
            "ca_certificates",
            "certificates are not taken over: name a file in a service's `tls.ca_file`",
        ),
        (
            "consumer_groups",
            "groups of consumers with plugins of their own are not read",
        ),
        ("vaults", "nothing is read from vaults"),
        (
            "keys",
            "keys for tokens are not taken over: name issuers under `issuers`",
        ),
        (
            "key_sets",
            "keys for tokens are not taken over: name issuers under `issuers`",
        ),
        ("partials", "partials are not read"),
    ] {
        fields.tell(field, Grade::LeftOut, message, findings);
    }
    fields.finish(findings);

    let mut config = Config::default();
    let services = services::write(&entities, &mut config.services, findings);
    let keys = routes::write(
        &entities,
        &services,
        version != "3.0",
        &mut config,
        findings,
    );
    write_consumers(&entities, &mut config, findings);
    if let Some(keys) = keys.finish() {
        config.api_keys = keys;
    }
    if entities
        .plugins
        .iter()
        .any(|plugin| plugin.name == "rate-limiting")
    {
        // What Kong's callers read.
        config.limits.headers = LimitHeaders::Kong;
    }
    for service in entities.services {
        service.fields.finish(findings);
    }
    for upstream in entities.upstreams {
        let fields = upstream.entity.fields;
        let used = config.services.iter().any(|service| {
            let first = upstream.targets.first();
            first.is_some_and(|target| {
                service
                    .targets
                    .iter()
                    .any(|one| one.url.contains(&target.address))
            })
        });
        if used {
            fields.finish(findings);
        } else {
            fields.find("", Grade::LeftOut, "no service uses it", findings);
        }
    }
    for route in entities.routes {
        route.entity.fields.finish(findings);
    }
    Draft {
        format: Format::Kong,
        version: Some(version),
        config,
        findings: std::mem::take(findings),
    }
}

fn version(fields: &Fields<'_>, findings: &mut Findings) -> String {
    let text = fields.text("_format_version", findings).unwrap_or_default();
    // Written without quotes it is a number.
    match text.as_str() {
        "1.1" | "2.1" | "3.0" => text,
        "3" => "3.0".to_owned(),
        "" => {
            let message = "the file does not say its version; it was read as 3.0";
            fields.find("_format_version", Grade::Approximate, message, findings);
            "3.0".to_owned()
        }
        other => {
            let as_version = if other.starts_with('1') || other.starts_with('2') {
                "2.1"
            } else {
                "3.0"
            };
            let message = format!(
                "`{other}` is not a version that is known here; it was read as {as_version}"
            );
            fields.find("_format_version", Grade::Approximate, message, findings);
            as_version.to_owned()
        }
    }
}

/// Consumers, and plans for those that have limits of their own.
fn write_consumers(entities: &Entities<'_>, config: &mut Config, findings: &mut Findings) {
    let mut plans = Names::default();
    for (index, consumer) in entities.consumers.iter().enumerate() {
        let mut plan = None;
        let own = |plugin: &&Plugin<'_>| plugin.scope.consumer == Some(index);
        for plugin in entities.plugins.iter().filter(own) {
            let fields = terms::config_of(plugin, findings);
            let alone = plugin.scope.route.is_none() && plugin.scope.service.is_none();
            if plugin.name != "rate-limiting" || !alone {
                let message = "a plugin for one consumer alone is not carried over, but for limits";
                fields.find_less_strict("", Grade::NotExpressible, message, findings);
                continue;
            }
            let message = "it holds beside the limits of routes here, and instead of them in Kong";
            fields.find("", Grade::Approximate, message, findings);
            let reading = terms::Reading {
                config: fields,
                routes: 1,
            };
            let read = limits::read(reading, true, findings);
            let name = PlanName::new(plans.give(&consumer.name, "plan"));
            config.plans.push(Plan {
                name: name.clone(),
                rate_limits: read.rate_limits,
                quotas: read.quotas,
                concurrency: Vec::new(),
            });
            plan = Some(name);
        }
        let name = names::consumer(&consumer.name);
        if config.consumers.iter().any(|one| one.name.as_str() == name) {
            let about = format!("consumer `{name}`");
            let place = super::finding::Place {
                about: &about,
                field: "username",
                line: consumer.line,
            };
            findings.add(
                Grade::LeftOut,
                place,
                "there are two of this name; the first was taken",
            );
            continue;
        }
        let mut labels = std::collections::BTreeMap::new();
        if let Some(id) = consumer
            .custom_id
            .as_ref()
            .filter(|id| **id != consumer.name)
        {
            labels.insert("custom_id".to_owned(), id.clone());
        }
        if !consumer.tags.is_empty() {
            labels.insert("tags".to_owned(), consumer.tags.join(", "));
        }
        let mut groups = consumer.groups.clone();
        groups.dedup();
        config.consumers.push(Consumer {
            name: ConsumerName::new(name),
            labels,
            groups,
            scopes: Vec::new(),
            plan,
            password_hash: None,
        });
    }
}
