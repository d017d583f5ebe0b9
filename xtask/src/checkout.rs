//! Where things are: the checkout, what cargo built of it, and the cache outside of it.

use std::env::{
    self,
    consts::{DLL_PREFIX, DLL_SUFFIX},
};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of one checkout.
pub struct Checkout {
    /// The root of the repository.
    pub root: PathBuf,
    /// Cargo's folder of the dev profile: the host library and the programs.
    pub built: PathBuf,
    /// What may be kept from run to run and from checkout to checkout; may be empty.
    pub cache: PathBuf,
}

impl Checkout {
    /// The checkout that this program was built from.
    pub fn here() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the checkout")?;
        // Cargo puts the library beside this program, also when CARGO_TARGET_DIR is set.
        let program = env::current_exe().context("where this program is")?;
        let built = program.parent().context("this program lies in a folder")?;
        let cache = match env::var_os("SLUICEGATE_CACHE") {
            Some(folder) => PathBuf::from(folder),
            None => PathBuf::from(env::var_os("HOME").context("neither SLUICEGATE_CACHE nor HOME is set")?)
                .join(".cache/sluicegate"),
        };
        fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
        Ok(Self { root: root.to_owned(), built: built.to_owned(), cache })
    }

    /// The host library (`libsluicegate.so` on Linux).
    pub fn library(&self) -> PathBuf {
        self.built.join(format!("{DLL_PREFIX}sluicegate{DLL_SUFFIX}"))
    }

    /// The case files that every language plays.
    pub fn cases(&self) -> PathBuf {
        self.root.join("tests/cases")
    }
}
