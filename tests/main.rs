//! The gateway from outside: real sockets, real files.

mod harness;

mod authentication;
mod authorization;
mod balance;
mod breaker;
mod configuration;
mod cors;
mod expect;
mod explain;
mod explain_again;
mod exports;
mod forward_auth;
mod forwarding;
mod grpc;
mod health;
mod hot_swap;
mod http2;
mod https;
mod import;
mod large_log;
mod limits;
mod raw;
mod recording;
mod refusals;
mod replay;
mod retries;
mod routing;
mod secrets;
mod sse;
mod streaming;
mod tls;
mod tokens;
mod trips;
mod versions;
mod websocket;
