//! Pages of other origins: preflights are answered, and answers say who may read them.

use super::location::Body;
use super::words::{filled, literal, whole};
use super::write::Writer;
use crate::config::Cors;
use crate::export::patterns::{self, escaped};

/// Writes what a route says of pages of other origins.
pub(super) fn write(writer: &mut Writer<'_, '_>, n: usize, cors: &Cors, body: &mut Body) {
    let Cors {
        origins,
        methods,
        headers: allowed,
        expose,
        credentials,
        max_age_s,
    } = cors;
    let route = &writer.gate.routes[n];
    let any_origin = origins.iter().any(|origin| origin == "*");
    let origin = match any_origin {
        true => ".+".to_owned(),
        false => {
            let all: Vec<_> = origins
                .iter()
                .map(|origin| patterns::origin(origin))
                .collect();
            format!("(?:{})", all.join("|"))
        }
    };
    writer.conf.mark(format!("{}.cors", route.at));
    writer
        .conf
        .put(format!("  map $http_origin $gw_origin_{n} {{"));
    writer.conf.put("    default \"\";");
    let told = if any_origin { "*" } else { "$http_origin" };
    writer
        .conf
        .put(format!("    {} \"{told}\";", whole(&origin)));
    writer.conf.put("  }");
    let methods = match methods.is_empty() {
        true => &route.config.matches.methods,
        false => methods,
    };
    let list = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| escaped(name)).collect();
        names.join("|")
    };
    let method = match methods.is_empty() {
        true => "[^ ]+".to_owned(),
        false => format!("(?:{})", list(methods)),
    };
    let any_header = allowed.iter().any(|name| name == "*");
    let asked = match (any_header, allowed.is_empty()) {
        (true, _) => "[^|]*".to_owned(),
        (false, true) => "[\\x20\\t,]*".to_owned(),
        (false, false) => format!(
            "(?:[\\x20\\t,]*(?i:{})[\\x20\\t]*(?=[,|]))*[\\x20\\t,]*",
            list(allowed)
        ),
    };
    writer.conf.put(format!(
        "  map \"${{gw_asked_entry}} ${{gw_asked_method}} ${{http_access_control_request_headers}}|${{gw_origin_{n}}}\" $gw_preflight_{n} {{"
    ));
    writer.conf.put("    default 403;");
    writer.conf.put("    \"~\\\\A \" \"\";");
    writer.conf.put(format!(
        "    {} 204;",
        whole(&format!("[^ ]+ {method} {asked}\\|.+"))
    ));
    writer.conf.put("  }");
    let granted_methods = match methods.is_empty() {
        true => "${gw_asked_method}".to_owned(),
        false => literal(&methods.join(", ")),
    };
    let granted_headers = match any_header {
        true => "${http_access_control_request_headers}".to_owned(),
        false => literal(&allowed.join(", ")),
    };
    let only_then = [
        ("Access-Control-Allow-Methods", "methods", granted_methods),
        ("Access-Control-Allow-Headers", "headers", granted_headers),
        ("Access-Control-Max-Age", "age", max_age_s.to_string()),
    ];
    for (header, short, value) in only_then {
        let name = format!("gw_cors_{short}_{n}");
        writer
            .conf
            .put(format!("  map $gw_preflight_{n} ${name} {{"));
        writer.conf.put("    default \"\";");
        writer.conf.put(format!("    204 {};", filled(&value)));
        writer.conf.put("  }");
        body.push((None, format!("add_header {header} ${name} always;")));
    }
    body.push((
        None,
        format!("add_header Access-Control-Allow-Origin $gw_origin_{n} always;"),
    ));
    if !any_origin {
        body.push((None, "add_header Vary Origin always;".to_owned()));
    }
    let if_allowed = [
        (
            *credentials,
            "Access-Control-Allow-Credentials",
            "true".to_owned(),
            "credentials",
        ),
        (
            !expose.is_empty(),
            "Access-Control-Expose-Headers",
            expose.join(", ").to_ascii_lowercase(),
            "expose",
        ),
    ];
    for (wanted, header, value, short) in if_allowed {
        if wanted {
            let name = format!("gw_cors_{short}_{n}");
            writer.conf.put(format!("  map $gw_origin_{n} ${name} {{"));
            writer
                .conf
                .put(format!("    default {};", filled(&literal(&value))));
            writer.conf.put("    \"\" \"\";");
            writer.conf.put("  }");
            body.push((None, format!("add_header {header} ${name} always;")));
        }
    }
    for said in ["Origin", "Methods", "Headers", "Credentials"] {
        body.push((
            None,
            format!("proxy_hide_header Access-Control-Allow-{said};"),
        ));
    }
    for said in ["Max-Age", "Expose-Headers", "Allow-Private-Network"] {
        body.push((None, format!("proxy_hide_header Access-Control-{said};")));
    }
    for status in [403, 204] {
        body.push((
            None,
            format!("if ($gw_preflight_{n} = {status}) {{ return {status}; }}"),
        ));
    }
}
