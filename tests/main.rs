//! The gateway from outside: real sockets, real files.

mod harness;

mod configuration;
mod forwarding;
mod https;
mod raw;
mod recording;
mod refusals;
mod sse;
mod streaming;
mod websocket;
