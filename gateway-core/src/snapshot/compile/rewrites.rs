//! What becomes of a request's path, compiled.

use http::StatusCode;

use crate::config::{self, Issue};
use crate::snapshot::answer::Redirect;
use crate::snapshot::matcher::paths::{End, PathForm, PathPattern};
use crate::snapshot::path;
use crate::snapshot::rewrite::{Part, PathChange, Template};

/// What becomes of the path of a route's requests.
pub(super) fn compile_path_change(
    strip_prefix: bool,
    rewrite: Option<&str>,
    path: Option<&PathPattern>,
    at: &str,
    issues: &mut Vec<Issue>,
) -> PathChange {
    match (strip_prefix, rewrite) {
        (false, None) => PathChange::Keep,
        (true, Some(_)) => {
            let message = "either strip the prefix or rewrite the path: `/{rest}` strips it too";
            issues.push(Issue::error(format!("{at}.rewrite"), message));
            PathChange::Keep
        }
        (true, None) => {
            if path.is_some_and(|path| !is_prefix(path)) {
                let message = "there is no prefix to strip: `match.path_kind` is not `prefix`";
                issues.push(Issue::error(format!("{at}.strip_prefix"), message));
            }
            PathChange::StripPrefix
        }
        (false, Some(rewrite)) => {
            match compile_rewrite(rewrite, path) {
                Ok(template) => return PathChange::Rewrite(template),
                Err(message) => issues.push(Issue::error(format!("{at}.rewrite"), message)),
            }
            PathChange::Keep
        }
    }
}

/// A path to send on, for a route or for one of its versions. `path` is the route's, if it is
/// right.
///
/// # Errors
/// What is wrong with it.
pub(super) fn compile_rewrite(text: &str, path: Option<&PathPattern>) -> Result<Template, String> {
    let template = parse(text, path)?;
    let begins = match template.0.first() {
        Some(Part::Literal(literal)) => literal.starts_with('/'),
        Some(Part::Path) => true,
        _ => false,
    };
    if !begins {
        return Err("a path begins with `/`".to_owned());
    }
    for part in &template.0 {
        match part {
            Part::Host | Part::Query => {
                return Err("a path has neither a host nor a query in it".to_owned());
            }
            Part::Literal(literal) if literal.contains(['?', '#']) => {
                return Err(
                    "a path has no `?` or `#`; the caller's query is sent on as it is".to_owned(),
                );
            }
            Part::Literal(_) | Part::Path | Part::Rest | Part::Parameter(_) => {}
        }
    }
    check_dots(text)?;
    Ok(template)
}

/// Where a redirect sends callers.
pub(super) fn compile_redirect(
    redirect: &config::Redirect,
    path: Option<&PathPattern>,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<Redirect> {
    let config::Redirect { to, status } = redirect;
    let at = format!("{at}.redirect");
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        let message =
            format!("{status} does not send anyone elsewhere; use 301, 302, 303, 307 or 308");
        issues.push(Issue::error(format!("{at}.status"), message));
    }
    let status = StatusCode::from_u16(*status).ok();
    let to = compile_place(to, path)
        .map_err(|message| issues.push(Issue::error(format!("{at}.to"), message)))
        .ok();
    Some(Redirect {
        to: to?,
        status: status?,
    })
}

fn compile_place(text: &str, path: Option<&PathPattern>) -> Result<Template, String> {
    let template = parse(text, path)?;
    let Some((scheme, rest)) = text.split_once("://") else {
        let is_path =
            text.starts_with("{path}") || (text.starts_with('/') && !text.starts_with("//"));
        return match is_path {
            true => check_dots(text).map(|()| template),
            false => Err(format!(
                "`{text}` is neither a path (`/…`) nor a URL (`https://…`)"
            )),
        };
    };
    if !matches!(scheme, "http" | "https") {
        return Err(format!(
            "`{scheme}://` is not supported; use `https://` or `http://`"
        ));
    }
    // Up to the path all has to be known, or a caller could choose the host.
    let end = rest
        .find(['/', '?', '#'])
        .into_iter()
        .chain(rest.find("{path}"))
        .min()
        .unwrap_or(rest.len());
    let authority = rest[..end].replace("{host}", "host");
    if authority.contains(['{', '}']) {
        return Err(
            "write `/` after the host and before `{…}`, or callers could choose the host"
                .to_owned(),
        );
    }
    match authority.parse::<http::uri::Authority>() {
        Ok(_) if !authority.contains('@') => check_dots(&rest[end..]).map(|()| template),
        _ => Err(format!("`{}` is no host", &rest[..end])),
    }
}

/// Dot segments in what is written; those that come of what is put in are refused as they come.
fn check_dots(text: &str) -> Result<(), String> {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let written = text[..end].replace(['{', '}'], "x");
    path::normalise(&written)
        .map(drop)
        .map_err(|reason| format!("this cannot be a path: {reason}"))
}

fn parse(text: &str, path: Option<&PathPattern>) -> Result<Template, String> {
    if text.len() > 2_048 {
        return Err("it may have at most 2048 bytes".to_owned());
    }
    if let Some(bad) = text
        .chars()
        .find(|c| !c.is_ascii_graphic() || matches!(c, '\\' | '"' | '<' | '>' | '`'))
    {
        return Err(format!("{bad:?} has to be percent-encoded"));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let close = rest[open..]
            .find('}')
            .map(|at| open + at)
            .ok_or("a `{` has no `}`")?;
        if open > 0 {
            parts.push(Part::Literal(rest[..open].to_owned()));
        }
        parts.push(part(&rest[open + 1..close], path)?);
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    let stray = |part: &Part| matches!(part, Part::Literal(text) if text.contains('}'));
    match parts.iter().any(stray) {
        true => Err("a `}` has no `{`".to_owned()),
        false => Ok(Template(parts)),
    }
}

fn part(name: &str, path: Option<&PathPattern>) -> Result<Part, String> {
    match name {
        "path" => return Ok(Part::Path),
        "host" => return Ok(Part::Host),
        "query" => return Ok(Part::Query),
        _ => {}
    }
    // A path that is wrong itself is told about at its own place.
    let Some(path) = path else {
        return Ok(Part::Parameter(name.to_owned()));
    };
    let known = path.parameters();
    if known.contains(&name) {
        return Ok(Part::Parameter(name.to_owned()));
    }
    if name == "rest" && is_prefix(path) {
        return Ok(Part::Rest);
    }
    let mut names: Vec<_> = known.iter().map(|name| format!("`{{{name}}}`")).collect();
    if is_prefix(path) {
        names.push("`{rest}`".to_owned());
    }
    names.push("`{path}`".to_owned());
    Err(format!(
        "`{{{name}}}` is no parameter of `match.path`; there is {}",
        names.join(", ")
    ))
}

fn is_prefix(path: &PathPattern) -> bool {
    matches!(path.form, PathForm::Segments(_, End::Anything))
}
