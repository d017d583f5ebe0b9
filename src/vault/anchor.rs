//! The anchor: what the vault last promised, kept outside its folder, so that an older vault is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::VaultError;
use super::keys::{hex_random, sync_folder, write_new};
use super::seal::{DataKey, Tag, prefixed};
use crate::register::{Hash, Instant};

/// The format version of the anchor.
pub const ANCHOR_FORMAT: u32 = 0;

/// Why the anchor could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// The place is locked for now (before the first unlock).
    #[error("the anchor's place is locked")]
    Locked,
    /// The platform refused; the reason holds no secret.
    #[error("the anchor can't be reached: {0}")]
    Failed(String),
}

/// Where the anchor lives: outside the vault's folder and outside of backups (Keychain; a no-backup file).
///
/// Called without a transaction of the vault. `store` replaces the whole record at once and is durable when it returns.
pub trait AnchorStore: Send + Sync {
    /// The last stored bytes; none if there were none.
    fn load(&self) -> Result<Option<Vec<u8>>, AnchorError>;
    /// Replaces the bytes.
    fn store(&self, anchor: Vec<u8>) -> Result<(), AnchorError>;
}

/// The anchor in memory: for tests and [`super::Vault::in_memory`].
#[derive(Default)]
pub struct MemoryAnchor(Mutex<Option<Vec<u8>>>);

impl AnchorStore for MemoryAnchor {
    fn load(&self) -> Result<Option<Vec<u8>>, AnchorError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn store(&self, anchor: Vec<u8>) -> Result<(), AnchorError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(anchor);
        Ok(())
    }
}

/// The anchor in a file, replaced by rename. The file must not lie in the vault's folder.
pub struct FileAnchor(PathBuf);

impl FileAnchor {
    /// The anchor in the file `path`; its folder is made with the first write.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl AnchorStore for FileAnchor {
    fn load(&self) -> Result<Option<Vec<u8>>, AnchorError> {
        match fs::read(&self.0) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(AnchorError::Failed(error.to_string())),
        }
    }

    fn store(&self, anchor: Vec<u8>) -> Result<(), AnchorError> {
        let failed = |error: std::io::Error| AnchorError::Failed(error.to_string());
        let name = hex_random().map_err(|error| AnchorError::Failed(error.to_string()))?;
        let folder = match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => std::path::Path::new("."),
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let mut draft = self.0.clone().into_os_string();
        draft.push(format!(".{name}.new"));
        let draft = PathBuf::from(draft);
        let moved = write_new(&draft, &anchor)
            .and_then(|()| fs::rename(&draft, &self.0))
            .and_then(|()| sync_folder(folder));
        moved.map_err(|error| {
            // Nothing else to do about a draft that can't be removed: it is not the anchor.
            let _ = fs::remove_file(&draft);
            failed(error)
        })
    }
}

/// What only grows, and must not go back with an older vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Counts anchored transactions.
    pub seq: u64,
    /// The newest register version that was accepted.
    pub register_version: u64,
    /// The clock's high-water mark (invariant 10).
    pub clock_high_water: Instant,
    /// The ledger's size at the last anchored transaction.
    pub ledger_size: u64,
    /// The ledger's root at that size.
    pub ledger_root: Hash,
}

impl Marks {
    /// Nothing happened yet.
    pub(super) fn zero() -> Self {
        let epoch = Instant::from_millis(0).expect("the epoch is an instant");
        Self {
            seq: 0,
            register_version: 0,
            clock_high_water: epoch,
            ledger_size: 0,
            ledger_root: Hash::of(b""),
        }
    }
}

/// The record that is authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub format: u32,
    pub marks: Marks,
    /// False once an anchor was lost: then an account that is not named here is not vouched for.
    pub complete: bool,
    /// The last generation of each account, by tag.
    pub accounts: BTreeMap<Hash, u64>,
    /// Accounts that were erased and have not answered since.
    pub erased: BTreeSet<Hash>,
}

impl Record {
    /// The first record of a new store.
    pub fn first(marks: Marks) -> Self {
        Self {
            format: ANCHOR_FORMAT,
            marks,
            complete: true,
            accounts: BTreeMap::new(),
            erased: BTreeSet::new(),
        }
    }

    /// The bytes to store: the record, the vault's wrapped secret, and an HMAC-SHA-256 over both.
    pub fn encode(&self, root: &DataKey, wrapped: &[u8]) -> Result<Vec<u8>, VaultError> {
        let record = serde_json::to_string(self).map_err(|error| VaultError::Io(error.to_string()))?;
        let tag = ring::hmac::sign(&root.derive(LABEL), &prefixed(&[record.as_bytes(), wrapped]));
        let outer = Outer { record, secret: HEXLOWER.encode(wrapped), hmac: HEXLOWER.encode(tag.as_ref()) };
        serde_json::to_vec(&outer).map_err(|error| VaultError::Io(error.to_string()))
    }

    /// The record of these bytes, if `root` vouches for it.
    pub fn decode(bytes: &[u8], root: &DataKey) -> Option<Self> {
        let outer: Outer = serde_json::from_slice(bytes).ok()?;
        let (wrapped, tag) = (outer.wrapped()?, HEXLOWER.decode(outer.hmac.as_bytes()).ok()?);
        let text = prefixed(&[outer.record.as_bytes(), &wrapped]);
        ring::hmac::verify(&root.derive(LABEL), &text, &tag).ok()?;
        serde_json::from_str(&outer.record).ok().filter(|record: &Record| record.format == ANCHOR_FORMAT)
    }
}

const LABEL: &str = "sluicegate anchor 0";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    record: String,
    secret: String,
    hmac: String,
}

impl Outer {
    fn wrapped(&self) -> Option<Vec<u8>> {
        HEXLOWER.decode(self.secret.as_bytes()).ok()
    }
}

/// The vault's wrapped secret that stands in an anchor, not yet vouched for.
pub(super) fn wrapped_secret(bytes: &[u8]) -> Option<Vec<u8>> {
    serde_json::from_slice::<Outer>(bytes).ok()?.wrapped()
}

/// The anchor as it was found.
#[derive(Debug, Clone)]
pub(super) enum Anchor {
    Missing,
    Damaged,
    Read(Record),
}

/// How the vault stands to its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both say the same.
    Same,
    /// The vault is ahead: a write was interrupted; the anchor follows with the next one. To be trusted.
    Ahead,
    /// The vault is behind: an older or damaged copy. Its answers can't be trusted.
    Behind,
    /// There is no anchor, or a younger one that does not vouch for this account. Not to be trusted.
    AnchorMissing,
    /// The anchor is damaged, or another vault's. Not to be trusted.
    AnchorDamaged,
}

impl Standing {
    /// Whether answers found in this standing are the last that were given.
    pub fn is_trusted(self) -> bool {
        matches!(self, Standing::Same | Standing::Ahead)
    }

    fn of(stored: u64, anchored: u64) -> Self {
        match stored.cmp(&anchored) {
            std::cmp::Ordering::Equal => Standing::Same,
            std::cmp::Ordering::Greater => Standing::Ahead,
            std::cmp::Ordering::Less => Standing::Behind,
        }
    }
}

impl Anchor {
    /// How an account's stored generation (0: no answers) stands to the anchor.
    pub fn account(&self, tag: &Tag, generation: u64) -> Standing {
        let record = match self {
            Anchor::Missing => return Standing::AnchorMissing,
            Anchor::Damaged => return Standing::AnchorDamaged,
            Anchor::Read(record) => record,
        };
        let tag = Hash(tag.0);
        match record.accounts.get(&tag) {
            Some(_) if generation == 0 && record.erased.contains(&tag) => Standing::Same,
            Some(anchored) => Standing::of(generation, *anchored),
            None if generation > 0 && !record.complete => Standing::AnchorMissing,
            None => Standing::of(generation, 0),
        }
    }

    /// How the whole store stands to the anchor, by its count of anchored transactions.
    pub fn store(&self, seq: u64) -> Standing {
        match self {
            Anchor::Missing => Standing::AnchorMissing,
            Anchor::Damaged => Standing::AnchorDamaged,
            Anchor::Read(record) => Standing::of(seq, record.marks.seq),
        }
    }

    /// The generation that new answers of the account must exceed.
    pub fn floor(&self, tag: &Tag) -> u64 {
        match self {
            Anchor::Read(record) => record.accounts.get(&Hash(tag.0)).copied().unwrap_or(0),
            _ => 0,
        }
    }
}
