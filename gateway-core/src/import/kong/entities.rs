//! What a Kong file holds, whether nested or side by side, and whose it is.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::super::tree::{Node, Value};

/// What a plugin is on; none of them: on everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub service: Option<usize>,
    pub route: Option<usize>,
    pub consumer: Option<usize>,
}

/// A plugin that is switched on.
pub(super) struct Plugin<'n> {
    pub name: String,
    pub scope: Scope,
    pub line: u32,
    /// Its `config`; absent: all as Kong has it by default.
    pub config: Option<&'n Node>,
    /// Whose it is, in words.
    pub about: String,
}

/// A service, a route, an upstream or a consumer.
pub(super) struct Entity<'n> {
    pub name: String,
    id: Option<String>,
    pub fields: Fields<'n>,
}

pub(super) struct RouteEntity<'n> {
    pub entity: Entity<'n>,
    pub service: Option<usize>,
}

pub(super) struct Target {
    pub address: String,
    pub weight: u64,
}

pub(super) struct UpstreamEntity<'n> {
    pub entity: Entity<'n>,
    pub targets: Vec<Target>,
}

#[derive(Default)]
pub(super) struct Consumer {
    pub name: String,
    id: Option<String>,
    pub custom_id: Option<String>,
    pub tags: Vec<String>,
    pub groups: Vec<String>,
    pub line: u32,
}

/// All that is read of a file.
#[derive(Default)]
pub(super) struct Entities<'n> {
    pub services: Vec<Entity<'n>>,
    pub routes: Vec<RouteEntity<'n>>,
    pub upstreams: Vec<UpstreamEntity<'n>>,
    pub consumers: Vec<Consumer>,
    pub plugins: Vec<Plugin<'n>>,
}

/// Kinds of credentials: where they stand in the file, and what they are called here.
const CREDENTIALS: [(&str, &str); 6] = [
    ("keyauth_credentials", "an API key"),
    ("basicauth_credentials", "a password"),
    ("jwt_secrets", "a key for tokens"),
    ("hmacauth_credentials", "an HMAC secret"),
    ("oauth2_credentials", "an OAuth client"),
    ("mtls_auth_credentials", "a client certificate"),
];

impl<'n> Entities<'n> {
    pub(super) fn read(root: &Fields<'n>, findings: &mut Findings) -> Self {
        let mut this = Self::default();
        for node in root.list("consumers", findings) {
            this.consumer(node, findings);
        }
        for node in root.list("upstreams", findings) {
            this.upstream(node, findings);
        }
        for node in root.list("services", findings) {
            this.service(node, findings);
        }
        for node in root.list("routes", findings) {
            this.route(node, None, findings);
        }
        for node in root.list("targets", findings) {
            let fields = Fields::of(node, "target", findings);
            let upstream = reference(&fields, "upstream", findings);
            let target = read_target(fields, findings);
            let place = this
                .upstreams
                .iter()
                .position(|one| one.entity.is(upstream.as_deref()));
            match (place, target) {
                (Some(place), Some(target)) => this.upstreams[place].targets.push(target),
                (None, Some(target)) => {
                    let about = format!("target `{}`", target.address);
                    let fields = Fields::of(node, about, findings);
                    fields.find(
                        "upstream",
                        Grade::LeftOut,
                        "there is no such upstream",
                        findings,
                    );
                }
                (_, None) => {}
            }
        }
        for node in root.list("acls", findings) {
            let fields = Fields::of(node, "ACL group", findings);
            let consumer = this.consumer_of(&fields, findings);
            this.group(fields, consumer, findings);
        }
        for (kind, what) in CREDENTIALS {
            for node in root.list(kind, findings) {
                let fields = Fields::of(node, "credential", findings);
                let consumer = this.consumer_of(&fields, findings);
                tell_credential(&fields, this.name_of(consumer), what, findings);
            }
        }
        for node in root.list("plugins", findings) {
            this.plugin(node, Scope::default(), "all routes", findings);
        }
        this
    }

    fn service(&mut self, node: &'n Node, findings: &mut Findings) {
        let index = self.services.len();
        let entity = Entity::read(node, "service", index, findings);
        let about = entity.fields.about.clone();
        let routes = entity.fields.list("routes", findings);
        let plugins = entity.fields.list("plugins", findings);
        self.services.push(entity);
        for node in routes {
            self.route(node, Some(index), findings);
        }
        let scope = Scope {
            service: Some(index),
            ..Scope::default()
        };
        for node in plugins {
            self.plugin(node, scope, &about, findings);
        }
    }

    fn route(&mut self, node: &'n Node, service: Option<usize>, findings: &mut Findings) {
        let index = self.routes.len();
        let entity = Entity::read(node, "route", index, findings);
        let named = reference(&entity.fields, "service", findings);
        let mut of = service;
        if let (None, Some(name)) = (service, &named) {
            of = self.services.iter().position(|one| one.is(Some(name)));
            if of.is_none() {
                let message = format!("there is no service `{name}`");
                entity
                    .fields
                    .find("service", Grade::LeftOut, message, findings);
            }
        }
        let about = entity.fields.about.clone();
        let plugins = entity.fields.list("plugins", findings);
        self.routes.push(RouteEntity {
            entity,
            service: of,
        });
        let scope = Scope {
            route: Some(index),
            ..Scope::default()
        };
        for node in plugins {
            self.plugin(node, scope, &about, findings);
        }
    }

    fn upstream(&mut self, node: &'n Node, findings: &mut Findings) {
        let entity = Entity::read(node, "upstream", self.upstreams.len(), findings);
        let mut targets = Vec::new();
        for node in entity.fields.list("targets", findings) {
            let fields = Fields::of(node, "target", findings);
            targets.extend(read_target(fields, findings));
        }
        self.upstreams.push(UpstreamEntity { entity, targets });
    }

    fn consumer(&mut self, node: &'n Node, findings: &mut Findings) {
        let index = self.consumers.len();
        let mut fields = Fields::of(node, format!("consumer {}", index + 1), findings);
        let username = fields.text("username", findings);
        let custom_id = fields.text("custom_id", findings);
        let id = fields.text("id", findings);
        let is_name = |name: &&String| !name.trim().is_empty();
        let name = [&username, &custom_id, &id]
            .into_iter()
            .flatten()
            .find(is_name);
        let Some(name) = name.cloned() else {
            fields.find(
                "",
                Grade::LeftOut,
                "it has no name; it was left out",
                findings,
            );
            return;
        };
        fields.about = format!("consumer `{name}`");
        let tags = fields.texts("tags", findings);
        self.consumers.push(Consumer {
            name,
            id,
            custom_id,
            tags: tags.into_iter().map(|(tag, _)| tag).collect(),
            groups: Vec::new(),
            line: fields.line,
        });
        for node in fields.list("acls", findings) {
            let acl = Fields::of(node, fields.about.clone(), findings);
            self.group(acl, Some(index), findings);
        }
        for (kind, what) in CREDENTIALS {
            for node in fields.list(kind, findings) {
                let credential = Fields::of(node, fields.about.clone(), findings);
                tell_credential(&credential, self.name_of(Some(index)), what, findings);
            }
        }
        let about = fields.about.clone();
        let scope = Scope {
            consumer: Some(index),
            ..Scope::default()
        };
        for node in fields.list("plugins", findings) {
            self.plugin(node, scope, &about, findings);
        }
        fields.tell(
            "groups",
            Grade::LeftOut,
            "groups of consumers with plugins of their own are not read",
            findings,
        );
        fields.ignore(&["created_at", "updated_at"]);
        fields.finish(findings);
    }

    fn group(&mut self, fields: Fields<'n>, consumer: Option<usize>, findings: &mut Findings) {
        fields.ignore(&["id", "tags", "created_at", "consumer"]);
        if let (Some(group), Some(consumer)) = (fields.text("group", findings), consumer) {
            self.consumers[consumer].groups.push(group);
        }
        fields.finish(findings);
    }

    fn plugin(&mut self, node: &'n Node, around: Scope, owner: &str, findings: &mut Findings) {
        let fields = Fields::of(node, format!("plugin of {owner}"), findings);
        let Some(name) = fields.text("name", findings) else {
            fields.find(
                "name",
                Grade::LeftOut,
                "a plugin without a name is none",
                findings,
            );
            return;
        };
        let mut scope = around;
        let mut owner = owner.to_owned();
        let mut lost = false;
        let both = |name: &str, id: &Option<String>| (name.to_owned(), id.clone());
        let services: Vec<_> = self
            .services
            .iter()
            .map(|one| both(&one.name, &one.id))
            .collect();
        let routes = self
            .routes
            .iter()
            .map(|one| both(&one.entity.name, &one.entity.id))
            .collect();
        let consumers = self
            .consumers
            .iter()
            .map(|one| both(&one.name, &one.id))
            .collect();
        for (field, known, slot) in [
            ("service", services, &mut scope.service),
            ("route", routes, &mut scope.route),
            ("consumer", consumers, &mut scope.consumer),
        ] {
            let Some(name) = reference(&fields, field, findings) else {
                continue;
            };
            let is =
                |(one, id): &(String, Option<String>)| *one == name || id.as_ref() == Some(&name);
            *slot = known.iter().position(is);
            lost |= slot.is_none();
            owner = format!("{field} `{name}`");
        }
        let config = fields.get("config");
        let on = fields.truth("enabled", findings).unwrap_or(true);
        fields.tell(
            "consumer_group",
            Grade::LeftOut,
            "plugins of groups of consumers are not read",
            findings,
        );
        lost |= fields.get("consumer_group").is_some();
        fields.tell(
            "ordering",
            Grade::LeftOut,
            "the order of the stages is fixed here",
            findings,
        );
        if lost {
            let message = format!("it belongs to {owner}, which is not read; it was left out");
            fields.find_less_strict(
                &format!("plugins.{name}"),
                Grade::LeftOut,
                message,
                findings,
            );
        }
        let line = fields.line;
        fields.ignore(&[
            "id",
            "tags",
            "protocols",
            "instance_name",
            "created_at",
            "run_on",
        ]);
        fields.finish(findings);
        if on && !lost {
            self.plugins.push(Plugin {
                name,
                scope,
                line,
                config,
                about: owner,
            });
        }
    }

    fn consumer_of(&self, fields: &Fields<'n>, findings: &mut Findings) -> Option<usize> {
        let name = reference(fields, "consumer", findings)?;
        let is = |one: &Consumer| one.name == name || one.id.as_ref() == Some(&name);
        let found = self.consumers.iter().position(is);
        if found.is_none() {
            let message = format!("there is no consumer `{name}`");
            fields.find("consumer", Grade::LeftOut, message, findings);
        }
        found
    }

    fn name_of(&self, consumer: Option<usize>) -> &str {
        consumer.map_or("nobody", |index| &self.consumers[index].name)
    }
}

impl<'n> Entity<'n> {
    fn read(node: &'n Node, kind: &str, index: usize, findings: &mut Findings) -> Self {
        let mut fields = Fields::of(node, format!("{kind} {}", index + 1), findings);
        let id = fields.text("id", findings);
        let name = fields.text("name", findings).or_else(|| id.clone());
        let name = name.unwrap_or_else(|| format!("{kind}-{}", index + 1));
        fields.about = format!("{kind} `{name}`");
        Self { name, id, fields }
    }

    fn is(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.name == name || self.id.as_deref() == Some(name))
    }
}

/// What another entity is named by: text, or a mapping with its name or id.
fn reference(fields: &Fields<'_>, name: &'static str, findings: &mut Findings) -> Option<String> {
    let node = fields.get(name)?;
    match &node.value {
        Value::Map(_) => ["name", "id", "username", "custom_id"]
            .iter()
            .find_map(|one| node.get(one))
            .and_then(Node::text),
        _ => fields.text(name, findings),
    }
}

fn read_target(fields: Fields<'_>, findings: &mut Findings) -> Option<Target> {
    let address = fields.text("target", findings);
    let weight = fields.number("weight", findings).unwrap_or(100);
    fields.ignore(&["id", "tags", "created_at", "updated_at", "upstream"]);
    fields.finish(findings);
    Some(Target {
        address: address?,
        weight,
    })
}

/// Credentials are never taken over: who had them would be let in unseen.
fn tell_credential(fields: &Fields<'_>, consumer: &str, what: &str, findings: &mut Findings) {
    let message = match what {
        "an API key" => format!(
            "`{consumer}` had {what}, which was not taken over: issue a new one with `gatewright \
             keys issue` or under Keys"
        ),
        "a password" => format!(
            "`{consumer}` had {what}, which was not taken over: set `password_hash` with what \
             `gatewright hash-password` says"
        ),
        "a key for tokens" => format!(
            "`{consumer}` had {what}, which was not taken over: name who issues the tokens under \
             `issuers`"
        ),
        _ => format!("`{consumer}` had {what}; there is no such way to show who one is here"),
    };
    let grade = match what {
        "an API key" | "a password" | "a key for tokens" => Grade::NeedsValue,
        _ => Grade::NotExpressible,
    };
    fields.find("credentials", grade, message, findings);
}
