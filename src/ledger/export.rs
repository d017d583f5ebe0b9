//! An export of a whole ledger as JSON, and the check that recomputes it from the leaves up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checkpoint::Checkpoint;
use super::entry::{Commitment, EntryError, OpenEntry};
use super::note::{NoteError, Verifier};
use super::tree::{self, Absent, TreeError};
use crate::register::Hash;

/// The `format` of an export.
pub const EXPORT_FORMAT: &str = "sluicegate-ledger-export@v0";
/// What stands in place of an entry that was erased.
const ERASED: &str = "erased";

/// A whole ledger, as JSON spells it. What it says holds only once [`verify_export`] passed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// [`EXPORT_FORMAT`].
    pub format: String,
    /// Which log.
    pub origin: String,
    /// The log's verifier key, as [`Verifier`] spells it.
    pub vkey: String,
    /// The signed checkpoint over all leaves.
    pub checkpoint: String,
    /// Every leaf, in order.
    pub leaves: Vec<ExportedLeaf>,
}

/// One leaf of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedLeaf {
    /// Where it stands, from 0.
    pub index: u64,
    /// SHA-256(salt || canonical entry).
    pub commitment: Commitment,
    /// The salt, in hex, unless the entry was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Hash>,
    /// The entry, or the text `erased`.
    pub entry: Value,
}

impl Export {
    /// Begins an export of the log that `verifier` checks, under its signed checkpoint.
    pub fn new(verifier: &Verifier, checkpoint: String) -> Self {
        Self {
            format: EXPORT_FORMAT.to_string(),
            origin: verifier.name().to_string(),
            vkey: verifier.to_string(),
            checkpoint,
            leaves: Vec::new(),
        }
    }

    /// Adds the next leaf, whose entry can be read.
    pub fn push(&mut self, open: &OpenEntry) -> Result<(), EntryError> {
        let entry = serde_json::from_slice(open.body()).map_err(|_| EntryError::Unknown)?;
        self.push_leaf(open.commitment(), Some(Hash(*open.salt())), entry);
        Ok(())
    }

    /// Adds the next leaf, whose entry was erased.
    pub fn push_erased(&mut self, commitment: Commitment) {
        self.push_leaf(commitment, None, Value::from(ERASED));
    }

    fn push_leaf(&mut self, commitment: Commitment, salt: Option<Hash>, entry: Value) {
        let index = self.leaves.len() as u64;
        self.leaves.push(ExportedLeaf { index, commitment, salt, entry });
    }

    /// Reads an export's JSON.
    pub fn from_json(json: &[u8]) -> Result<Self, ExportError> {
        serde_json::from_slice(json)
            .map_err(|error| ExportError::Json { line: error.line(), column: error.column() })
    }
}

/// What a sound export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Which log.
    pub origin: String,
    /// The key it verified under. The export brought it: compare it with the one you know this log by.
    pub vkey: String,
    /// How many leaves.
    pub size: u64,
    /// The root that was recomputed and is signed.
    pub root: Hash,
    /// How many leaves still show their entry.
    pub readable: u64,
    /// How many were erased.
    pub erased: u64,
    /// How many readable entries there are of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
}

/// Why an export is not sound; the leaf at fault is named where one is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The text is not the JSON of an export.
    #[error("export: not its JSON, at line {line} column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Another format, or another version.
    #[error("format: must be 'sluicegate-ledger-export@v0'")]
    Format,
    /// The origin is not the name of the key.
    #[error("origin: is not the key's name")]
    Origin,
    /// The key or the checkpoint is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint commits to another number of leaves.
    #[error("leaves: there are {leaves}, and the checkpoint commits to {size}")]
    Size {
        /// How many the export has.
        leaves: u64,
        /// How many the checkpoint says.
        size: u64,
    },
    /// A leaf stands elsewhere than it says.
    #[error("leaf {index}: is numbered {found}")]
    Index {
        /// Where it stands.
        index: u64,
        /// What it says.
        found: u64,
    },
    /// A leaf shows a salt without an entry, or an entry without its salt.
    #[error("leaf {index}: salt and entry go together")]
    Halves {
        /// Where it stands.
        index: u64,
    },
    /// A leaf's entry is not the one that was committed to.
    #[error("leaf {index}: salt and entry do not give the commitment")]
    Commitment {
        /// Where it stands.
        index: u64,
    },
    /// A leaf's entry is none of this version.
    #[error("leaf {index}: {source}")]
    Entry {
        /// Where it stands.
        index: u64,
        /// What is wrong with it.
        source: EntryError,
    },
    /// Every leaf is sound by itself, but together they are not what was signed: a commitment was exchanged,
    /// removed or moved, and a root can't tell which.
    #[error("leaves: their root is not the checkpoint's")]
    Root,
    /// The tree has more leaves than this version counts.
    #[error("leaves: too many")]
    TooMany,
}

/// Recomputes an export from the leaves up. It reads `export` and nothing else.
pub fn verify_export(export: &Export) -> Result<Summary, ExportError> {
    if export.format != EXPORT_FORMAT {
        return Err(ExportError::Format);
    }
    let verifier: Verifier = export.vkey.parse()?;
    if export.origin != verifier.name() {
        return Err(ExportError::Origin);
    }
    let checkpoint = Checkpoint::open(&export.checkpoint, &verifier)?;
    let (mut readable, mut kinds, mut stored) = (0, BTreeMap::new(), Vec::new());
    for (leaf, index) in export.leaves.iter().zip(0u64..) {
        if let Some(open) = open_leaf(leaf, index)? {
            readable += 1;
            *kinds.entry(open.entry().kind()).or_insert(0) += 1;
        }
        let new = tree::append(index, leaf.commitment.leaf_hash(), stored.as_slice());
        stored.extend(new.map_err(|_: TreeError<Absent>| ExportError::TooMany)?);
    }
    let size = export.leaves.len() as u64;
    if size != checkpoint.size {
        return Err(ExportError::Size { leaves: size, size: checkpoint.size });
    }
    let root = tree::root(size, stored.as_slice()).map_err(|_| ExportError::TooMany)?;
    if root != checkpoint.root {
        return Err(ExportError::Root);
    }
    let (origin, vkey) = (export.origin.clone(), export.vkey.clone());
    Ok(Summary { origin, vkey, size, root, readable, erased: size - readable, kinds })
}

/// The entry of a leaf, or none if it was erased; an error unless it is what the commitment says.
fn open_leaf(leaf: &ExportedLeaf, index: u64) -> Result<Option<OpenEntry>, ExportError> {
    if leaf.index != index {
        return Err(ExportError::Index { index, found: leaf.index });
    }
    let salt = match (leaf.salt, leaf.entry == ERASED) {
        (None, true) => return Ok(None),
        (Some(salt), false) => salt.0,
        _ => return Err(ExportError::Halves { index }),
    };
    let body = serde_json_canonicalizer::to_vec(&leaf.entry)
        .map_err(|_| ExportError::Entry { index, source: EntryError::NotCanonical })?;
    if Commitment::of(&salt, &body) != leaf.commitment {
        return Err(ExportError::Commitment { index });
    }
    let open = OpenEntry::from_parts(salt, body).map_err(|source| ExportError::Entry { index, source })?;
    Ok(Some(open))
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
