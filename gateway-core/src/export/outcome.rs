//! An export: files, and what to know about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::placeholders::fill;
use super::{Difference, Finding, Grade, Placeholder, Product};
use crate::ids::RouteName;

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

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
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
