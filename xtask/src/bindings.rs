//! Writes the Kotlin and Swift bindings out of the host library, or tells when the committed ones are stale.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::command::run;
use crate::rust;

/// The folders below `bindings/` that hold nothing but generated files.
const FOLDERS: [&str; 2] = ["kotlin", "swift"];

/// Replaces the committed bindings.
pub fn write(checkout: &Checkout) -> Result<()> {
    let fresh = generate(checkout)?;
    for folder in FOLDERS {
        let folder = checkout.root.join("bindings").join(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
    }
    for (name, text) in fresh {
        let path = checkout.root.join("bindings").join(name);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Fails, naming the files, when the committed bindings are not what the library gives.
pub fn check(checkout: &Checkout) -> Result<()> {
    let fresh = generate(checkout)?;
    let committed = read(&checkout.root.join("bindings"))?;
    let mut stale: Vec<_> = fresh.iter().filter(|(name, text)| committed.get(*name) != Some(text)).collect();
    stale.extend(committed.iter().filter(|(name, _)| !fresh.contains_key(*name)));
    if stale.is_empty() {
        println!("the {} files of the bindings are what the library gives", fresh.len());
        return Ok(());
    }
    let names: Vec<_> = stale.iter().map(|(name, _)| name.display().to_string()).collect();
    bail!("stale in bindings/: {}; run `cargo xtask bindings` and commit", names.join(", "))
}

fn generate(checkout: &Checkout) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    rust::build(checkout)?;
    let folder = checkout.built.join("bindings-fresh");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let generator = checkout.built.join("sluicegate-bindings");
    run(Command::new(generator).arg(checkout.library()).arg(&folder).current_dir(&checkout.root))?;
    read(&folder)
}

/// The generated files below `folder`, by their paths in it.
fn read(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|name| folder.join(name)).collect();
    while let Some(next) = folders.pop() {
        if !next.exists() {
            continue;
        }
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read(&path).with_context(|| path.display().to_string())?;
                files.insert(path.strip_prefix(folder)?.to_owned(), text);
            }
        }
    }
    Ok(files)
}
