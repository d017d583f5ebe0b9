//! The Swift package, against the host library: with the Swift on PATH, or with Debian 13's in a chroot.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::chroot::Chroot;
use crate::command::{is_there, run};
use crate::{debian, rust};

/// The other side of the case files, as a program.
const DEMO_CONTROLLER: &str = "sluicegate-demo-controller";

/// Builds the package and runs its tests.
pub fn test(checkout: &Checkout) -> Result<()> {
    rust::build(checkout)?;
    let build = checkout.built.join("swift");
    fs::create_dir_all(&build)?;
    let library = checkout.library();
    let name = library.file_name().context("a library has a name")?;
    fs::copy(&library, build.join(name)).with_context(|| library.display().to_string())?;
    let controller = checkout.built.join(DEMO_CONTROLLER);
    fs::copy(&controller, build.join(DEMO_CONTROLLER)).with_context(|| controller.display().to_string())?;

    if is_there("swift") {
        return run(&mut command(Command::new("swift"), &checkout.root, &build));
    }
    if !debian::is_root() || !is_there("apt-get") {
        bail!("please install Swift 6; only root on Debian can do without, in a chroot");
    }
    debian::need(&["debootstrap"])?;
    let chroot = Chroot::with_swift(checkout)?;
    run(&mut command(
        chroot.command(&checkout.root, &build, "swift"),
        Path::new("/repo"),
        Path::new("/build"),
    ))
}

/// `swift test`, with the checkout and the folder of what is built at these paths.
fn command(mut swift: Command, root: &Path, build: &Path) -> Command {
    swift
        .args(["test", "--disable-xctest", "--package-path"])
        .arg(root.join("ios"))
        .arg("--scratch-path")
        .arg(build.join("scratch"))
        .arg("-Xlinker")
        .arg(format!("-L{}", build.display()))
        .args(["-Xlinker", "-rpath", "-Xlinker"])
        .arg(build)
        .env("SLUICEGATE_CASES", root.join("tests/cases"))
        .env("SLUICEGATE_DEMO_CONTROLLER", build.join(DEMO_CONTROLLER));
    swift
}
