//! Who calls, by the API key that is shown, and what they may not do.

use super::write::Writer;
use crate::config::ApiKeys;
use crate::export::gate::{Callers, Denial, Methods, Refused, Slot};
use crate::export::{File, Placeholder, SecretForm};

/// Most words of one kind in a rule: a line may have 64.
const AT_ONCE: usize = 40;

/// What is known of whoever shows a key.
type Fact = fn(&Slot) -> String;

/// Writes the rules that find out who calls: `txn.slot`, and what is known of it.
pub(super) fn write(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    let takes: Vec<String> = gate
        .routes
        .iter()
        .enumerate()
        .filter(|(_, route)| route.callers != Callers::Anyone)
        .flat_map(|(n, _)| [format!("r{n}"), format!("r{n}v")])
        .collect();
    if takes.is_empty() {
        return;
    }
    let ApiKeys {
        headers,
        bearer,
        query,
        strip: _,
    } = &gate.config.api_keys;
    writer.mark("api_keys");
    writer.note("API keys: all places where one is shown have to say the same");
    for takes in takes.chunks(AT_ONCE) {
        writer.rule(format!(
            "http-request set-var(txn.takes_keys) bool(1) if {{ var(txn.entry) -m str {} }}",
            takes.join(" ")
        ));
    }
    for name in headers {
        place(writer, &format!("req.fhdr({name})"), "");
        writer.rule(format!(
            "http-request set-var(txn.keys_differ) bool(1) if {{ req.fhdr_cnt({name}) gt 1 }}"
        ));
    }
    if let Some(name) = query {
        place(writer, &format!("url_param({name})"), "");
    }
    if *bearer {
        // What begins as keys do is meant as one; other tokens may be for the service.
        let key = "{ http_auth_bearer -m beg -- gw_ }";
        place(writer, "http_auth_bearer", key);
        writer.rule(format!("http-request set-var(txn.bearer) bool(1) if {key}"));
        writer.rule(
            "http-request set-var(txn.key) str(none) if !{ var(txn.key) -m found } { req.fhdr(authorization) -m beg -i -- \"bearer \" }",
        );
    }
    writer.rule(
        "http-request set-var(txn.slot) var(txn.key),sha2(256),hex,lower,map_str(keys.map) if { var(txn.takes_keys) -m found } !{ var(txn.keys_differ) -m found }",
    );
    let facts: [(&str, Fact); 4] = [
        ("consumer", |slot| slot.key.consumer.clone()),
        ("credential", |slot| slot.key.id.clone().unwrap_or_default()),
        ("groups", |slot| slot.groups.join(", ")),
        ("scopes", |slot| slot.scopes.join(" ")),
    ];
    for (name, fact) in facts {
        let mut text = String::new();
        for slot in &gate.slots {
            let fact = fact(slot);
            if !fact.is_empty() {
                text.push_str(&format!("{} {fact}\n", slot.label));
            }
        }
        if text.is_empty() {
            continue;
        }
        writer.rule(format!(
            "http-request set-var(txn.{name}) var(txn.slot),map_str({name}.map) if {{ var(txn.slot) -m found }}"
        ));
        writer.files.push(File {
            name: format!("{name}.map"),
            text,
        });
    }
    keys_file(writer);
}

/// One place where a key may be shown.
fn place(writer: &mut Writer<'_, '_>, sample: &str, only: &str) {
    writer.rule(format!(
        "http-request set-var(txn.keys_differ) bool(1) if {{ {sample} -m found }} {{ var(txn.key) -m found }} !{{ {sample},strcmp(txn.key) eq 0 }} {only}"
    ));
    writer.rule(format!(
        "http-request set-var(txn.key) {sample} if {{ {sample} -m found }} !{{ var(txn.key) -m found }} {only}"
    ));
}

fn keys_file(writer: &mut Writer<'_, '_>) {
    let mut text = String::from(
        "# SHA-256 of each API key, in lower-case hexadecimal, before whose it is:\n\
         # printf %s \"$KEY\" | sha256sum\n\
         # A name that is left here is the hash of no key and lets nobody in.\n",
    );
    for slot in &writer.gate.slots {
        let token = format!("SHA256_OF_{}", slot.placeholder);
        let hash = slot.key.sha256.as_ref();
        let shown = hash.unwrap_or(&token);
        text.push_str(&format!("{shown} {}\n", slot.label));
        if hash.is_none() {
            writer.placeholders.push(Placeholder {
                name: slot.placeholder.clone(),
                file: "keys.map".to_owned(),
                token,
                form: SecretForm::Sha256,
                consumer: slot.key.consumer.clone(),
            });
        }
    }
    writer.files.push(File {
        name: "keys.map".to_owned(),
        text,
    });
}

/// Writes what is refused on a route.
pub(super) fn denials(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    for denial in &gate.routes[n].denials {
        writer.mark(&denial.at);
        let wish = wish(denial);
        match &denial.who {
            Refused::Slots { slots, anonymous } => {
                let labels: Vec<_> = slots
                    .iter()
                    .map(|n| gate.slots[*n].label.as_str())
                    .collect();
                for labels in labels.chunks(AT_ONCE) {
                    writer.rule(format!(
                        "http-request return status 403 if r{n} {{ var(txn.slot) -m str -- {} }} {wish}",
                        labels.join(" ")
                    ));
                }
                if *anonymous {
                    writer.rule(format!(
                        "http-request return status 403 if r{n} !{{ var(txn.slot) -m found }} {wish}"
                    ));
                }
            }
            Refused::Inside(networks) | Refused::Outside(networks) => {
                let inside = matches!(denial.who, Refused::Inside(_));
                let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
                let tests: Vec<String> = networks
                    .chunks(AT_ONCE)
                    .map(|networks| format!("{{ src {} }}", networks.join(" ")))
                    .collect();
                match inside {
                    true => {
                        for test in tests {
                            writer.rule(format!(
                                "http-request return status 403 if r{n} {test} {wish}"
                            ));
                        }
                    }
                    false => {
                        let test = tests.join(" !");
                        writer.rule(format!(
                            "http-request return status 403 if r{n} !{test} {wish}"
                        ));
                    }
                }
            }
        }
    }
}

fn wish(denial: &Denial) -> String {
    let mut all = Vec::new();
    match &denial.methods {
        Methods::These(methods) => all.push(format!("{{ method {} }}", methods.join(" "))),
        Methods::AllBut(methods) if methods.is_empty() => {}
        Methods::AllBut(methods) => all.push(format!("!{{ method {} }}", methods.join(" "))),
    }
    if !denial.versions.is_empty() {
        let versions = denial.versions.join(" ");
        all.push(format!("{{ var(txn.version) -m str -- {versions} }}"));
    }
    all.join(" ")
}
