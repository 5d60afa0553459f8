//! What an import could not carry over as it is, a sentence each, with the line of the file.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What became of something in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportGrade)]
pub enum Grade {
    /// It was carried over, and behaves somewhat differently.
    Approximate,
    /// It was carried over once a person gives a value that is not in the file, or that a file may
    /// not bring along.
    NeedsValue,
    /// There is nothing like it here.
    NotExpressible,
    /// It was not read, or was left out on purpose.
    LeftOut,
}

/// Something in the file that was not carried over exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportFinding)]
pub struct Finding {
    /// What became of it.
    pub grade: Grade,
    /// Whether more is let through here than where the file is from, or would be if a person
    /// switched on what was imported switched off.
    pub less_strict: bool,
    /// Whose setting it is, in words.
    #[schema(example = "route `orders`")]
    pub about: String,
    /// The setting, as the file calls it; empty for the whole of it.
    #[schema(example = "plugins.rate-limiting")]
    pub field: String,
    /// What differs and what to do, in one sentence without a full stop. Never a secret.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<u32>,
    /// How many places of the file it stands for; `line` is the first of them.
    #[schema(minimum = 1)]
    pub times: u32,
}

/// Where in the file something stands, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub about: &'a str,
    pub field: &'a str,
    pub line: u32,
}

/// The findings of one import, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    known: HashMap<(Grade, String, String, String), usize>,
    /// How many fields of the file were read.
    pub fields: u32,
}

/// Most findings kept; what comes after them is counted with the last.
const MOST: usize = 5_000;

impl Findings {
    /// Adds a finding. The same about the same thing is told once.
    pub(super) fn add(&mut self, grade: Grade, place: Place<'_>, message: impl Into<String>) {
        self.insert(grade, false, place, message.into(), false);
    }

    /// Adds a finding about something that lets more through than before.
    pub(super) fn less_strict(
        &mut self,
        grade: Grade,
        place: Place<'_>,
        message: impl Into<String>,
    ) {
        self.insert(grade, true, place, message.into(), false);
    }

    /// Adds a finding that is told once for all places it is true of.
    pub(super) fn of_many(&mut self, grade: Grade, place: Place<'_>, message: impl Into<String>) {
        self.insert(grade, false, place, message.into(), true);
    }

    fn insert(
        &mut self,
        grade: Grade,
        less_strict: bool,
        place: Place<'_>,
        message: String,
        of_many: bool,
    ) {
        let about = if of_many { "" } else { place.about };
        let key = (
            grade,
            about.to_owned(),
            place.field.to_owned(),
            message.clone(),
        );
        if let Some(known) = self.known.get(&key) {
            let known = &mut self.list[*known];
            if of_many && known.line != Some(place.line) {
                known.times += 1;
            }
            return;
        }
        if self.list.len() >= MOST {
            let last = &mut self.list[MOST - 1];
            "and others of which there are too many to list".clone_into(&mut last.message);
            last.times += 1;
            last.less_strict |= less_strict;
            return;
        }
        self.known.insert(key, self.list.len());
        self.list.push(Finding {
            grade,
            less_strict,
            about: place.about.to_owned(),
            field: place.field.to_owned(),
            message,
            line: (place.line > 0).then_some(place.line),
            times: 1,
        });
    }

    /// The findings: what lets more through first, then by grade and line.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| {
            (
                !finding.less_strict,
                finding.grade,
                finding.line.unwrap_or_default(),
            )
        });
        self.list
    }
}
