//! What is kept on disk, in three SQLite files, so that a full or damaged log never touches the
//! configuration, and counting quotas holds up neither. Calls block; callers on the async side use `spawn_blocking`.

mod configs;
mod database;
mod error;
mod exchange_row;
mod exchanges;
mod keys;
mod log_writer;
mod messages;
mod quotas;
mod usage;

pub use configs::{Actor, ConfigStore, NewRevision, Revision, RevisionInfo, SaveError};
pub use error::StoreError;
pub use exchanges::{LogSize, LogStore, Page};
pub use log_writer::{Finished, LogWriter};
pub use messages::MessagePage;
pub use quotas::QuotaStore;
pub use usage::{
    DurationCounts, KeyUsage, LatencyFigures, LatencyPoints, OutcomeCounts, OutcomePoints, Usage,
    UsageBy, UsageFigures, UsageFilter, UsageGroup, UsagePoints, UsageQuery,
};
