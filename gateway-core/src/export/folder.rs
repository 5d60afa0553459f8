//! What stands in the folder beside the configuration, so that it can be run as it is.

use super::gate::Gate;
use super::{Export, Exporter, File, report};

/// Report, README and compose file.
pub(super) fn files(exporter: &dyn Exporter, gate: &Gate<'_>, export: &Export) -> Vec<File> {
    let mut json = serde_json::to_string_pretty(&Report {
        product: export.product,
        fidelity: export.fidelity(),
        exact: export.exact,
        findings: &export.findings,
        placeholders: &export.placeholders,
        closed: &export.closed,
        differences: &export.differences,
    })
    .expect("a report is plain data");
    json.push('\n');
    [
        ("README.md", readme(exporter, gate, export)),
        ("REPORT.md", report::markdown(export)),
        ("report.json", json),
        (".gitignore", secrets(export)),
    ]
    .into_iter()
    .chain(compose(exporter, gate).map(|text| ("compose.yaml", text)))
    .map(|(name, text)| File {
        name: name.to_owned(),
        text,
    })
    .collect()
}

#[derive(serde::Serialize)]
struct Report<'e> {
    product: super::Product,
    fidelity: super::Fidelity,
    exact: usize,
    findings: &'e [super::Finding],
    placeholders: &'e [super::Placeholder],
    closed: &'e std::collections::BTreeMap<crate::ids::RouteName, String>,
    differences: &'e [super::Difference],
}

fn readme(exporter: &dyn Exporter, gate: &Gate<'_>, export: &Export) -> String {
    let product = exporter.product();
    let listen = &gate.config.listen;
    let mut text = format!(
        "# Gateway for {} {}\n\nExported by Gatewright; [REPORT.md](REPORT.md) says what is different there.\n\n\
         In this folder:\n\n```sh\n{}\n```\n",
        product.title,
        product.versions,
        exporter.command(),
    );
    if exporter.compose(gate).is_some() {
        text.push_str(&format!(
            "\nor with Docker, on the network of this machine:\n\n\
             ```sh\ndocker compose up\n```\n\nIt listens on {}, port {}.\n",
            listen.address, listen.port
        ));
    }
    if !export.placeholders.is_empty() {
        text.push_str("\nBefore that, fill in:\n\n");
        for one in &export.placeholders {
            let what = match one.form {
                super::SecretForm::Plain => "the API key",
                super::SecretForm::Sha256 => "the SHA-256 (hexadecimal) of the API key",
            };
            text.push_str(&format!(
                "- `{}` in `{}`: {what} of `{}`\n",
                one.token, one.file, one.consumer
            ));
        }
        text.push_str("\nUntil then these callers are refused.\n");
    }
    text
}

fn compose(exporter: &dyn Exporter, gate: &Gate<'_>) -> Option<String> {
    let service = exporter.compose(gate)?;
    Some(format!(
        "# The services stand on this machine's own addresses, so the gateway shares its network.\n\
         services:\n  gateway:\n{service}    network_mode: host\n    volumes:\n      - .:/gateway\n"
    ))
}

/// Files with secrets, which belong into no repository once they are filled in.
fn secrets(export: &Export) -> String {
    let mut files: Vec<_> = export
        .placeholders
        .iter()
        .map(|one| one.file.as_str())
        .collect();
    files.sort_unstable();
    files.dedup();
    files.iter().map(|file| format!("{file}\n")).collect()
}
