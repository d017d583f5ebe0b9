//! The encrypted, durable store: it knows bytes and whose they are, not what they mean.
//!
//! Everything a room stores is sealed under the vault's data key or an account's, bound to its table and row.
//! Accounts, parties, orders and nonces stand in it as [`Tag`]s. One [`Vault`] may be used by many threads, and one
//! folder by many processes. [`durability`](self::Vault::write_anchored) has the order of writes.

mod account;
mod anchor;
mod dealings;
mod durability;
mod error;
mod folder;
mod keys;
mod ledger;
mod records;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

pub use account::{Account, AccountState, Answers};
pub use anchor::{ANCHOR_FORMAT, AnchorError, AnchorStore, FileAnchor, Marks, MemoryAnchor, Standing};
pub use error::VaultError;
pub use keys::{FileKeyStore, KeyStore, KeyStoreError, MemoryKeyStore};
pub use ledger::{Body, StoredEntry};
pub use records::{NewShare, StoredEvent, StoredMessage, StoredShare};
pub use schema::{BUSY_TIMEOUT, FORMAT};
pub use seal::{DataKey, SEAL_FORMAT, Tag};
pub use transaction::{Anchored, Transaction};

use folder::Place;

/// The key store's alias of the key that wraps the vault's own keys.
pub const VAULT_ALIAS: &str = "sluicegate.vault";
/// The id of the vault's secret among its keys; data keys have higher ones.
const ROOT: u32 = 0;
/// What the key of the tags is derived for.
const TAGS: &str = "sluicegate tags 0";

/// The open store. Holds no transaction and no lock between calls.
pub struct Vault {
    connection: Mutex<Connection>,
    /// The store's files and the identity of its database; none in memory.
    place: Option<(Place, (u64, u64))>,
    keys: Arc<dyn KeyStore>,
    anchor: Arc<dyn AnchorStore>,
    root: DataKey,
    wrapped_root: Vec<u8>,
    tags: ring::hmac::Key,
    data_keys: Vec<DataKey>,
    accounts: Mutex<HashMap<Tag, Account>>,
    seals: Seals,
    turn: Mutex<()>,
}

/// What opening gives.
pub struct Opened {
    /// The open vault.
    pub vault: Vault,
    /// Set when this store replaced another, until the ledger has it ([`Transaction::clear_reset`]).
    pub reset: Option<Reset>,
}

/// Why the store was begun anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// What became of the store before.
    pub reason: ResetReason,
    /// Where it was put aside; none if it is gone.
    pub quarantined: Option<PathBuf>,
}

/// What became of the store before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// It was damaged and put aside.
    Corrupt,
    /// There is an anchor but no store: its folder was deleted.
    Vanished,
}

impl Vault {
    /// Opens the store in `folder`, or begins one. A damaged store is put aside (renamed) and the fact returned; a
    /// locked key store, a wrong key or a newer format is an error and changes nothing.
    ///
    /// Touches the folder, the key store and (for a store without answers) the anchor, nothing else.
    pub fn open(
        folder: &Path,
        keys: Arc<dyn KeyStore>,
        anchor: Arc<dyn AnchorStore>,
    ) -> Result<Opened, VaultError> {
        for _ in 0..3 {
            let place = Place::find(folder)?;
            match Self::open_store(&place, &keys, &anchor) {
                Err(VaultError::Corrupt(_)) => place.put_aside()?,
                other => return other,
            }
        }
        Err(VaultError::Corrupt("every new store"))
    }

    /// A vault that lives as long as this value: for tests of host apps.
    pub fn in_memory() -> Result<Vault, VaultError> {
        let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
        let anchor: Arc<dyn AnchorStore> = Arc::new(MemoryAnchor::default());
        Ok(Self::over(schema::connect_in_memory()?, None, &keys, &anchor)?.vault)
    }

    /// Puts this store aside, for a caller that met [`VaultError::Corrupt`] after opening: every further use is
    /// [`VaultError::Replaced`], the next opening begins a new store and tells the reset.
    pub fn put_aside(&self) -> Result<(), VaultError> {
        match &self.place {
            Some((place, _)) => place.put_aside(),
            None => Err(VaultError::Conflict("a vault in memory")),
        }
    }

    /// Puts the store in `folder` aside without opening it: for a host that decides to give up a store whose key is
    /// gone ([`VaultError::WrongKey`]).
    pub fn give_up(folder: &Path) -> Result<(), VaultError> {
        Place::find(folder)?.put_aside()
    }

    fn open_store(
        place: &Place,
        keys: &Arc<dyn KeyStore>,
        anchor: &Arc<dyn AnchorStore>,
    ) -> Result<Opened, VaultError> {
        schema::connect(place)
            .and_then(|connection| Self::over(connection, Some(place), keys, anchor))
            .map_err(|error| match error {
                VaultError::Io(_) => place.writable().err().unwrap_or(error),
                _ => error,
            })
    }

    fn over(
        mut connection: Connection,
        place: Option<&Place>,
        keys: &Arc<dyn KeyStore>,
        anchor: &Arc<dyn AnchorStore>,
    ) -> Result<Opened, VaultError> {
        // Calls up (key store, anchor) come before the transaction that makes the store.
        let fresh = match schema::format(&connection)? {
            None => Some(Fresh::new(place, keys.as_ref(), anchor.as_ref())?),
            Some(_) => None,
        };
        let created = schema::migrate(&mut connection, |tx| match &fresh {
            Some(fresh) => fresh.fill(tx),
            None => Err(VaultError::Corrupt("header")),
        })?;
        let stored = stored_keys(&connection)?;
        let mut opened = Vec::new();
        for (id, wrapped) in &stored {
            let plain = keys.unwrap(VAULT_ALIAS.into(), wrapped.clone()).map_err(VaultError::unwrapping)?;
            let plain = zeroize::Zeroizing::new(plain);
            let key = plain.strip_prefix(&id.to_be_bytes()).and_then(|bytes| DataKey::from_bytes(*id, bytes));
            opened.push(key.ok_or(VaultError::Corrupt("keys"))?);
        }
        let (root, data_keys) = match opened.split_first() {
            Some((root, data)) if root.id() == ROOT && !data.is_empty() => (root.clone(), data.to_vec()),
            _ => return Err(VaultError::Corrupt("keys")),
        };
        let vault = Vault {
            connection: Mutex::new(connection),
            place: place.map(|place| Ok::<_, VaultError>((place.clone(), place.identity()?))).transpose()?,
            keys: keys.clone(),
            anchor: anchor.clone(),
            tags: root.derive(TAGS),
            root,
            wrapped_root: stored[0].1.clone(),
            data_keys,
            accounts: Mutex::default(),
            seals: Seals::default(),
            turn: Mutex::default(),
        };
        let (marks, reset, answered, pending) = vault.read(|tx| {
            Ok::<_, VaultError>((tx.marks()?, tx.reset()?, tx.any_answers()?, tx.pending_erasures()?))
        })?;
        if created || (marks.seq == 0 && !answered && anchor.load()?.is_none()) {
            vault.first_anchor()?;
        }
        if !pending.is_empty() {
            vault.destroy_erased_keys()?;
        }
        Ok(Opened { vault, reset })
    }

    /// How the store as a whole stands to its anchor, and the marks that hold: the newer of both.
    ///
    /// When the store is behind, its ledger lost entries; the marks say up to where it had come.
    pub fn standing(&self) -> Result<(Standing, Marks), VaultError> {
        let anchor = self.load_anchor()?;
        let stored = self.read(|tx| tx.marks())?;
        let standing = anchor.store(stored.seq);
        Ok(match anchor {
            anchor::Anchor::Read(record) => (standing, durability::newest(record.marks, stored)),
            _ => (standing, stored),
        })
    }

    /// How many values the data key has sealed, at most; to be rotated well before 2^31.
    pub fn seals(&self) -> Result<u64, VaultError> {
        self.read(|tx| tx.seals())
    }

    /// The tag that stands for `name`, one of a `kind`.
    fn tag(&self, kind: &str, name: &[u8]) -> Tag {
        Tag::of(&self.tags, kind, name)
    }

    fn data_key(&self) -> &DataKey {
        self.data_keys.last().expect("a vault has a data key")
    }

    fn seal(&self, table: &str, row: &[&[u8]], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.seals.add(-1);
        self.data_key().seal(table, row, plain)
    }

    fn unseal(&self, table: &str, row: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let id = seal::key_id(sealed)?;
        let key = self.data_keys.iter().find(|key| key.id() == id);
        key.ok_or(VaultError::Corrupt("key id"))?.open(table, row, sealed)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in `work` rolled its transaction back: the connection is as good as before.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys and first records of a store about to be made.
struct Fresh {
    root: DataKey,
    data: DataKey,
    wrapped: [Vec<u8>; 2],
    marks: Marks,
    reset: Option<Reset>,
}

impl Fresh {
    /// Keeps the secret and the marks of an anchor that outlived its store: the clock, the register's version and
    /// the generations of a lost store still count.
    fn new(place: Option<&Place>, keys: &dyn KeyStore, anchor: &dyn AnchorStore) -> Result<Self, VaultError> {
        let anchored = anchor.load()?;
        keys.create(VAULT_ALIAS.into())?;
        let (root, marks) = match anchored.as_deref().map(|bytes| inherit(bytes, keys)).transpose()?.flatten()
        {
            Some((root, marks)) => (root, marks),
            None => (DataKey::random(ROOT)?, Marks::zero()),
        };
        let data = DataKey::random(ROOT + 1)?;
        let wrap = |key: &DataKey| {
            let plain = [&key.id().to_be_bytes(), key.bytes()].concat();
            keys.wrap(VAULT_ALIAS.into(), plain)
        };
        let wrapped = [wrap(&root)?, wrap(&data)?];
        let aside = place.and_then(|place| place.aside.clone());
        let reset = match (aside, anchored) {
            (Some(aside), _) => Some(Reset { reason: ResetReason::Corrupt, quarantined: Some(aside) }),
            (None, Some(_)) => Some(Reset { reason: ResetReason::Vanished, quarantined: None }),
            (None, None) => None,
        };
        Ok(Self { root, data, wrapped, marks, reset })
    }

    fn fill(&self, tx: rusqlite::Transaction<'_>) -> Result<(), VaultError> {
        for (key, wrapped) in [&self.root, &self.data].into_iter().zip(&self.wrapped) {
            let digest = crate::register::Hash::of(wrapped).0;
            tx.execute("INSERT INTO keys VALUES(?1, ?2, ?3, 2)", (key.id(), wrapped, digest))?;
        }
        let put = |name: &str, value: Vec<u8>| {
            let key = Tag::of(&self.root.derive(TAGS), "meta", name.as_bytes()).0;
            let sealed = self.data.seal("meta", &[&key], &value)?;
            tx.execute("INSERT INTO meta VALUES(?1, ?2)", (key, sealed)).map_err(VaultError::from)
        };
        put(transaction::MARKS, transaction::to_json(&self.marks)?)?;
        if let Some(reset) = &self.reset {
            put(transaction::RESET, transaction::to_json(reset)?)?;
        }
        Ok(tx.commit()?)
    }
}

/// The secret and the marks of an anchor, if this key store's key opens it.
fn inherit(anchor: &[u8], keys: &dyn KeyStore) -> Result<Option<(DataKey, Marks)>, VaultError> {
    let Some(wrapped) = anchor::wrapped_secret(anchor) else { return Ok(None) };
    let plain = match keys.unwrap(VAULT_ALIAS.into(), wrapped) {
        Ok(plain) => zeroize::Zeroizing::new(plain),
        Err(KeyStoreError::Locked) => return Err(VaultError::Locked),
        Err(_) => return Ok(None),
    };
    let root = plain.strip_prefix(&ROOT.to_be_bytes()).and_then(|bytes| DataKey::from_bytes(ROOT, bytes));
    Ok(root.and_then(|root| {
        let record = anchor::Record::decode(anchor, &root)?;
        Some((root, record.marks))
    }))
}

/// The wrapped keys by id. The digest tells damage (the store is put aside) from a wrong key (it is not).
fn stored_keys(connection: &Connection) -> Result<Vec<(u32, Vec<u8>)>, VaultError> {
    let mut select = connection.prepare("SELECT id, wrapped, digest FROM keys ORDER BY id")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    rows.map(|row| {
        let (id, wrapped, digest): (u32, Vec<u8>, Vec<u8>) = row?;
        check_digest(&wrapped, &digest)?;
        Ok((id, wrapped))
    })
    .collect()
}

fn check_digest(wrapped: &[u8], digest: &[u8]) -> Result<(), VaultError> {
    if crate::register::Hash::of(wrapped).0 == digest { Ok(()) } else { Err(VaultError::Corrupt("keys")) }
}

/// Seals that were counted in the store ahead of their use.
#[derive(Default)]
struct Seals(AtomicI64);

impl Seals {
    fn left(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, count: i64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}
