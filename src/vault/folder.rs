//! The vault's folder: one numbered store in use, the damaged ones put aside beside it.
//!
//! A store's folder name is never used again, so a process that still holds a store that another process put
//! aside can't touch the new one's files (SQLite removes a journal by its path).

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::VaultError;
use super::keys::sync_folder;

const PREFIX: &str = "store-";
const ASIDE: &str = ".quarantine";

/// The store in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The vault's folder.
    pub folder: PathBuf,
    /// The store's folder in it.
    pub store: PathBuf,
    /// The last store that was put aside, if one was.
    pub aside: Option<PathBuf>,
}

impl Place {
    /// The store in use in `folder`, or the next number's; makes the folders.
    pub fn find(folder: &Path) -> Result<Self, VaultError> {
        make(folder)?;
        let (mut live, mut aside) = (None, None);
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let (number, list) = match rest.strip_suffix(ASIDE) {
                Some(number) => (number, &mut aside),
                None => (rest, &mut live),
            };
            if let Ok(number) = number.parse::<u64>() {
                *list = (*list).max(Some(number));
            }
        }
        let number = live.max(aside.map(|last: u64| last.saturating_add(1))).unwrap_or(0);
        let store = folder.join(format!("{PREFIX}{number}"));
        if live != Some(number) {
            make(&store)?;
            sync_folder(folder)?;
        }
        let aside = aside.map(|last| folder.join(format!("{PREFIX}{last}{ASIDE}")));
        Ok(Self { folder: folder.into(), store, aside })
    }

    /// The database file.
    pub fn file(&self) -> PathBuf {
        self.store.join("vault.db")
    }

    /// The file whose lock orders the moves of the anchor.
    pub fn turn(&self) -> PathBuf {
        self.folder.join("anchor.lock")
    }

    /// Renames the store's folder, in one step. No error if another process was first.
    pub fn put_aside(&self) -> Result<(), VaultError> {
        let mut aside = self.store.clone().into_os_string();
        aside.push(ASIDE);
        match fs::rename(&self.store, PathBuf::from(aside)) {
            Ok(()) => Ok(sync_folder(&self.folder)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What tells this file from another of the same name.
    pub fn identity(&self) -> Result<(u64, u64), VaultError> {
        match fs::metadata(self.file()) {
            Ok(found) => Ok((found.dev(), found.ino())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(VaultError::Replaced),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether new files can be made: SQLite reports a folder that is read-only as "cannot open".
    pub fn writable(&self) -> Result<(), VaultError> {
        let name = super::keys::hex_random().map_err(|error| VaultError::Io(error.to_string()))?;
        let probe = self.store.join(format!("probe-{name}"));
        fs::OpenOptions::new().write(true).create_new(true).open(&probe)?;
        Ok(fs::remove_file(&probe)?)
    }
}

fn make(folder: &Path) -> Result<(), VaultError> {
    if folder.is_dir() {
        return Ok(());
    }
    Ok(fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_store_put_aside_keeps_its_files_and_its_name_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Place::find(folder.path()).unwrap();
        fs::write(first.file(), b"damaged").unwrap();
        assert_eq!(Place::find(folder.path()).unwrap(), first);
        first.put_aside().unwrap();
        first.put_aside().unwrap();
        let second = Place::find(folder.path()).unwrap();
        assert_ne!(second.store, first.store);
        let aside = second.aside.clone().unwrap();
        assert_eq!(fs::read(aside.join("vault.db")).unwrap(), b"damaged");
        assert_eq!(first.identity(), Err(VaultError::Replaced));
        second.put_aside().unwrap();
        let third = Place::find(folder.path()).unwrap();
        assert!(third.store != first.store && third.store != second.store);
    }
}
