//! A request of the log as a program of a few lines.
//!
//! Text is written as JSON writes it, which JavaScript and Python both read back exactly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::posix::quote;
use super::{Asked, Body, CurlCommand, Piece, is_told, scheme_of};
use crate::record::detail::{ExchangeDetail, HeaderLine};
use crate::record::redact::is_masked;

/// A request, in no language's words.
pub(super) struct Call {
    method: String,
    url: Vec<Piece>,
    headers: Vec<(String, Vec<Piece>)>,
    body: Body,
    variables: Vec<String>,
    notes: Vec<String>,
}

impl Call {
    /// `detail`'s request, to `base`.
    pub(super) fn of(detail: &ExchangeDetail, base: &str) -> Self {
        let mut asked = Asked::default();
        let summary = &detail.summary;
        let url = asked.url_pieces(base, &summary.path, summary.query.as_deref());
        let mut headers = Vec::new();
        if Some(summary.host.as_str()) != base.split("://").nth(1) {
            headers.push(("host".to_owned(), vec![Piece::Text(summary.host.clone())]));
        }
        let sent = detail.kept.client_request.iter();
        for HeaderLine { name, value } in sent.filter(|header| is_told(&header.name)) {
            let pieces = match is_masked(value) {
                true => vec![Piece::Text(scheme_of(value).to_owned()), asked.secret(name)],
                false => vec![Piece::Text(value.clone())],
            };
            headers.push((name.clone(), pieces));
        }
        asked.body(&detail.kept.request_body);
        Self {
            method: summary.method.clone(),
            url,
            headers,
            body: asked.body,
            variables: asked.variables,
            notes: asked.notes,
        }
    }

    fn written(self, command: String) -> CurlCommand {
        let (variables, mut notes) = (self.variables, self.notes);
        // What is said of a file holds for commands of a shell alone.
        notes.retain(|note| !note.contains("file `body`") || command.contains("body`"));
        CurlCommand {
            command,
            variables,
            notes,
        }
    }

    /// What is missing of the body, as a comment.
    fn missing(&self, comment: &str) -> Option<String> {
        match &self.body {
            Body::Missing(_) => Some(format!(
                "{comment} Put the body here: it is not in the log."
            )),
            Body::None | Body::Text(_) | Body::Bytes(_) => None,
        }
    }
}

/// `"text"`, as JSON has it.
fn literal(text: &str) -> String {
    json!(text).to_string()
}

/// Pieces as an expression: literals and variables with `+` between.
fn expression(pieces: &[Piece]) -> String {
    let parts: Vec<_> = pieces
        .iter()
        .filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()))
        .map(|piece| match piece {
            Piece::Text(text) => literal(text),
            Piece::Secret(variable) => variable.clone(),
        })
        .collect();
    match parts.is_empty() {
        true => literal(""),
        false => parts.join(" + "),
    }
}

/// JavaScript's `fetch`.
pub(super) fn fetch(call: Call) -> CurlCommand {
    let mut lines: Vec<String> = Vec::new();
    for variable in &call.variables {
        lines.push(format!("const {variable} = process.env.{variable};"));
    }
    lines.extend(call.missing("//"));
    lines.push(format!(
        "const response = await fetch({}, {{",
        expression(&call.url)
    ));
    lines.push(format!("  method: {},", literal(&call.method)));
    if !call.headers.is_empty() {
        lines.push("  headers: [".to_owned());
        for (name, value) in &call.headers {
            lines.push(format!("    [{}, {}],", literal(name), expression(value)));
        }
        lines.push("  ],".to_owned());
    }
    match &call.body {
        Body::None | Body::Missing(_) => {}
        Body::Text(text) => lines.push(format!("  body: {},", literal(text))),
        Body::Bytes(bytes) => lines.push(format!(
            "  body: Uint8Array.from(atob({}), (byte) => byte.charCodeAt(0)),",
            literal(&STANDARD.encode(bytes))
        )),
    }
    lines.push("});".to_owned());
    lines.push("console.log(response.status, await response.text());".to_owned());
    let mut written = call.written(lines.join("\n"));
    let note = "`fetch` sets some headers itself, and in a page it may not set others, such as \
                `host` or `cookie`.";
    written.notes.push(note.to_owned());
    written
}

/// Python. Its `http.client` sends what it is told and adds nothing.
pub(super) fn python(call: Call) -> CurlCommand {
    let mut lines = Vec::new();
    let bytes = matches!(call.body, Body::Bytes(_));
    if bytes {
        lines.push("import base64".to_owned());
    }
    lines.push("import http.client".to_owned());
    if !call.variables.is_empty() {
        lines.push("import os".to_owned());
    }
    lines.push("from urllib.parse import urlsplit".to_owned());
    lines.push(String::new());
    for variable in &call.variables {
        lines.push(format!("{variable} = os.environ[{}]", literal(variable)));
    }
    lines.push(format!("url = {}", expression(&call.url)));
    let body = match &call.body {
        Body::None | Body::Missing(_) => "b\"\"".to_owned(),
        Body::Text(text) => format!("{}.encode()", literal(text)),
        Body::Bytes(bytes) => format!("base64.b64decode({})", literal(&STANDARD.encode(bytes))),
    };
    lines.extend(call.missing("#"));
    lines.push(format!("body = {body}"));
    lines.push(String::new());
    lines.push("parts = urlsplit(url)".to_owned());
    lines.push(
        "kind = http.client.HTTPSConnection if parts.scheme == \"https\" else http.client.HTTPConnection"
            .to_owned(),
    );
    lines.push("connection = kind(parts.netloc)".to_owned());
    let own_host = call.headers.iter().any(|(name, _)| name == "host");
    lines.push(format!(
        "connection.putrequest({}, url[len(parts.scheme) + 3 + len(parts.netloc):] or \"/\", skip_host={}, skip_accept_encoding=True)",
        literal(&call.method),
        if own_host { "True" } else { "False" },
    ));
    for (name, value) in &call.headers {
        let value = expression(value);
        lines.push(format!(
            "connection.putheader({}, ({value}).encode())",
            literal(name)
        ));
    }
    lines.push("if body:".to_owned());
    lines.push("    connection.putheader(\"content-length\", str(len(body)))".to_owned());
    lines.push("connection.endheaders(body)".to_owned());
    lines.push("response = connection.getresponse()".to_owned());
    lines.push("print(response.status, response.read().decode(errors=\"replace\"))".to_owned());
    call.written(lines.join("\n"))
}

/// k6. A header that comes more than once is one with its values in a row, which is the same.
pub(super) fn k6(call: Call) -> CurlCommand {
    let mut lines = vec!["import http from \"k6/http\";".to_owned()];
    let body = match &call.body {
        Body::None | Body::Missing(_) => "null".to_owned(),
        Body::Text(text) => literal(text),
        Body::Bytes(bytes) => {
            lines.push("import encoding from \"k6/encoding\";".to_owned());
            format!("encoding.b64decode({})", literal(&STANDARD.encode(bytes)))
        }
    };
    lines.push(String::new());
    lines.push("export const options = { vus: 1, iterations: 1 };".to_owned());
    lines.push(String::new());
    for variable in &call.variables {
        lines.push(format!("const {variable} = __ENV.{variable};"));
    }
    lines.push("export default function () {".to_owned());
    lines.extend(call.missing("  //"));
    lines.push(format!(
        "  const response = http.request({}, {}, {body}, {{",
        literal(&call.method),
        expression(&call.url),
    ));
    lines.push("    headers: {".to_owned());
    for (name, values) in joined(&call.headers) {
        let values: Vec<_> = values.iter().map(|value| expression(value)).collect();
        let value = values.join(" + \", \" + ");
        lines.push(format!("      {}: {value},", literal(name)));
    }
    lines.push("    },".to_owned());
    lines.push("  });".to_owned());
    lines.push("  console.log(response.status, response.body);".to_owned());
    lines.push("}".to_owned());
    call.written(lines.join("\n"))
}

/// The values of each header, in the order of their first.
fn joined(headers: &[(String, Vec<Piece>)]) -> Vec<(&str, Vec<&[Piece]>)> {
    let mut all: Vec<(&str, Vec<&[Piece]>)> = Vec::new();
    for (name, value) in headers {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => all.push((name, vec![value])),
        }
    }
    all
}

/// HTTPie, in a POSIX shell.
pub(super) fn httpie(mut call: Call) -> CurlCommand {
    let mut words = vec![
        "http --ignore-stdin --path-as-is".to_owned(),
        quote(&call.method),
        words_of(&call.url),
    ];
    for (name, value) in &call.headers {
        words.push(match &value[..] {
            [Piece::Text(text)] if text.is_empty() => quote(&format!("{name};")),
            [Piece::Text(text), rest @ ..] => {
                let begin = match text.starts_with(['=', '@']) {
                    // It would mean another kind of item.
                    true => format!("{name}:\\{text}"),
                    false => format!("{name}:{text}"),
                };
                quote(&begin) + &words_of(rest)
            }
            other => quote(&format!("{name}:")) + &words_of(other),
        });
    }
    let spelt = |text: &str| {
        let bytes = text.as_bytes();
        let pairs = bytes.windows(2);
        pairs
            .clone()
            .any(|pair| pair[0] == b'\\' && b":=@;".contains(&pair[1]))
    };
    let texts = call.headers.iter().flat_map(|(_, value)| value);
    if texts
        .into_iter()
        .any(|piece| matches!(piece, Piece::Text(text) if spelt(text)))
    {
        let note = "HTTPie takes the backslash before a `:`, `=`, `@` or `;` away.";
        call.notes.push(note.to_owned());
    }
    for own in ["accept", "accept-encoding", "user-agent", "content-type"] {
        if !call.headers.iter().any(|(name, _)| name == own) {
            words.push(format!("{own}:"));
        }
    }
    let mut lines: Vec<String> = Vec::new();
    match &call.body {
        Body::None => {}
        Body::Text(text) => words.push(format!("--raw {}", quote(text))),
        Body::Bytes(bytes) => {
            let base64 = quote(&STANDARD.encode(bytes));
            lines.push(format!("printf %s {base64} | base64 -d > body"));
            words.push("@body".to_owned());
        }
        Body::Missing(note) => {
            lines.push(format!("# {note}"));
            words.push("@body".to_owned());
        }
    }
    lines.push(words.join(" \\\n  "));
    CurlCommand {
        command: lines.join("\n"),
        variables: call.variables,
        notes: call.notes,
    }
}

fn words_of(pieces: &[Piece]) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) if text.is_empty() => String::new(),
        Piece::Text(text) => quote(text),
        Piece::Secret(variable) => format!("\"${variable}\""),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::process::Command;
    use std::thread;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use serde_json::json;

    use super::super::tests::{detail, hostile_text};
    use super::*;
    use crate::record::redact::MASK;

    /// What a server got when `program` ran with the command written for it: the head and the body.
    fn run(program: &mut Command, listener: &TcpListener) -> (String, Vec<u8>) {
        let server = listener.try_clone().unwrap();
        let heard = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut got = Vec::new();
            let mut chunk = [0; 4096];
            loop {
                let end = got.windows(4).position(|four| four == b"\r\n\r\n");
                if let Some(end) = end {
                    let head = String::from_utf8(got[..end].to_vec()).unwrap();
                    let length = head.lines().find_map(|line| {
                        let (name, value) = line.split_once(':')?;
                        let is_it = name.eq_ignore_ascii_case("content-length");
                        is_it.then(|| value.trim().parse::<usize>().unwrap())
                    });
                    if got.len() >= end + 4 + length.unwrap_or(0) {
                        let answer =
                            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                        stream.write_all(answer).unwrap();
                        return (head, got[end + 4..].to_vec());
                    }
                }
                let read = stream.read(&mut chunk).unwrap();
                assert!(
                    read > 0,
                    "it ended early: {}",
                    String::from_utf8_lossy(&got)
                );
                got.extend_from_slice(&chunk[..read]);
            }
        });
        let output = program.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && said.contains("200 ok"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        heard.join().unwrap()
    }

    fn python_runs(
        command: &str,
        variables: &[(&str, &str)],
        listener: &TcpListener,
    ) -> (String, Vec<u8>) {
        let mut program = Command::new("python3");
        program
            .envs(variables.iter().copied())
            .args(["-c", command]);
        run(&mut program, listener)
    }

    #[test]
    fn python_sends_just_what_was_sent() {
        let mut random = StdRng::seed_from_u64(11);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        for _ in 0..10 {
            let value = hostile_text(&mut random, &['\n', '\r', '\t', '\u{1b}'])
                .trim()
                .to_owned();
            let body = hostile_text(&mut random, &[]);
            let sent = detail(|d| {
                d["summary"]["method"] = json!("PATCH");
                d["summary"]["host"] = json!("shop.test");
                d["summary"]["path"] = json!("/a/../%41");
                d["summary"]["query"] = json!("b=%20c'&d");
                d["client_request"] = json!([
                    { "name": "x-value", "value": value },
                    { "name": "x-twice", "value": "1" },
                    { "name": "x-twice", "value": "2" },
                    { "name": "authorization", "value": format!("Bearer {MASK}") },
                    { "name": "connection", "value": "close" },
                ]);
                d["request_body"] = json!({ "bytes": 1, "truncated": false, "text": body });
            });
            let written = python(Call::of(&sent, &base));
            assert_eq!(written.variables, ["API_KEY"]);
            let (head, got) = python_runs(&written.command, &[("API_KEY", "k'1")], &listener);
            let lines: Vec<_> = head.split("\r\n").collect();
            let expected = [
                "PATCH /a/../%41?b=%20c'&d HTTP/1.1".to_owned(),
                "host: shop.test".to_owned(),
                format!("x-value: {value}"),
                "x-twice: 1".to_owned(),
                "x-twice: 2".to_owned(),
                "authorization: Bearer k'1".to_owned(),
                format!("content-length: {}", body.len()),
            ];
            assert_eq!(lines, expected, "{}", written.command);
            assert_eq!(got, body.as_bytes());
        }
        let binary = detail(|d| {
            d["summary"]["method"] = json!("PUT");
            d["request_body"] = json!({ "bytes": 3, "truncated": false, "base64": "AP8K" });
        });
        let written = python(Call::of(&binary, &base));
        assert_eq!(
            python_runs(&written.command, &[], &listener).1,
            [0, 0xff, 0x0a]
        );
        assert_eq!(written.notes, [""; 0], "no file is written");
    }

    #[test]
    fn javascript_is_told_the_same() {
        let sent = detail(|d| {
            d["summary"]["method"] = json!("POST");
            d["summary"]["query"] = json!(format!("a=1&token={MASK}"));
            d["client_request"] = json!([
                { "name": "content-type", "value": "text/plain" },
                { "name": "x-twice", "value": "1" },
                { "name": "x-twice", "value": "\"2\"" },
            ]);
            d["request_body"] =
                json!({ "bytes": 1, "truncated": false, "text": "a\n\"b\" </script>" });
        });
        let base = "http://127.0.0.1:8080";
        assert_eq!(
            fetch(Call::of(&sent, base)).command,
            r#"const SECRET_TOKEN = process.env.SECRET_TOKEN;
const response = await fetch("http://127.0.0.1:8080/orders?a=1&token=" + SECRET_TOKEN, {
  method: "POST",
  headers: [
    ["content-type", "text/plain"],
    ["x-twice", "1"],
    ["x-twice", "\"2\""],
  ],
  body: "a\n\"b\" </script>",
});
console.log(response.status, await response.text());"#
        );
        let k6 = k6(Call::of(&sent, base)).command;
        assert!(
            k6.contains("const SECRET_TOKEN = __ENV.SECRET_TOKEN;"),
            "{k6}"
        );
        assert!(k6.contains(r#""x-twice": "1" + ", " + "\"2\"","#), "{k6}");
        assert!(
            k6.contains(r#"http.request("POST", "http://127.0.0.1:8080/orders?a=1&token=" + SECRET_TOKEN, "a\n\"b\" </script>", {"#),
            "{k6}"
        );
    }

    #[test]
    fn httpie_gets_items_that_mean_what_they_say() {
        let sent = detail(|d| {
            d["summary"]["method"] = json!("DELETE");
            d["client_request"] = json!([
                { "name": "x-empty", "value": "" },
                { "name": "x-at", "value": "@file" },
                { "name": "x-it's", "value": "a:=b" },
                { "name": "x-api-key", "value": MASK },
            ]);
        });
        let written = httpie(Call::of(&sent, "http://127.0.0.1:8080"));
        assert_eq!(
            written.command,
            "http --ignore-stdin --path-as-is \\\n  'DELETE' \\\n  'http://127.0.0.1:8080/orders' \
             \\\n  'x-empty;' \\\n  'x-at:\\@file' \\\n  'x-it'\\''s:a:=b' \\\n  'x-api-key:'\"$API_KEY\" \
             \\\n  accept: \\\n  accept-encoding: \\\n  user-agent: \\\n  content-type:"
        );
    }

    #[test]
    fn a_body_that_is_not_kept_is_said_to_be_missing() {
        let sent = detail(|d| {
            d["request_body"] = json!({ "bytes": 9, "truncated": true, "text": "begin" });
        });
        let call = || Call::of(&sent, "http://127.0.0.1:8080");
        for written in [fetch(call()), python(call()), k6(call())] {
            assert!(
                written.command.contains("Put the body here"),
                "{}",
                written.command
            );
            assert!(!written.command.contains("begin"), "{}", written.command);
        }
    }

    #[test]
    fn straight_is_what_the_target_got() {
        let sent = detail(|d| {
            d["summary"]["target"] = json!("http://127.0.0.1:3000/base/");
            d["upstream_request"] = json!([
                { "name": "host", "value": "127.0.0.1:8080" },
                { "name": "x-consumer-id", "value": "acme" },
            ]);
            d["upstream_path"] = json!("/v1/orders?a=1");
        });
        let (detail, base) = super::super::straight(sent).unwrap();
        let command = httpie(Call::of(&detail, &base)).command;
        assert!(
            command.contains("'http://127.0.0.1:3000/base/v1/orders?a=1'"),
            "{command}"
        );
        assert!(command.contains("'host:127.0.0.1:8080'"), "{command}");
        assert!(command.contains("'x-consumer-id:acme'"), "{command}");
        assert!(super::super::straight(super::super::tests::detail(|_| ())).is_none());
    }
}
