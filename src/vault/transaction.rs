//! One transaction on the store: what every table's methods stand on, and the vault's own small records.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use rusqlite::{Params, Row};
use serde::Serialize;

use super::anchor::{Anchor, Marks};
use super::seal::Tag;
use super::{Reset, Vault, VaultError};
use crate::register::{Hash, Instant};

pub(super) const MARKS: &str = "vault.marks";
pub(super) const RESET: &str = "vault.reset";

/// A transaction: a snapshot for [`Vault::read`], all or nothing for [`Vault::write`].
pub struct Transaction<'v> {
    sql: rusqlite::Transaction<'v>,
    vault: &'v Vault,
}

impl<'v> Transaction<'v> {
    pub(super) fn new(sql: rusqlite::Transaction<'v>, vault: &'v Vault) -> Self {
        Self { sql, vault }
    }

    pub(super) fn vault(&self) -> &'v Vault {
        self.vault
    }

    pub(super) fn commit(self) -> Result<(), VaultError> {
        Ok(self.sql.commit()?)
    }

    /// Runs a statement that changes rows; gives back how many.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, VaultError> {
        Ok(self.sql.prepare_cached(sql)?.execute(params)?)
    }

    /// Inserts a row and gives back its id.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<i64, VaultError> {
        Ok(self.sql.prepare_cached(sql)?.insert(params)?)
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, VaultError> {
        match self.sql.prepare_cached(sql)?.query_row(params, read) {
            Ok(found) => Ok(Some(found)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, VaultError> {
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many rows the statement counts.
    pub(super) fn count(&self, sql: &str, params: impl Params) -> Result<u64, VaultError> {
        number(self.one(sql, params, |row| row.get::<_, Option<i64>>(0))?.flatten().unwrap_or(0))
    }

    /// A room's own value of this name.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        self.stored(&format!("room.{name}"))
    }

    /// Puts a room's own value of this name.
    pub fn put_meta(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.put(&format!("room.{name}"), value)
    }

    fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let key = self.vault.tag("meta", key.as_bytes()).0;
        let sealed: Option<Vec<u8>> =
            self.one("SELECT value FROM meta WHERE key = ?1", (key,), |row| row.get(0))?;
        sealed.map(|sealed| self.vault.unseal("meta", &[&key], &sealed)).transpose()
    }

    fn put(&self, key: &str, value: &[u8]) -> Result<(), VaultError> {
        let key = self.vault.tag("meta", key.as_bytes()).0;
        let sealed = self.vault.seal("meta", &[&key], value)?;
        self.run("INSERT OR REPLACE INTO meta VALUES(?1, ?2)", (key, sealed)).map(drop)
    }

    /// What only grows, as the store has it. [`Vault::standing`] gives what holds, with the anchor's word.
    pub fn marks(&self) -> Result<Marks, VaultError> {
        let bytes = self.stored(MARKS)?.ok_or(VaultError::Corrupt("marks"))?;
        serde_json::from_slice(&bytes).map_err(|_| VaultError::Corrupt("marks"))
    }

    fn put_marks(&self, marks: &Marks) -> Result<(), VaultError> {
        self.put(MARKS, &to_json(marks)?)
    }

    /// Sets the clock's high-water mark; the gate's clock rule decides the value.
    pub fn set_clock_high_water(&mut self, at: Instant) -> Result<(), VaultError> {
        self.put_marks(&Marks { clock_high_water: at, ..self.marks()? })
    }

    /// Why this store was begun anew, until the ledger has it.
    pub fn reset(&self) -> Result<Option<Reset>, VaultError> {
        let Some(bytes) = self.stored(RESET)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| VaultError::Corrupt("reset"))
    }

    /// Forgets the reset: in the transaction that enters it in the ledger.
    pub fn clear_reset(&mut self) -> Result<(), VaultError> {
        let key = self.vault.tag("meta", RESET.as_bytes()).0;
        self.run("DELETE FROM meta WHERE key = ?1", (key,)).map(drop)
    }

    /// Every account's generation, for the anchor.
    pub(super) fn generations(&self) -> Result<BTreeMap<Tag, u64>, VaultError> {
        self.tagged("SELECT tag, generation FROM accounts")
    }

    /// The last generation of every account that was ever erased.
    pub(super) fn erased_generations(&self) -> Result<BTreeMap<Tag, u64>, VaultError> {
        self.tagged("SELECT tag, max(generation) FROM erased GROUP BY tag")
    }

    fn tagged(&self, sql: &str) -> Result<BTreeMap<Tag, u64>, VaultError> {
        let rows = self.all(sql, (), |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)))?;
        rows.into_iter().map(|(tag, last)| Ok((Tag::from_stored(tag)?, number(last)?))).collect()
    }

    pub(super) fn seals(&self) -> Result<u64, VaultError> {
        self.count("SELECT seals FROM keys WHERE id = ?1", (self.vault.data_key().id(),))
    }

    pub(super) fn count_seals(&self, count: i64) -> Result<(), VaultError> {
        let key = self.vault.data_key().id();
        self.run("UPDATE keys SET seals = seals + ?2 WHERE id = ?1", (key, count)).map(drop)
    }
}

/// A transaction after which the anchor moves: answers, erasures and whatever must not go back.
pub struct Anchored<'t, 'v> {
    tx: &'t mut Transaction<'v>,
    anchor: &'t Anchor,
    touched: BTreeSet<Tag>,
}

impl<'t, 'v> Anchored<'t, 'v> {
    pub(super) fn new(tx: &'t mut Transaction<'v>, anchor: &'t Anchor) -> Self {
        Self { tx, anchor, touched: BTreeSet::new() }
    }

    /// Sets the newest register version; it can't go down ([`VaultError::Conflict`]).
    pub fn set_register_version(&mut self, version: u64) -> Result<(), VaultError> {
        let marks = self.marks()?;
        if version < marks.register_version {
            return Err(VaultError::Conflict("register version"));
        }
        self.put_marks(&Marks { register_version: version, ..marks })
    }

    /// Sets the ledger's size and root as they are after this transaction's entries.
    pub fn set_ledger(&mut self, size: u64, root: Hash) -> Result<(), VaultError> {
        self.put_marks(&Marks { ledger_size: size, ledger_root: root, ..self.tx.marks()? })
    }

    pub(super) fn floor(&self, tag: &Tag) -> u64 {
        self.anchor.floor(tag)
    }

    pub(super) fn touch(&mut self, tag: Tag) {
        self.touched.insert(tag);
    }

    /// Counts the transaction, past whatever the anchor has seen.
    pub(super) fn finish(self) -> Result<BTreeSet<Tag>, VaultError> {
        let marks = self.tx.marks()?;
        let anchored = match self.anchor {
            Anchor::Read(record) => record.marks.seq,
            Anchor::Missing | Anchor::Damaged => 0,
        };
        let seq = marks.seq.max(anchored).saturating_add(1);
        self.tx.put_marks(&Marks { seq, ..marks })?;
        Ok(self.touched)
    }
}

impl<'v> Deref for Anchored<'_, 'v> {
    type Target = Transaction<'v>;
    fn deref(&self) -> &Transaction<'v> {
        self.tx
    }
}

impl<'v> DerefMut for Anchored<'_, 'v> {
    fn deref_mut(&mut self) -> &mut Transaction<'v> {
        self.tx
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(value).map_err(|error| VaultError::Io(error.to_string()))
}

/// A count as SQLite stores it.
pub(super) fn integer(number: u64) -> Result<i64, VaultError> {
    i64::try_from(number).map_err(|_| VaultError::Conflict("number"))
}

/// A count as SQLite gives it back.
pub(super) fn number(integer: i64) -> Result<u64, VaultError> {
    u64::try_from(integer).map_err(|_| VaultError::Corrupt("number"))
}
