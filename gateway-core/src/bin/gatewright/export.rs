//! `gatewright export`: a folder that another gateway runs from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use gateway_core::config::file;
use gateway_core::export::{self, Export, ExportError, Fidelity, Source, report};
use gateway_core::prove::{self, Badge, Wish, prove};

use crate::terminal::{complain, say};

/// What to export.
#[derive(Args)]
pub(crate) struct Options {
    /// The product, such as `nginx`.
    product: String,
    /// The configuration's file.
    #[arg(long, value_name = "FILE", default_value = "gatewright.yaml")]
    config: PathBuf,
    /// The folder to write; it is made if there is none.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write nothing unless all is carried over exactly.
    #[arg(long)]
    strict: bool,
    /// A route to export open though it is less strict there. Can be given several times.
    #[arg(long = "open", value_name = "ROUTE")]
    open: Vec<String>,
    /// Run the product on loopback beside Gatewright and compare what both answer.
    #[arg(long)]
    prove: bool,
    /// A folder with the product's program, looked at before PATH. Can be given several times.
    #[arg(long = "programs", value_name = "DIR", requires = "prove")]
    programs: Vec<PathBuf>,
}

/// Writes the folder and says what is different.
pub(crate) async fn export(options: &Options) -> anyhow::Result<ExitCode> {
    let path = &options.config;
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let config = match file::parse(&text) {
        Ok(config) => config,
        Err(issues) => bail!(
            "{} is not right; `gatewright validate` says where: {}",
            path.display(),
            issues.first().map_or("", |issue| &issue.message)
        ),
    };
    for name in &options.open {
        if config
            .routes
            .iter()
            .all(|route| route.name.as_str() != name)
        {
            bail!("no route is named `{name}`");
        }
    }
    let decided = export::Options {
        open: options
            .open
            .iter()
            .map(|name| name.as_str().into())
            .collect(),
        ..export::Options::default()
    };
    let source = Source::of_file(&config);
    let export = match export::export(&options.product, &source, &decided) {
        Ok(export) => export,
        Err(error @ (ExportError::NoSuchProduct(..) | ExportError::Wrong(_))) => bail!("{error}"),
    };
    say(report::markdown(&export).trim_end());
    let fidelity = export.fidelity();
    if options.strict && fidelity != Fidelity::Exact {
        complain("nothing was written: not all of it is carried over exactly");
    } else {
        write(&options.out, &export)?;
        say(&format!("\nWritten to {}", options.out.display()));
    }
    if options.prove {
        let proof = prove(&Wish {
            product: &options.product,
            config: &config,
            keys: &source.keys,
            options: &decided,
            folders: &options.programs,
            tamper: None,
        })
        .await?;
        say(&format!("\n{}", prove::markdown(&proof).trim_end()));
        if proof.badge != Badge::Proved {
            bail!("some of it is not proved");
        }
    }
    Ok(ExitCode::from(match fidelity {
        Fidelity::Exact => 0,
        Fidelity::Approximated => 3,
        Fidelity::Incomplete => 4,
    }))
}

fn write(folder: &Path, export: &Export) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for one in &export.files {
        let path = folder.join(&one.name);
        let secret = export
            .placeholders
            .iter()
            .any(|placeholder| placeholder.file == one.name);
        if secret && path.exists() {
            // Somebody may have filled it in.
            complain(&format!(
                "{} is there already and stays as it is",
                path.display()
            ));
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, &one.text).with_context(|| format!("cannot write {}", path.display()))?;
        if secret {
            keep_private(&path)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn keep_private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot keep {} private", path.display()))
}

#[cfg(not(unix))]
fn keep_private(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}
