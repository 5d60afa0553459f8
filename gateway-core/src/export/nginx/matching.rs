//! Which route takes a request: one map over everything that is asked, in the order in which routes
//! are asked here.

use super::words::{header, plain, whole};
use super::write::Writer;
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, any_spelling, escaped};
use crate::snapshot::matcher::hosts::HostPattern;

/// A question about a header or a parameter of the query, and whose it is.
struct Question<'c> {
    route: usize,
    query: bool,
    condition: &'c Condition,
    at: String,
}

/// Writes the maps that give `$gw_entry` and `$gw_location`.
pub(super) fn write(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    let questions = questions(&gate.routes);
    for (n, question) in questions.iter().enumerate() {
        writer.conf.mark(&question.at);
        ask(writer, n, question);
    }
    let answers: String = (0..questions.len())
        .map(|n| format!("${{gw_c{n}}}"))
        .collect();
    let answers = if answers.is_empty() {
        "-".to_owned()
    } else {
        answers
    };
    let line = |entry: &Entry, methods: &[String]| {
        let route = &gate.routes[entry.route];
        let bits: String = match questions.is_empty() {
            true => "-".to_owned(),
            false => questions
                .iter()
                .map(|question| {
                    if question.route == entry.route {
                        '1'
                    } else {
                        '.'
                    }
                })
                .collect(),
        };
        let method = match methods {
            [] => "[^ ]+".to_owned(),
            methods => {
                let methods: Vec<_> = methods.iter().map(|method| escaped(method)).collect();
                format!("(?:{})", methods.join("|"))
            }
        };
        let (host, path) = (host(entry.host.as_ref()), path(route, entry.after_version));
        whole(&format!("{bits} {method} {host} {path}"))
    };

    writer.conf.put("  # Paths that could be read in two ways.");
    writer.conf.put("  map $request_uri $gw_unclear {");
    writer.conf.put("    default 0;");
    let dots = r"~*\A[^?]*(?:/|%2f)(?:\x2e|%2e){1,2}(?:/|%2f|;|%3b|\?|\z)";
    let odd = r"~*\A[^?]*(?:\\|%5c|%0[0-9a-f]|%1[0-9a-f]|%7f|%c2%[89])";
    writer.conf.put(format!("    {} 1;", plain(dots)));
    writer.conf.put(format!("    {} 1;", plain(odd)));
    writer.conf.put("  }");

    writer
        .conf
        .put("  # The route, or 405 where only the method is another one, or 404.");
    writer.conf.put(format!(
        "  map \"{answers} any ${{host}} ${{uri}}\" $gw_no_entry {{"
    ));
    writer.conf.put("    default none;");
    for entry in &gate.entries {
        writer
            .conf
            .put(format!("    {} methods;", line(entry, &["any".to_owned()])));
    }
    writer.conf.put("  }");
    writer.conf.put(format!(
        "  map \"{answers} ${{request_method}} ${{host}} ${{uri}}\" $gw_plain_entry {{"
    ));
    writer.conf.put("    default $gw_no_entry;");
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        writer.conf.mark(format!("{}.match", route.at));
        writer.conf.mark(&route.at);
        let methods = &route.config.matches.methods;
        writer
            .conf
            .put(format!("    {} {};", line(entry, methods), label(entry)));
    }
    writer.conf.put("  }");

    let pages = gate.routes.iter().any(|route| route.config.cors.is_some());
    if pages {
        writer
            .conf
            .put("  # A browser's preflight goes to the route that would take the request.");
        writer.conf.put(
            "  map \"${request_method} ${http_access_control_request_method}|${http_origin}\" $gw_asked_method {",
        );
        writer.conf.put("    default \"\";");
        writer
            .conf
            .put(format!("    {} $1;", plain(r"~\AOPTIONS ([^|]+)\|.+\z")));
        writer.conf.put("  }");
        writer.conf.put(format!(
            "  map \"{answers} ${{gw_asked_method}} ${{host}} ${{uri}}\" $gw_asked_entry {{"
        ));
        writer.conf.put("    default \"\";");
        for entry in &gate.entries {
            let route = &gate.routes[entry.route];
            let found = match route.config.cors {
                Some(_) => label(entry),
                None => "\"\"".to_owned(),
            };
            let methods = &route.config.matches.methods;
            writer
                .conf
                .put(format!("    {} {found};", line(entry, methods)));
        }
        writer.conf.put("  }");
        writer.conf.put("  map $gw_asked_entry $gw_entry {");
        writer.conf.put("    default $gw_asked_entry;");
        writer.conf.put("    \"\" $gw_plain_entry;");
        writer.conf.put("  }");
    } else {
        writer
            .conf
            .put("  map $gw_plain_entry $gw_entry { default $gw_plain_entry; }");
    }
    writer.conf.put("  map $gw_entry $gw_location {");
    writer.conf.put("    default $gw_entry;");
    writer
        .conf
        .put(format!("    {} $1;", plain(r"~\A(r[0-9]+)v\z")));
    writer.conf.put("  }");
}

/// How an entry is called: `r3`, or `r3v` after a version.
pub(super) fn label(entry: &Entry) -> String {
    let after = if entry.after_version { "v" } else { "" };
    format!("r{}{after}", entry.route)
}

fn questions<'c>(routes: &[Route<'c>]) -> Vec<Question<'c>> {
    let mut questions = Vec::new();
    for (n, route) in routes.iter().enumerate() {
        let matches = &route.config.matches;
        for (query, conditions) in [(false, &matches.headers), (true, &matches.query)] {
            for (m, condition) in conditions.iter().enumerate() {
                let part = if query { "query" } else { "headers" };
                questions.push(Question {
                    route: n,
                    query,
                    condition,
                    at: format!("{}.match.{part}[{m}]", route.at),
                });
            }
        }
    }
    questions
}

fn ask(writer: &mut Writer<'_, '_>, n: usize, question: &Question<'_>) {
    holds(
        writer,
        &format!("gw_c{n}"),
        question.query,
        question.condition,
    );
}

/// Writes the map of a variable that is 1 where a condition on a header or on a parameter of the query
/// holds, and 0 where it does not.
pub(super) fn holds(
    writer: &mut Writer<'_, '_>,
    variable: &str,
    query: bool,
    condition: &Condition,
) {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    let pattern = patterns::portable(value).unwrap_or_default();
    let (source, there, holds) = match query {
        false => {
            let holds = match test {
                ConditionTest::Equals => whole(&escaped(value)),
                ConditionTest::Matches => whole(&format!("(?:{pattern})")),
                ConditionTest::Present | ConditionTest::Absent => plain("~."),
            };
            (header(name), plain("~."), holds)
        }
        true => {
            let name = any_spelling(name);
            let there = plain(&format!("~(?:\\A|&){name}(?:=|&|\\z)"));
            let holds = match test {
                ConditionTest::Equals if value.is_empty() => {
                    plain(&format!("~(?:\\A|&){name}=?(?:&|\\z)"))
                }
                ConditionTest::Equals => {
                    let value = any_spelling(value);
                    plain(&format!("~(?:\\A|&){name}={value}(?:&|\\z)"))
                }
                ConditionTest::Matches => {
                    plain(&format!("~(?:\\A|&){name}=(?:{pattern})(?:&|\\z)"))
                }
                ConditionTest::Present | ConditionTest::Absent => there.clone(),
            };
            ("${args}".to_owned(), there, holds)
        }
    };
    let (otherwise, found, pattern) = match test {
        ConditionTest::Absent => (1, 0, there),
        ConditionTest::Equals | ConditionTest::Matches | ConditionTest::Present => (0, 1, holds),
    };
    // An empty header is none, which `equals ""` cannot mean.
    writer
        .conf
        .put(format!("  map \"{source}\" ${variable} {{"));
    writer.conf.put(format!("    default {otherwise};"));
    writer.conf.put(format!("    {pattern} {found};"));
    writer.conf.put("  }");
}

fn host(host: Option<&HostPattern>) -> String {
    match host {
        None => "[^ ]*".to_owned(),
        Some(HostPattern::Exact(name)) => escaped(name),
        Some(HostPattern::Wildcard(suffix)) => format!("[^ ]+\\x2e{}", escaped(suffix)),
    }
}

fn path(route: &Route<'_>, after_version: bool) -> String {
    let version = format!("(?:{})(?:;[^/]*)?", version_segment(route));
    patterns::of_route(route, after_version.then_some(&version))
}
