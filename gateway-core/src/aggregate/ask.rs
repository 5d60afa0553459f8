//! Who is asked for a part, and how long an answer may be.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use super::call::Call;
use super::reply::{NoReply, Reply};
use crate::record::decision::Try;

/// Who is asked.
pub trait Ask: Sync {
    /// Asks, and reads the answer whole, `room` allowing. Each try is written to `tries`.
    fn ask(
        &self,
        call: Call,
        room: &Room<'_>,
        tries: &mut Vec<Try>,
    ) -> impl Future<Output = Result<Reply, NoReply>> + Send;
}

/// How long an answer may be.
pub struct Room<'t> {
    most: u64,
    read: AtomicU64,
    all: &'t AtomicU64,
    most_of_all: u64,
}

/// Which bound was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    /// That of the part.
    Part,
    /// That of all parts together.
    Whole,
}

impl<'t> Room<'t> {
    /// Room for `most` bytes, and for `most_of_all` of all parts together, of which `all` were read.
    pub(super) fn new(most: u64, all: &'t AtomicU64, most_of_all: u64) -> Self {
        Self {
            most,
            read: AtomicU64::new(0),
            all,
            most_of_all,
        }
    }

    /// How many bytes were read.
    pub(super) fn taken(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Makes room for so many bytes more.
    ///
    /// # Errors
    /// There is none.
    pub fn take(&self, bytes: usize) -> Result<(), TooLong> {
        let bytes = bytes as u64;
        if self.read.fetch_add(bytes, Ordering::Relaxed) + bytes > self.most {
            return Err(TooLong::Part);
        }
        match self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > self.most_of_all {
            true => Err(TooLong::Whole),
            false => Ok(()),
        }
    }
}
