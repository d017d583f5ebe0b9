//! Proofs as texts: that a leaf stands in a log (c2sp.org/tlog-proof@v1), and that a log only grew (our own form).

use std::fmt;
use std::str::FromStr;

use super::checkpoint::Checkpoint;
use super::line;
use super::note::{MAX_NOTE_LEN, NoteError, Verifier};
use super::tree::{self, HashStore, ProofFault, TreeError};
use crate::register::Hash;

/// The first line of an inclusion proof.
const INCLUSION: &str = "c2sp.org/tlog-proof@v1";
/// The first line of a consistency proof.
const CONSISTENCY: &str = "sluicegate-consistency@v0";
/// More hashes than any proof of a tree up to [`tree::MAX_SIZE`] has.
const MAX_HASHES: usize = 64;

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text is not a proof.
    #[error("proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it, or beside it, is refused.
    #[error(transparent)]
    Checkpoint(#[from] NoteError),
    /// The checkpoints are not the ones the proof is about.
    #[error("proof: not about these checkpoints")]
    OtherCheckpoints,
    /// The hashes do not prove it.
    #[error(transparent)]
    Fault(#[from] ProofFault),
}

/// Shows offline that a leaf stands at `index` in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Where the leaf stands, from 0.
    pub index: u64,
    /// The audit path, from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// What else the reader needs, not authenticated by itself: for us the record of the entry (see `OpenEntry`).
    pub extra: Option<Vec<u8>>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

impl InclusionProof {
    /// Proves leaf `index` under `checkpoint`, the signed note over the tree of `size` leaves.
    pub fn make<S>(index: u64, size: u64, checkpoint: String, store: &S) -> Result<Self, TreeError<S::Error>>
    where
        S: HashStore + ?Sized,
    {
        let hashes = tree::prove_inclusion(index, size, store)?;
        Ok(Self { index, hashes, extra: None, checkpoint })
    }

    /// Checks checkpoint and path for the leaf with this hash; the checkpoint it stands under.
    pub fn verify(&self, leaf: &Hash, verifier: &Verifier) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier)?;
        tree::verify_inclusion(self.index, checkpoint.size, leaf, &checkpoint.root, &self.hashes)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INCLUSION}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", line::base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        write_hashes(f, &self.hashes)?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for InclusionProof {
    type Err = ProofError;

    /// Reads the text; the checkpoint is kept verbatim and checked by [`InclusionProof::verify`].
    fn from_str(text: &str) -> Result<Self, ProofError> {
        if text.len() > 2 * MAX_NOTE_LEN {
            return Err(ProofError::Malformed("longer than 2,000,000 bytes"));
        }
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(ProofError::Malformed("no blank line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(INCLUSION) {
            return Err(ProofError::Malformed("the first line must be 'c2sp.org/tlog-proof@v1'"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra = extra
            .map(|line| line::unbase64(&line["extra ".len()..]))
            .map(|bytes| bytes.ok_or(ProofError::Malformed("extra must be base64")))
            .transpose()?;
        let index = lines.next().and_then(|line| line::decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(ProofError::Malformed("no line 'index N'"))?;
        Ok(Self { index, hashes: read_hashes(lines)?, extra, checkpoint: checkpoint.to_string() })
    }
}

/// Shows that the tree of `new` leaves holds the tree of `old` leaves unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The size of the older tree.
    pub old: u64,
    /// The size of the newer tree.
    pub new: u64,
    /// The hashes of RFC 6962, 2.1.2, in its order.
    pub hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// Proves that the tree of `new` leaves extends the one of `old` leaves.
    pub fn make<S>(old: u64, new: u64, store: &S) -> Result<Self, TreeError<S::Error>>
    where
        S: HashStore + ?Sized,
    {
        Ok(Self { old, new, hashes: tree::prove_consistency(old, new, store)? })
    }

    /// Checks that `new` extends `old`; both were opened with the log's key.
    pub fn verify(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), ProofError> {
        if (self.old, self.new) != (old.size, new.size) || old.origin != new.origin {
            return Err(ProofError::OtherCheckpoints);
        }
        Ok(tree::verify_consistency(self.old, self.new, &old.root, &new.root, &self.hashes)?)
    }
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{CONSISTENCY}\nold {}\nnew {}", self.old, self.new)?;
        write_hashes(f, &self.hashes)
    }
}

impl FromStr for ConsistencyProof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let text = text.strip_suffix('\n').ok_or(ProofError::Malformed("must end in a newline"))?;
        let mut lines = text.split('\n');
        if lines.next() != Some(CONSISTENCY) {
            return Err(ProofError::Malformed("the first line must be 'sluicegate-consistency@v0'"));
        }
        let old = lines.next().and_then(|line| line::decimal(line.strip_prefix("old ")?));
        let new = lines.next().and_then(|line| line::decimal(line.strip_prefix("new ")?));
        let old = old.ok_or(ProofError::Malformed("no line 'old N'"))?;
        let new = new.ok_or(ProofError::Malformed("no line 'new N'"))?;
        Ok(Self { old, new, hashes: read_hashes(lines)? })
    }
}

fn write_hashes(f: &mut fmt::Formatter<'_>, hashes: &[Hash]) -> fmt::Result {
    hashes.iter().try_for_each(|hash| writeln!(f, "{}", line::base64(&hash.0)))
}

fn read_hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, ProofError> {
    let mut hashes = Vec::new();
    for text in lines {
        if hashes.len() == MAX_HASHES {
            return Err(ProofError::Malformed("more than 64 hashes"));
        }
        hashes.push(line::hash(text).ok_or(ProofError::Malformed("a hash must be 32 bytes in base64"))?);
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;
    use crate::ledger::LogKey;
    use crate::ledger::tree::{append, leaf_hash, root};

    fn key() -> LogKey {
        LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap()
    }

    fn leaf(i: u64) -> Hash {
        leaf_hash(&i.to_be_bytes())
    }

    fn log(key: &LogKey, size: u64) -> (Vec<Hash>, String) {
        let mut stored = Vec::new();
        for i in 0..size {
            stored.extend(append(i, leaf(i), stored.as_slice()).unwrap());
        }
        let root = root(size, stored.as_slice()).unwrap();
        (stored, Checkpoint::sign(key, size, &root))
    }

    #[test]
    fn an_inclusion_proof_survives_its_text_and_holds_for_its_leaf_alone() {
        let key = key();
        for size in [1, 2, 7, 64] {
            let (stored, checkpoint) = log(&key, size);
            for index in 0..size {
                let mut proof =
                    InclusionProof::make(index, size, checkpoint.clone(), stored.as_slice()).unwrap();
                proof.extra = (index % 2 == 0).then(|| vec![1, 2, 3]);
                let read: InclusionProof = proof.to_string().parse().unwrap();
                assert_eq!(read, proof);
                assert_eq!(read.verify(&leaf(index), key.verifier()).unwrap().size, size);
                assert_eq!(
                    read.verify(&leaf(index + 1), key.verifier()),
                    Err(ProofError::Fault(ProofFault::Root))
                );
            }
        }
    }

    #[test]
    fn a_proof_under_a_strangers_checkpoint_is_refused() {
        let (key, stranger) = (key(), key());
        let (stored, checkpoint) = log(&stranger, 3);
        let proof = InclusionProof::make(1, 3, checkpoint, stored.as_slice()).unwrap();
        let verdict = proof.verify(&leaf(1), key.verifier());
        assert!(matches!(verdict, Err(ProofError::Checkpoint(NoteError::Unsigned(_)))));
    }

    #[test]
    fn a_text_that_is_no_inclusion_proof_is_refused() {
        let key = key();
        let (stored, checkpoint) = log(&key, 5);
        let good = InclusionProof::make(2, 5, checkpoint.clone(), stored.as_slice()).unwrap().to_string();
        assert!(good.parse::<InclusionProof>().is_ok());
        let hash = line::base64(&[0; 32]);
        for bad in [
            String::new(),
            checkpoint.clone(),
            good.replace("@v1", "@v2"),
            good.replace("index 2", "index 02"),
            good.replace("index 2", "index -2"),
            good.replace("index 2\n", ""),
            good.replace("index 2\n", "index 2\nextra AAAA\n"),
            good.replace("index 2\n", "extra !\nindex 2\n"),
            good.replace("index 2\n", "index 2\nAAAA\n"),
            good.replace('\n', "\r\n"),
            good.replace("index 2\n", &format!("index 2\n{}", format!("{hash}\n").repeat(65))),
        ] {
            assert!(matches!(bad.parse::<InclusionProof>(), Err(ProofError::Malformed(_))), "{bad}");
        }
        let cut = good.replace("\n\n", "\n\n\n").parse::<InclusionProof>().unwrap();
        assert!(cut.verify(&leaf(2), key.verifier()).is_err());
    }

    #[test]
    fn a_consistency_proof_survives_its_text_and_holds_for_its_checkpoints_alone() {
        let key = key();
        let logs: Vec<_> = (0..20).map(|size| log(&key, size)).collect();
        let opened: Vec<_> =
            logs.iter().map(|(_, note)| Checkpoint::open(note, key.verifier()).unwrap()).collect();
        for new in 0..20usize {
            for old in 0..=new {
                let stored = logs[new].0.as_slice();
                let proof = ConsistencyProof::make(old as u64, new as u64, stored).unwrap();
                let read: ConsistencyProof = proof.to_string().parse().unwrap();
                assert_eq!(read, proof);
                assert_eq!(read.verify(&opened[old], &opened[new]), Ok(()));
                let mut elsewhere = opened[old].clone();
                elsewhere.origin.push('x');
                assert_eq!(read.verify(&elsewhere, &opened[new]), Err(ProofError::OtherCheckpoints));
                if old < new {
                    let verdict = read.verify(&opened[new], &opened[old]);
                    assert_eq!(verdict, Err(ProofError::OtherCheckpoints));
                    let mut forked = opened[old].clone();
                    forked.root = leaf(99);
                    let verdict = read.verify(&forked, &opened[new]);
                    assert_eq!(verdict, Err(ProofError::Fault(ProofFault::Root)));
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_no_consistency_proof_is_refused() {
        let (stored, _) = log(&key(), 7);
        let good = ConsistencyProof::make(3, 7, stored.as_slice()).unwrap().to_string();
        for bad in [
            String::new(),
            good.trim_end().to_string(),
            format!("{good}\n"),
            good.replace("@v0", "@v1"),
            good.replace("old 3\n", ""),
            good.replace("old 3\nnew 7", "new 7\nold 3"),
            good.replace("new 7", "new 9007199254740992"),
        ] {
            assert!(matches!(bad.parse::<ConsistencyProof>(), Err(ProofError::Malformed(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(head in "(extra |index |old |new |[0-9A=/]|\n){0,60}", any in any::<String>()) {
            let verifier = key().verifier().clone();
            for text in [any.clone(), format!("{INCLUSION}\n{head}"), format!("{INCLUSION}\nindex 0\n\n{any}")] {
                if let Ok(proof) = text.parse::<InclusionProof>() {
                    prop_assert_eq!(proof.to_string(), text);
                    prop_assert!(proof.verify(&leaf(0), &verifier).is_err());
                }
            }
            let text = format!("{CONSISTENCY}\n{head}\n");
            if let Ok(proof) = text.parse::<ConsistencyProof>() {
                prop_assert_eq!(proof.to_string(), text);
            }
        }
    }
}
