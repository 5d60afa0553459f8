//! Who calls, by the API key that is shown, and what they may not do.

use super::words::{header, literal, plain, whole};
use super::write::Writer;
use crate::config::ApiKeys;
use crate::export::gate::{Callers, Denial, Methods, Refused, Slot};
use crate::export::patterns::{any_spelling, escaped};
use crate::export::{File, Placeholder, SecretForm};

/// Every key has this form, so what is not filled in can never be one.
const KEY: &str = "gw_[a-z0-9]+_[0-9A-Za-z]{36}";

/// Most slots in one expression: a word may have 4 KiB.
const AT_ONCE: usize = 60;

/// What is known of whoever shows a key.
type Fact = fn(&Slot) -> String;

/// Writes the maps from a key to its slot and from there to who that is.
pub(super) fn write(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    let ApiKeys {
        headers,
        bearer,
        query,
        strip: _,
    } = &gate.config.api_keys;
    writer.conf.mark("api_keys");
    writer
        .conf
        .put("  # API keys: all places where one is shown have to say the same.");
    let mut places: Vec<String> = headers.iter().map(|name| header(name)).collect();
    if *bearer {
        writer.conf.put("  map $http_authorization $gw_bearer {");
        writer.conf.put("    default \"\";");
        writer.conf.put(format!(
            "    {} $1;",
            plain(&format!("~\\A(?i:bearer) +({KEY}) *\\z"))
        ));
        // What begins as keys do is meant as one.
        writer
            .conf
            .put(format!("    {} none;", plain("~\\A(?i:bearer) +gw_")));
        writer.conf.put("  }");
        places.push("${gw_bearer}".to_owned());
    }
    if let Some(name) = query {
        let name = any_spelling(name);
        writer.conf.put("  map $args $gw_query_key {");
        writer.conf.put("    default \"\";");
        writer.conf.put(format!(
            "    {} $1;",
            plain(&format!("~(?:\\A|&){name}=([^&]*)"))
        ));
        writer.conf.put("  }");
        places.push("${gw_query_key}".to_owned());
    }
    // What stands where a key would is one that is shown, and wrong.
    let mut shown = places.clone();
    if *bearer {
        shown.push("${gw_bearer_shown}".to_owned());
        writer
            .conf
            .put("  map $http_authorization $gw_bearer_shown {");
        writer.conf.put("    default \"\";");
        writer.conf.put(format!("    {} 1;", plain("~*\\Abearer ")));
        writer.conf.put("  }");
    }
    let (places, shown) = (places.join("|"), shown.join("|"));
    writer.conf.put(format!("  map \"{places}\" $gw_key {{"));
    writer.conf.put("    default \"\";");
    writer.conf.put(format!(
        "    {} $1;",
        plain(&format!("~\\A\\|*({KEY})(?:\\|(?:\\1)?)*\\z"))
    ));
    writer.conf.put("  }");
    writer
        .conf
        .put(format!("  map \"{shown}\" $gw_key_shown {{"));
    writer.conf.put("    default 0;");
    writer.conf.put("    \"~[^|]\" 1;");
    writer.conf.put("  }");
    writer.conf.put("  map $gw_key $gw_key_slot {");
    writer.conf.put("    default \"\";");
    writer.conf.put("    include keys.map;");
    writer.conf.put("  }");
    writer.conf.put("  map $gw_location $gw_takes_keys {");
    writer.conf.put("    default 0;");
    for (n, route) in gate.routes.iter().enumerate() {
        if route.callers != Callers::Anyone {
            writer.conf.put(format!("    r{n} 1;"));
        }
    }
    writer.conf.put("  }");
    writer
        .conf
        .put("  map \"${gw_takes_keys}${gw_key_slot}\" $gw_slot {");
    writer.conf.put("    default \"\";");
    for slot in &gate.slots {
        writer.conf.put(format!(
            "    {} {};",
            whole(&format!("1{}", slot.label)),
            slot.label
        ));
    }
    writer.conf.put("  }");
    let facts: [(&str, Fact); 4] = [
        ("gw_consumer", |slot| slot.key.consumer.clone()),
        ("gw_credential", |slot| {
            slot.key.id.clone().unwrap_or_default()
        }),
        ("gw_groups", |slot| slot.groups.join(", ")),
        ("gw_scopes", |slot| slot.scopes.join(" ")),
    ];
    for (name, fact) in facts {
        writer.conf.put(format!("  map $gw_slot ${name} {{"));
        writer.conf.put("    default \"\";");
        for slot in &gate.slots {
            let fact = fact(slot);
            if !fact.is_empty() {
                writer
                    .conf
                    .put(format!("    {} {};", slot.label, plain(&literal(&fact))));
            }
        }
        writer.conf.put("  }");
    }
    writer
        .conf
        .put("  # Whoever shows no key is counted by address.");
    for (name, source) in [("gw_by_key", "gw_slot"), ("gw_by_consumer", "gw_consumer")] {
        writer.conf.put(format!("  map ${source} ${name} {{"));
        writer
            .conf
            .put("    default \"=${".to_owned() + source + "}\";");
        writer.conf.put("    \"\" \"@${remote_addr}\";");
        writer.conf.put("  }");
    }
    keys_file(writer);
}

fn keys_file(writer: &mut Writer<'_, '_>) {
    let mut text = String::from(
        "# API keys, one a line: put each in the place of its name, and nothing else. A name that is\n\
         # left here is no key and lets nobody in. Keep this file to yourself: chmod 600 keys.map\n",
    );
    for slot in &writer.gate.slots {
        let name = &slot.placeholder;
        text.push_str(&format!("\"~\\\\A${{{name}}}\\\\z\" {};\n", slot.label));
        writer.placeholders.push(Placeholder {
            name: name.clone(),
            file: "keys.map".to_owned(),
            token: format!("${{{name}}}"),
            form: SecretForm::Plain,
            consumer: slot.key.consumer.clone(),
        });
    }
    writer.files.push(File {
        name: "keys.map".to_owned(),
        text,
    });
}

/// Writes what is refused on a route, and gives the names of the variables that say so.
pub(super) fn denials(writer: &mut Writer<'_, '_>, n: usize) -> Vec<String> {
    let gate = writer.gate;
    let mut names = Vec::new();
    for (m, denial) in gate.routes[n].denials.iter().enumerate() {
        let name = format!("gw_denied_{n}_{m}");
        writer.conf.mark(&denial.at);
        match &denial.who {
            Refused::Slots { slots, anonymous } => {
                let source = format!("${{gw_slot}} ${{request_method}} ${{gw_version_{n}}}");
                writer.conf.put(format!("  map \"{source}\" ${name} {{"));
                writer.conf.put("    default 0;");
                for who in who(&gate.slots, slots, *anonymous) {
                    writer.conf.put(format!("    {} 1;", wish(&who, denial)));
                }
                writer.conf.put("  }");
            }
            Refused::Inside(networks) | Refused::Outside(networks) => {
                let inside = matches!(denial.who, Refused::Inside(_));
                writer.conf.put(format!("  geo ${name}_at {{"));
                writer
                    .conf
                    .put(format!("    default {};", u8::from(!inside)));
                for network in networks {
                    writer
                        .conf
                        .put(format!("    {network} {};", u8::from(inside)));
                }
                writer.conf.put("  }");
                let source = format!("${{{name}_at}} ${{request_method}} ${{gw_version_{n}}}");
                writer.conf.put(format!("  map \"{source}\" ${name} {{"));
                writer.conf.put("    default 0;");
                writer.conf.put(format!("    {} 1;", wish("1", denial)));
                writer.conf.put("  }");
            }
        }
        names.push(name);
    }
    names
}

fn who(all: &[Slot], slots: &[usize], anonymous: bool) -> Vec<String> {
    let labels: Vec<_> = slots.iter().map(|slot| all[*slot].label.as_str()).collect();
    let mut who: Vec<_> = labels
        .chunks(AT_ONCE)
        .map(|labels| format!("(?:{})", labels.join("|")))
        .collect();
    who.extend(anonymous.then(String::new));
    who
}

fn wish(who: &str, denial: &Denial) -> String {
    let list = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| escaped(name)).collect();
        names.join("|")
    };
    let method = match &denial.methods {
        Methods::These(methods) => format!("(?:{})", list(methods)),
        Methods::AllBut(methods) if methods.is_empty() => "[^ ]+".to_owned(),
        Methods::AllBut(methods) => format!("(?!(?:{}) )[^ ]+", list(methods)),
    };
    let version = match denial.versions.is_empty() {
        true => "[^ ]*".to_owned(),
        false => format!("(?:{})", list(&denial.versions)),
    };
    whole(&format!("{who} {method} {version}"))
}
