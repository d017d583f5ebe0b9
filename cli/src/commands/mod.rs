//! The command line: what there is, and how a command ends.

mod device;
mod input;
mod keys;
pub mod ledger;
mod payload;
mod permit;
mod register;
pub mod register_words;
pub mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::demo;
pub use input::now;

/// The gate between a shopping app and the companies it shares personal information with
#[derive(Parser)]
#[command(name = "sluicegate", version, arg_required_else_help = true, after_help = EXIT)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT: &str = "Exit code: 0 all is well, 1 a check failed, 2 it was not used as it should be.\n\
    FILE may be - for standard input. Times are now, unless --at gives milliseconds since 1970.";

#[derive(Subcommand)]
enum Command {
    /// Shows the main job on the 1688 register, end to end, and checks each of its claims
    Demo {
        /// One JSON document of the steps, for machines
        #[arg(long)]
        json: bool,
        /// Keeps the vault, and what was handed over, in this new folder
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
    /// Registers: show, check, compare, explain, sign
    #[command(subcommand)]
    Register(register::Register),
    /// Payloads, for the party that receives: open, verify
    #[command(subcommand)]
    Payload(payload::Payload),
    /// Batches of advertising events, for the partner that receives
    #[command(subcommand)]
    Batch(payload::Batch),
    /// Notices of withdrawal and erasure, and the controller's record
    #[command(subcommand)]
    Outbox(payload::Outbox),
    /// Permits, for the controller's back end
    #[command(subcommand)]
    Permit(permit::Permit),
    /// Keys and what is signed with them: certificates, party cards
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Exported ledgers: verify, show, prove an entry
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// This machine's signals
    #[command(subcommand)]
    Device(device::Device),
}

/// How a command ends that does not end well.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It can't be done as it was asked: a file that isn't there, a key that is none.
    #[error("{0}")]
    Usage(String),
    /// It was checked, and does not hold.
    #[error("{0}")]
    Check(String),
    /// The same, and the command has said so already.
    #[error("a check failed")]
    Said,
}

impl Failure {
    /// A check of `file` that failed.
    fn of(file: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Failure::Check(format!("{}: {error}", file.display()))
    }
}

/// Runs the command; its exit code.
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Demo { json, keep } => demo::run(json, keep.as_deref()),
        Command::Register(command) => command.run(),
        Command::Payload(command) => command.run(),
        Command::Batch(command) => command.run(),
        Command::Outbox(command) => command.run(),
        Command::Permit(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Ledger(command) => command.run(),
        Command::Device(command) => command.run(),
    };
    let (code, message) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => (2, message),
        Err(Failure::Check(message)) => (1, message),
        Err(Failure::Said) => return ExitCode::from(1),
    };
    eprintln!("sluicegate: {}", message.replace('\n', " "));
    ExitCode::from(code)
}

/// Writes to standard output; a reader that has left (`| head`) is no error.
pub fn say(text: &str) {
    use std::io::Write;
    if std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err() {
        std::process::exit(0);
    }
}

/// Writes one JSON document.
pub fn say_json(value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value).expect("texts, numbers and lists of them");
    say(&(text + "\n"));
}
