//! A kept body in pages, for those that are too large to be shown whole: where each page and each
//! line begins is found once.

mod format;
mod hit;
mod opened;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::detail::CapturedBody;
pub use format::{Unformatted, formatted};
pub use hit::{Found, Hit, SearchError};
pub use opened::{OpenedBodies, Side, Which};

/// Most bytes of a page.
pub const PAGE_BYTES: usize = 64 * 1024;
/// Bytes in a line of what is no text.
const LINE_BYTES: usize = 16;

/// How a body is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BodyView)]
pub enum View {
    /// As it was sent, decoded.
    #[default]
    Sent,
    /// JSON and XML with a line for each member and element. Only white space is changed.
    Formatted,
}

/// A body, cut into pages.
#[derive(Debug)]
pub struct PagedBody {
    content: Content,
    pages: Vec<PageStart>,
    lines: u64,
    longest_line: u32,
}

#[derive(Debug)]
enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PageStart {
    at: usize,
    /// The number of line ends before it.
    ends_before: u64,
}

/// Where the lines of a body are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BodyIndex {
    /// How it is looked at.
    pub view: View,
    /// Whether it is text. What is none has lines of 16 bytes.
    pub is_text: bool,
    /// Its bytes, as UTF-8 where it is text.
    pub bytes: u64,
    /// Its lines.
    pub lines: u64,
    /// Characters of its longest line; at most 10,000 are counted.
    pub longest_line: u32,
    /// For each page, the number of the first line that begins in it, from 0. A line begins in the
    /// last page whose number is not greater than its own.
    pub page_lines: Vec<u64>,
}

/// A page of a body. All pages joined are the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BodyPage {
    /// Its number, from 0.
    pub page: u64,
    /// The number of the first line that begins in it, from 0.
    pub first_line: u64,
    /// Whether it goes on with a line that began before it.
    pub begins_inside: bool,
    /// Bytes of its last line that are on later pages.
    pub rest_of_last_line: u64,
    /// What stands on it, if it is text. It ends behind a line's end unless that line is longer than
    /// a page.
    pub text: Option<String>,
    /// What stands on it, in base64, if it is no text.
    pub base64: Option<String>,
}

impl PagedBody {
    /// What was kept of a body.
    pub fn of(body: CapturedBody) -> Self {
        let base64 = body.base64;
        match body.text {
            Some(text) => Self::text(text),
            // What the log holds was encoded here.
            None => Self::bytes(base64.map_or_else(Vec::new, |base64| {
                STANDARD.decode(base64).unwrap_or_default()
            })),
        }
    }

    /// A text.
    pub fn text(text: String) -> Self {
        let mut pages = Vec::new();
        let (mut at, mut ends_before) = (0, 0);
        while at < text.len() {
            pages.push(PageStart { at, ends_before });
            let end = page_end(&text, at);
            ends_before += line_ends(&text.as_bytes()[at..end]);
            at = end;
        }
        let longest = text.split('\n').map(str::len).max();
        let longest_line = longest.map_or(0, |bytes| bytes.min(10_000));
        Self {
            lines: ends_before + u64::from(!text.is_empty() && !text.ends_with('\n')),
            longest_line: u32::try_from(longest_line).unwrap_or(10_000),
            content: Content::Text(text),
            pages,
        }
    }

    /// What is no text.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let pages = (0..bytes.len()).step_by(PAGE_BYTES);
        let pages = pages.map(|at| PageStart {
            at,
            ends_before: (at / LINE_BYTES) as u64,
        });
        Self {
            pages: pages.collect(),
            lines: bytes.len().div_ceil(LINE_BYTES) as u64,
            longest_line: 0,
            content: Content::Bytes(bytes),
        }
    }

    /// Its text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Where its lines are.
    pub fn index(&self, view: View) -> BodyIndex {
        let pages = 0..self.pages.len();
        BodyIndex {
            view,
            is_text: self.as_text().is_some(),
            bytes: self.len() as u64,
            lines: self.lines,
            longest_line: self.longest_line,
            page_lines: pages.map(|page| self.first_line(page)).collect(),
        }
    }

    /// A page; `None` where it has fewer.
    pub fn page(&self, page: usize) -> Option<BodyPage> {
        let start = self.pages.get(page)?.at;
        let end = self.pages.get(page + 1).map_or(self.len(), |next| next.at);
        let (text, base64, rest) = match &self.content {
            Content::Text(text) => {
                let shown = &text[start..end];
                let rest = match shown.ends_with('\n') {
                    true => 0,
                    false => {
                        memchr::memchr(b'\n', &text.as_bytes()[end..]).unwrap_or(text.len() - end)
                    }
                };
                (Some(shown.to_owned()), None, rest)
            }
            Content::Bytes(bytes) => (None, Some(STANDARD.encode(&bytes[start..end])), 0),
        };
        Some(BodyPage {
            page: page as u64,
            first_line: self.first_line(page),
            begins_inside: self.begins_inside(page),
            rest_of_last_line: rest as u64,
            text,
            base64,
        })
    }

    fn len(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::Bytes(bytes) => bytes.len(),
        }
    }

    fn first_line(&self, page: usize) -> u64 {
        self.pages[page].ends_before + u64::from(self.begins_inside(page))
    }

    fn begins_inside(&self, page: usize) -> bool {
        let at = self.pages[page].at;
        self.as_text()
            .is_some_and(|text| at > 0 && text.as_bytes()[at - 1] != b'\n')
    }
}

/// Where a page ends that begins here: behind the last line end that fits, or else where a character
/// ends.
fn page_end(text: &str, at: usize) -> usize {
    let most = at + PAGE_BYTES;
    if most >= text.len() {
        return text.len();
    }
    match memchr::memrchr(b'\n', &text.as_bytes()[at..most]) {
        Some(line_end) => at + line_end + 1,
        None => text.floor_char_boundary(most),
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_pages(body: &PagedBody) -> Vec<BodyPage> {
        (0..body.pages())
            .map(|page| body.page(page).expect("there are as many"))
            .collect()
    }

    /// The line with a number, read as a viewer reads it: from the page in which it begins.
    fn line(body: &PagedBody, number: u64) -> String {
        let index = body.index(View::Sent);
        let page = index.page_lines.iter().rposition(|first| *first <= number);
        let mut page = body.page(page.unwrap()).unwrap();
        let text = page.text.clone().unwrap();
        let mut lines: Vec<&str> = text.split('\n').collect();
        if page.begins_inside {
            lines.remove(0);
        }
        let nth = usize::try_from(number - page.first_line).unwrap();
        let mut line = lines[nth].to_owned();
        let mut is_whole = nth + 1 < lines.len() || page.rest_of_last_line == 0;
        while !is_whole {
            page = body.page(usize::try_from(page.page).unwrap() + 1).unwrap();
            let text = page.text.clone().unwrap();
            line.push_str(text.split('\n').next().unwrap());
            is_whole = page.rest_of_last_line == 0 || text.contains('\n');
        }
        line
    }

    /// Texts of several pages: short lines, lines longer than a page, letters of several bytes.
    fn texts() -> impl Strategy<Value = String> {
        let short = "[a-z€😀 ]{0,40}".prop_map(|line| line + "\n");
        let long = ("[a-z€😀]{1,7}", 1..40_000_usize);
        let long = long.prop_map(|(piece, times)| piece.repeat(times) + "\n");
        let pieces = prop_oneof![
            8 => prop::collection::vec(short, 1..2_000).prop_map(|lines| lines.concat()),
            2 => long.boxed(),
            1 => Just("\n".repeat(70_000)),
        ];
        let text = prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat());
        (text, any::<bool>()).prop_map(|(mut text, is_open)| {
            if is_open {
                text.push_str("the end");
            }
            text
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn pages_joined_are_the_body_and_none_is_too_large(text in texts()) {
            let body = PagedBody::text(text.clone());
            let pages = all_pages(&body);
            let texts: Vec<_> = pages.iter().map(|page| page.text.clone().unwrap()).collect();
            prop_assert!(texts.iter().all(|text| !text.is_empty() && text.len() <= PAGE_BYTES));
            prop_assert!(texts.concat() == text);
            prop_assert!(body.page(pages.len()).is_none());
        }

        #[test]
        fn each_line_is_found_from_the_page_in_which_it_begins(
            text in texts(),
            some in prop::collection::vec(any::<prop::sample::Index>(), 20),
        ) {
            let body = PagedBody::text(text.clone());
            let lines: Vec<&str> = text.lines().collect();
            prop_assert_eq!(body.index(View::Sent).lines, lines.len() as u64);
            for which in some.iter().filter(|_| !lines.is_empty()) {
                let number = which.index(lines.len());
                prop_assert!(line(&body, number as u64) == lines[number]);
            }
        }

        #[test]
        fn bytes_in_pages_are_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300_000)) {
            let body = PagedBody::bytes(bytes.clone());
            let pages = all_pages(&body);
            let joined: Vec<u8> = pages
                .iter()
                .flat_map(|page| STANDARD.decode(page.base64.as_ref().unwrap()).unwrap())
                .collect();
            prop_assert!(joined == bytes);
            prop_assert!(pages.iter().all(|page| page.first_line == page.page * 4_096));
        }
    }
}
