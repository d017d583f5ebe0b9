//! The order in which things reach the disk, in one place.
//!
//! A plain write (`Vault::write`):
//! 1. the store is still the one in use, else [`VaultError::Replaced`] and nothing happens;
//! 2. `BEGIN IMMEDIATE`, the changes, `COMMIT`: one fdatasync of the WAL (`synchronous=FULL`);
//! 3. the store is still the one in use: a commit into a store that was put aside is not acknowledged.
//!
//! An anchored write (`Vault::write_anchored`): answers, withdrawals, erasures, register changes:
//! 1. the anchor is read, before the transaction: a generation must exceed the anchor's too;
//! 2. the plain write, which also counts `seq` up. From here on every thread and process sees it;
//! 3. `wal_checkpoint(TRUNCATE)`: the change leaves the WAL, where one flipped bit drops all commits after it. If a
//!    reader keeps the WAL busy this is left to a later checkpoint: step 4 makes the lost change noticed;
//! 4. the anchor is moved: under a lock of its own (`anchor.lock`, no transaction held), the store is read again
//!    and what it says *now* is stored, so two processes can't move the anchor back;
//! 5. keys of erased accounts are destroyed;
//! 6. only then does the call return.
//!
//! A crash after 2 leaves the vault ahead of the anchor: an interrupted write that had not returned; the anchor
//! follows with the next one. The anchor is never ahead of what was committed, so a vault behind it is an older copy.
//! If 3, 4 or 5 fail, the change is committed and holds; the caller gets [`VaultError::Unsettled`] and may ask again.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use super::anchor::{Anchor, AnchorError, Marks, Record};
use super::seal::Tag;
use super::transaction::{Anchored, Transaction};
use super::{Vault, VaultError, schema};
use crate::register::Hash;

/// How many seals are counted at once: the count of a key's seals is at most this much too high per process.
const SEALS_RESERVED: i64 = 1 << 16;

impl Vault {
    /// Runs `work` in one write transaction and makes it durable; an error rolls everything back.
    ///
    /// `work` must not call up into the host, nor into this vault again.
    pub fn write<T, E: From<VaultError>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        self.in_use()?;
        let sql =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(VaultError::from)?;
        let mut tx = Transaction::new(sql, self);
        let value = work(&mut tx)?;
        let reserve = self.seals.left() < SEALS_RESERVED / 2;
        if reserve {
            tx.count_seals(SEALS_RESERVED)?;
        }
        tx.commit()?;
        if reserve {
            self.seals.add(SEALS_RESERVED);
        }
        self.in_use()?;
        Ok(value)
    }

    /// Runs `work` on a snapshot of the store.
    ///
    /// `work` must not call up into the host, nor into this vault again.
    pub fn read<T, E: From<VaultError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        self.in_use()?;
        let sql =
            connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(VaultError::from)?;
        work(&Transaction::new(sql, self))
    }

    /// As [`Vault::write`], and returns only when an older copy of the store would be noticed (see the module).
    pub fn write_anchored<T, E: From<VaultError>>(
        &self,
        work: impl FnOnce(&mut Anchored<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // An anchor that can't be read must not keep a withdrawal from being committed; moving it then fails.
        let anchor = self.load_anchor().unwrap_or(Anchor::Damaged);
        let (value, touched) = self.write(|tx| {
            let mut anchored = Anchored::new(tx, &anchor);
            let value = work(&mut anchored)?;
            let touched = anchored.finish()?;
            Ok::<_, E>((value, touched))
        })?;
        self.settle(&touched).map_err(|error| VaultError::Unsettled(error.to_string()))?;
        Ok(value)
    }

    fn settle(&self, touched: &BTreeSet<Tag>) -> Result<(), VaultError> {
        checkpoint(&self.connection())?;
        self.move_anchor(touched)?;
        self.destroy_erased_keys()
    }

    /// The anchor as it stands now: read it before the store, so that the store is never behind by accident.
    pub(super) fn load_anchor(&self) -> Result<Anchor, VaultError> {
        Ok(match self.anchor.load()? {
            None => Anchor::Missing,
            Some(bytes) => Record::decode(&bytes, &self.root).map_or(Anchor::Damaged, Anchor::Read),
        })
    }

    /// Stores the first anchor of a store without answers, unless there is one that speaks for it.
    pub(super) fn first_anchor(&self) -> Result<(), VaultError> {
        self.in_turn(|| match self.load_anchor()? {
            Anchor::Read(_) => Ok(()),
            _ => self.store_anchor(&Record::first(self.read(|tx| tx.marks())?)),
        })
    }

    /// Brings the anchor to what the store says now; `touched` are the accounts that answered just now.
    fn move_anchor(&self, touched: &BTreeSet<Tag>) -> Result<(), VaultError> {
        self.in_turn(|| {
            let before = self.load_anchor()?;
            let (marks, generations, erased) = self
                .read(|tx| Ok::<_, VaultError>((tx.marks()?, tx.generations()?, tx.erased_generations()?)))?;
            let mut record = match before {
                Anchor::Read(record) => record,
                // The old anchor is lost: only those who answered now are vouched for.
                Anchor::Missing | Anchor::Damaged => {
                    Record { complete: false, ..Record::first(Marks::zero()) }
                }
            };
            for (tag, generation) in generations.iter().chain(&erased) {
                let name = Hash(tag.0);
                if record.complete || touched.contains(tag) || record.accounts.contains_key(&name) {
                    let anchored = record.accounts.entry(name).or_insert(0);
                    *anchored = (*anchored).max(*generation);
                }
            }
            let answered = |tag: &Tag| generations.get(tag).is_some_and(|generation| *generation > 0);
            record.erased = erased.keys().filter(|tag| !answered(tag)).map(|tag| Hash(tag.0)).collect();
            record.marks = newest(record.marks, marks);
            self.store_anchor(&record)
        })
    }

    fn store_anchor(&self, record: &Record) -> Result<(), VaultError> {
        Ok(self.anchor.store(record.encode(&self.root, &self.wrapped_root)?)?)
    }

    /// Runs `work` while no other thread or process moves the anchor.
    ///
    /// The lock is SQLite's on an empty file: it works alike on every platform, has a time-out, and ends with its
    /// process. (std's file locks do not exist on Android.)
    fn in_turn<T>(&self, work: impl FnOnce() -> Result<T, VaultError>) -> Result<T, VaultError> {
        let _threads = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some((place, _)) = &self.place else { return work() };
        let lock = Connection::open(place.turn())?;
        lock.busy_timeout(schema::BUSY_TIMEOUT)?;
        lock.execute_batch("BEGIN IMMEDIATE")?;
        work()
    }

    /// Whether the store that is open still is the one in use.
    fn in_use(&self) -> Result<(), VaultError> {
        match &self.place {
            Some((place, identity)) if place.identity()? != *identity => Err(VaultError::Replaced),
            _ => Ok(()),
        }
    }
}

/// The later of the two by `seq`, but no register version goes back; with an equal `seq` the store speaks.
pub(super) fn newest(anchored: Marks, stored: Marks) -> Marks {
    let register_version = anchored.register_version.max(stored.register_version);
    let newest = if stored.seq >= anchored.seq { stored } else { anchored };
    Marks { register_version, ..newest }
}

fn checkpoint(connection: &Connection) -> Result<(), VaultError> {
    let run = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    match run.map_err(VaultError::from) {
        Err(VaultError::Busy) => Ok(()),
        other => other,
    }
}

impl From<AnchorError> for VaultError {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::Locked => VaultError::Locked,
            AnchorError::Failed(reason) => VaultError::Io(format!("anchor: {reason}")),
        }
    }
}
