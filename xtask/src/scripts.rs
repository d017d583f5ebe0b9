//! Tests that are programs of their own: a folder below tests/ with an executable `run` in it.
//!
//! `run` exits with 0 only if all held, and prints its own count. A line `# needs: node npm` at its
//! top names what it needs of `debian::need`. It is told where things are by SLUICEGATE_PROGRAM (the
//! program `sluicegate`), SLUICEGATE_LIBRARY (the host library) and SLUICEGATE_CACHE (a folder to keep
//! things in), and runs in its own folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::command::run;
use crate::{debian, rust};

/// Other people's implementations read what we write: each folder of tests/interop.
pub fn interop(checkout: &Checkout) -> Result<()> {
    let folder = checkout.root.join("tests/interop");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut scripts = Vec::new();
    for entry in entries {
        let script = entry?.path().join("run");
        if script.exists() {
            scripts.push(script);
        }
    }
    scripts.sort();
    if scripts.is_empty() {
        bail!("no */run in {}", folder.display());
    }
    scripts.iter().try_for_each(|script| play(checkout, script))
}

/// The system calls of a C program up to the first acceptance: tests/zero-touch.
pub fn zero_touch(checkout: &Checkout) -> Result<()> {
    play(checkout, &checkout.root.join("tests/zero-touch/run"))
}

fn play(checkout: &Checkout, script: &Path) -> Result<()> {
    let text = fs::read_to_string(script).with_context(|| script.display().to_string())?;
    let needs = text.lines().find_map(|line| line.strip_prefix("# needs: ")).unwrap_or_default();
    debian::need(&needs.split_whitespace().collect::<Vec<_>>())?;
    rust::build(checkout)?;
    let folder: PathBuf = script.parent().context("a script lies in a folder")?.to_owned();
    run(Command::new(script)
        .current_dir(folder)
        .env("SLUICEGATE_PROGRAM", checkout.built.join("sluicegate"))
        .env("SLUICEGATE_LIBRARY", checkout.library())
        .env("SLUICEGATE_CACHE", &checkout.cache))
}
