//! What callers send, before anything reads it as HTTP.
//!
//! hyper reads more than one reading fits: it takes a bare line feed for the end of a line, and drops
//! a `Content-Length` beside `Transfer-Encoding` without a word. A service behind the gateway may read
//! the same bytes otherwise, and then one caller's body is another caller's request. So the bytes of
//! HTTP/1 are looked through here first ([`stream`]): only heads and chunks that every program reads
//! alike reach hyper. HTTP/2 has frames and no such doubt; it passes as it is.
//!
//! What is refused here reaches the pipeline all the same, as a request that is already known to be
//! wrong ([`turns`]), so that it is answered and recorded like any other.

pub(super) mod activity;
mod chunks;
mod framing;
mod head;
pub(super) mod refusal;
pub(super) mod stream;
pub(super) mod turns;
