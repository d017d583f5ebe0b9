//! An account in the vault: its own key, its one sealed record of answers, its erasure.

use std::fmt;
use std::sync::PoisonError;

use zeroize::Zeroizing;

use super::anchor::Standing;
use super::seal::{DataKey, Tag, random};
use super::transaction::{Anchored, Transaction, integer, number};
use super::{Vault, VaultError, check_digest};
use crate::register::{AccountId, Hash};

/// An account whose key is at hand: what is needed to read or write anything of it in a transaction.
///
/// Made by [`Vault::account`], outside of every transaction, because the key store may be slow.
#[derive(Clone)]
pub struct Account {
    tag: Tag,
    alias: String,
    key: DataKey,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

impl Account {
    /// What stands for the account in the store.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    pub(super) fn key(&self) -> &DataKey {
        &self.key
    }
}

/// An account's key as it is stored.
struct Wrapped {
    alias: String,
    key: Vec<u8>,
    digest: Vec<u8>,
}

/// The answers of an account as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Counts the changes; 0 if there are no answers.
    pub generation: u64,
    /// What was put last.
    pub bytes: Option<Vec<u8>>,
}

/// The answers of an account, and whether they are the last that were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The stored answers.
    pub answers: Answers,
    /// How they stand to the anchor: if not [`Standing::is_trusted`], consent items are withheld.
    pub standing: Standing,
}

impl Vault {
    /// Opens the account; makes its key if it is not known yet (one durable write, once).
    ///
    /// Calls the key store when this vault has not opened the account before. A key that was made but not entered
    /// (a crash in between) stays behind in the key store; it opens nothing.
    pub fn account(&self, id: &AccountId) -> Result<Account, VaultError> {
        let tag = self.tag("account", id.as_str().as_bytes());
        for _ in 0..3 {
            if let Some(account) = self.stored_account(tag)? {
                return Ok(account);
            }
            let key = DataKey::random(u32::from_be_bytes(random()?))?;
            let alias = alias(&tag, key.id());
            self.keys.create(alias.clone())?;
            let wrapped = self.keys.wrap(alias.clone(), key.bytes().to_vec())?;
            if self.write(|tx| tx.insert_account(&tag, &alias, &wrapped))? {
                let account = Account { tag, alias, key };
                self.cache(&account);
                return Ok(account);
            }
            // Another process was first.
            self.keys.delete(alias)?;
        }
        Err(VaultError::Busy)
    }

    /// The account, if it is known; none is made.
    pub fn known_account(&self, id: &AccountId) -> Result<Option<Account>, VaultError> {
        self.stored_account(self.tag("account", id.as_str().as_bytes()))
    }

    /// The account of this tag, if it is known: for exports that walk the ledger.
    pub fn account_of(&self, tag: &Tag) -> Result<Option<Account>, VaultError> {
        self.stored_account(*tag)
    }

    /// The account's answers and how they stand to the anchor, which is read first.
    pub fn answers(&self, account: &Account) -> Result<AccountState, VaultError> {
        let anchor = self.load_anchor()?;
        let answers = self.read(|tx| tx.answers(account))?;
        Ok(AccountState { standing: anchor.account(&account.tag, answers.generation), answers })
    }

    /// Destroys the keys of erased accounts that still stand in the key store. Nothing to do, usually.
    pub fn destroy_erased_keys(&self) -> Result<(), VaultError> {
        for alias in self.read(|tx| tx.pending_erasures())? {
            self.keys.delete(alias.clone())?;
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.retain(|_, account| account.alias != alias);
            drop(accounts);
            self.write(|tx| tx.erasure_done(&alias))?;
        }
        Ok(())
    }

    fn stored_account(&self, tag: Tag) -> Result<Option<Account>, VaultError> {
        let Some(Wrapped { alias, key, digest }) = self.read(|tx| tx.wrapped_account(&tag))? else {
            return Ok(None);
        };
        let cached = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get(&tag).cloned();
        if let Some(account) = cached.filter(|account| account.alias == alias) {
            return Ok(Some(account));
        }
        check_digest(&key, &digest)?;
        let id = key_id(&tag, &alias).ok_or(VaultError::Corrupt("accounts"))?;
        let plain = match self.keys.unwrap(alias.clone(), key) {
            Ok(plain) => Zeroizing::new(plain),
            Err(error) => return Err(VaultError::unwrapping(error)),
        };
        let key = DataKey::from_bytes(id, &plain).ok_or(VaultError::WrongKey("account"))?;
        let account = Account { tag, alias, key };
        self.cache(&account);
        Ok(Some(account))
    }

    fn cache(&self, account: &Account) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(account.tag, account.clone());
    }

    /// The key of an account that this vault has opened, if the id is its key's.
    pub(super) fn cached_key(&self, tag: &Tag, id: u32) -> Option<DataKey> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(tag).map(|account| account.key.clone()).filter(|key| key.id() == id)
    }
}

/// The key store's alias of an account's wrapping key: a new one each time the account is made.
pub(super) fn alias(tag: &Tag, key_id: u32) -> String {
    format!("sluicegate.account.{}.{key_id:08x}", tag.hex())
}

fn key_id(tag: &Tag, alias_found: &str) -> Option<u32> {
    let id = u32::from_str_radix(alias_found.rsplit('.').next()?, 16).ok()?;
    (alias(tag, id) == alias_found).then_some(id)
}

impl Transaction<'_> {
    fn wrapped_account(&self, tag: &Tag) -> Result<Option<Wrapped>, VaultError> {
        let sql = "SELECT alias, wrapped, digest FROM accounts WHERE tag = ?1";
        self.one(sql, (tag.0,), |row| {
            Ok(Wrapped { alias: row.get(0)?, key: row.get(1)?, digest: row.get(2)? })
        })
    }

    fn insert_account(&mut self, tag: &Tag, alias: &str, wrapped: &[u8]) -> Result<bool, VaultError> {
        let sql = "INSERT OR IGNORE INTO accounts VALUES(?1, ?2, ?3, ?4, 0, NULL)";
        Ok(self.run(sql, (tag.0, alias, wrapped, Hash::of(wrapped).0))? == 1)
    }

    /// The account's answers; [`VaultError::Erased`] if it was erased since it was opened.
    pub fn answers(&self, account: &Account) -> Result<Answers, VaultError> {
        let sql = "SELECT generation, answers FROM accounts WHERE tag = ?1 AND alias = ?2";
        let found = self.one(sql, (account.tag.0, &account.alias), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        })?;
        let (generation, sealed) = found.ok_or(VaultError::Erased)?;
        let generation = number(generation)?;
        match sealed {
            None if generation == 0 => Ok(Answers { generation, bytes: None }),
            None => Err(VaultError::Corrupt("answers")),
            Some(sealed) => {
                let row: [&[u8]; 2] = [&account.tag.0, &generation.to_be_bytes()];
                Ok(Answers { generation, bytes: Some(account.key.open("accounts", &row, &sealed)?) })
            }
        }
    }

    /// The account's generation, with its answers' seal checked: what a share re-reads before it commits.
    pub fn generation(&self, account: &Account) -> Result<u64, VaultError> {
        Ok(self.answers(account)?.generation)
    }

    /// Fails with [`VaultError::Erased`] unless the account stands.
    pub(super) fn stands(&self, account: &Account) -> Result<(), VaultError> {
        let sql = "SELECT 1 FROM accounts WHERE tag = ?1 AND alias = ?2";
        let found = self.one(sql, (account.tag.0, &account.alias), |_| Ok(()))?;
        found.ok_or(VaultError::Erased)
    }

    pub(super) fn pending_erasures(&self) -> Result<Vec<String>, VaultError> {
        self.all("SELECT alias FROM erased WHERE destroyed = 0", (), |row| row.get(0))
    }

    fn erasure_done(&mut self, alias: &str) -> Result<(), VaultError> {
        self.run("UPDATE erased SET destroyed = 1 WHERE alias = ?1", (alias,)).map(drop)
    }

    pub(super) fn any_answers(&self) -> Result<bool, VaultError> {
        let answered = self.one("SELECT 1 FROM accounts WHERE generation > 0 LIMIT 1", (), |_| Ok(()))?;
        let erased = self.one("SELECT 1 FROM erased LIMIT 1", (), |_| Ok(()))?;
        Ok(answered.or(erased).is_some())
    }
}

impl Anchored<'_, '_> {
    /// The generation that new answers get: one more than was ever given, in the store or the anchor.
    pub fn next_generation(&self, account: &Account) -> Result<u64, VaultError> {
        let stored = self.answers(account)?.generation;
        let erased = self.erased_generation(&account.tag)?;
        stored.max(erased).max(self.floor(&account.tag)).checked_add(1).ok_or(VaultError::Corrupt("answers"))
    }

    /// Puts the account's answers; `generation` must be at least [`Anchored::next_generation`].
    pub fn put_answers(
        &mut self,
        account: &Account,
        generation: u64,
        bytes: &[u8],
    ) -> Result<(), VaultError> {
        if generation < self.next_generation(account)? {
            return Err(VaultError::Conflict("generation"));
        }
        let stored = integer(generation)?;
        let sealed = account.key.seal("accounts", &[&account.tag.0, &generation.to_be_bytes()], bytes)?;
        let sql = "UPDATE accounts SET generation = ?3, answers = ?4 WHERE tag = ?1 AND alias = ?2";
        self.run(sql, (account.tag.0, &account.alias, stored, sealed))?;
        self.touch(account.tag);
        Ok(())
    }

    /// Erases the account: its key, answers, shares and events. Ledger entries keep their commitments, nobody can
    /// read their bodies any more. Needs no key. Gives back whether there was such an account.
    pub fn erase(&mut self, id: &AccountId) -> Result<bool, VaultError> {
        let tag = self.vault().tag("account", id.as_str().as_bytes());
        let sql = "SELECT alias, generation FROM accounts WHERE tag = ?1";
        let found = self.one(sql, (tag.0,), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let Some((alias, generation)) = found else { return Ok(false) };
        let last = number(generation)?.max(self.floor(&tag)).max(self.erased_generation(&tag)?);
        let last = integer(last.saturating_add(1))?;
        self.run("INSERT OR REPLACE INTO erased VALUES(?1, ?2, ?3, 0)", (alias, tag.0, last))?;
        self.run("DELETE FROM accounts WHERE tag = ?1", (tag.0,))?;
        self.run("DELETE FROM shares WHERE account = ?1", (tag.0,))?;
        self.run("DELETE FROM events WHERE account = ?1", (tag.0,))?;
        self.run("DELETE FROM dealings WHERE account = ?1", (tag.0,))?;
        self.touch(tag);
        Ok(true)
    }

    fn erased_generation(&self, tag: &Tag) -> Result<u64, VaultError> {
        let sql = "SELECT max(generation) FROM erased WHERE tag = ?1";
        let last = self.one(sql, (tag.0,), |row| row.get::<_, Option<i64>>(0))?;
        number(last.flatten().unwrap_or(0))
    }
}
