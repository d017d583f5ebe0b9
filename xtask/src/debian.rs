//! What the steps need of the system, and which Debian package brings it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{self, is_there, run};

/// A program (or, with a colon, a Python module), and its Debian package.
const PACKAGES: &[(&str, &str)] = &[
    ("cc", "gcc libc6-dev"),
    ("debootstrap", "debootstrap"),
    ("go", "golang"),
    ("java", "openjdk-17-jdk-headless"),
    ("mvn", "maven"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3"),
    ("python3:ensurepip", "python3-venv"),
    ("strace", "strace"),
];

/// Makes sure that everything named is there: installs what is missing when root on Debian, and
/// otherwise says what to install.
pub fn need(names: &[&str]) -> Result<()> {
    let mut missing = Vec::new();
    for name in names {
        let Some((_, packages)) = PACKAGES.iter().find(|(known, _)| known == name) else {
            bail!("no Debian package is known for {name}");
        };
        if !is_met(name) {
            missing.extend(packages.split(' '));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() || !is_there("apt-get") {
        bail!("please install {} (Debian: apt-get install {})", names.join(", "), missing.join(" "));
    }
    run(apt().args(["update", "-qq"]))?;
    run(apt().args(["install", "-qq", "--yes", "--no-install-recommends"]).args(&missing))?;
    match names.iter().find(|name| !is_met(name)) {
        Some(name) => bail!("{name} is still missing after installing {}", missing.join(" ")),
        None => Ok(()),
    }
}

/// Whether this process may install packages and mount.
pub fn is_root() -> bool {
    command::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// The mirror that this machine's own apt takes Debian from.
pub fn mirror() -> Result<String> {
    // Labels are known from the lists alone, which images come without.
    run(apt().args(["update", "-qq"]))?;
    let targets = ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"];
    match command::output(Command::new("apt-get").args(targets))?.lines().next() {
        Some(mirror) => Ok(mirror.to_owned()),
        None => bail!("apt knows no Debian mirror"),
    }
}

fn is_met(name: &str) -> bool {
    match name.split_once(':') {
        None => is_there(name),
        Some((python, module)) => {
            command::output(Command::new(python).args(["-c", &format!("import {module}")])).is_ok()
        }
    }
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
