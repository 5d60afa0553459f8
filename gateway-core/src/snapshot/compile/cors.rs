//! What routes say about pages of other origins, compiled.

use http::{HeaderName, HeaderValue, Method};

use crate::config::{self, Issue};
use crate::snapshot::cors::{Cors, OriginPattern, Origins};

/// Compiles what the route at `at` says.
pub(super) fn compile_cors(cors: &config::Cors, at: &str, issues: &mut Vec<Issue>) -> Cors {
    let config::Cors {
        origins,
        methods,
        headers,
        expose,
        credentials,
        max_age_s,
    } = cors;
    let at = format!("{at}.cors");
    let any_origin = origins.iter().any(|origin| origin == "*");
    if origins.is_empty() {
        let message = "name the origins that may call, such as `http://localhost:*`";
        issues.push(Issue::error(format!("{at}.origins"), message));
    }
    if any_origin && *credentials {
        let message = "any page could use its visitors' credentials: name the origins that may";
        issues.push(Issue::error(format!("{at}.credentials"), message));
    }
    let named = each(
        origins,
        &format!("{at}.origins"),
        issues,
        |origin| match origin {
            "*" => Ok(None),
            origin => OriginPattern::parse(origin).map(Some),
        },
    );
    let header = |name: &str| match name {
        "*" => Ok(None),
        name => HeaderName::from_bytes(name.as_bytes())
            .map(Some)
            .map_err(|_| "it is no name of a header"),
    };
    let headers_named = each(headers, &format!("{at}.headers"), issues, header);
    let exposed = each(expose, &format!("{at}.expose"), issues, header);
    if expose.iter().any(|name| name == "*") && *credentials {
        let message = "browsers take `*` for a name where credentials are sent: name the headers";
        issues.push(Issue::error(format!("{at}.expose"), message));
    }
    let methods = each(methods, &format!("{at}.methods"), issues, |method| {
        Method::from_bytes(method.as_bytes())
            .map(Some)
            .map_err(|_| "it is no method")
    });
    let exposed: Vec<_> = match expose.iter().any(|name| name == "*") {
        true => vec!["*"],
        false => exposed.iter().map(HeaderName::as_str).collect(),
    };
    Cors {
        origins: match any_origin {
            true => Origins::Any,
            false => Origins::These(named),
        },
        methods,
        headers: match headers.iter().any(|name| name == "*") {
            true => None,
            false => Some(headers_named),
        },
        expose: match exposed.is_empty() {
            true => None,
            false => HeaderValue::from_str(&exposed.join(", ")).ok(),
        },
        credentials: *credentials,
        max_age_s: *max_age_s,
    }
}

/// Reads each item of a list, or says what is wrong with it.
fn each<T>(
    list: &[String],
    at: &str,
    issues: &mut Vec<Issue>,
    read: impl Fn(&str) -> Result<Option<T>, &'static str>,
) -> Vec<T> {
    let mut items = Vec::new();
    for (n, text) in list.iter().enumerate() {
        match read(text) {
            Ok(item) => items.extend(item),
            Err(reason) => {
                let message = format!("`{text}` will not do: {reason}");
                issues.push(Issue::error(format!("{at}[{n}]"), message));
            }
        }
    }
    items
}
