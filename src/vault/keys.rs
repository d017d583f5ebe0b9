//! Where wrapping keys live: the platform's key store, as a trait, and the two the library brings.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::seal::{self, DataKey};

/// Why a key store did not wrap or unwrap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The store is locked for now (before the first unlock).
    #[error("the key store is locked")]
    Locked,
    /// There is no key of this alias.
    #[error("no key of this alias")]
    Missing,
    /// The store or the platform refused; the reason holds no secret.
    #[error("the key store failed: {0}")]
    Failed(String),
}

/// Wrapping keys that never leave the platform (Android Keystore, iOS Keychain).
///
/// Called outside of every lock and transaction of the vault. May be slow.
pub trait KeyStore: Send + Sync {
    /// Makes the key of `alias` unless there is one.
    fn create(&self, alias: String) -> Result<(), KeyStoreError>;
    /// Encrypts `plain` under the key of `alias`, authenticated.
    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;
    /// Gives back what [`KeyStore::wrap`] took, or an error if a bit of it changed.
    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;
    /// Destroys the key of `alias`; no error if there is none.
    fn delete(&self, alias: String) -> Result<(), KeyStoreError>;
}

/// Keys in memory: for tests and [`super::Vault::in_memory`].
#[derive(Default)]
pub struct MemoryKeyStore {
    keys: Mutex<HashMap<String, DataKey>>,
}

impl MemoryKeyStore {
    /// A store without keys.
    pub fn new() -> Self {
        Self::default()
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, DataKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, alias: &str) -> Result<DataKey, KeyStoreError> {
        self.keys().get(alias).cloned().ok_or(KeyStoreError::Missing)
    }
}

impl KeyStore for MemoryKeyStore {
    fn create(&self, alias: String) -> Result<(), KeyStoreError> {
        let fresh = DataKey::random(0).map_err(failed)?;
        self.keys().entry(alias).or_insert(fresh);
        Ok(())
    }

    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        wrap(&self.key(&alias)?, &alias, plain)
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        unwrap(&self.key(&alias)?, &alias, &wrapped)
    }

    fn delete(&self, alias: String) -> Result<(), KeyStoreError> {
        self.keys().remove(&alias);
        Ok(())
    }
}

/// Keys in 0600 files of a 0700 folder: for hosts without a key store. As safe as the folder is.
pub struct FileKeyStore {
    folder: PathBuf,
}

impl FileKeyStore {
    /// Keys in `folder`, which is made with the first key.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, alias: &str) -> Result<PathBuf, KeyStoreError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
        if alias.is_empty() || alias.starts_with('.') || alias.len() > 128 || !alias.bytes().all(plain) {
            return Err(KeyStoreError::Failed("alias must be of a-z, 0-9 and '.'".into()));
        }
        Ok(self.folder.join(format!("{alias}.key")))
    }

    fn key(&self, alias: &str) -> Result<DataKey, KeyStoreError> {
        let bytes = match fs::read(self.path(alias)?) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(KeyStoreError::Missing),
            Err(error) => return Err(failed(error)),
        };
        DataKey::from_bytes(0, &bytes).ok_or_else(|| KeyStoreError::Failed("the key file is damaged".into()))
    }
}

impl KeyStore for FileKeyStore {
    fn create(&self, alias: String) -> Result<(), KeyStoreError> {
        let path = self.path(&alias)?;
        if path.exists() {
            return Ok(());
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        let key = DataKey::random(0).map_err(failed)?;
        // Two processes may come here at once: the whole file appears under its name, or none; the first wins.
        let draft = self.folder.join(format!("{alias}.{}.new", hex_random()?));
        let made = write_new(&draft, key.bytes()).and_then(|()| match fs::hard_link(&draft, &path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        });
        let removed = fs::remove_file(&draft);
        made.and(removed).and_then(|()| sync_folder(&self.folder)).map_err(failed)
    }

    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        wrap(&self.key(&alias)?, &alias, plain)
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        unwrap(&self.key(&alias)?, &alias, &wrapped)
    }

    fn delete(&self, alias: String) -> Result<(), KeyStoreError> {
        match fs::remove_file(self.path(&alias)?) {
            Ok(()) => sync_folder(&self.folder).map_err(failed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Writes a new 0600 file and waits for the disk.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes names that were added to or taken from `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Eight random bytes in hex, for a name nobody else has.
pub(super) fn hex_random() -> Result<String, KeyStoreError> {
    let bytes: [u8; 8] = seal::random().map_err(failed)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

fn wrap(key: &DataKey, alias: &str, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
    key.seal("wrap", &[alias.as_bytes()], &Zeroizing::new(plain)).map_err(failed)
}

fn unwrap(key: &DataKey, alias: &str, wrapped: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
    key.open("wrap", &[alias.as_bytes()], wrapped)
        .map_err(|_| KeyStoreError::Failed("not wrapped by this key".into()))
}

fn failed(error: impl std::fmt::Display) -> KeyStoreError {
    KeyStoreError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn stores() -> (tempfile::TempDir, Vec<Box<dyn KeyStore>>) {
        let folder = tempfile::tempdir().unwrap();
        let file = FileKeyStore::new(folder.path().join("keys"));
        (folder, vec![Box::new(file), Box::new(MemoryKeyStore::new())])
    }

    #[test]
    fn a_key_store_gives_back_what_it_wrapped_and_nothing_else() {
        let (_folder, stores) = stores();
        for store in stores {
            store.create("a".into()).unwrap();
            store.create("b".into()).unwrap();
            let wrapped = store.wrap("a".into(), b"secret".to_vec()).unwrap();
            assert_eq!(store.unwrap("a".into(), wrapped.clone()).unwrap(), b"secret");
            // Creating again keeps the key.
            store.create("a".into()).unwrap();
            assert_eq!(store.unwrap("a".into(), wrapped.clone()).unwrap(), b"secret");
            assert!(store.unwrap("b".into(), wrapped.clone()).is_err());
            for at in 0..wrapped.len() {
                let mut bad = wrapped.clone();
                bad[at] ^= 1;
                assert!(store.unwrap("a".into(), bad).is_err());
                assert!(store.unwrap("a".into(), wrapped[..at].to_vec()).is_err());
            }
            store.delete("a".into()).unwrap();
            store.delete("a".into()).unwrap();
            assert_eq!(store.unwrap("a".into(), wrapped), Err(KeyStoreError::Missing));
        }
    }

    #[test]
    fn a_key_file_is_the_owners_alone_and_its_alias_cant_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileKeyStore::new(folder.path().join("keys"));
        store.create("sluicegate.vault".into()).unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("keys"), 0o700);
        assert_eq!(mode("keys/sluicegate.vault.key"), 0o600);
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
        for alias in ["", "../x", "a/b", ".hidden", "A"] {
            assert!(matches!(store.create(alias.into()), Err(KeyStoreError::Failed(_))), "{alias}");
        }
    }
}
