//! What can go wrong with the vault, as types a caller can act on.

use super::keys::KeyStoreError;

/// Why the vault could not do what was asked. No message holds a stored value or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The platform's key store is locked (before the first unlock). Ask again later.
    #[error("the key store is locked")]
    Locked,
    /// No space left on the device; nothing was written.
    #[error("no space left for the vault")]
    Full,
    /// The folder or the file can't be written.
    #[error("the vault is read-only")]
    ReadOnly,
    /// The stored bytes are damaged. The part says where.
    #[error("the vault is damaged: {0}")]
    Corrupt(&'static str),
    /// The key store's keys don't open this vault (a copied folder, keys lost by the platform).
    #[error("the vault's key is gone or another: {0}")]
    WrongKey(&'static str),
    /// The vault was written by a newer version of this library.
    #[error("the vault has format {found}, this library knows up to {known}")]
    NewerFormat {
        /// The format version found.
        found: u32,
        /// The newest this library knows.
        known: u32,
    },
    /// Another process or thread held the store for longer than [`super::BUSY_TIMEOUT`].
    #[error("the vault is busy")]
    Busy,
    /// Another process put this store aside, or its folder went away: open the vault again.
    #[error("the store was replaced, open the vault again")]
    Replaced,
    /// The account was erased since it was opened: open it again.
    #[error("the account was erased")]
    Erased,
    /// The record is there already, or a generation does not follow the last one.
    #[error("{0}: there already, or out of order")]
    Conflict(&'static str),
    /// The change is committed and holds, but its last step failed (anchor, key deletion): not yet safe from an
    /// older copy of the store. Ask again.
    #[error("committed, but a last step is open: {0}")]
    Unsettled(String),
    /// Anything else the system reports.
    #[error("the vault can't be reached: {0}")]
    Io(String),
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        use rusqlite::ffi;
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            // A row of the wrong shape, or a statement that does not fit the schema found.
            return VaultError::Corrupt("row");
        };
        match failure.code {
            Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed => VaultError::Busy,
            Code::DiskFull => VaultError::Full,
            Code::ReadOnly | Code::PermissionDenied => VaultError::ReadOnly,
            Code::DatabaseCorrupt | Code::NotADatabase => VaultError::Corrupt("file"),
            // "no such table", a schema that does not parse.
            Code::Unknown | Code::SchemaChanged | Code::TypeMismatch | Code::TooBig => {
                VaultError::Corrupt("schema")
            }
            Code::ConstraintViolation => VaultError::Conflict("row"),
            Code::SystemIoFailure => match failure.extended_code {
                ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS => VaultError::Corrupt("file"),
                ffi::SQLITE_IOERR_SHMSIZE => VaultError::Full,
                code => VaultError::Io(format!("SQLite i/o error {code}")),
            },
            _ => VaultError::Io(format!("SQLite error {}", failure.extended_code)),
        }
    }
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => VaultError::Full,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => VaultError::ReadOnly,
            kind => VaultError::Io(kind.to_string()),
        }
    }
}

impl VaultError {
    /// Why a key store gave back no key: unless it is locked, the key is not the one that wrapped.
    pub(super) fn unwrapping(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked => VaultError::Locked,
            KeyStoreError::Missing => VaultError::WrongKey("missing"),
            KeyStoreError::Failed(_) => VaultError::WrongKey("refused"),
        }
    }
}

impl From<KeyStoreError> for VaultError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked => VaultError::Locked,
            KeyStoreError::Missing => VaultError::WrongKey("missing"),
            KeyStoreError::Failed(reason) => VaultError::Io(format!("key store: {reason}")),
        }
    }
}
