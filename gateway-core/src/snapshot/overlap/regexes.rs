//! Is there a text that matches two regular expressions?
//!
//! Both are followed at once, byte by byte, as automata whose states are made as they are reached;
//! the first pair of states in which both match has such a text. Most pairs part after a few bytes.
//! The number of states is bounded, so the answer may be that it isn't known.

use std::collections::{HashMap, VecDeque};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input};

use crate::snapshot::matcher::paths::anchored;

/// What two regular expressions have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Common {
    /// No text matches both.
    None,
    /// This one does.
    Text(String),
    /// It is not known.
    Undecided,
}

/// A path, as requests have it, that matches both.
pub(super) fn common_path(one: &str, other: &str) -> Common {
    search(one, other, Form::PathStart)
}

/// Any text that matches both.
pub(super) fn common_text(one: &str, other: &str) -> Common {
    search(one, other, Form::Text)
}

/// Most pairs of states looked at.
const MOST_STATES: usize = 20_000;
/// Largest automaton, in bytes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What a text must look like besides: an automaton of its own. Normalised paths begin with a slash
/// and have no empty segments, no dot segments and no control characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Text,
    PathStart,
    Slash,
    Dot,
    DotDot,
    Segment,
}

impl Form {
    fn next(self, byte: u8) -> Option<Self> {
        if byte.is_ascii_control() {
            return None;
        }
        match (self, byte) {
            (Self::Text, _) => Some(Self::Text),
            (_, b'\\') => None,
            (Self::PathStart, b'/') => Some(Self::Slash),
            (Self::PathStart, _) | (Self::Slash | Self::Dot | Self::DotDot, b'/') => None,
            (Self::Segment, b'/') => Some(Self::Slash),
            (Self::Slash, b'.') => Some(Self::Dot),
            (Self::Dot, b'.') => Some(Self::DotDot),
            _ => Some(Self::Segment),
        }
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Text | Self::Slash | Self::Segment)
    }
}

struct Automaton {
    dfa: DFA,
    cache: Cache,
}

impl Automaton {
    fn new(pattern: &str) -> Option<Self> {
        let config = Config::new()
            .cache_capacity(MOST_BYTES)
            // Its states are remembered here, so it must never begin anew.
            .minimum_cache_clear_count(Some(0))
            // Such patterns are followed as far as texts are ASCII.
            .unicode_word_boundary(true);
        let dfa = DFA::builder()
            .configure(config)
            .thompson(thompson::Config::new().nfa_size_limit(Some(MOST_BYTES)))
            .build(&anchored(pattern))
            .ok()?;
        let cache = dfa.create_cache();
        Some(Self { dfa, cache })
    }

    fn start(&mut self) -> Option<LazyStateID> {
        let input = Input::new("").anchored(Anchored::Yes);
        self.dfa.start_state_forward(&mut self.cache, &input).ok()
    }

    fn next(&mut self, state: LazyStateID, byte: u8) -> Option<LazyStateID> {
        self.dfa.next_state(&mut self.cache, state, byte).ok()
    }

    fn matches_here(&mut self, state: LazyStateID) -> Option<bool> {
        let end = self.dfa.next_eoi_state(&mut self.cache, state).ok()?;
        Some(end.is_match())
    }
}

fn search(one: &str, other: &str, form: Form) -> Common {
    if one == other {
        // Also where nothing matches it; nobody writes that.
        if let Some(found) = Automaton::new(one).and_then(|mut one| follow(&mut [&mut one], form)) {
            return found;
        }
    }
    let both = Automaton::new(one).zip(Automaton::new(other));
    both.and_then(|(mut one, mut other)| follow(&mut [&mut one, &mut other], form))
        .unwrap_or(Common::Undecided)
}

/// A state of the search: one of each automaton, and the form of the text so far.
type Place = (Vec<LazyStateID>, Form);

/// `None` where an automaton grew too large.
fn follow(automata: &mut [&mut Automaton], form: Form) -> Option<Common> {
    let bytes = representatives(automata);
    let start: Option<Vec<_>> = automata.iter_mut().map(|one| one.start()).collect();
    let start = (start?, form);
    let mut known: HashMap<Place, usize> = HashMap::from([(start.clone(), 0)]);
    // Where each state was reached from, and by which byte.
    let mut came: Vec<(usize, u8)> = vec![(0, 0)];
    let mut open = VecDeque::from([(start, 0)]);
    let mut unknown = false;
    while let Some(((states, form), index)) = open.pop_front() {
        let mut all_match = form.may_end();
        for (one, state) in automata.iter_mut().zip(&states) {
            all_match = all_match && one.matches_here(*state)?;
        }
        if all_match {
            return Some(Common::Text(text(&came, index)));
        }
        for &byte in &bytes {
            let Some(form) = form.next(byte) else {
                continue;
            };
            let mut next = Vec::with_capacity(states.len());
            for (one, state) in automata.iter_mut().zip(&states) {
                next.push(one.next(*state, byte)?);
            }
            unknown |= next.iter().any(|state| state.is_quit());
            if next.iter().any(|state| state.is_dead() || state.is_quit()) {
                continue;
            }
            let place = (next, form);
            if known.contains_key(&place) {
                continue;
            }
            if known.len() >= MOST_STATES {
                return Some(Common::Undecided);
            }
            known.insert(place.clone(), came.len());
            open.push_back((place, came.len()));
            came.push((index, byte));
        }
    }
    Some(match unknown {
        true => Common::Undecided,
        false => Common::None,
    })
}

/// One byte of each kind that any of the automata tells apart, readable ones first.
fn representatives(automata: &[&mut Automaton]) -> Vec<u8> {
    let mut order: Vec<u8> = (0..=u8::MAX).collect();
    order.sort_by_key(|byte| match byte {
        b'a'..=b'z' => 0,
        b'0'..=b'9' => 1,
        _ if byte.is_ascii_alphanumeric() => 2,
        _ if byte.is_ascii_graphic() => 3,
        _ => 4,
    });
    let mut seen = HashMap::new();
    order.retain(|byte| {
        let classes: Vec<u8> = automata
            .iter()
            .map(|one| one.dfa.byte_classes().get(*byte))
            .collect();
        // What the form of a path tells apart.
        let special = match byte {
            b'/' | b'.' | b'\\' => *byte,
            _ if byte.is_ascii_control() => 1,
            _ => 0,
        };
        seen.insert((classes, special), ()).is_none()
    });
    order
}

fn text(came: &[(usize, u8)], mut index: usize) -> String {
    let mut bytes = Vec::new();
    while index != 0 {
        let (from, byte) = came[index];
        bytes.push(byte);
        index = from;
    }
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_matches_both_is_found_or_there_is_none() {
        for (one, other, common) in [
            ("/orders/[0-9]+", "/orders/[a-z]+", None),
            ("/orders/[0-9]+", "/users/.*", None),
            ("/orders/[0-9]+", "/orders/.*7", Some("/orders/7")),
            ("/a.*", "/.*b", Some("/ab")),
            ("/(a|b)+", "/(b|c)+", Some("/b")),
            ("/x", "/x", Some("/x")),
            ("/é+", "/.*", Some("/é")),
            // What would match both is no path that a request can have.
            ("//+", "/+", None),
            (r"/\.\.", "/.*", None),
            ("orders", ".*", None),
            ("/a\n", "/a\\s", None),
        ] {
            let found = match common_path(one, other) {
                Common::None => None,
                Common::Text(text) => Some(text),
                Common::Undecided => panic!("{one} and {other}"),
            };
            assert_eq!(found.as_deref(), common, "{one} and {other}");
        }
    }

    #[test]
    fn what_takes_too_long_is_not_decided() {
        let (one, other) = ("/(.*a.{18})", "/(.*b.{18})c{9}");
        assert_eq!(common_path(one, other), Common::Undecided);
    }

    #[test]
    fn any_text_may_match_conditions() {
        assert_eq!(common_text("a+", "[ab]"), Common::Text("a".to_owned()));
        assert_eq!(common_text("a+", "b+"), Common::None);
    }
}
