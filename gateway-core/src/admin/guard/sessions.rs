//! Browsers that were let in.

use std::collections::VecDeque;

use http::HeaderMap;
use http::header::COOKIE;
use subtle::ConstantTimeEq;

use super::token::random_text;

/// Most browsers signed in at once; the one signed in longest ago is signed out for another.
const MOST: usize = 64;

/// Who is signed in, and the code that signs one more in. Kept in memory only: a restart signs
/// everyone out.
#[derive(Default)]
pub(super) struct Sessions {
    known: VecDeque<String>,
    code: Option<String>,
}

impl Sessions {
    /// Makes a code that signs one browser in. The one before stops working.
    pub(super) fn new_code(&mut self) -> String {
        let code = random_text();
        self.code = Some(code.clone());
        code
    }

    /// Uses a code up. Says whether it was good.
    pub(super) fn use_code(&mut self, code: &str) -> bool {
        let good = self
            .code
            .as_deref()
            .is_some_and(|expected| same(expected, code));
        if good {
            self.code = None;
        }
        good
    }

    /// Signs a browser in. Gives what it has to show from now on.
    pub(super) fn begin(&mut self) -> String {
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        let session = random_text();
        self.known.push_back(session.clone());
        session
    }

    /// Whether a browser that shows `session` is signed in.
    pub(super) fn knows(&self, session: &str) -> bool {
        self.known.iter().any(|known| same(known, session))
    }

    /// Signs a browser out.
    pub(super) fn end(&mut self, session: &str) {
        self.known.retain(|known| !same(known, session));
    }
}

/// Compares secrets in a time that does not tell how much of them is right.
pub(super) fn same(expected: &str, shown: &str) -> bool {
    expected.as_bytes().ct_eq(shown.as_bytes()).into()
}

/// The values of the cookie `name`.
pub(super) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_only_the_newest() {
        let mut sessions = Sessions::default();
        assert!(!sessions.use_code(""));
        let old = sessions.new_code();
        let new = sessions.new_code();
        assert!(!sessions.use_code(&old));
        assert!(sessions.use_code(&new));
        assert!(!sessions.use_code(&new));
    }

    #[test]
    fn sessions_are_bounded_and_can_be_ended() {
        let mut sessions = Sessions::default();
        let first = sessions.begin();
        assert!(sessions.knows(&first));
        assert!(!sessions.knows(""));
        let later: Vec<_> = (0..MOST).map(|_| sessions.begin()).collect();
        assert!(!sessions.knows(&first));
        sessions.end(&later[3]);
        assert!(!sessions.knows(&later[3]));
        assert!(sessions.knows(&later[4]));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            "a=1; gatewright_9180=x; gatewright_91800=y"
                .parse()
                .unwrap(),
        );
        headers.append(COOKIE, "gatewright_9180=z".parse().unwrap());
        assert_eq!(
            cookies(&headers, "gatewright_9180").collect::<Vec<_>>(),
            ["x", "z"]
        );
    }
}
