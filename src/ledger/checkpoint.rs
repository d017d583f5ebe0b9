//! Checkpoints (c2sp.org/tlog-checkpoint): the size and root a log commits to, as a signed note.

use super::line;
use super::note::{LogKey, NoteError, Verifier};
use crate::register::Hash;

/// What a log committed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its key.
    pub origin: String,
    /// How many leaves its tree has.
    pub size: u64,
    /// The root of that tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The signed note that commits the log of `key` to `size` leaves with `root`.
    pub fn sign(key: &LogKey, size: u64, root: &Hash) -> String {
        key.sign(&format!("{}\n{size}\n{}\n", key.verifier().name(), line::base64(&root.0)))
    }

    /// Checks the signature, and then reads the checkpoint.
    ///
    /// The origin must be the key's name. Extension lines are signed but say nothing to us; signatures of others
    /// (witnesses) are ignored.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let text = verifier.open(note)?;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let origin = lines.next().filter(|origin| *origin == verifier.name());
        let origin = origin.ok_or(NoteError::Checkpoint("the origin must be the key's name"))?;
        let size = lines.next().and_then(line::decimal);
        let size = size.ok_or(NoteError::Checkpoint("the size must be a decimal up to 2^53 - 1"))?;
        let root = lines.next().and_then(line::hash);
        let root = root.ok_or(NoteError::Checkpoint("the root must be a SHA-256 hash in base64"))?;
        if lines.any(str::is_empty) {
            return Err(NoteError::Checkpoint("an extension line must not be empty"));
        }
        Ok(Self { origin: origin.to_string(), size, root })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ring::rand::SystemRandom;

    use super::*;
    use crate::ledger::tree::empty_root;

    fn key() -> LogKey {
        LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap()
    }

    #[test]
    fn a_checkpoint_is_read_back_as_it_was_signed() {
        let key = key();
        let note = Checkpoint::sign(&key, 7, &empty_root());
        let checkpoint = Checkpoint::open(&note, key.verifier()).unwrap();
        assert_eq!(checkpoint.origin, key.verifier().name());
        assert!(checkpoint.origin.starts_with("sluicegate.log/") && checkpoint.origin.len() == 31);
        assert_eq!((checkpoint.size, checkpoint.root), (7, empty_root()));
        assert!(note.starts_with(&format!("{}\n7\n47DEQpj8", checkpoint.origin)));
    }

    #[test]
    fn a_tampered_checkpoint_is_refused() {
        let key = key();
        let note = Checkpoint::sign(&key, 7, &empty_root());
        for bad in [note.replace("\n7\n", "\n8\n"), note.replace("47DEQpj8", "57DEQpj8")] {
            assert!(matches!(Checkpoint::open(&bad, key.verifier()), Err(NoteError::BadSignature(_))));
        }
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_refused() {
        let key = key();
        let name = key.verifier().name().to_string();
        let root = line::base64(&[7; 32]);
        assert!(
            Checkpoint::open(&key.sign(&format!("{name}\n1\n{root}\nextension\n")), key.verifier()).is_ok()
        );
        for bad in [
            "\n".to_string(),
            format!("{name}\n"),
            format!("{name}\n1\n"),
            format!("other\n1\n{root}\n"),
            format!("{name}\n01\n{root}\n"),
            format!("{name}\n-1\n{root}\n"),
            format!("{name}\n99999999999999999999\n{root}\n"),
            format!("{name}\n1\n{}\n", &root[4..]),
            format!("{name}\n1\n{root}\n\nextension\n"),
            format!("{name}\n1\n{root}\n\n"),
        ] {
            let opened = Checkpoint::open(&key.sign(&bad), key.verifier());
            assert!(matches!(opened, Err(NoteError::Checkpoint(_))), "{bad}: {opened:?}");
        }
    }
}
