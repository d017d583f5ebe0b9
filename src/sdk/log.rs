//! The ledger as the SDK keeps it: entries appended in the caller's transaction, checkpoints, proofs, exports.

use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Opened, Sluicegate};
use crate::ledger::{Checkpoint, Commitment, Entry, Export, InclusionProof, OpenEntry, tree};
use crate::register::{Hash, Instant, PartyId};
use crate::vault::{Account, Anchored, Body, StoredEntry, Tag, Transaction, VaultError};

/// The ledger's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerState {
    /// How many entries.
    pub size: u64,
    /// The checkpoint: a C2SP signed note.
    pub checkpoint: String,
    /// The key it verifies under (the vkey of signed notes).
    pub verifier_key: String,
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Crypto(format!("record: {error}")))
}

/// Reads back what [`to_json`] wrote; anything else is damage.
pub(super) fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|_| VaultError::Corrupt("record").into())
}

/// Appends an entry; gives back its index. It is durable when the caller's transaction is.
pub(super) fn append(
    tx: &mut Transaction<'_>,
    account: Option<&Account>,
    entry: Entry,
) -> Result<u64, Error> {
    let mut salt = [0; 32];
    SystemRandom::new().fill(&mut salt).map_err(|_| Error::Crypto("random: none to be had".into()))?;
    let open = OpenEntry::new(entry, salt).map_err(|error| Error::Crypto(error.to_string()))?;
    let index = tx.entry_count()?;
    let hashes = tree::append(index, open.commitment().leaf_hash(), &hash_store(tx)).map_err(tree_error)?;
    let first = tree::stored_hash_count(index).ok_or(VaultError::Conflict("ledger"))?;
    tx.append_entry(index, account, &open.commitment().0, &open.record())?;
    tx.put_hashes(first, &hashes)?;
    Ok(index)
}

/// The tree's size and root.
pub(super) fn head(tx: &Transaction<'_>) -> Result<(u64, Hash), Error> {
    let size = tx.entry_count()?;
    Ok((size, tree::root(size, &hash_store(tx)).map_err(tree_error)?))
}

/// Lets the anchor know how far the ledger has come.
pub(super) fn mark_ledger(tx: &mut Anchored<'_, '_>) -> Result<(), Error> {
    let (size, root) = head(tx)?;
    Ok(tx.set_ledger(size, root)?)
}

fn hash_store<'t>(tx: &'t Transaction<'_>) -> impl Fn(u64) -> Result<Hash, VaultError> + 't {
    |index| tx.read_hash(index)?.ok_or(VaultError::Corrupt("hashes"))
}

fn tree_error(error: tree::TreeError<VaultError>) -> Error {
    match error {
        tree::TreeError::Store(error) => error.into(),
        tree::TreeError::Range { .. } => VaultError::Corrupt("hashes").into(),
    }
}

impl Opened {
    /// The signed note over the tree as the transaction sees it.
    pub(super) fn checkpoint(&self, tx: &Transaction<'_>) -> Result<(u64, String), Error> {
        let (size, root) = head(tx)?;
        Ok((size, Checkpoint::sign(&self.secrets.log_key()?, size, &root)))
    }

    /// The same for a party, signed with a key that it alone knows this install's log by.
    pub(super) fn checkpoint_for(&self, tx: &Transaction<'_>, party: &PartyId) -> Result<String, Error> {
        let (size, root) = head(tx)?;
        Ok(Checkpoint::sign(&self.secrets.log_key_for(party)?, size, &root))
    }

    /// The entries from `first` on, at most `limit`; accounts are opened where they can be.
    pub(super) fn entries(&self, first: u64, limit: u64) -> Result<Vec<StoredEntry>, Error> {
        let read = || {
            self.vault.read(|tx| {
                let end = tx.entry_count()?.min(first.saturating_add(limit));
                let entry = |index| tx.entry(index)?.ok_or(VaultError::Corrupt("entries"));
                (first..end).map(entry).collect::<Result<Vec<_>, VaultError>>()
            })
        };
        let entries: Vec<StoredEntry> = read()?;
        let mut closed: Vec<Tag> =
            entries.iter().filter(|e| e.body == Body::Closed).filter_map(|e| e.account).collect();
        closed.sort();
        closed.dedup();
        if closed.is_empty() {
            return Ok(entries);
        }
        for tag in closed {
            self.vault.account_of(&tag)?;
        }
        Ok(read()?)
    }
}

impl Sluicegate {
    /// The ledger's state now.
    pub fn ledger(&self, at: Instant) -> Result<LedgerState, Error> {
        self.with_vault(at, |opened| {
            let (size, checkpoint) = opened.vault.read(|tx| opened.checkpoint(tx))?;
            Ok(LedgerState {
                size,
                checkpoint,
                verifier_key: opened.secrets.log_key()?.verifier().to_string(),
            })
        })
    }

    /// The C2SP proof that the entry of this index is in the ledger.
    pub fn prove(&self, index: u64, at: Instant) -> Result<String, Error> {
        let proof = |opened: &Opened, tx: &Transaction<'_>| {
            let (size, checkpoint) = opened.checkpoint(tx)?;
            if index >= size {
                return Err(Error::input("index", format!("the ledger has {size} entries")));
            }
            InclusionProof::make(index, size, checkpoint, &hash_store(tx)).map_err(tree_error)
        };
        let proof = self.with_vault(at, |opened| opened.vault.read(|tx| proof(opened, tx)))?;
        Ok(proof.to_string())
    }

    /// The whole ledger as JSON that `sluicegate ledger verify` checks; erased entries keep their commitments.
    pub fn export_ledger(&self, at: Instant) -> Result<String, Error> {
        let export = self.with_vault(at, export)?;
        serde_json::to_string(&export).map_err(|error| Error::Crypto(error.to_string()))
    }
}

fn export(opened: &Opened) -> Result<Export, Error> {
    let key = opened.secrets.log_key()?;
    // Entries that come meanwhile are left for the next export: the checkpoint says how far this one goes.
    let (size, checkpoint) = opened.vault.read(|tx| opened.checkpoint(tx))?;
    let mut export = Export::new(key.verifier(), checkpoint);
    for stored in opened.entries(0, size)? {
        match stored.body {
            Body::Open(record) => {
                let open = OpenEntry::from_record(&record).map_err(|_| VaultError::Corrupt("entries"))?;
                export.push(&open).map_err(|_| VaultError::Corrupt("entries"))?;
            }
            Body::Closed | Body::Erased => export.push_erased(Commitment(stored.commitment)),
        }
    }
    Ok(export)
}
