//! Writes a request of the log as a curl command that a shell reads back exactly (CURL-1), and as a
//! program of a few lines in other languages.
//!
//! Here is what curl is told; a file a shell says it in that shell's words. What programs are told is
//! in `code`.

mod cmd;
mod code;
mod posix;
mod powershell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::proxy::headers;
use crate::record::detail::{CapturedBody, ExchangeDetail, HeaderLine};
use crate::record::redact::is_masked;
use crate::record::summary::ExchangeSummary;

/// Headers that curl makes itself.
const CURLS_OWN: [&str; 4] = ["content-length", "expect", "host", "trailer"];

/// For which shell a command is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Variant {
    /// Any POSIX shell.
    #[default]
    Posix,
    /// PowerShell, from 5.1 on.
    Powershell,
    /// The prompt of cmd.exe. In a batch file `%` means something else.
    Cmd,
    /// HTTPie, in a POSIX shell.
    Httpie,
    /// JavaScript's `fetch`, as a module.
    Fetch,
    /// Python, with nothing but its own library.
    Python,
    /// A script for k6.
    K6,
}

/// Where a request is sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Through {
    /// To the gateway, as its caller sent it.
    #[default]
    Gateway,
    /// Straight to the target that was asked last, as that got it.
    Target,
}

/// A command that sends a request of the log again.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct CurlCommand {
    /// The command, over several lines.
    pub command: String,
    /// Variables to set before it is run: secrets, which the log does not hold.
    #[schema(example = json!(["API_KEY"]))]
    pub variables: Vec<String>,
    /// What the command cannot repeat.
    pub notes: Vec<String>,
}

/// What curl is told, in no shell's words.
#[derive(Default)]
struct Asked {
    words: Vec<Word>,
    body: Body,
    variables: Vec<String>,
    notes: Vec<String>,
}

/// A word of the command, or two that belong together.
enum Word {
    /// Options without a value.
    Flags(&'static [&'static str]),
    /// An option with its value.
    Option(Choice, Vec<Piece>),
    /// Where the request goes.
    Url(Vec<Piece>),
}

/// An option that takes a value.
#[derive(Clone, Copy)]
enum Choice {
    Method,
    Header,
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A secret that is not in the log, by the variable that holds it.
    Secret(String),
}

/// What is sent as body.
#[derive(Default)]
enum Body {
    #[default]
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// It is not in the log, and why.
    Missing(String),
}

impl Choice {
    /// As an argument, and as a line of a file of options.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Method => ("-X", "request"),
            Self::Header => ("-H", "header"),
        }
    }
}

/// Writes the command that sends `detail`'s request to `base` again.
pub(super) fn command(detail: &ExchangeDetail, base: &str, variant: Variant) -> CurlCommand {
    let asked = || Asked::of(detail, base);
    match variant {
        Variant::Posix => posix::write(asked()),
        Variant::Powershell => powershell::write(asked()),
        Variant::Cmd => cmd::write(asked()),
        Variant::Httpie => code::httpie(code::Call::of(detail, base)),
        Variant::Fetch => code::fetch(code::Call::of(detail, base)),
        Variant::Python => code::python(code::Call::of(detail, base)),
        Variant::K6 => code::k6(code::Call::of(detail, base)),
    }
}

/// The request as the target that was asked last got it, and the URL of that; `None` where none was
/// asked.
pub(super) fn straight(mut detail: ExchangeDetail) -> Option<(ExchangeDetail, String)> {
    let target = detail.summary.target.clone()?;
    let headers = detail.kept.upstream_request.clone()?;
    let path = detail.kept.upstream_path.clone()?;
    let host = headers.iter().find(|header| header.name == "host");
    if let Some(host) = host {
        detail.summary.host.clone_from(&host.value);
    }
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (path, None),
    };
    detail.summary.path = path;
    detail.summary.query = query;
    detail.kept.client_request = headers;
    Some((detail, target.trim_end_matches('/').to_owned()))
}

/// A script of these requests, one after the other; secrets are variables, named at its beginning.
pub(super) fn script(exchanges: &[ExchangeDetail], base: &str) -> String {
    let mut variables: Vec<String> = Vec::new();
    let mut commands = String::new();
    for exchange in exchanges {
        let written = command(exchange, base, Variant::Posix);
        let ExchangeSummary { method, path, .. } = &exchange.summary;
        // A line of a comment is a line, whatever was in a path.
        let line = format!("{method} {path}").replace(char::is_control, " ");
        commands.push_str(&format!("\n# {line}\n"));
        for note in &written.notes {
            commands.push_str(&format!("# {note}\n"));
        }
        commands.push_str(&written.command);
        commands.push_str("\necho\n");
        variables.extend(written.variables);
    }
    variables.sort();
    variables.dedup();
    let mut script = "#!/bin/sh\n".to_owned();
    for variable in variables {
        script.push_str(&format!(
            ": \"${{{variable}:?set it first: the log holds no secrets}}\"\n"
        ));
    }
    script + &commands
}

impl Asked {
    fn of(detail: &ExchangeDetail, base: &str) -> Self {
        let mut asked = Self::default();
        let summary = &detail.summary;
        asked.method(&summary.method, detail.kept.request_body.bytes > 0);
        asked.url(base, &summary.path, summary.query.as_deref());
        if Some(summary.host.as_str()) != base.split("://").nth(1) {
            asked.option(Choice::Header, format!("Host: {}", summary.host));
        }
        for header in &detail.kept.client_request {
            asked.header(header);
        }
        asked.leave_out_own_headers(&detail.kept.client_request);
        asked.body(&detail.kept.request_body);
        asked
    }

    fn option(&mut self, choice: Choice, value: String) {
        self.words
            .push(Word::Option(choice, vec![Piece::Text(value)]));
    }

    fn method(&mut self, method: &str, has_body: bool) {
        match (method, has_body) {
            ("GET", false) | ("POST", true) => {}
            // With `-X HEAD` curl would wait for a body that never comes.
            ("HEAD", false) => self.words.push(Word::Flags(&["head"])),
            _ => self.option(Choice::Method, method.to_owned()),
        }
    }

    fn url(&mut self, base: &str, path: &str, query: Option<&str>) {
        // Without these, curl would resolve dots and expand brackets and braces.
        self.words.push(Word::Flags(&["path-as-is", "globoff"]));
        let url = self.url_pieces(base, path, query);
        self.words.push(Word::Url(url));
    }

    fn url_pieces(&mut self, base: &str, path: &str, query: Option<&str>) -> Vec<Piece> {
        let mut url = Vec::new();
        let mut plain = format!("{base}{path}");
        let pairs = query
            .into_iter()
            .flat_map(|query| query.split('&').enumerate());
        for (index, pair) in pairs {
            plain.push(if index == 0 { '?' } else { '&' });
            match pair.split_once('=').filter(|(_, value)| is_masked(value)) {
                Some((name, _)) => {
                    plain.push_str(name);
                    plain.push('=');
                    url.push(Piece::Text(std::mem::take(&mut plain)));
                    url.push(self.secret(name));
                }
                None => plain.push_str(pair),
            }
        }
        if !plain.is_empty() {
            url.push(Piece::Text(plain));
        }
        url
    }

    fn header(&mut self, HeaderLine { name, value }: &HeaderLine) {
        if !is_told(name) {
            return;
        }
        if is_masked(value) {
            let scheme = Piece::Text(format!("{name}: {}", scheme_of(value)));
            let secret = self.secret(name);
            self.words
                .push(Word::Option(Choice::Header, vec![scheme, secret]));
        } else if value.is_empty() {
            // `Name:` would remove the header; this sends it empty.
            self.option(Choice::Header, format!("{name};"));
        } else {
            self.option(Choice::Header, format!("{name}: {value}"));
        }
    }

    /// Keeps curl from sending what it adds by itself where the request did not have it.
    fn leave_out_own_headers(&mut self, sent: &[HeaderLine]) {
        for own in ["accept", "user-agent", "content-type"] {
            if !sent.iter().any(|header| header.name == own) {
                self.option(Choice::Header, format!("{own}:"));
            }
        }
    }

    fn secret(&mut self, name: &str) -> Piece {
        let variable = variable_for(name);
        if !self.variables.contains(&variable) {
            self.variables.push(variable.clone());
        }
        Piece::Secret(variable)
    }

    fn body(&mut self, body: &CapturedBody) {
        let CapturedBody {
            content_type: _,
            content_encoding: _,
            bytes,
            decoded_bytes: _,
            truncated,
            text,
            utf_16: _,
            base64,
        } = body;
        if *bytes == 0 {
            return;
        }
        let from_base64 = || STANDARD.decode(base64.as_deref()?).ok();
        self.body = match (text, body.in_utf_16()) {
            _ if *truncated => Body::Missing(not_kept(*bytes)),
            (Some(_), Some(bytes)) => Body::Bytes(bytes),
            (Some(text), None) if text.contains('\0') => Body::Bytes(text.as_bytes().to_vec()),
            (Some(text), None) => Body::Text(text.clone()),
            (None, _) => match from_base64() {
                Some(bytes) => Body::Bytes(bytes),
                None => Body::Missing(not_kept(*bytes)),
            },
        };
        match &self.body {
            Body::None => {}
            Body::Text(text) => {
                if is_masked(text) {
                    let note = "Secrets in the body are masked; put them in.";
                    self.notes.push(note.to_owned());
                }
            }
            Body::Bytes(_) => {
                let note = "The body is not text; it is written to the file `body` first.";
                self.notes.push(note.to_owned());
            }
            Body::Missing(note) => self.notes.push(note.clone()),
        }
    }
}

/// Whether a header is said: not those of a connection, and not those that whoever sends it makes.
fn is_told(name: &str) -> bool {
    let of_connection = headers::HOP_BY_HOP.contains(&name);
    !of_connection && !CURLS_OWN.contains(&name) && !name.starts_with(':')
}

fn not_kept(bytes: u64) -> String {
    format!("The body of {bytes} bytes was not kept whole. Put it into the file `body` first.")
}

/// What stands before a secret: `Bearer ` or `Basic `.
fn scheme_of(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, _))
            if !is_masked(scheme) && scheme.bytes().all(|b| b.is_ascii_alphabetic()) =>
        {
            &value[..=scheme.len()]
        }
        _ => "",
    }
}

/// The name of the variable for a secret: `API_KEY` for what carries API keys, else its own.
fn variable_for(name: &str) -> String {
    if [
        "authorization",
        "x-api-key",
        "api-key",
        "api_key",
        "apikey",
        "key",
    ]
    .contains(&name.to_ascii_lowercase().as_str())
    {
        return "API_KEY".to_owned();
    }
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    // A variable cannot begin with a digit, and must not be one that a shell or curl uses itself.
    format!("SECRET_{plain}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use serde_json::json;

    use super::posix::LONGEST_WORD;
    use super::*;
    use crate::record::redact::MASK;

    pub(super) fn detail(change: impl FnOnce(&mut serde_json::Value)) -> ExchangeDetail {
        let body = json!({ "bytes": 0, "truncated": false });
        let mut detail = json!({
            "summary": {
                "seq": 1, "id": "01890a5d-ac96-774b-bcce-b302099a8057", "request_id": "r",
                "started_at_us": 0, "method": "GET", "host": "127.0.0.1:8080", "path": "/orders",
                "query": null, "protocol": "http/1.1", "messages": 0, "status": 200,
                "source": "upstream", "ending": "complete", "client_ip": "127.0.0.1", "origin": "caller", "tries": 1,
                "request_bytes": 0, "response_bytes": 0, "duration_us": 1,
                "timing": { "gateway_us": 0, "connect_us": 0, "wait_us": 0, "receive_us": 0 },
            },
            "sentence": "", "revision": 1, "trace_id": "", "client_port": 1, "trace": [],
            "attempts": [], "client_request": [], "request_body": body, "response_body": body,
        });
        change(&mut detail);
        serde_json::from_value(detail).unwrap()
    }

    fn written(detail: &ExchangeDetail) -> CurlCommand {
        command(detail, "http://127.0.0.1:8080", Variant::Posix)
    }

    /// What curl is given when a shell runs the command, and what is then in the file `body`.
    fn run(written: &CurlCommand, variables: &[(&str, &str)]) -> (Vec<String>, Option<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{}\n",
            written.command
        );
        let output = Command::new("sh")
            .current_dir(&folder)
            .envs(variables.iter().copied())
            .arg("-c")
            .arg(&script)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{script}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let words = String::from_utf8(output.stdout).unwrap();
        let words = words.split_terminator('\0').map(str::to_owned).collect();
        (words, std::fs::read(folder.path().join("body")).ok())
    }

    /// The values that follow `option`.
    fn values<'a>(words: &'a [String], option: &str) -> Vec<&'a str> {
        let pairs = words.windows(2).filter(|pair| pair[0] == option);
        pairs.map(|pair| pair[1].as_str()).collect()
    }

    pub(super) fn hostile_text(random: &mut StdRng, but: &[char]) -> String {
        const PIECES: &[&str] = &[
            "'",
            "\"",
            "\\",
            "$",
            "`",
            "!",
            "\n",
            "\r\n",
            "\t",
            " ",
            "#",
            "&",
            ";",
            "|",
            "*",
            "?",
            "[",
            "{",
            "}",
            "~",
            "%",
            "%41",
            "$(id)",
            "${HOME}",
            "é",
            "日本",
            "🦀",
            "\u{1b}[31m",
            "'\\''",
            "-",
            "@",
            "a",
            "0",
            "\\n",
            "=",
            "<",
            ">",
            "^",
        ];
        let length = random.random_range(1..12);
        let pieces = (0..length).map(|_| PIECES[random.random_range(0..PIECES.len())]);
        pieces.collect::<String>().replace(but, "")
    }

    #[test]
    fn a_shell_reads_back_what_was_sent() {
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..300 {
            let value = hostile_text(&mut random, &['\n', '\r']).trim().to_owned();
            let path = format!("/{}", hostile_text(&mut random, &['\n', '\r', '?', ' ']));
            let query = hostile_text(&mut random, &['\n', '\r', ' ']);
            let body = hostile_text(&mut random, &[]);
            let sent = detail(|d| {
                d["summary"]["method"] = json!("PATCH");
                d["summary"]["path"] = json!(path);
                d["summary"]["query"] = json!(query);
                d["client_request"] = json!([{ "name": "x-value", "value": value }]);
                d["request_body"] = json!({ "bytes": 1, "truncated": false, "text": body });
            });
            let (words, _) = run(&written(&sent), &[]);
            let url = format!("http://127.0.0.1:8080{path}?{query}");
            assert!(words.contains(&url), "{url:?} in {words:?}");
            assert_eq!(values(&words, "-X"), ["PATCH"]);
            assert_eq!(values(&words, "--data-raw"), [body.as_str()]);
            let header = match value.as_str() {
                "" => "x-value;".to_owned(),
                value => format!("x-value: {value}"),
            };
            assert!(
                values(&words, "-H").contains(&header.as_str()),
                "{header:?} in {words:?}"
            );
        }
    }

    #[test]
    fn secrets_become_variables() {
        let sent = detail(|d| {
            d["summary"]["query"] = json!(format!("a=1&token={MASK}&b=2"));
            d["client_request"] = json!([
                { "name": "x-api-key", "value": "gw_dev_…3f9c" },
                { "name": "authorization", "value": format!("Bearer {MASK}") },
                { "name": "cookie", "value": format!("sid={MASK}; theme=dark") },
            ]);
        });
        let written = written(&sent);
        assert_eq!(
            written.variables,
            ["SECRET_TOKEN", "API_KEY", "SECRET_COOKIE"]
        );
        let variables = [
            ("SECRET_TOKEN", "t$'"),
            ("API_KEY", "k \"`"),
            ("SECRET_COOKIE", "c"),
        ];
        let (words, _) = run(&written, &variables);
        assert!(words.contains(&"http://127.0.0.1:8080/orders?a=1&token=t$'&b=2".to_owned()));
        let headers = values(&words, "-H");
        for header in [
            "x-api-key: k \"`",
            "authorization: Bearer k \"`",
            "cookie: c",
        ] {
            assert!(headers.contains(&header), "{header} in {headers:?}");
        }
    }

    #[test]
    fn what_belongs_to_a_connection_is_left_out() {
        let sent = detail(|d| {
            d["summary"]["host"] = json!("shop.test");
            d["client_request"] = json!([
                { "name": "host", "value": "shop.test" },
                { "name": "content-length", "value": "5" },
                { "name": "connection", "value": "close" },
                { "name": "transfer-encoding", "value": "chunked" },
                { "name": "accept", "value": "*/*" },
                { "name": "x-empty", "value": "" },
            ]);
        });
        let (words, _) = run(&written(&sent), &[]);
        assert_eq!(
            values(&words, "-H"),
            [
                "Host: shop.test",
                "accept: */*",
                "x-empty;",
                "user-agent:",
                "content-type:"
            ]
        );
    }

    #[test]
    fn a_body_is_never_left_out_silently() {
        let with_body = |body: serde_json::Value| {
            written(&detail(|d| {
                d["summary"]["method"] = json!("POST");
                d["request_body"] = body;
            }))
        };
        let binary = with_body(json!({ "bytes": 3, "truncated": false, "base64": "AP8K" }));
        let (words, file) = run(&binary, &[]);
        assert_eq!(file.unwrap(), [0, 0xff, 0x0a]);
        assert_eq!(values(&words, "--data-binary"), ["@body"]);

        let nul = with_body(json!({ "bytes": 3, "truncated": false, "text": "a\u{0}b" }));
        assert_eq!(run(&nul, &[]).1.unwrap(), b"a\0b");

        let long = "x'".repeat(LONGEST_WORD);
        let long_body = with_body(json!({ "bytes": long.len(), "truncated": false, "text": long }));
        assert!(written_to_file(&long_body), "{:.200}", long_body.command);

        for body in [
            json!({ "bytes": 99999, "truncated": true, "text": "the beginning" }),
            json!({ "bytes": 5, "truncated": false }),
        ] {
            let written = with_body(body);
            assert!(
                written.command.starts_with("# The body of "),
                "{}",
                written.command
            );
            assert!(
                !written.command.contains("the beginning"),
                "{}",
                written.command
            );
            assert_eq!(written.notes.len(), 1);
            assert_eq!(values(&run(&written, &[]).0, "--data-binary"), ["@body"]);
        }
    }

    fn written_to_file(written: &CurlCommand) -> bool {
        written.command.starts_with("printf %s 'x") && written.command.contains("@body")
    }

    /// reliability.md, item 31
    #[test]
    fn a_script_of_many_runs_each_and_asks_for_secrets_first() {
        let with = |path: &str, value: String| {
            detail(|d| {
                d["summary"]["path"] = json!(path);
                d["client_request"] = json!([{ "name": "x-api-key", "value": value }]);
            })
        };
        let exchanges = [
            with("/a'$(touch x)\n`touch y`", "plain".to_owned()),
            with("/b", format!("Bearer {MASK}")),
        ];
        let script = script(&exchanges, "http://127.0.0.1:8080");
        let folder = tempfile::tempdir().unwrap();
        let run = |key: Option<&str>| {
            let told =
                format!("curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{script}");
            let mut shell = Command::new("sh");
            shell
                .current_dir(&folder)
                .env_remove("API_KEY")
                .arg("-c")
                .arg(told);
            shell
                .envs(key.map(|key| ("API_KEY", key)))
                .output()
                .unwrap()
        };
        let refused = run(None);
        assert!(!refused.status.success() && refused.stdout.is_empty());
        let output = run(Some("k'1"));
        assert!(output.status.success(), "{script}");
        let words = String::from_utf8(output.stdout).unwrap();
        assert!(
            words.contains("http://127.0.0.1:8080/a'$(touch x)\n`touch y`\0"),
            "{words:?}"
        );
        assert!(words.contains("x-api-key: Bearer k'1\0"), "{words:?}");
        assert_eq!(
            std::fs::read_dir(&folder).unwrap().count(),
            0,
            "nothing else ran"
        );
    }
}
