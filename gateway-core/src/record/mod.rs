//! What happened, written down out of the request path.
//!
//! The request path hands over each exchange as it is, by one attempt that never waits. Everything
//! else is done on the recorder's own threads: one masks, then shows; another stores.

mod body;
pub mod body_file;
mod capture;
mod captured_body;
pub mod cells;
pub mod compare;
pub mod completion;
pub mod decision;
pub(crate) mod decode;
pub mod detail;
pub mod exchange;
pub mod export;
pub mod filter;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod har_file;
mod masked_trace;
mod masker;
pub mod messages;
mod note;
pub mod paged;
pub mod parts;
mod recorder;
mod recording;
pub mod redact;
pub mod sentence;
mod shared;
mod summarise;
pub mod summary;
mod timing;
mod tunnel;
mod unsaved;
mod writer;

pub use body::{BrokeOff, RecordedBody, RecordedRequestBody, RequestTap};
pub use recorder::{Recorder, RecorderStatus};
pub use recording::Recording;
pub(crate) use summarise::only_asked;
pub use tunnel::RecordedTunnel;
pub use unsaved::DetailWatch;
