//! The Rust side: formatting, lints, documentation, tests, the host library, and the demo.

use std::process::Command;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::command::run;

/// Formatting, clippy and rustdoc, without a warning.
pub fn lint(checkout: &Checkout) -> Result<()> {
    run(cargo(checkout).args(["fmt", "--all", "--check"]))?;
    run(cargo(checkout).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // Libraries alone: the program `sluicegate` and the library of that name would share a page.
    run(cargo(checkout).args(["doc", "--workspace", "--no-deps", "--lib"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// The tests of every crate.
pub fn test(checkout: &Checkout) -> Result<()> {
    run(cargo(checkout).args(["test", "--workspace"]))
}

/// Builds the host library that Kotlin, Swift and C load, and the programs beside it.
pub fn build(checkout: &Checkout) -> Result<()> {
    // All targets, as the tests: a narrower build has other features and would compile most crates again.
    run(cargo(checkout).args(["build", "--workspace", "--all-targets"]))
}

/// Runs the demo of the program `sluicegate`.
pub fn demo(checkout: &Checkout, arguments: &[String]) -> Result<()> {
    let demo = ["run", "--quiet", "--package", "sluicegate-cli", "--bin", "sluicegate", "--", "demo"];
    let status = cargo(checkout).args(demo).args(arguments).status()?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Cargo, in the checkout.
fn cargo(checkout: &Checkout) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&checkout.root);
    cargo
}
