//! Answers that are kept: given again, or fetched anew.

use super::{About, lower_first, milliseconds};
use crate::record::decision::{CacheFact, CacheResult, Facts};
use crate::record::summarise::cache_fact;
use crate::record::summary::Ending;

impl About<'_> {
    pub(super) fn answered_again(&self, fact: &CacheFact) -> String {
        let time = milliseconds(self.summary.duration_us);
        format!(
            "Answered{} from the cache with {} in {time}; {}.",
            self.route, self.summary.status, fact.reason
        )
    }

    /// What came of fetching a stale answer anew, for nobody.
    pub(super) fn fetched_anew(&self) -> String {
        let what = format!("Fetched anew by the gateway itself{}", self.route);
        let mut facts = self.kept.trace.iter().map(|decision| &decision.facts);
        let Some(forwarded @ Facts::Forwarded { service, code, .. }) =
            facts.find(|facts| matches!(facts, Facts::Forwarded { .. }))
        else {
            return format!("{what}: that ended before the service was asked.");
        };
        if code.is_some() {
            let failed = self.answered_by_service(forwarded).unwrap_or_default();
            return format!("{what}: {}", lower_first(&failed));
        }
        let target = self.summary.target.as_deref().unwrap_or_default();
        let time = milliseconds(self.summary.duration_us);
        let answered = format!(
            "service `{service}` ({target}) answered with {} in {time}",
            self.summary.status
        );
        let end = match cache_fact(&self.kept.trace) {
            None => String::new(),
            Some(fact) if fact.result == CacheResult::Revalidated => {
                "; what is kept is still good".to_owned()
            }
            Some(_) if self.summary.ending == Ending::ClientClosed => {
                "; it is too long to be kept".to_owned()
            }
            Some(fact) => {
                let why = fact
                    .stored_reason
                    .as_deref()
                    .unwrap_or("the service failed");
                match fact.stored {
                    Some(true) => format!("; it is kept, {why}"),
                    Some(false) | None => format!("; it is not kept: {why}"),
                }
            }
        };
        format!("{what}: {answered}{end}.")
    }
}
