//! The gateway from outside: real sockets, real files.

mod harness;

mod balance;
mod breaker;
mod configuration;
mod forwarding;
mod health;
mod hot_swap;
mod https;
mod raw;
mod recording;
mod refusals;
mod retries;
mod sse;
mod streaming;
mod websocket;
