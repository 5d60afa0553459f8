//! Messages that wait to be stored.

use std::collections::VecDeque;

use super::Message;
use crate::ids::ExchangeId;

/// Most messages held while the log cannot be written,
const MOST: usize = 16_384;
/// and most bytes of them.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Messages with their exchanges, oldest first. Bounded: the oldest leave.
#[derive(Default)]
pub(in crate::record) struct UnsavedMessages {
    messages: VecDeque<(ExchangeId, Message)>,
    bytes: usize,
}

impl UnsavedMessages {
    pub(in crate::record) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(in crate::record) fn len(&self) -> usize {
        self.messages.len()
    }

    /// One more; gives how many had to leave for it.
    pub(in crate::record) fn push(&mut self, exchange: ExchangeId, message: Message) -> u64 {
        self.bytes += message.size();
        self.messages.push_back((exchange, message));
        let mut left = 0;
        while self.messages.len() > MOST || self.bytes > MOST_BYTES {
            let Some((_, oldest)) = self.messages.pop_front() else {
                break;
            };
            self.bytes -= oldest.size();
            left += 1;
        }
        left
    }

    /// The oldest, at most so many.
    pub(in crate::record) fn first(&mut self, most: usize) -> &[(ExchangeId, Message)] {
        let messages = self.messages.make_contiguous();
        &messages[..messages.len().min(most)]
    }

    /// The oldest so many are stored.
    pub(in crate::record) fn remove_first(&mut self, count: usize) {
        let removed = self.messages.drain(..count.min(self.messages.len()));
        self.bytes -= removed.map(|(_, message)| message.size()).sum::<usize>();
    }
}
