//! The configuration in the words of other products, and a report of what is different there.
//!
//! [`gate`] is the intermediate form: which route takes what, in order, and who may do what. Every
//! setting that is used is named by a [`Feature`]; each product says for every feature how it stands
//! there, and that one table drives the report and what the writers close. Pure functions: nothing is
//! read, written or started here.

mod apisix;
mod caddy;
pub mod diff;
mod document;
mod envoy;
pub mod feature;
mod folder;
pub mod gate;
mod gateway_api;
mod haproxy;
mod json;
mod kong;
mod krakend;
mod limits;
mod lines;
mod nginx;
mod openapi;
mod paths;
mod patterns;
pub mod report;
mod traefik;
mod uses;
mod words;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::{Config, Issue};
use crate::ids::{PlanName, RouteName};
use crate::keys::{ApiKey, KeyAccess, KeyHash};
use feature::{Feature, Support};
use gate::Gate;

/// What is exported.
pub struct Source<'c> {
    /// The configuration.
    pub config: &'c Config,
    /// The API keys that are good, or one for each consumer where none are known.
    pub keys: Vec<ExportKey>,
}

/// An API key as an export knows it: never the key itself.
#[derive(Clone, Debug)]
pub struct ExportKey {
    /// Its id, if it was issued here; sent to services as `X-Credential-Id`.
    pub id: Option<String>,
    /// Its name; placeholders are named after it.
    pub name: String,
    /// Who uses it.
    pub consumer: String,
    /// Its own scopes.
    pub scopes: Vec<String>,
    /// Its own plan.
    pub plan: Option<PlanName>,
    /// Where it may be used.
    pub access: KeyAccess,
    /// SHA-256 in hexadecimal, for products that compare hashes.
    pub sha256: Option<String>,
}

impl<'c> Source<'c> {
    /// A configuration and the keys that are good.
    pub fn with_keys(config: &'c Config, keys: &[(ApiKey, KeyHash)], options: &Options) -> Self {
        let keys = keys.iter().map(|(key, hash)| ExportKey {
            id: Some(key.id.to_string()),
            name: key.name.clone(),
            consumer: key.consumer.clone(),
            scopes: key.scopes.clone(),
            plan: key.plan.clone(),
            access: key.access.clone(),
            sha256: options.hashes.then(|| hex(&hash.0)),
        });
        Self {
            config,
            keys: keys.collect(),
        }
    }

    /// A configuration whose keys are not known: one key for each consumer, for everything.
    pub fn of_file(config: &'c Config) -> Self {
        let keys = config.consumers.iter().map(|consumer| ExportKey {
            id: None,
            name: consumer.name.to_string(),
            consumer: consumer.name.to_string(),
            scopes: Vec::new(),
            plan: None,
            access: KeyAccess::All,
            sha256: None,
        });
        Self {
            config,
            keys: keys.collect(),
        }
    }
}

/// What a person has decided about an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Routes to export open though they are less strict there than here.
    pub open: Vec<RouteName>,
    /// Take the hashes of API keys where the product compares hashes, instead of placeholders.
    pub hashes: bool,
}

/// A product that can be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Product {
    /// As it is named in commands, such as `nginx`.
    pub id: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// The versions the export is for.
    pub versions: &'static str,
    /// The edition the export is for.
    pub edition: &'static str,
    /// The version it is run with in the tests; absent where exports are held against its schema
    /// alone.
    pub proved_with: Option<&'static str>,
    /// Name of the program that an export is proved with; absent where it cannot be.
    pub program: Option<&'static str>,
    /// The file that it is started with.
    pub main_file: &'static str,
}

/// Something that a product always does differently, whatever the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExportDifference)]
pub struct Difference {
    /// Names it, for reports.
    pub id: &'static str,
    /// What is different.
    pub what: &'static str,
    /// Why it cannot be helped.
    pub why: &'static str,
}

/// How a setting fares in an export. The order is that of the report.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// It would let more through than here; its route is closed unless a person says otherwise.
    LessStrict,
    /// There is something like it; the note says what differs, in numbers.
    Approximated,
    /// The product has nothing for it.
    NotExpressible,
    /// A paid edition or a module that is not built in would have it.
    NeedsPaid,
    /// A value has to be filled in.
    FillIn,
    /// It is about this gateway and not about what callers see.
    LeftOut,
}

/// One setting that is not carried over exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// The setting, such as `routes[2].rate_limits[0]`.
    #[schema(example = "routes[2].rate_limits[0]")]
    pub path: String,
    /// How it fares.
    pub grade: Grade,
    /// What is different, in one sentence without a full stop.
    pub note: String,
    /// Where it stands in the output.
    pub place: Option<Place>,
    /// Whether its route is exported closed for it.
    pub closed: bool,
}

/// A line of the output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = ExportPlace)]
pub struct Place {
    /// File of the export.
    pub file: String,
    /// Line, the first is 1.
    pub line: usize,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A secret that has to be filled in. Until it is, nobody is let in by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placeholder {
    /// What it is called, such as `KEY_ALICE`.
    pub name: String,
    /// The file where it stands.
    pub file: String,
    /// The text to put the value in the place of.
    pub token: String,
    /// What is to be filled in.
    pub form: SecretForm,
    /// Whose it is.
    pub consumer: String,
}

/// What is filled in for a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretForm {
    /// The secret itself.
    Plain,
    /// SHA-256 of it, in lower-case hexadecimal.
    Sha256,
}

/// An export: the files and what to know about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Export {
    /// For what.
    pub product: Product,
    /// The folder's files, in the order of their names.
    pub files: Vec<File>,
    /// What is not carried over exactly, what matters most first.
    pub findings: Vec<Finding>,
    /// How many settings are carried over exactly.
    pub exact: usize,
    /// Secrets to fill in.
    pub placeholders: Vec<Placeholder>,
    /// Routes that are exported closed, with the setting that is to blame.
    pub closed: BTreeMap<RouteName, String>,
    /// What the product always does differently.
    pub differences: Vec<Difference>,
}

/// How well a configuration can be said in a product's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// All of it.
    Exact,
    /// Some of it otherwise.
    Approximated,
    /// Some of it not at all.
    Incomplete,
}

impl Export {
    /// The worst that happened to a setting.
    pub fn fidelity(&self) -> Fidelity {
        let worst = self.findings.iter().map(|finding| match finding.grade {
            Grade::LessStrict | Grade::NotExpressible | Grade::NeedsPaid => Fidelity::Incomplete,
            Grade::Approximated => Fidelity::Approximated,
            Grade::FillIn | Grade::LeftOut => Fidelity::Exact,
        });
        worst.max().unwrap_or(Fidelity::Exact)
    }

    /// The files with secrets in the place of placeholders: `secret` is asked for the key of each
    /// placeholder, and gives `None` to leave it.
    pub fn filled(&self, secret: impl Fn(&Placeholder) -> Option<String>) -> Vec<File> {
        let mut files = self.files.clone();
        fill(&mut files, &self.placeholders, secret);
        files
    }
}

/// Puts secrets in the place of placeholders in files.
pub fn fill(
    files: &mut [File],
    placeholders: &[Placeholder],
    secret: impl Fn(&Placeholder) -> Option<String>,
) {
    let mut all: Vec<_> = placeholders.iter().collect();
    // One may be the beginning of another.
    all.sort_by_key(|placeholder| std::cmp::Reverse(placeholder.token.len()));
    for placeholder in all {
        let Some(value) = secret(placeholder) else {
            continue;
        };
        let value = match placeholder.form {
            SecretForm::Plain => value,
            SecretForm::Sha256 => sha256_hex(&value),
        };
        for file in files
            .iter_mut()
            .filter(|file| file.name == placeholder.file)
        {
            file.text = file.text.replace(&placeholder.token, &value);
        }
    }
}

pub(crate) fn sha256_hex(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    hex(&digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says a gate in a product's words.
pub(crate) trait Exporter: Sync {
    /// What the product is.
    fn product(&self) -> Product;
    /// How a feature stands there.
    fn support(&self, feature: &Feature<'_>) -> Support;
    /// How it stands to settings that cannot be judged one by one.
    fn together(&self, gate: &Gate<'_>) -> Vec<Together> {
        let _ = gate;
        Vec::new()
    }
    /// What it always does differently.
    fn differences(&self) -> Vec<Difference>;
    /// The files.
    fn write(&self, gate: &Gate<'_>) -> Written;
    /// How it is started in the folder, or the folder is brought to it, for the README.
    fn command(&self) -> &'static str;
    /// A compose file's service, indented by four; `None` where no container runs from the folder.
    fn compose(&self, gate: &Gate<'_>) -> Option<String>;
}

/// How a product stands to a setting because of others, or of what is in it.
pub(crate) struct Together {
    /// The setting.
    pub(crate) path: String,
    /// Index of the route that it is about; `None` for all.
    pub(crate) route: Option<usize>,
    /// How it stands there.
    pub(crate) support: Support,
    /// Whether more would be let through without it.
    pub(crate) guards: bool,
}

/// What a writer wrote.
#[derive(Default)]
pub(crate) struct Written {
    /// The files.
    pub(crate) files: Vec<File>,
    /// Where settings stand.
    pub(crate) marks: Vec<(String, Place)>,
    /// Secrets to fill in.
    pub(crate) placeholders: Vec<Placeholder>,
}

/// All products.
const EXPORTERS: &[&dyn Exporter] = &[
    &nginx::Nginx,
    &haproxy::Haproxy,
    &caddy::Caddy,
    &traefik::Traefik,
    &envoy::Envoy,
    &gateway_api::GatewayApi,
    &kong::Kong,
    &openapi::Openapi,
    &krakend::Krakend,
    &apisix::Apisix,
];

/// The products that can be exported to.
pub fn products() -> Vec<Product> {
    EXPORTERS.iter().map(|one| one.product()).collect()
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such product.
    #[error("there is no export to `{0}`; there are {1}")]
    NoSuchProduct(String, String),
    /// The configuration is wrong in itself.
    #[error("the configuration is not right: {}", .0.first().map_or("", |issue| &issue.message))]
    Wrong(Vec<Issue>),
}

/// Exports a configuration. The same input gives the same bytes.
///
/// # Errors
/// There is no such product, or the configuration is wrong.
pub fn export(
    product: &str,
    source: &Source<'_>,
    options: &Options,
) -> Result<Export, ExportError> {
    let exporter = exporter(product)?;
    let mut gate = Gate::of(source).map_err(ExportError::Wrong)?;
    let judged = judge(exporter, &mut gate, options);
    let Written {
        mut files,
        marks,
        placeholders,
    } = exporter.write(&gate);
    let mut findings = judged.findings;
    findings.extend(placeholders.iter().map(fill_in));
    for finding in &mut findings {
        finding.place = finding
            .place
            .take()
            .or_else(|| place_of(&finding.path, &marks));
    }
    findings.sort_by(|a, b| (a.grade, &a.path, &a.note).cmp(&(b.grade, &b.path, &b.note)));
    findings.dedup();
    let mut export = Export {
        product: exporter.product(),
        files: Vec::new(),
        findings,
        exact: judged.exact,
        placeholders,
        closed: judged.closed,
        differences: exporter.differences(),
    };
    files.extend(folder::files(exporter, &gate, &export));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    export.files = files;
    Ok(export)
}

fn fill_in(placeholder: &Placeholder) -> Finding {
    let what = match placeholder.form {
        SecretForm::Plain => "the API key",
        SecretForm::Sha256 => "the SHA-256 of the API key",
    };
    Finding {
        path: "api_keys".to_owned(),
        grade: Grade::FillIn,
        note: format!(
            "put {what} of `{}` in the place of `{}` in {}; until then it is refused",
            placeholder.consumer, placeholder.token, placeholder.file
        ),
        place: None,
        closed: false,
    }
}

/// The line of a setting, or of the nearest that it is part of.
fn place_of(path: &str, marks: &[(String, Place)]) -> Option<Place> {
    let mut path = path;
    loop {
        if let Some((_, place)) = marks.iter().find(|(marked, _)| marked == path) {
            return Some(place.clone());
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// How a product stands to something that a configuration uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is used, by its name in [`Feature`].
    pub feature: String,
    /// How it fares; absent where it is carried over exactly.
    pub grade: Option<Grade>,
    /// Whether it is that of a route that is exported closed.
    pub closed: bool,
}

/// How a product stands to everything that a configuration uses.
///
/// # Errors
/// There is no such product, or the configuration is wrong.
pub fn coverage(
    product: &str,
    source: &Source<'_>,
    options: &Options,
) -> Result<Vec<Standing>, ExportError> {
    let exporter = exporter(product)?;
    let mut gate = Gate::of(source).map_err(ExportError::Wrong)?;
    judge(exporter, &mut gate, options);
    let all = uses::uses(&gate).into_iter().map(|used| {
        let mut feature = format!("{:?}", used.feature);
        feature.truncate(feature.find('(').unwrap_or(feature.len()));
        Standing {
            feature,
            grade: match exporter.support(&used.feature) {
                Support::Exact => None,
                Support::Approximated(_) => Some(Grade::Approximated),
                Support::NotExpressible(_) => Some(Grade::NotExpressible),
                Support::NeedsPaid(_) => Some(Grade::NeedsPaid),
                Support::FillIn(_) => Some(Grade::FillIn),
                Support::LeftOut(_) => Some(Grade::LeftOut),
            },
            closed: used
                .route
                .is_some_and(|route| gate.routes[route].closed.is_some()),
        }
    });
    Ok(all.collect())
}

fn exporter(product: &str) -> Result<&'static dyn Exporter, ExportError> {
    let found = EXPORTERS.iter().find(|one| one.product().id == product);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = EXPORTERS.iter().map(|one| one.product().id).collect();
        ExportError::NoSuchProduct(product.to_owned(), names.join(", "))
    })
}

/// What became of the settings.
struct Judged {
    findings: Vec<Finding>,
    exact: usize,
    closed: BTreeMap<RouteName, String>,
}

/// Holds what is used against what the product has, and closes routes that would be less strict.
fn judge(exporter: &dyn Exporter, gate: &mut Gate<'_>, options: &Options) -> Judged {
    let mut findings = Vec::new();
    let mut exact = 0;
    let mut closed: BTreeMap<usize, String> = BTreeMap::new();
    let alone = uses::uses(gate).into_iter().map(|used| Together {
        support: exporter.support(&used.feature),
        guards: used.feature.guards(),
        path: used.path,
        route: used.route,
    });
    for used in alone.chain(exporter.together(gate)) {
        let (grade, note) = match used.support {
            Support::Exact => {
                exact += 1;
                continue;
            }
            Support::Approximated(note) => (Grade::Approximated, note),
            Support::FillIn(note) => (Grade::FillIn, note),
            Support::LeftOut(note) => (Grade::LeftOut, note),
            Support::NotExpressible(note) => (Grade::NotExpressible, note),
            Support::NeedsPaid(note) => (Grade::NeedsPaid, note),
        };
        let missing = matches!(grade, Grade::NotExpressible | Grade::NeedsPaid);
        if !(missing && used.guards) {
            findings.push(Finding {
                path: used.path,
                grade,
                note,
                place: None,
                closed: false,
            });
            continue;
        }
        let concerned: BTreeSet<usize> = match used.route {
            Some(route) => [route].into(),
            None => (0..gate.routes.len()).collect(),
        };
        for route in concerned {
            let name = gate.routes[route].config.name.clone();
            let open = options.open.contains(&name);
            if !open {
                closed.entry(route).or_insert_with(|| used.path.clone());
            }
            let consequence = match open {
                true => "exported open, as you said",
                false => "exported closed (403)",
            };
            findings.push(Finding {
                path: used.path.clone(),
                grade: Grade::LessStrict,
                note: format!("{note}: route `{name}` is {consequence}"),
                place: None,
                closed: !open,
            });
        }
    }
    for (route, path) in &closed {
        gate.routes[*route].closed = Some(path.clone());
    }
    Judged {
        findings,
        exact,
        closed: closed
            .into_iter()
            .map(|(route, path)| (gate.routes[route].config.name.clone(), path))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
