//! The gateway from outside: real sockets, real files.

mod harness;

mod balance;
mod breaker;
mod configuration;
mod expect;
mod forwarding;
mod grpc;
mod health;
mod hot_swap;
mod http2;
mod https;
mod limits;
mod raw;
mod recording;
mod refusals;
mod retries;
mod routing;
mod sse;
mod streaming;
mod tls;
mod versions;
mod websocket;
