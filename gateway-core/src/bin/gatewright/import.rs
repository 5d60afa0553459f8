//! `gatewright import`: a configuration from elsewhere, and everything that is different in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use gateway_core::config::{Config, Severity, file};
use gateway_core::import::{self, Finding, Format, Grade, Mode, Readdress, Wishes};
use gateway_core::snapshot::Snapshot;
use gateway_core::snapshot::compile::compile;

use crate::terminal::{harmless, say};

#[derive(Args)]
pub(crate) struct Options {
    /// The file, such as `kong.yml` or `openapi.json`.
    file: PathBuf,
    /// What kind of file it is. Unless given, it is found out.
    #[arg(long, value_enum)]
    format: Option<Kind>,
    /// Where to write the configuration. Unless given, to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Another address for what the file has elsewhere, such as
    /// `https://api.shop.example=http://127.0.0.1:3000`. May be given several times.
    #[arg(long = "upstream", value_name = "FROM=TO")]
    upstreams: Vec<String>,
    /// Overwrite the file to write to.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Kong,
    Openapi,
    Procfile,
}

/// Reads a file and writes what it comes to. What could not be carried over is said on standard
/// error.
pub(crate) fn import(options: Options) -> anyhow::Result<ExitCode> {
    let Options {
        file: path,
        format,
        out,
        upstreams,
        force,
    } = options;
    let shown = path.display();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
    let format = format.map(|kind| match kind {
        Kind::Kong => Format::Kong,
        Kind::Openapi => Format::Openapi,
        Kind::Procfile => Format::Procfile,
    });
    let imported = import::read(&text, format).map_err(|issues| {
        let all: Vec<_> = issues.into_iter().map(|issue| issue.message).collect();
        anyhow::anyhow!("{shown}: {}", all.join("; "))
    })?;
    let upstreams = upstreams.iter().map(|wish| readdress(wish));
    let wishes = Wishes {
        mode: Mode::Replace,
        upstreams: upstreams.collect::<anyhow::Result<_>>()?,
        skip: Vec::new(),
        // Writing a file makes nothing read anything.
        allow_reads: true,
    };
    let mut imported = imported;
    if imported.format == Format::Procfile {
        imported.run_in(&beside(&path)?);
    }
    let plan = import::plan(&Config::default(), &imported, &wishes);
    write(out.as_deref(), force, &file::to_yaml(&plan.config))?;
    complain_of(&imported.findings);
    let mut issues = plan.issues;
    match compile(&plan.config, 0, &Snapshot::default()) {
        Ok(compiled) => issues.extend(compiled.warnings),
        Err(wrong) => issues.extend(wrong),
    }
    for issue in &issues {
        let severity = match issue.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        aside(&format!("{severity}: {}: {}", issue.path, issue.message));
    }
    let (services, routes) = (plan.config.services.len(), plan.config.routes.len());
    aside(&format!(
        "{services} services and {routes} routes out of {shown}; {} findings",
        imported.findings.len()
    ));
    let wrong = issues.iter().any(|issue| issue.severity == Severity::Error);
    Ok(
        match imported.findings.iter().map(|finding| finding.grade).max() {
            _ if wrong => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
            Some(Grade::Approximate) => ExitCode::from(3),
            Some(Grade::NeedsValue | Grade::NotExpressible | Grade::LeftOut) => ExitCode::from(4),
        },
    )
}

/// A Procfile's commands run where it is.
fn beside(file: &Path) -> anyhow::Result<String> {
    let file = file.canonicalize().context("the Procfile has no place")?;
    let folder = file.parent().context("the Procfile has no folder")?;
    Ok(folder.display().to_string())
}

fn readdress(wish: &str) -> anyhow::Result<Readdress> {
    let Some((from, to)) = wish.split_once('=') else {
        bail!("`{wish}` is no `FROM=TO`");
    };
    Ok(Readdress {
        from: from.trim_end_matches('/').to_owned(),
        to: to.to_owned(),
    })
}

fn write(out: Option<&Path>, force: bool, yaml: &str) -> anyhow::Result<()> {
    let Some(path) = out else {
        say(yaml.trim_end());
        return Ok(());
    };
    let mut options = fs::OpenOptions::new();
    options.write(true);
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    let shown = path.display();
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!("{shown} is there already; `--force` overwrites it")
        }
        _ => anyhow::Error::new(error).context(format!("cannot write {shown}")),
    })?;
    file.write_all(yaml.as_bytes())
        .with_context(|| format!("cannot write {shown}"))
}

fn complain_of(findings: &[Finding]) {
    let heading = |finding: &Finding| match (finding.less_strict, finding.grade) {
        (true, _) => "LESS STRICT THAN BEFORE, OR SWITCHED OFF SO AS NOT TO BE",
        (false, Grade::Approximate) => "NEARLY THE SAME",
        (false, Grade::NeedsValue) => "NEEDS A VALUE FROM YOU",
        (false, Grade::NotExpressible) => "NOT EXPRESSIBLE",
        (false, Grade::LeftOut) => "LEFT OUT",
    };
    let mut before = "";
    for finding in findings {
        let heading = heading(finding);
        if heading != before {
            aside(heading);
            before = heading;
        }
        aside(&line(finding));
    }
}

fn line(finding: &Finding) -> String {
    let mut line = match finding.line {
        Some(line) => format!("  line {line}: "),
        None => "  ".to_owned(),
    };
    line.push_str(&finding.about);
    if !finding.field.is_empty() {
        line.push_str(&format!(", {}", finding.field));
    }
    line.push_str(&format!(": {}", finding.message));
    if finding.times > 1 {
        line.push_str(&format!(" ({} places)", finding.times));
    }
    line
}

/// Says something beside the configuration.
fn aside(text: &str) {
    // Nobody reads it any more: that is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{}", harmless(text));
}
