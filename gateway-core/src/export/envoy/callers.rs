//! Who calls, and what they may not do.

use serde_json::{Map, Value, json};

use super::METADATA;
use super::matching::{is, method};
use crate::config::ApiKeys;
use crate::export::gate::{Callers, Denial, Gate, Methods, Refused, Route, Slot};
use crate::export::{File, Placeholder, SecretForm};

/// What `callers.lua` has to find out about whoever calls a route.
pub(super) fn wishes(gate: &Gate<'_>, route: &Route<'_>, wanted: &mut Value) {
    let keys = match route.callers {
        Callers::Anyone => return,
        Callers::KeyIfShown => "if shown",
        Callers::Key => "required",
    };
    let ApiKeys {
        headers,
        bearer,
        query,
        strip,
    } = &gate.config.api_keys;
    let names: Vec<_> = headers.iter().map(|one| one.to_ascii_lowercase()).collect();
    let mut places = json!({"headers": names, "bearer": bearer, "strip": strip});
    if let Some(query) = query {
        places["query"] = json!(query);
    }
    wanted["keys"] = json!(keys);
    wanted["places"] = places;
}

/// `keys.map` and `callers.map`.
pub(super) fn files(gate: &Gate<'_>, placeholders: &mut Vec<Placeholder>) -> [File; 2] {
    let mut keys = String::from(
        "# SHA-256 of each API key, in lower-case hexadecimal, before whose it is:\n\
         # printf %s \"$KEY\" | sha256sum\n\
         # A name that is left here is the hash of no key and lets nobody in.\n",
    );
    let mut callers =
        String::from("# What is known of whoever shows a key. Texts are percent-encoded.\n");
    for slot in &gate.slots {
        let token = format!("SHA256_OF_{}", slot.placeholder);
        let hash = slot.key.sha256.as_ref();
        keys.push_str(&format!("{} {}\n", hash.unwrap_or(&token), slot.label));
        callers.push_str(&format!("{}{}\n", slot.label, facts(slot)));
        if hash.is_none() {
            placeholders.push(Placeholder {
                name: slot.placeholder.clone(),
                file: "keys.map".to_owned(),
                token,
                form: SecretForm::Sha256,
                consumer: slot.key.consumer.clone(),
            });
        }
    }
    [("keys.map", keys), ("callers.map", callers)].map(|(name, text)| File {
        name: name.to_owned(),
        text,
    })
}

fn facts(slot: &Slot) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let facts = [
        ("consumer", slot.key.consumer.clone()),
        ("credential", slot.key.id.clone().unwrap_or_default()),
        ("groups", slot.groups.join(", ")),
        ("scopes", slot.scopes.join(" ")),
    ];
    let some = facts.iter().filter(|(_, text)| !text.is_empty());
    some.map(|(name, text)| {
        let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
        format!(" {name}={text}")
    })
    .collect()
}

/// What the RBAC filter refuses on a route, for this version; `None` for nothing.
pub(super) fn denials(gate: &Gate<'_>, route: &Route<'_>, version: Option<&str>) -> Option<Value> {
    let mut policies = Map::new();
    if route.callers != Callers::Anyone {
        // Should the script that looks at keys not have run to its end.
        policies.insert(
            "unknown callers".to_owned(),
            json!({
                "permissions": [{"any": true}],
                "principals": [{"not_id": fact(is("looked", "yes"))}],
            }),
        );
    }
    let mut count = 0;
    for denial in &route.denials {
        let concerned = denial.versions.is_empty()
            || version.is_some_and(|version| denial.versions.iter().any(|one| one == version));
        if !concerned {
            continue;
        }
        if let Some(who) = who(gate, &denial.who) {
            count += 1;
            let policy = json!({"permissions": [wish(denial)], "principals": [who]});
            policies.insert(format!("{count}: {}", denial.at), policy);
        }
    }
    (!policies.is_empty()).then(|| {
        json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
            "rbac": {"rules": {"action": "DENY", "policies": policies}},
        })
    })
}

fn fact(matcher: Value) -> Value {
    json!({"sourced_metadata": {"metadata_matcher": matcher}})
}

fn who(gate: &Gate<'_>, refused: &Refused) -> Option<Value> {
    Some(match refused {
        Refused::Slots { slots, anonymous } => {
            let mut ids: Vec<_> = slots
                .iter()
                .map(|slot| fact(is("slot", &gate.slots[*slot].label)))
                .collect();
            if *anonymous {
                let known = json!({
                    "filter": METADATA,
                    "path": [{"key": "slot"}],
                    "value": {"present_match": true},
                });
                ids.push(json!({"not_id": fact(known)}));
            }
            if ids.is_empty() {
                return None;
            }
            json!({"or_ids": {"ids": ids}})
        }
        Refused::Inside(networks) | Refused::Outside(networks) => {
            let ids: Vec<_> = networks
                .iter()
                .map(|network| {
                    json!({"direct_remote_ip": {
                        "address_prefix": network.network().to_string(),
                        "prefix_len": network.prefix_len(),
                    }})
                })
                .collect();
            let inside = json!({"or_ids": {"ids": ids}});
            match refused {
                Refused::Outside(_) => json!({"not_id": inside}),
                Refused::Inside(_) | Refused::Slots { .. } => inside,
            }
        }
    })
}

fn wish(denial: &Denial) -> Value {
    match &denial.methods {
        Methods::These(methods) => json!({"header": method(":method", methods)}),
        Methods::AllBut(methods) if methods.is_empty() => json!({"any": true}),
        Methods::AllBut(methods) => json!({"not_rule": {"header": method(":method", methods)}}),
    }
}
