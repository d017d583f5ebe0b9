//! What the ledger says of one event, without values, and the salted commitment that stands for it in the tree.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tree;
use crate::register::{Hash, Instant, ItemId, PartyId, RowId};

/// One entry. It names rows, items and parties, never a value, an account or an order in clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// An ask of which something was withheld.
    Decision {
        /// When it was decided.
        at: Instant,
        /// The row that was asked for.
        row: RowId,
        /// The party that would have received.
        party: PartyId,
        /// A salted digest of the order, if the ask was for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Hash>,
        /// The host's count of attempts for that order.
        attempt: u32,
        /// What was withheld, and why.
        withheld: Vec<Withheld>,
        /// The items that were read all the same: released, and of no use without a required one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        read: Vec<ItemId>,
    },
    /// A payload, permit or batch is about to leave.
    HandOver {
        /// When it was decided.
        at: Instant,
        /// The row under which it leaves.
        row: RowId,
        /// The party that receives.
        party: PartyId,
        /// The hash of the canonical row.
        row_hash: Hash,
        /// A salted digest of the order, if it is for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Hash>,
        /// The host's count of attempts for that order.
        attempt: u32,
        /// The items in it.
        released: Vec<ItemId>,
        /// The items that were read for it on the device or asked of the host, not taken from memory.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        read: Vec<ItemId>,
        /// SHA-256 of the sealed payload as it leaves.
        payload: Hash,
        /// The payload's own id (JWT `jti`).
        jti: String,
        /// The generation of the answers it was decided by.
        answers_generation: u64,
    },
    /// An account answered.
    Answer {
        /// When.
        at: Instant,
        /// What was answered.
        about: AnsweredAbout,
        /// What was said.
        state: AnswerState,
        /// The generation of the answers that this one made.
        answers_generation: u64,
    },
    /// A register came into force.
    Register {
        /// When.
        at: Instant,
        /// The register's id.
        id: String,
        /// Its version.
        version: u64,
        /// The hash of its canonical JSON.
        digest: Hash,
    },
    /// A signing key was certified for a party.
    Enrolment {
        /// When.
        at: Instant,
        /// The party it signs for.
        party: PartyId,
        /// The key's thumbprint (RFC 7638, SHA-256).
        thumbprint: Hash,
    },
    /// An account's records were made unreadable.
    Erasure {
        /// When.
        at: Instant,
        /// The tag the vault knew the account by: a salted digest.
        account: Hash,
    },
    /// This ledger took the place of one that was lost or damaged.
    Reset {
        /// When.
        at: Instant,
        /// Why, as a code (`vault_corrupt`).
        why: String,
        /// How many leaves the older ledger had, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old_size: Option<u64>,
        /// Its root, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old_root: Option<Hash>,
    },
    /// Trusted time moved the clock's high-water mark.
    Clock {
        /// When, by the new mark.
        at: Instant,
        /// The mark before.
        from: Instant,
        /// The mark after.
        to: Instant,
    },
}

impl Entry {
    /// When it happened.
    pub fn at(&self) -> Instant {
        match self {
            Entry::Decision { at, .. }
            | Entry::HandOver { at, .. }
            | Entry::Answer { at, .. }
            | Entry::Register { at, .. }
            | Entry::Enrolment { at, .. }
            | Entry::Erasure { at, .. }
            | Entry::Reset { at, .. }
            | Entry::Clock { at, .. } => *at,
        }
    }

    /// Its `kind`, as its JSON spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Entry::Decision { .. } => "decision",
            Entry::HandOver { .. } => "hand_over",
            Entry::Answer { .. } => "answer",
            Entry::Register { .. } => "register",
            Entry::Enrolment { .. } => "enrolment",
            Entry::Erasure { .. } => "erasure",
            Entry::Reset { .. } => "reset",
            Entry::Clock { .. } => "clock",
        }
    }
}

/// An item that was withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The item.
    pub item: ItemId,
    /// The gate's reasons, as codes (`not_answered`, `no_key`).
    pub reasons: Vec<String>,
}

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AnsweredAbout {
    /// The notice, in the language in which it was shown.
    Notice {
        /// Its version.
        version: String,
        /// Its language (`zh`, `en`).
        language: String,
    },
    /// A row, for one party or all, or one optional item of it.
    Row {
        /// The row.
        row: RowId,
        /// The party it is for, if it is for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<PartyId>,
        /// The item, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// The notice was accepted.
    Accepted,
    /// Consent was given.
    Granted,
    /// Consent was not given.
    Refused,
    /// Consent, or acceptance of the notice, was taken back.
    Withdrawn,
}

/// Why the bytes of an entry are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// They are too short to hold a salt and a body.
    #[error("entry: shorter than its salt")]
    Short,
    /// The body is no entry of this format version.
    #[error("entry: not an entry of format version 0")]
    Unknown,
    /// The body is not in canonical JSON, or holds a number that JSON does not keep exactly.
    #[error("entry: not canonical JSON (RFC 8785)")]
    NotCanonical,
}

/// What stands for an entry in the tree: SHA-256(salt || body). It says nothing of the entry without its salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(pub Hash);

impl Commitment {
    /// The commitment to these bytes.
    pub fn of(salt: &[u8; 32], body: &[u8]) -> Self {
        Self(Hash::of(&[salt.as_slice(), body].concat()))
    }

    /// The Merkle leaf: the RFC 6962 leaf hash of the commitment's 32 bytes.
    pub fn leaf_hash(&self) -> Hash {
        tree::leaf_hash(&self.0.0)
    }
}

/// An entry that can still be read: its salt and its body. Erasing both leaves the [`Commitment`] in the tree.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenEntry {
    salt: [u8; 32],
    body: Vec<u8>,
    entry: Entry,
}

impl OpenEntry {
    /// Makes the body of `entry`. The salt is 32 fresh random bytes: a salt used twice would betray equal entries.
    pub fn new(entry: Entry, salt: [u8; 32]) -> Result<Self, EntryError> {
        let body = canonical(&entry)?;
        // A number beyond 2^53 would be rounded, and the entry would say something else.
        if serde_json::from_slice::<Entry>(&body).ok().as_ref() != Some(&entry) {
            return Err(EntryError::NotCanonical);
        }
        Ok(Self { salt, body, entry })
    }

    /// Reads an entry back from its salt and the bytes of its body.
    pub fn from_parts(salt: [u8; 32], body: Vec<u8>) -> Result<Self, EntryError> {
        let entry: Entry = serde_json::from_slice(&body).map_err(|_| EntryError::Unknown)?;
        if canonical(&entry)? != body {
            return Err(EntryError::NotCanonical);
        }
        Ok(Self { salt, body, entry })
    }

    /// Reads an entry back from its [record](OpenEntry::record).
    pub fn from_record(record: &[u8]) -> Result<Self, EntryError> {
        let (salt, body) = record.split_first_chunk::<32>().ok_or(EntryError::Short)?;
        Self::from_parts(*salt, body.to_vec())
    }

    /// Salt and body, one after the other: what is stored, sealed, and shown beside a proof.
    pub fn record(&self) -> Vec<u8> {
        [self.salt.as_slice(), &self.body].concat()
    }

    /// The 32 random bytes that hide the body.
    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// The canonical JSON of the entry.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The entry itself.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// What stands for it in the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment::of(&self.salt, &self.body)
    }
}

impl fmt::Debug for OpenEntry {
    /// Without the salt: who has it can tell what an erased entry said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenEntry({:?})", self.entry)
    }
}

fn canonical(entry: &Entry) -> Result<Vec<u8>, EntryError> {
    serde_json_canonicalizer::to_vec(entry).map_err(|_| EntryError::NotCanonical)
}

#[cfg(test)]
#[path = "entry_tests.rs"]
pub(super) mod tests;
