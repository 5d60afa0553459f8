//! Answers that no service is asked for.

use serde_json::{Value, json};

use super::headers::Modifier;
use super::objects::of_envoy;
use crate::snapshot::Route;
use crate::snapshot::answer::FixedAnswer;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::rewrite::{Part, Template};

/// A filter called `name` that answers, with changes to its headers.
pub(super) fn answer(name: &str, fixed: &FixedAnswer, told: Modifier) -> Value {
    let mut answer = json!({"statusCode": fixed.status.as_u16()});
    if !fixed.body.is_empty() {
        let text = String::from_utf8_lossy(&fixed.body);
        answer["body"] = json!({"type": "Inline", "inline": text});
    }
    let mut headers = Modifier::default();
    for (name, value) in &fixed.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match name.as_str() {
            "content-type" => answer["contentType"] = json!(value),
            name if !value.is_empty() => headers
                .set
                .push((name.to_owned(), value.replace('%', "%%"))),
            _ => {}
        }
    }
    let Modifier { set, add, remove } = told;
    headers.set.retain(|(name, _)| {
        let again = set.iter().any(|(one, _)| one == name);
        !again && !remove.contains(name)
    });
    headers.set.extend(set);
    for (name, value) in add {
        headers.beside(&name, value);
    }
    headers.set.dedup_by(|a, b| a.0 == b.0);
    let headers = headers.said();
    if headers != json!({}) {
        answer["header"] = headers;
    }
    of_envoy("HTTPRouteFilter", name, json!({"directResponse": answer}))
}

/// A redirect, where its place is of a kind that there is.
pub(super) fn redirected(route: &Route, status: u16, to: &Template) -> Option<Value> {
    let mut redirect = json!({"statusCode": status});
    let mut text = String::new();
    let mut rest = false;
    for part in &to.0 {
        match part {
            Part::Literal(literal) if !rest => text.push_str(literal),
            // The query follows of itself.
            Part::Literal(literal) if literal == "?" => {}
            Part::Host if text.ends_with("://") => text.push_str("{host}"),
            Part::Rest if text.ends_with('/') && !rest => rest = true,
            Part::Query => {}
            _ => return None,
        }
    }
    let text = text.trim_end_matches('?');
    let mut path = text;
    if let Some((scheme, after)) = text.split_once("://") {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, own) = after.split_at(end);
        path = own;
        if !["http", "https"].contains(&scheme) {
            return None;
        }
        redirect["scheme"] = json!(scheme);
        if authority != "{host}" {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            redirect["hostname"] = json!(host.to_ascii_lowercase());
            if !port.is_empty() {
                redirect["port"] = json!(port.parse::<u16>().ok()?);
            }
        }
    }
    if path.contains(['?', '#']) {
        return None;
    }
    let is_prefix = matches!(&route.path.form, PathForm::Segments(_, End::Anything));
    redirect["path"] = match rest {
        true if is_prefix => json!({
            "type": "ReplacePrefixMatch",
            "replacePrefixMatch": match path.trim_end_matches('/') {
                "" => "/",
                path => path,
            },
        }),
        true => return None,
        false => json!({"type": "ReplaceFullPath", "replaceFullPath": path}),
    };
    Some(json!({"type": "RequestRedirect", "requestRedirect": redirect}))
}
