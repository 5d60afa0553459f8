//! Text that is written line by line and knows where settings stand in it.

use super::{File, Place};

/// A file in the making.
pub(super) struct Lines {
    name: String,
    text: String,
    line: usize,
    marks: Vec<(String, Place)>,
}

impl Lines {
    /// An empty file of this name.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
            line: 1,
            marks: Vec::new(),
        }
    }

    /// Adds a line.
    pub(super) fn put(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        self.line += 1 + line.matches('\n').count();
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Says that the next line is about a setting; the first that says so is kept.
    pub(super) fn mark(&mut self, path: impl Into<String>) {
        let path = path.into();
        if self.marks.iter().all(|(marked, _)| *marked != path) {
            let place = Place {
                file: self.name.clone(),
                line: self.line,
            };
            self.marks.push((path, place));
        }
    }

    /// The file, and where settings stand in it.
    pub(super) fn finish(self) -> (File, Vec<(String, Place)>) {
        let file = File {
            name: self.name,
            text: self.text,
        };
        (file, self.marks)
    }
}
