//! Cases: frames, and what becomes of the stream they open, which is 1.

mod bodies;
mod frames;
mod requests;

use super::frames::{Fields, head};

pub use bodies::bodies;
pub use frames::frames;
pub use requests::requests;

#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub rfc: &'static str,
    pub frames: Vec<u8>,
    pub then: Then,
}

/// What becomes of a case.
#[derive(Clone, Copy)]
pub enum Then {
    /// It is refused in one way or another, and nothing reaches the service.
    Refused,
    /// The gateway answers with this status, and nothing reaches the service.
    Answered(u16),
    /// The service never sees the whole of it, and its answer is not passed on.
    NeverWhole,
    /// The service answers, and saw these things and not those, in lower case.
    Passed(&'static [&'static str], &'static [&'static str]),
    /// It passes or not; what holds after every case is enough.
    Either,
}

const MALFORMED: &str = "RFC 9113, 8.1.1";
const PSEUDO: &str = "RFC 9113, 8.3";
const REQUEST: &str = "RFC 9113, 8.3.1";
const FIELD: &str = "RFC 9113, 8.2.1";
const CONNECTION: &str = "RFC 9113, 8.2.2";

fn case(
    name: impl Into<String>,
    rfc: &'static str,
    frames: impl Into<Vec<u8>>,
    then: Then,
) -> Case {
    Case {
        name: name.into(),
        rfc,
        frames: frames.into(),
        then,
    }
}

/// A request without a body.
fn asks(fields: Fields<'_>) -> Vec<u8> {
    head(1, true, fields)
}

/// An ordinary GET with these fields behind its own.
fn get_with(more: Fields<'_>) -> Vec<u8> {
    let mut fields = vec![
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/a"),
    ];
    fields.extend(more);
    asks(&fields)
}

/// An ordinary GET of this path.
fn get_path(path: &str) -> Vec<u8> {
    asks(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", path),
    ])
}

/// An ordinary GET from this host.
fn get_from(authority: &str) -> Vec<u8> {
    asks(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", authority),
        (":path", "/a"),
    ])
}

/// The head of a POST that has a body.
fn post_with(more: Fields<'_>) -> Vec<u8> {
    let mut fields = vec![
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/a"),
    ];
    fields.extend(more);
    head(1, false, &fields)
}
