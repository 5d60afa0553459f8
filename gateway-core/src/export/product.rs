//! A product that can be exported to, and what an exporter of one has to say.

use serde::Serialize;
use utoipa::ToSchema;

use super::feature::Feature;
use super::gate::Gate;
use super::support::Support;
use super::{File, Place, Placeholder};

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

/// What is told of settings while it is planned what to write: each once.
#[derive(Default)]
pub(crate) struct Told(Vec<Together>);

impl Told {
    /// Tells how a setting fares.
    pub(crate) fn tell(
        &mut self,
        route: Option<usize>,
        path: String,
        support: Support,
        guards: bool,
    ) {
        let known =
            |one: &Together| one.route == route && one.path == path && one.support == support;
        if !self.0.iter().any(known) {
            self.0.push(Together {
                path,
                route,
                support,
                guards,
            });
        }
    }

    /// All that was told.
    pub(crate) fn all(self) -> Vec<Together> {
        self.0
    }
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
