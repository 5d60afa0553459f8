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
            kept_bytes: _,
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
mod tests;
