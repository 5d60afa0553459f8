//! The gateway from outside: real sockets, real files.

mod harness;

mod forwarding;
mod refusals;
mod streaming;
