//! Manifests for Kubernetes are held against the schemas that the projects publish, and against the rules
//! in these.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cel::{Context, Env, Value as Cel};
use gateway_core::export::{Export, Options, Source, export};
use serde_json::{Map, Value, json};

use crate::{EVERYTHING, EXAMPLE, config, hostile};

const SCHEMAS: [(&str, &str); 9] = [
    ("GatewayClass", include_str!("schemas/GatewayClass.json")),
    ("Gateway", include_str!("schemas/Gateway.json")),
    ("HTTPRoute", include_str!("schemas/HTTPRoute.json")),
    ("Backend", include_str!("schemas/Backend.json")),
    (
        "BackendTrafficPolicy",
        include_str!("schemas/BackendTrafficPolicy.json"),
    ),
    (
        "ClientTrafficPolicy",
        include_str!("schemas/ClientTrafficPolicy.json"),
    ),
    ("EnvoyProxy", include_str!("schemas/EnvoyProxy.json")),
    (
        "HTTPRouteFilter",
        include_str!("schemas/HTTPRouteFilter.json"),
    ),
    (
        "SecurityPolicy",
        include_str!("schemas/SecurityPolicy.json"),
    ),
];

/// What the server of a cluster checks before it takes an object.
struct Server {
    schemas: BTreeMap<&'static str, Value>,
    env: Arc<Env>,
}

impl Server {
    fn new() -> Self {
        let mut env = Env::stdlib();
        env.add_extension(cel::extensions::strings).unwrap();
        let schemas = SCHEMAS.iter().map(|(kind, text)| {
            let mut schema: Value = serde_json::from_str(text).unwrap();
            close(&mut schema);
            // Every object has these, and the schemas say nothing of what is in them.
            schema["properties"]["metadata"] = json!({
                "type": "object",
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253},
                    "namespace": {"type": "string"},
                },
                "required": ["name"],
                "additionalProperties": false,
            });
            (*kind, schema)
        });
        Self {
            schemas: schemas.collect(),
            env: Arc::new(env),
        }
    }

    /// What is wrong with an object, and how many rules were asked.
    fn refuses(&self, object: &Value) -> (Vec<String>, usize) {
        let kind = object["kind"].as_str().unwrap();
        let name = &object["metadata"]["name"];
        let schema = self
            .schemas
            .get(kind)
            .unwrap_or_else(|| panic!("no schema for {kind}"));
        let validator = jsonschema::validator_for(schema).unwrap();
        let mut wrong: Vec<String> = validator
            .iter_errors(object)
            .map(|error| format!("{kind} {name}: {}: {error}", error.instance_path()))
            .collect();
        let mut whole = object.clone();
        fill(schema, &mut whole);
        let mut asked = 0;
        self.rules(schema, &whole, kind, &mut asked, &mut wrong);
        (wrong, asked)
    }

    fn rules(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        asked: &mut usize,
        wrong: &mut Vec<String>,
    ) {
        let rules = schema["x-kubernetes-validations"].as_array();
        for rule in rules.into_iter().flatten() {
            let text = rule["rule"].as_str().unwrap();
            // Rules about a change of an object say nothing of a new one.
            if text.contains("oldSelf") {
                continue;
            }
            *asked += 1;
            let program = self
                .env
                .compile(text)
                .unwrap_or_else(|error| panic!("`{text}` is no rule: {error}"));
            let mut context = Context::with_env(self.env.clone());
            context.add_variable_from_value("self", of(value));
            match program.execute(&context) {
                Ok(Cel::Bool(true)) => {}
                other => wrong.push(format!("{at}: `{text}`: {other:?}")),
            }
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let at = format!("{at}.{key}");
                    self.rules(&schema["properties"][key], value, &at, asked, wrong);
                }
            }
            Value::Array(all) => {
                for (n, value) in all.iter().enumerate() {
                    self.rules(&schema["items"], value, &format!("{at}[{n}]"), asked, wrong);
                }
            }
            _ => {}
        }
    }
}

/// The server takes no field that it does not know.
fn close(schema: &mut Value) {
    if let Value::Object(map) = schema {
        let open = map.contains_key("additionalProperties")
            || map.contains_key("x-kubernetes-preserve-unknown-fields");
        if map.contains_key("properties") && !open && map.contains_key("type") {
            map.insert("additionalProperties".to_owned(), json!(false));
        }
        for (key, inner) in map.iter_mut() {
            match key.as_str() {
                "properties" => {
                    for property in inner.as_object_mut().unwrap().values_mut() {
                        close(property);
                    }
                }
                "items" => close(inner),
                _ => {}
            }
        }
    }
}

/// Puts in what the server puts in where nothing is said.
fn fill(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            let properties: Map<String, Value> = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            for (key, property) in &properties {
                if let (Some(default), None) = (property.get("default"), map.get(key)) {
                    map.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in map {
                fill(&schema["properties"][key], value);
            }
        }
        Value::Array(all) => {
            for value in all {
                fill(&schema["items"], value);
            }
        }
        _ => {}
    }
}

/// A value as rules see it: all whole numbers are of one kind.
fn of(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(yes) => Cel::Bool(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Cel::Int(number),
            None => Cel::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(all) => Cel::List(Arc::new(all.iter().map(of).collect())),
        Value::Object(map) => {
            let map: HashMap<cel::objects::Key, Cel> = map
                .iter()
                .map(|(key, value)| (Arc::new(key.clone()).into(), of(value)))
                .collect();
            Cel::Map(cel::objects::Map { map: Arc::new(map) })
        }
    }
}

fn exported(yaml: &str) -> Export {
    let config = config(yaml);
    export(
        "gateway-api",
        &Source::of_file(&config),
        &Options::default(),
    )
    .unwrap()
}

/// All objects of an export but the Secret, which is the cluster's own kind.
fn objects(export: &Export) -> Vec<Value> {
    let manifests = export
        .files
        .iter()
        .filter(|file| file.name.starts_with("manifests/") && file.name != "manifests/keys.yaml");
    let documents = manifests.flat_map(|file| file.text.split("\n---\n"));
    documents
        .map(|text| serde_saphyr::from_str(text).unwrap())
        .collect()
}

#[test]
fn every_object_fits_the_published_schemas_and_their_rules() {
    let server = Server::new();
    for yaml in [EVERYTHING, EXAMPLE, &hostile()] {
        let all = objects(&exported(yaml));
        let (wrong, asked): (Vec<_>, Vec<_>) =
            all.iter().map(|object| server.refuses(object)).unzip();
        let wrong = wrong.concat();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let asked: usize = asked.into_iter().sum();
        assert!(asked > all.len(), "only {asked} rules were asked");
    }
}

/// EX-3
#[test]
fn the_secret_is_none_until_all_of_its_keys_are_filled_in() {
    let export = exported(EVERYTHING);
    let secret = |files: &[gateway_core::export::File]| -> Value {
        let file = files.iter().find(|file| file.name == "manifests/keys.yaml");
        serde_saphyr::from_str(&file.unwrap().text).unwrap()
    };
    let unfilled = secret(&export.files);
    let keys = unfilled["stringData"].as_object().unwrap();
    assert_eq!(keys.len(), 3);
    // A Secret holds texts and nothing else.
    assert!(keys.values().all(Value::is_array), "{keys:?}");
    let filled = secret(&export.filled(|one| Some(format!("gw_dev_{}", one.name))));
    assert_eq!(filled["stringData"]["alice"], "gw_dev_KEY_ALICE");
    // Nothing else is let in where it is missing: each route that wants a key names the Secret.
    let config = config(EVERYTHING);
    for route in &config.routes {
        let asks = !route.authentication.methods.is_empty();
        let own = |object: &&Value| {
            if object["kind"] != "HTTPRoute" {
                return false;
            }
            let name = object["metadata"]["name"].as_str().unwrap();
            let (name, _) = name[5..].rsplit_once('-').unwrap();
            let name = name.strip_suffix("-h0").unwrap_or(name);
            let name = name.strip_suffix("-v").unwrap_or(name);
            name == route.name.as_str()
        };
        let all = objects(&export);
        let guarded: BTreeSet<_> = all
            .iter()
            .filter(|object| {
                object["kind"] == "SecurityPolicy"
                    && object["spec"]["apiKeyAuth"]["credentialRefs"][0]["name"] == "api-keys"
            })
            .map(|object| object["spec"]["targetRefs"][0]["name"].as_str().unwrap())
            .collect();
        for object in all.iter().filter(own) {
            let name = object["metadata"]["name"].as_str().unwrap();
            if asks && !export.closed.contains_key(&route.name) {
                assert!(guarded.contains(name), "{name} is open");
            }
        }
    }
}

#[test]
fn a_changed_manifest_is_refused() {
    let server = Server::new();
    let all = objects(&exported(EVERYTHING));
    let changes: [(&str, &str, Value); 9] = [
        (
            "HTTPRoute",
            "/spec/rules/0/matches/0/path/type",
            json!("Prefix"),
        ),
        (
            "HTTPRoute",
            "/spec/rules/0/matches/0/path",
            json!({"type": "PathPrefix", "value": "no-slash"}),
        ),
        (
            "HTTPRoute",
            "/spec/rules/0/backendRefs/0/weight",
            json!("many"),
        ),
        ("HTTPRoute", "/spec/ruls", json!([])),
        (
            "Backend",
            "/spec/endpoints/0/fqdn",
            json!({"hostname": "a.example", "port": 1}),
        ),
        (
            "SecurityPolicy",
            "/spec/apiKeyAuth/extractFrom/0/params",
            json!(["key"]),
        ),
        (
            "SecurityPolicy",
            "/spec/targetRefs/0/kind",
            json!("Service"),
        ),
        (
            "BackendTrafficPolicy",
            "/spec/rateLimit/type",
            json!("Sometimes"),
        ),
        ("Gateway", "/spec/listeners/0/port", json!(0)),
    ];
    for (kind, place, into) in changes {
        let (parent, field) = place.rsplit_once('/').unwrap();
        let found = all.iter().find(|object| {
            object["kind"] == kind && object.pointer(parent).is_some_and(Value::is_object)
        });
        let mut object = found
            .unwrap_or_else(|| panic!("no {kind} has {place}"))
            .clone();
        object.pointer_mut(parent).unwrap()[field] = into;
        let (wrong, _) = server.refuses(&object);
        assert!(!wrong.is_empty(), "{kind}: {place} was changed unseen");
    }
}

#[test]
fn the_same_configuration_gives_the_same_manifests() {
    assert_eq!(exported(EVERYTHING).files, exported(EVERYTHING).files);
}
