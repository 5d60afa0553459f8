//! What is kept on disk, in three SQLite files, so that a full or damaged log never touches the
//! configuration, and counting quotas holds up neither. Calls block; callers on the async side use `spawn_blocking`.

mod columns;
mod configs;
mod database;
mod error;
mod exchange_row;
mod exchanges;
mod histogram;
mod keys;
mod log_writer;
mod lookup;
mod messages;
mod pages;
mod percentiles;
mod pins;
mod quotas;
mod removed;
mod retention;
mod row_index;
mod scan;
mod seen;
mod sorted;
mod usage;
mod views;
mod word_parts;
mod words;

pub use configs::{Actor, ConfigStore, NewRevision, Revision, RevisionInfo, SaveError};
pub use error::StoreError;
pub(crate) use exchange_row::word;
pub use exchanges::{LogSize, LogStore};
pub use histogram::{Bin, Histogram};
pub use log_writer::{Finished, LogWriter};
pub use messages::MessagePage;
pub use pages::Page;
pub(crate) use pins::IS_PINNED;
pub use pins::{MOST_PINNED_BYTES, MOST_PINS, Pinning};
pub use quotas::QuotaStore;
pub use removed::{Removal, Restored};
#[cfg(test)]
pub(crate) use row_index::forget_index;
pub use seen::Seen;
pub use sorted::{SortBy, SortedRows};
pub use usage::{
    CachePoints, DurationCounts, KeyUsage, LatencyFigures, LatencyPoints, OutcomeCounts,
    OutcomePoints, Usage, UsageBy, UsageFigures, UsageFilter, UsageGroup, UsagePoints, UsageQuery,
};
pub use views::{Layout, LayoutColumn, LayoutSort, TimeStyle, View};
