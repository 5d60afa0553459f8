//! Configurations from elsewhere: Kong's declarative files, OpenAPI documents and `gatewright.yaml`.
//!
//! [`read`] turns text into a configuration and says, with lines, what could not be carried over as
//! it is; [`plan`] puts it beside what is in force. Both are pure: nothing is fetched, started or
//! read from disk, whatever a file says, and no credential of a file is taken over.

mod fields;
mod finding;
mod kong;
mod merge;
mod names;
mod openapi;
mod procfile;
mod reads;
mod tree;
mod upstreams;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use finding::{Finding, Grade};
pub use merge::Mode;
pub(crate) use openapi::EXTENSION as OPENAPI_EXTENSION;
pub use openapi::{Mocks, mocks};
pub use tree::MAX_BYTES;
pub use upstreams::{Readdress, Upstream};

use crate::config::{Config, Issue, file};
use crate::ids::RouteName;
use finding::Findings;

/// What kind of file is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `gatewright.yaml`.
    Gatewright,
    /// Kong's declarative format, as decK has it.
    Kong,
    /// OpenAPI 3.0 and 3.1.
    Openapi,
    /// A `Procfile`, as Foreman and Heroku have it.
    Procfile,
}

/// What a file comes to, before anything is changed.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What kind of file it is.
    pub format: Format,
    /// The version of that format, as the file says.
    pub version: Option<String>,
    /// The configuration. Of a foreign file only what it speaks of; the rest is as usual.
    pub config: Config,
    /// What was not carried over exactly.
    pub findings: Vec<Finding>,
    /// How many fields of the file were read; 0 for `gatewright.yaml`, which is taken whole.
    pub fields: u32,
}

impl Imported {
    /// Lets the commands of a `Procfile`, which does not say where, run in this folder.
    pub fn run_in(&mut self, folder: &str) {
        if self.format != Format::Procfile {
            return;
        }
        for service in &mut self.config.services {
            if let Some(process) = &mut service.process {
                process.folder = Some(folder.to_owned());
            }
        }
        // Which folder they run in, that was.
        self.findings
            .retain(|finding| finding.grade != Grade::NeedsValue);
    }
}

/// What a reader makes of a document.
struct Draft {
    format: Format,
    version: Option<String>,
    config: Config,
    findings: Findings,
}

/// Reads a file. Without a `format` it is found out.
///
/// # Errors
/// Why it cannot be read at all. What is merely unknown in it is among the findings.
pub fn read(text: &str, format: Option<Format>) -> Result<Imported, Vec<Issue>> {
    let wrong = |message: String| vec![Issue::error("", message)];
    if format == Some(Format::Gatewright) {
        return file::parse(text).map(own);
    }
    if format == Some(Format::Procfile) || (format.is_none() && procfile::is_procfile(text)) {
        return procfile::read(text, Findings::default()).map(finished);
    }
    let root = tree::parse(text).map_err(wrong)?;
    let draft = match format.or_else(|| detect(&root)) {
        Some(Format::Gatewright) => return file::parse(text).map(own),
        Some(Format::Kong) => kong::read(root, Findings::default()),
        Some(Format::Openapi) => openapi::read(&root, Findings::default())?,
        Some(Format::Procfile) => procfile::read(text, Findings::default())?,
        None => {
            let message = "this is no file that can be imported: neither a gatewright.yaml \
                           (`version: 1`) nor Kong's (`_format_version`) nor OpenAPI (`openapi`) nor a Procfile (`web: command`)";
            return Err(wrong(message.to_owned()));
        }
    };
    Ok(finished(draft))
}

fn finished(draft: Draft) -> Imported {
    let Draft {
        format,
        version,
        config,
        findings,
    } = draft;
    Imported {
        format,
        version,
        config,
        fields: findings.fields,
        findings: findings.finish(),
    }
}

fn own(config: Config) -> Imported {
    Imported {
        format: Format::Gatewright,
        version: Some(config.version.to_string()),
        config,
        findings: Vec::new(),
        fields: 0,
    }
}

fn detect(root: &tree::Node) -> Option<Format> {
    if root.get("openapi").is_some() || root.get("swagger").is_some() {
        return Some(Format::Openapi);
    }
    if root.get("_format_version").is_some() {
        return Some(Format::Kong);
    }
    if root.get("version").is_some() {
        return Some(Format::Gatewright);
    }
    kong::is_kong(root).then_some(Format::Kong)
}

/// What a person says about an import.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Whether it takes the place of what is there, or joins it.
    pub mode: Mode,
    /// Other addresses for services.
    pub upstreams: Vec<Readdress>,
    /// Routes of the file that are not wanted.
    pub skip: Vec<RouteName>,
    /// Files and environment variables that the configuration may name though it names none now.
    pub allow_reads: bool,
}

/// What an import would put in force.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The whole configuration.
    pub config: Config,
    /// The addresses in the file, for a person to say others.
    pub upstreams: Vec<Upstream>,
    /// The routes of the file, and what becomes of each.
    pub routes: Vec<PlannedRoute>,
    /// Files and variables that would be read, each with its place, unless they are read already.
    pub reads: Vec<String>,
    /// Commands that services would run and do not run already, each with its service.
    pub runs: Vec<String>,
    /// Why it cannot be done.
    pub issues: Vec<Issue>,
}

/// A route of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlannedRoute {
    /// Its name.
    pub name: RouteName,
    /// What it takes, such as `GET /orders/{id}`.
    pub takes: String,
    /// Who answers: a service, or `answers 503` and the like.
    pub answers: String,
    /// What becomes of it.
    pub change: RouteChange,
    /// Whether it is switched on once imported.
    pub enabled: bool,
}

/// What becomes of a route of an imported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteChange {
    /// It is new.
    Added,
    /// One of its name is there, and becomes this.
    Changed,
    /// It is there already, just so.
    Same,
    /// A person does not want it.
    Skipped,
}

/// Puts an imported configuration beside the one in force.
pub fn plan(present: &Config, imported: &Imported, wishes: &Wishes) -> Plan {
    let mut wanted = imported.config.clone();
    let mut issues = Vec::new();
    let upstreams = upstreams::of(&wanted);
    upstreams::readdress(&mut wanted, &wishes.upstreams, &mut issues);
    // Other files say nothing of where requests belong, and that is when it is good to know.
    if imported.format != Format::Gatewright {
        merge::keep_tests(present, &mut wanted.routes);
    }
    let routes = wanted
        .routes
        .iter()
        .map(|route| merge::planned(present, route, &wishes.skip))
        .collect();
    wanted
        .routes
        .retain(|route| !wishes.skip.contains(&route.name));
    let config = merge::merge(present, wanted, imported.format, wishes.mode);
    let reads = reads::new_reads(present, &config);
    let runs = reads::new_runs(present, &config);
    if !wishes.allow_reads {
        issues.extend(refused(&reads));
    }
    issues.extend(reads::new_passwords(present, &config));
    Plan {
        config,
        upstreams,
        routes,
        reads: reads.into_iter().map(|(_, what)| what).collect(),
        runs,
        issues,
    }
}

/// Files and environment variables that `config` makes the gateway read and `present` does not, and
/// what to say where nobody has allowed it.
pub fn reads_anew(present: &Config, config: &Config) -> (Vec<String>, Vec<Issue>) {
    let reads = reads::new_reads(present, config);
    let issues = refused(&reads).collect();
    (reads.into_iter().map(|(_, what)| what).collect(), issues)
}

fn refused(reads: &[(String, String)]) -> impl Iterator<Item = Issue> {
    reads.iter().map(|(path, what)| {
        let message = format!("an imported file makes the gateway read {what} only if you say so");
        Issue::error(path.clone(), message)
    })
}

#[cfg(test)]
mod tests;
