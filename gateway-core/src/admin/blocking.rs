//! Runs what waits for the disk away from the threads that serve.

use super::problem::{Problem, ProblemCode};
use crate::store::StoreError;

/// Runs `work` on a thread that may wait.
pub(super) async fn run_blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Problem::new(
            ProblemCode::Internal,
            "Reading the data folder failed.",
        )),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(ProblemCode::StorageFailed, error.to_string())
    }
}
