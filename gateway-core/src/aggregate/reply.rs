//! A service's answer to the request for a part, and what it is to that part.

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderMap;

use super::ask::TooLong;
use super::merge::{Failed, Outcome, Why};
use super::plan::Part;
use super::read::{self, Unreadable};
use crate::proxy::error::ErrorCode;

/// A service's answer, read whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// There was none, for this reason.
    Failed(ErrorCode, String),
    /// It is longer than it may be.
    TooLong(TooLong),
}

/// What an answer is to its part.
pub(super) fn taken(part: &Part, reply: Reply) -> Outcome {
    let failed = |why, reason: String| {
        Outcome::Failed(Failed {
            why,
            reason,
            reply: None,
        })
    };
    let status = reply.status;
    if !status.is_success() {
        let reason = match status.is_redirection() {
            true => format!(
                "it answered {}, and is not followed elsewhere",
                status.as_u16()
            ),
            false => format!("it answered {}", status.as_u16()),
        };
        return Outcome::Failed(Failed {
            why: Why::Status(status),
            reason,
            reply: status.is_client_error().then(|| Box::new(reply)),
        });
    }
    let most = usize::try_from(part.max_bytes).unwrap_or(usize::MAX);
    match read::value(&reply.headers, &reply.body, most) {
        Ok(whole) => {
            let needed = part.keeps_whole().then(|| whole.clone());
            Outcome::There {
                value: part.shape.apply(whole),
                needed,
            }
        }
        Err(why @ Unreadable::TooLong) => failed(Why::PartTooLong, why.to_string()),
        Err(why) => failed(Why::Unusable, why.to_string()),
    }
}
