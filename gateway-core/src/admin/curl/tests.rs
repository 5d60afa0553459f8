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
        let told = format!("curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{script}");
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
