//! One request, top to bottom: begin at [`pipeline`].

pub mod accept;
pub mod affinity;
pub mod answer;
pub mod attempt;
pub mod authenticate;
pub mod body;
pub mod caller_io;
pub mod connect;
pub mod connections;
pub mod error;
pub mod forward;
pub mod headers;
pub mod listener;
pub mod match_route;
mod pipeline;
pub mod pool;
pub mod problem;
pub mod rate_limit;
pub mod replay;
pub mod served;
pub mod trace_context;
pub mod tunnel;
pub mod upgrade;
