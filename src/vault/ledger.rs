//! The ledger's rows: entries with their sealed bodies, and the tree's stored hashes.

use super::seal::{Tag, key_id};
use super::transaction::{Transaction, integer};
use super::{Account, VaultError};
use crate::register::Hash;

/// The body of an entry, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// What was appended.
    Open(Vec<u8>),
    /// Sealed under the key of an account that was not opened: see [`super::Vault::account_of`].
    Closed,
    /// The account was erased; nobody can read it.
    Erased,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The account it is about, if it is about one.
    pub account: Option<Tag>,
    /// The salted commitment that is the tree's leaf.
    pub commitment: Hash,
    /// The body.
    pub body: Body,
}

impl Transaction<'_> {
    /// How many entries there are; also the index of the next.
    pub fn entry_count(&self) -> Result<u64, VaultError> {
        self.count("SELECT max(idx) + 1 FROM entries", ())
    }

    /// Appends the entry `idx`, which must be [`Transaction::entry_count`]; its body is sealed under the account's
    /// key, or the vault's if it is about no account.
    pub fn append_entry(
        &mut self,
        idx: u64,
        account: Option<&Account>,
        commitment: &Hash,
        body: &[u8],
    ) -> Result<(), VaultError> {
        if idx != self.entry_count()? {
            return Err(VaultError::Conflict("entry"));
        }
        let tag = account.map(Account::tag);
        let row = row(idx, &tag, commitment);
        let row: Vec<&[u8]> = row.iter().map(Vec::as_slice).collect();
        let sealed = match account {
            Some(account) => {
                self.stands(account)?;
                account.key().seal("entries", &row, body)?
            }
            None => self.vault().seal("entries", &row, body)?,
        };
        let sql = "INSERT INTO entries VALUES(?1, ?2, ?3, ?4)";
        self.run(sql, (integer(idx)?, tag.map(|tag| tag.0), commitment.0, sealed)).map(drop)
    }

    /// The entry `idx`.
    pub fn entry(&self, idx: u64) -> Result<Option<StoredEntry>, VaultError> {
        let sql = "SELECT account, commitment, body FROM entries WHERE idx = ?1";
        let found = self.one(sql, (integer(idx)?,), |row| {
            Ok((row.get::<_, Option<Vec<u8>>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        let Some((account, commitment, sealed)) = found else { return Ok(None) };
        let account = account.map(Tag::from_stored).transpose()?;
        let commitment = hash(commitment)?;
        let row = row(idx, &account, &commitment);
        let row: Vec<&[u8]> = row.iter().map(Vec::as_slice).collect();
        let body = match account {
            None => Body::Open(self.vault().unseal("entries", &row, &sealed)?),
            Some(tag) => {
                let id = key_id(&sealed)?;
                let alias = super::account::alias(&tag, id);
                if self.one("SELECT 1 FROM erased WHERE alias = ?1", (alias,), |_| Ok(()))?.is_some() {
                    Body::Erased
                } else if let Some(key) = self.vault().cached_key(&tag, id) {
                    Body::Open(key.open("entries", &row, &sealed)?)
                } else {
                    Body::Closed
                }
            }
        };
        Ok(Some(StoredEntry { account, commitment, body }))
    }

    /// A stored hash of the tree.
    pub fn read_hash(&self, idx: u64) -> Result<Option<Hash>, VaultError> {
        let found = self.one("SELECT hash FROM hashes WHERE idx = ?1", (integer(idx)?,), |row| row.get(0))?;
        found.map(hash).transpose()
    }

    /// Stores hashes of the tree from `first_idx` on; none of them may be there already.
    pub fn put_hashes(&mut self, first_idx: u64, hashes: &[Hash]) -> Result<(), VaultError> {
        for (idx, hash) in (first_idx..).zip(hashes) {
            self.run("INSERT INTO hashes VALUES(?1, ?2)", (integer(idx)?, hash.0))?;
        }
        Ok(())
    }

    /// How many hashes are stored; also the index of the next.
    pub fn hash_count(&self) -> Result<u64, VaultError> {
        self.count("SELECT max(idx) + 1 FROM hashes", ())
    }
}

fn row(idx: u64, account: &Option<Tag>, commitment: &Hash) -> [Vec<u8>; 3] {
    let account = account.map(|tag| tag.0.to_vec()).unwrap_or_default();
    [idx.to_be_bytes().to_vec(), account, commitment.0.to_vec()]
}

fn hash(bytes: Vec<u8>) -> Result<Hash, VaultError> {
    bytes.try_into().map(Hash).map_err(|_| VaultError::Corrupt("hash"))
}
