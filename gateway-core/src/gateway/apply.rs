//! A changed configuration comes into force, wholly or not at all.

use std::sync::Arc;

use super::run::StartError;
use super::{Current, Gateway, GatewayChange};
use crate::cache::purge::Purge;
use crate::config::{Config, Issue};
use crate::saved_tests::{self, SavedTestRun};
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;
use crate::store::{Actor, NewRevision, SaveError, StoreError};

/// A wish to change the configuration.
#[derive(Clone, Debug)]
pub struct Change {
    /// The whole new configuration.
    pub config: Config,
    /// The revision it was made from; where another has come into force since, the change is
    /// refused. Absent: whatever is in force is replaced.
    pub expected: Option<u64>,
    /// By whom.
    pub actor: Actor,
    /// What it does, in one sentence, for the history.
    pub note: String,
}

/// A configuration that came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its revision.
    pub revision: u64,
    /// What a person should look at.
    pub warnings: Vec<Issue>,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The configuration is wrong: everything that is.
    #[error("the configuration is refused: {}", first(.0))]
    Refused(Vec<Issue>),
    /// It was made from another revision than the one in force.
    #[error("the configuration has changed meanwhile; revision {current} is in force")]
    Conflict {
        /// The revision in force.
        current: u64,
    },
    /// Its address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] StartError),
    /// It cannot be saved.
    #[error(transparent)]
    Storage(#[from] StoreError),
}

fn first(issues: &[Issue]) -> String {
    let Some(issue) = issues.first() else {
        return String::new();
    };
    let more = match issues.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    format!("{}: {}{more}", issue.path, issue.message)
}

impl Gateway {
    /// Everything that is wrong with a configuration or deserves a look. Changes nothing.
    pub fn validate(&self, config: &Config) -> Vec<Issue> {
        match compile(config, 0, &self.0.snapshot()) {
            Ok(compiled) => {
                let mut warnings = compiled.warnings;
                let run = saved_tests::run(&compiled.snapshot, config, self.now_s());
                warnings.extend(saved_tests::warnings(&run));
                warnings
            }
            Err(issues) => issues,
        }
    }

    /// Tries the saved tests of the configuration in force, or of another one. Changes nothing, and
    /// sends nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the other configuration.
    pub fn run_saved_tests(&self, draft: Option<&Config>) -> Result<SavedTestRun, Vec<Issue>> {
        let now_s = self.now_s();
        let current = self.current();
        let config = draft.unwrap_or(&current.config);
        // Compiled anew also for what is in force: another one may come into force meanwhile.
        let compiled = compile(config, 0, &Snapshot::default())?;
        Ok(saved_tests::run(&compiled.snapshot, config, now_s))
    }

    fn now_s(&self) -> i64 {
        self.0.clock.now().epoch_us.div_euclid(1_000_000)
    }

    /// Brings a configuration into force. Saved before it is swapped in, so what runs is always on
    /// disk; new addresses are bound before it is saved, so what is saved can run.
    ///
    /// # Errors
    /// Why nothing changed.
    pub async fn apply(&self, change: Change) -> Result<Applied, ApplyError> {
        let Change {
            config,
            expected,
            actor,
            note,
        } = change;
        let mut control = self.0.control.lock().await;
        let before = self.current();
        if expected.is_some_and(|expected| expected != before.revision) {
            return Err(ApplyError::Conflict {
                current: before.revision,
            });
        }
        if config == before.config && before.revision > 0 {
            return Ok(Applied {
                revision: before.revision,
                warnings: before.warnings.clone(),
            });
        }
        let mut compiled = compile(&config, before.revision + 1, &self.0.snapshot())
            .map_err(ApplyError::Refused)?;

        let running = control.listener.is_some();
        let bound = match running {
            true => {
                let (old, new) = (&before.config.listen, &config.listen);
                self.bind_new(&mut control, old, new).await?
            }
            false => Vec::new(),
        };
        if running && let Err(error) = self.start_built_in(&mut control, &config).await {
            drop(bound);
            self.start_built_in(&mut control, &before.config).await?;
            self.take_back(&mut control, &before.config.listen).await?;
            return Err(error.into());
        }
        let saved = self
            .save(config.clone(), actor, note, before.revision)
            .await;
        let revision = match saved {
            Ok(revision) => revision,
            Err(error) => {
                drop(bound);
                if running {
                    // Back to what stays in force.
                    self.start_built_in(&mut control, &before.config).await?;
                    self.take_back(&mut control, &before.config.listen).await?;
                }
                return Err(error);
            }
        };

        if matches!(actor, Actor::Ui | Actor::Api) {
            self.approve_new(&before.config, &config).await;
        }
        compiled.snapshot.revision = revision;
        let snapshot = Arc::new(compiled.snapshot);
        let mut warnings = compiled.warnings;
        warnings.extend(self.read_keys(&snapshot).await);
        let run = saved_tests::run(&snapshot, &config, self.now_s());
        warnings.extend(saved_tests::warnings(&run));
        self.0
            .recorder
            .configure(&config.recording, &config.api_keys);
        let before = self.0.snapshot.swap(snapshot.clone());
        self.follow_caches(&before, &snapshot);
        let listen = config.listen.clone();
        self.0.current.store(Arc::new(Current {
            revision,
            config,
            warnings: warnings.clone(),
        }));
        if running {
            self.follow_checks(&mut control);
            self.follow_issuers(&mut control);
            self.follow_programs(&mut control);
            self.move_to(&mut control, bound, &listen)?;
        }
        self.announce(GatewayChange::ConfigApplied { revision });
        Ok(Applied { revision, warnings })
    }

    /// What was kept under other terms is not kept any longer (CA-5).
    fn follow_caches(&self, before: &Snapshot, now: &Snapshot) {
        self.0.cache.set_budget(&now.cache);
        for route in &before.routes {
            let Some(old) = &route.cache else { continue };
            let mut routes = now.routes.iter();
            let same = routes.find(|other| other.name == route.name);
            let same = same.and_then(|other| other.cache.as_ref());
            if same.is_none_or(|new| new.generation != old.generation) {
                self.0.cache.purge(&Purge::Route(route.name.clone()));
            }
        }
    }

    async fn save(
        &self,
        config: Config,
        actor: Actor,
        note: String,
        expected: u64,
    ) -> Result<u64, ApplyError> {
        let configs = self.0.configs.clone();
        let at_us = self.0.clock.now().epoch_us;
        let saved = tokio::task::spawn_blocking(move || {
            configs.save(
                NewRevision {
                    config: &config,
                    actor,
                    note,
                    at_us,
                },
                Some(expected),
            )
        });
        match saved.await.expect("saving does not panic") {
            Ok(revision) => Ok(revision),
            Err(SaveError::Conflict { current }) => Err(ApplyError::Conflict { current }),
            Err(SaveError::Storage(error)) => Err(ApplyError::Storage(error)),
        }
    }
}
