//! The Kotlin library on the JVM, against the host library.

use std::process::Command;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::command::run;
use crate::{debian, rust};

/// Compiles the bindings and the library, and runs their tests.
pub fn test(checkout: &Checkout) -> Result<()> {
    debian::need(&["java", "mvn"])?;
    rust::build(checkout)?;
    run(Command::new("mvn")
        .args(["--batch-mode", "--no-transfer-progress", "test"])
        .arg(format!("-Dlibrary.folder={}", checkout.built.display()))
        .arg(format!("-Dcases.folder={}", checkout.cases().display()))
        .current_dir(checkout.root.join("android")))
}
