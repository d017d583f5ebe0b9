//! `sluicegate`: the demo, and the tools for people who write registers, audit and receive.

mod commands;
mod demo;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(commands::Cli::parse())
}
