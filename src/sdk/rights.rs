//! A person's rights (PIPL 44-47): what is known of them, erasure, and how often each item was read. And trusted time.

use serde::Serialize;

use super::commit::reads;
use super::party::Dealing;
use super::{Error, Sluicegate, log, outbox};
use crate::consent::{Answers, HighWater};
use crate::ledger::{Entry, OpenEntry};
use crate::register::{AccountId, Hash, Instant, ItemId, RowId};
use crate::vault::{Body, VaultError};

/// How often an item was read on the device or asked of the host, for which row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCount {
    /// The item.
    pub item: ItemId,
    /// The row.
    pub row: RowId,
    /// How often, since this install.
    pub count: u64,
}

/// Everything the vault holds about an account.
#[derive(Serialize)]
struct Everything {
    format: &'static str,
    account: AccountId,
    exported: Instant,
    answers: Answers,
    received: Vec<Dealing>,
    entries: Vec<serde_json::Value>,
}

impl Sluicegate {
    /// Everything about one account as JSON: answers, who received, the ledger's entries (PIPL 45).
    pub fn export_account(&self, id: &AccountId, at: Instant) -> Result<String, Error> {
        let everything = self.with_vault(at, |opened| {
            let account = opened.vault.account(id)?;
            let answers = opened.account_answers(&account)?.answers;
            let received = opened.vault.read(|tx| tx.dealings(&account))?;
            let received = received.iter().map(|json| log::from_json(json)).collect::<Result<_, _>>()?;
            let mut entries = Vec::new();
            for stored in opened.entries(0, u64::MAX)? {
                let (true, Body::Open(record)) = (stored.account == Some(account.tag()), stored.body) else {
                    continue;
                };
                let open = OpenEntry::from_record(&record).map_err(|_| VaultError::Corrupt("entries"))?;
                entries.push(log::from_json(open.body())?);
            }
            let format = "sluicegate-account-export/0";
            Ok(Everything { format, account: id.clone(), exported: at, answers, received, entries })
        })?;
        String::from_utf8(log::to_json(&everything)?).map_err(|error| Error::Crypto(error.to_string()))
    }

    /// Erases the account (PIPL 47): its key, answers, queued events and results. Its ledger entries can't be read any
    /// more, and the tree still verifies. The parties that received are told through the outbox. Returns whether there
    /// was anything.
    pub fn erase(&self, id: &AccountId, at: Instant) -> Result<bool, Error> {
        self.with_vault(at, |opened| {
            let Some(account) = opened.vault.known_account(id)? else { return Ok(false) };
            // The statutory record is the controller's: what it has not been given yet is bundled while it can be read.
            while self.bundle(opened, at)? {}
            let erased = opened.vault.write_anchored(|tx| {
                outbox::tell_erasure(self, tx, &account, at)?;
                let erased = tx.erase(id)?;
                log::append(tx, None, Entry::Erasure { at, account: Hash(account.tag().0) })?;
                log::mark_ledger(tx)?;
                Ok::<_, Error>(erased)
            })?;
            self.budget.purge_all();
            Ok(erased)
        })
    }

    /// How often each item was read, for which row, since this install.
    pub fn reads(&self, at: Instant) -> Result<Vec<ReadCount>, Error> {
        let counts = self.with_vault(at, |opened| opened.vault.read(reads))?;
        let count = |(row, items): (RowId, std::collections::BTreeMap<ItemId, u64>)| {
            items.into_iter().map(move |(item, count)| ReadCount { item, row: row.clone(), count })
        };
        Ok(counts.into_iter().flat_map(count).collect())
    }

    /// The host vouches for the time (its servers' clock): the mark by which consents expire moves there, up or down.
    pub fn confirm_time(&self, at: Instant) -> Result<(), Error> {
        self.with_vault(at, |opened| {
            opened.vault.write(|tx| {
                let from = tx.marks()?.clock_high_water;
                let to = HighWater::from_mark(from).confirmed(at).expiry_time(at);
                if from != to {
                    tx.set_clock_high_water(to)?;
                    log::append(tx, None, Entry::Clock { at, from, to })?;
                }
                Ok(())
            })
        })
    }
}
