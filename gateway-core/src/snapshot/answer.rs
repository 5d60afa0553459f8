//! Answers that the gateway gives by itself.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::rewrite::Template;

/// An answer that the gateway gives by itself.
#[derive(Clone, Debug)]
pub enum OwnAnswer {
    /// Sends callers elsewhere.
    Redirect(Redirect),
    /// Always the same.
    Fixed(FixedAnswer),
    /// None but that of a mock.
    OnlyMock,
}

/// Sends callers elsewhere.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// Where to.
    pub to: Template,
    /// 301, 302, 303, 307 or 308.
    pub status: StatusCode,
}

/// An answer that is always the same.
#[derive(Clone, Debug)]
pub struct FixedAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, `Content-Type` among them where there is a body.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}
