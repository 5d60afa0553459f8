//! What is different between two exports of one product, file by file.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

use super::{Export, File};
use crate::keys::format::PATTERN;

/// A key, whatever stands around it.
static KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(PATTERN).expect("the pattern of keys is an expression"));

/// How many lines are shown around each change.
const AROUND: usize = 3;

/// What became of a file since another export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileDiff {
    /// Its name in the folder.
    pub name: String,
    /// What became of it.
    pub change: FileChange,
    /// How many lines are new.
    pub added: usize,
    /// How many lines are gone.
    pub removed: usize,
    /// Both, as a unified diff; empty where nothing is different, or is not shown.
    pub text: String,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExportFileChange)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// It is the same.
    Same,
    /// It is different.
    Changed,
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It may hold secrets that were filled in, so it is not compared.
    NotCompared,
}

impl FileChange {
    /// Whether there is something to see.
    pub fn is_different(self) -> bool {
        matches!(self, Self::Changed | Self::Added | Self::Removed)
    }
}

/// What is different in an export since these files, in the order of their names. A file that holds a
/// key, or in which not all placeholders stand as they were written, is only compared if `unfilled`
/// says that it holds no secret: none is ever shown.
pub fn diff(before: &[File], export: &Export, unfilled: bool) -> Vec<FileDiff> {
    let mut names: Vec<&str> = before
        .iter()
        .chain(&export.files)
        .map(|file| file.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let text_in = |files: &[File], name: &str| {
        let mut files = files.iter();
        let file = files.find(|file| file.name == name)?;
        Some(file.text.clone())
    };
    let diffs = names.into_iter().map(|name| {
        let pair = (text_in(before, name), text_in(&export.files, name));
        let mut tokens = export.placeholders.iter().filter(|one| one.file == name);
        let mut holds_secrets =
            |old: &str| KEY.is_match(old) || !tokens.all(|one| old.contains(&one.token));
        match pair {
            (Some(old), Some(_)) if !unfilled && holds_secrets(&old) => FileDiff {
                name: name.to_owned(),
                change: FileChange::NotCompared,
                added: 0,
                removed: 0,
                text: String::new(),
            },
            (old, new) => of_file(name, old.as_deref(), new.as_deref()),
        }
    });
    diffs.collect()
}

fn of_file(name: &str, before: Option<&str>, after: Option<&str>) -> FileDiff {
    let change = match (before, after) {
        (None, _) => FileChange::Added,
        (_, None) => FileChange::Removed,
        (Some(before), Some(after)) if before == after => FileChange::Same,
        _ => FileChange::Changed,
    };
    let side = |there: Option<&str>, letter: char| match there {
        Some(_) => format!("{letter}/{name}"),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    let count = |tag| {
        let changes = diff.iter_all_changes();
        changes.filter(|change| change.tag() == tag).count()
    };
    let text = match change.is_different() {
        true => diff
            .unified_diff()
            .context_radius(AROUND)
            .header(&side(before, 'a'), &side(after, 'b'))
            .to_string(),
        false => String::new(),
    };
    FileDiff {
        name: name.to_owned(),
        change,
        added: count(ChangeTag::Insert),
        removed: count(ChangeTag::Delete),
        text,
    }
}
