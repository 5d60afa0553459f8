//! Text, compared line by line.

use std::time::Duration;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

/// How long may be looked for the shortest difference; a longer one will do then.
const MOST_TIME: Duration = Duration::from_millis(500);
/// Lines around those that differ.
const AROUND: usize = 3;
/// Longer lines are cut off: no window lays them out in time.
const LONGEST: usize = 2_000;

/// A line of one or both texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Line {
    /// Which texts have it.
    pub kind: LineKind,
    /// Its number in the first text, from 1.
    pub before: Option<usize>,
    /// Its number in the other text.
    pub after: Option<usize>,
    /// The line without its end, its first 2,000 characters.
    pub text: String,
}

/// Which of two texts have a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Both.
    Same,
    /// Only the first.
    Removed,
    /// Only the other.
    Added,
}

/// Lines that differ, with some around them; where numbers leap, others were left out.
pub(super) fn compare(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::configure()
        .timeout(MOST_TIME)
        .diff_lines(before, after);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups
        .iter()
        .flatten()
        .flat_map(|operation| diff.iter_changes(operation));
    let lines = changes.map(|change| Line {
        kind: match change.tag() {
            ChangeTag::Equal => LineKind::Same,
            ChangeTag::Delete => LineKind::Removed,
            ChangeTag::Insert => LineKind::Added,
        },
        before: change.old_index().map(|index| index + 1),
        after: change.new_index().map(|index| index + 1),
        text: cut(change.value().trim_end_matches(['\r', '\n'])),
    });
    lines.collect()
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_come_with_those_around_them() {
        let before = (1..=20).map(|n| format!("{n}\n")).collect::<String>();
        let after = before.replace("10\n", "ten\n");
        let lines = compare(&before, &after);
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.kind, line.text.as_str()))
            .collect();
        use LineKind::{Added, Removed, Same};
        assert_eq!(
            shown,
            [
                (Same, "7"),
                (Same, "8"),
                (Same, "9"),
                (Removed, "10"),
                (Added, "ten"),
                (Same, "11"),
                (Same, "12"),
                (Same, "13"),
            ]
        );
        assert_eq!((lines[3].before, lines[4].after), (Some(10), Some(10)));
    }

    #[test]
    fn a_line_without_end_is_cut_off() {
        let lines = compare("", &"é".repeat(5_000));
        assert_eq!(lines[0].text.chars().count(), LONGEST + 1);
    }

    #[test]
    fn texts_that_share_nothing_do_not_hold_up() {
        let text = |odd: u32| {
            let line = |n: u32| format!("{}\n", 2 * n + odd);
            (0..20_000).map(line).collect::<String>()
        };
        let started = std::time::Instant::now();
        assert!(!compare(&text(0), &text(1)).is_empty());
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
