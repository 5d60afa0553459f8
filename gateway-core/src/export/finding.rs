//! What is different in an export, and where.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

/// The line of a setting, or of the nearest that it is part of.
pub(super) fn place_of(path: &str, marks: &[(String, Place)]) -> Option<Place> {
    let mut path = path;
    loop {
        if let Some((_, place)) = marks.iter().find(|(marked, _)| marked == path) {
            return Some(place.clone());
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}
