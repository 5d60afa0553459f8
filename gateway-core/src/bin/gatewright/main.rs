//! `gatewright`: the gateway without a window. Its admin API and the same UI are served on loopback.

mod ca;
mod config_file;
mod export;
mod import;
mod keys;
mod log;
mod passwords;
mod serve;
mod terminal;
mod test;
mod tokens;
mod ui_files;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use gateway_core::{admin, default_data_dir};

/// A local API gateway.
#[derive(Parser)]
#[command(name = "gatewright", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the gateway, and its window in a browser.
    Serve(serve::Options),
    /// Says everything that is wrong with a configuration file.
    Validate {
        /// The file, such as `gatewright.yaml`.
        file: PathBuf,
    },
    /// Tries the saved tests of a configuration file: whether each request still comes to its route. Sends
    /// nothing. Exit status 0: all pass; 1: one does not, or the file is not right.
    Test(test::Options),
    /// Makes a `gatewright.yaml` of a Kong file, an OpenAPI document or a Procfile, and says what could not be
    /// carried over. Exit status 0: all of it was; 3: some only nearly so; 4: something was left out.
    Import(import::Options),
    /// Issues, lists and revokes API keys, while no gateway runs.
    Keys {
        #[command(flatten)]
        data: DataDir,
        #[command(subcommand)]
        action: keys::Action,
    },
    /// Signs a test token as the local issuer, and writes it to standard output.
    Token {
        #[command(flatten)]
        data: DataDir,
        #[command(flatten)]
        wish: tokens::Options,
    },
    /// Reads a password from standard input and writes its hash, for a consumer's `password_hash`.
    HashPassword,
    /// Writes the configuration in another gateway's words, with a report of what is different there.
    ///
    /// Ends with 0 where all is carried over exactly, 3 where some of it is approximated, and 4 where
    /// some of it is not carried over.
    Export(export::Options),
    /// Shows the authority behind the HTTPS listener's certificates, and how to trust it.
    Ca(DataDir),
    /// Writes the admin API's OpenAPI description.
    Openapi,
}

/// Where configuration, keys and log are kept.
#[derive(Args)]
struct DataDir {
    /// Folder for configuration, keys and log. Unless given, the usual one for application data.
    #[arg(
        long = "data",
        value_name = "DIR",
        env = "GATEWRIGHT_DATA",
        global = true
    )]
    data: Option<PathBuf>,
}

impl DataDir {
    fn path(self) -> PathBuf {
        self.data.unwrap_or_else(default_data_dir)
    }
}

fn main() -> ExitCode {
    // Services' programs run under this very program.
    #[cfg(unix)]
    if let Some(status) = gateway_core::process::supervisor::run_if_asked() {
        return status;
    }
    let cli = Cli::parse();
    log::start();
    let result = match cli.command {
        Command::Serve(options) => run(serve::serve(options)),
        Command::Keys { data, action } => run(keys::run(data.path(), action)),
        Command::Token { data, wish } => tokens::sign(&data.path(), wish),
        Command::HashPassword => passwords::hash(),
        Command::Ca(data) => ca::show(&data.path()),
        Command::Export(options) => {
            let mut status = ExitCode::SUCCESS;
            let done = run(async {
                status = export::export(&options).await?;
                Ok(())
            });
            match done {
                Ok(()) => return status,
                Err(error) => Err(error),
            }
        }
        Command::Validate { file } => validate::validate(&file),
        Command::Test(options) => match test::test(&options) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Import(options) => match import::import(options) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Openapi => {
            terminal::say(admin::openapi_text().trim_end());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    // What still waits for the disk or a slow service must not hold the exit.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}
