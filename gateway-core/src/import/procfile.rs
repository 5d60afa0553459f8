//! A `Procfile`: a line a process, `name: command`. Each becomes a service whose program the gateway
//! starts; a shell's way of naming the port becomes `{port}`.

use super::finding::{Findings, Grade, Place};
use super::names::Names;
use super::tree::MAX_BYTES;
use super::{Draft, Format};
use crate::config::{Config, Issue, Route, Service};

/// Ports are given as Foreman does: a hundred apart, from here on.
const FIRST_PORT: u16 = 5_000;
const APART: u16 = 100;
/// Heroku's and Foreman's name of the process that serves the web.
const WEB: &str = "web";

/// A line that names a process.
struct Line<'t> {
    number: u32,
    name: &'t str,
    command: &'t str,
}

/// Whether a text looks like one: nothing but lines of `name: command`, comments and empty lines, and
/// among them the process that takes requests, which is called `web`. Others look like any mapping of
/// YAML, and are read where a person says what they are.
pub(super) fn is_procfile(text: &str) -> bool {
    let mut has_web = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match split(line) {
            Some((name, command)) if !command.is_empty() => has_web |= name == "web",
            _ => return false,
        }
    }
    has_web
}

/// `name: command`, as Foreman reads it.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, command) = line.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, command.trim()))
}

/// Reads a `Procfile`.
///
/// # Errors
/// It is too large, or a line of it is none.
pub(super) fn read(text: &str, mut findings: Findings) -> Result<Draft, Vec<Issue>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Issue::error("", "this is too large for a Procfile")]);
    }
    let mut lines = Vec::new();
    let mut issues = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match split(line) {
            Some((name, command)) if !command.is_empty() => lines.push(Line {
                number,
                name,
                command,
            }),
            _ => {
                let message = format!("line {number} is no `name: command`");
                issues.push(Issue::error("", message));
            }
        }
    }
    if lines.is_empty() && issues.is_empty() {
        issues.push(Issue::error("", "this Procfile names no process"));
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    findings.fields = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let mut config = Config::default();
    let mut names = Names::default();
    // The web comes first, whatever its place, so that it has the first port.
    lines.sort_by_key(|line| line.name != WEB);
    let only = lines.len() == 1;
    for (n, line) in (0_u16..).zip(&lines) {
        let Some(port) = n
            .checked_mul(APART)
            .and_then(|more| FIRST_PORT.checked_add(more))
        else {
            let place = place("Procfile", line.number);
            findings.add(
                Grade::LeftOut,
                place,
                "there are more processes than ports for them",
            );
            break;
        };
        let name = names.give(line.name, "process");
        let about = format!("process `{name}`");
        let place = place(&about, line.number);
        config
            .services
            .push(service(&name, port, &command(line.command)));
        let message =
            "a Procfile does not say in which folder it runs: set the folder of its process";
        findings.of_many(Grade::NeedsValue, place, message);
        let is_web = line.name == WEB || only;
        let path = match is_web {
            true => "/".to_owned(),
            false => format!("/{name}"),
        };
        if !is_web {
            let message = format!(
                "it answers under `{path}` here; one that does not listen on the port in `PORT`, as \
                 workers do, is of no use behind a gateway: leave its route out"
            );
            findings.add(Grade::Approximate, place, message);
        }
        config.routes.push(route(&name, &path, !is_web));
    }
    Ok(Draft {
        format: Format::Procfile,
        version: None,
        config,
        findings,
    })
}

fn place(about: &str, line: u32) -> Place<'_> {
    Place {
        about,
        field: "",
        line,
    }
}

fn service(name: &str, port: u16, command: &str) -> Service {
    let document = serde_json::json!({
        "name": name,
        "targets": [{"url": format!("http://127.0.0.1:{port}")}],
        "process": {"command": command},
    });
    serde_json::from_value(document).expect("a service needs no more than that")
}

fn route(service: &str, path: &str, strip: bool) -> Route {
    let document = serde_json::json!({
        "name": service, "service": service, "match": {"path": path}, "strip_prefix": strip,
    });
    serde_json::from_value(document).expect("a route needs no more than that")
}

/// The command without a shell, where it needs none.
fn command(written: &str) -> String {
    let text = written
        .replace("${PORT}", "{port}")
        .replace("$PORT", "{port}");
    // Variables before the program, and all that only a shell does.
    let needs_shell = text.contains(['$', '|', '&', ';', '<', '>', '`', '*', '?', '(', '~'])
        || text
            .split_whitespace()
            .next()
            .is_some_and(|first| first.contains('='));
    match needs_shell {
        false => text,
        true => {
            // The shell reads `PORT` itself.
            let quoted = shlex::try_quote(written);
            let quoted = quoted.map_or_else(|_| written.to_owned(), |text| text.into_owned());
            format!("sh -c {quoted}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read as read_any;

    #[test]
    fn each_line_becomes_a_service_with_a_program_and_a_route() {
        let text = "# local\nworker: bundle exec sidekiq\n\
                    web: bundle exec puma -p $PORT\napi: NODE_ENV=dev node api.js | tee log\n";
        let imported = read_any(text, None).unwrap();
        assert_eq!(imported.format, Format::Procfile);
        let services: Vec<_> = imported
            .config
            .services
            .iter()
            .map(|service| {
                let command = &service.process.as_ref().unwrap().command;
                (
                    service.name.as_str(),
                    service.targets[0].url.as_str(),
                    command.as_str(),
                )
            })
            .collect();
        assert_eq!(
            services,
            [
                ("web", "http://127.0.0.1:5000", "bundle exec puma -p {port}"),
                ("worker", "http://127.0.0.1:5100", "bundle exec sidekiq"),
                (
                    "api",
                    "http://127.0.0.1:5200",
                    "sh -c 'NODE_ENV=dev node api.js | tee log'"
                ),
            ]
        );
        let paths: Vec<_> = imported
            .config
            .routes
            .iter()
            .map(|r| r.matches.path.as_str())
            .collect();
        assert_eq!(paths, ["/", "/worker", "/api"]);
        let lines: Vec<_> = imported
            .findings
            .iter()
            .map(|f| (f.line, f.times))
            .collect();
        assert_eq!(lines, [(Some(2), 1), (Some(4), 1), (Some(3), 3)]);
    }

    #[test]
    fn other_files_are_not_taken_for_one() {
        for text in [
            "",
            "version: 1\nroutes: []",
            "openapi: 3.0.0",
            "a: b\n  c: d",
            "{}",
        ] {
            assert!(!is_procfile(text), "{text}");
        }
        let wrong = read("web: a\nnonsense\n", Findings::default())
            .err()
            .unwrap();
        assert_eq!(wrong[0].message, "line 2 is no `name: command`");
    }
}
