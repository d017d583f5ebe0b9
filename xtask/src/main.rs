//! The project's chores: `cargo xtask demo`, `cargo xtask test`, `cargo xtask bindings`.

mod bindings;
mod checkout;
mod chroot;
mod command;
mod debian;
mod kotlin;
mod rust;
mod scripts;
mod swift;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use checkout::Checkout;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows the main job on the 1688 register, end to end
    Demo {
        /// Passed on to the demo (`--json`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs every test there is, in every language; missing Debian packages are installed when root
    Test {
        /// Only these, in this order of the full run
        steps: Vec<test::Step>,
    },
    /// Writes the Kotlin and Swift bindings out of the library
    Bindings {
        /// Fails when the committed ones differ, and writes nothing
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let checkout = Checkout::here()?;
    match task {
        Task::Demo { arguments } => rust::demo(&checkout, &arguments),
        Task::Test { steps } => test::run(&checkout, &steps),
        Task::Bindings { check: true } => bindings::check(&checkout),
        Task::Bindings { check: false } => bindings::write(&checkout),
    }
}
