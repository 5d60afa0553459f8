//! What is exported: a file, or what a data folder holds.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use gateway_core::clock::Clock;
use gateway_core::config::Config;
use gateway_core::export::{self, Export, ExportKey, Source};
use gateway_core::gateway::OpenError;
use gateway_core::prove::recorded::{self, Recorded, Selection};
use gateway_core::record::filter::Filter;
use gateway_core::{Gateway, Options};

use crate::config_file;

/// Where it comes from.
#[derive(Args)]
pub(super) struct Input {
    /// The configuration's file. Unless given, `gatewright.yaml`, or with `--data` what is in force
    /// there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A data folder whose API keys are exported, each by a place to fill it in, while no gateway
    /// runs. Unless given, there is one key for each consumer.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A route to export open though it is less strict there. Can be given several times.
    #[arg(long = "open", value_name = "ROUTE")]
    open: Vec<String>,
    /// Take over the hashes of the data folder's API keys where the product compares hashes.
    #[arg(long, requires = "data")]
    hashes: bool,
}

/// What was read.
pub(super) struct Reading {
    /// The configuration.
    pub(super) config: Config,
    /// The API keys.
    pub(super) keys: Vec<ExportKey>,
    /// What was decided about the export.
    pub(super) decided: export::Options,
    /// Requests of the log.
    pub(super) recorded: Vec<Recorded>,
}

impl Reading {
    /// The export to a product.
    pub(super) fn export(&self, product: &str) -> anyhow::Result<Export> {
        let source = Source {
            config: &self.config,
            keys: self.keys.clone(),
        };
        Ok(export::export(product, &source, &self.decided)?)
    }
}

impl Input {
    /// Reads it, and the newest `recorded` requests of the log that only read.
    pub(super) async fn read(&self, recorded: Option<usize>) -> anyhow::Result<Reading> {
        let decided = export::Options {
            open: self.open.iter().map(|name| name.as_str().into()).collect(),
            hashes: self.hashes,
        };
        let reading = match &self.data {
            None => {
                let path = self
                    .config
                    .as_deref()
                    .unwrap_or(Path::new("gatewright.yaml"));
                let config = config_file::read(path)?;
                let keys = Source::of_file(&config).keys;
                Reading {
                    config,
                    keys,
                    decided,
                    recorded: Vec::new(),
                }
            }
            Some(folder) => {
                let gateway = open(folder).await?;
                let read = self.of_folder(&gateway, decided, recorded);
                gateway.shutdown().await;
                read?
            }
        };
        for name in &self.open {
            let mut routes = reading.config.routes.iter();
            if routes.all(|route| route.name.as_str() != name) {
                bail!("no route is named `{name}`");
            }
        }
        Ok(reading)
    }

    fn of_folder(
        &self,
        gateway: &Gateway,
        decided: export::Options,
        recorded: Option<usize>,
    ) -> anyhow::Result<Reading> {
        let config = match &self.config {
            Some(path) => config_file::read(path)?,
            None => gateway.current().config.clone(),
        };
        let keys = Source::with_keys(&config, &gateway.keys().all_good(), &decided).keys;
        let recorded = match recorded {
            None => Vec::new(),
            Some(most) => recorded::read(
                gateway.log(),
                &Selection {
                    most,
                    filter: Filter::default(),
                    all_methods: false,
                },
            )?,
        };
        Ok(Reading {
            config,
            keys,
            decided,
            recorded,
        })
    }
}

async fn open(folder: &Path) -> anyhow::Result<Gateway> {
    if !folder.join("gatewright.db").is_file() {
        bail!("{} is no data folder of Gatewright", folder.display());
    }
    let options = Options {
        data_dir: folder.to_owned(),
        config_file: None,
        clock: Clock::system(),
    };
    match Gateway::open(options).await {
        Ok(gateway) => Ok(gateway),
        Err(OpenError::Locked { path }) => bail!(
            "a Gatewright is running with the data folder {}; export in its window, or stop it first",
            path.display()
        ),
        Err(error) => Err(error.into()),
    }
}
