//! What is true of exports: sound ones pass, and no change to one goes unseen.
#![allow(clippy::unwrap_used)]

use ring::rand::SystemRandom;

use super::*;
use crate::ledger::LogKey;
use crate::ledger::entry::tests::one_of_each;

/// An export of one entry of each kind, the third erased.
fn export() -> Export {
    let key = LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap();
    let mut export = Export::new(key.verifier(), String::new());
    let mut stored = Vec::new();
    for (entry, i) in one_of_each().into_iter().zip(0u8..) {
        let open = OpenEntry::new(entry, [i; 32]).unwrap();
        if i == 2 {
            export.push_erased(open.commitment());
        } else {
            export.push(&open).unwrap();
        }
        let leaf = open.commitment().leaf_hash();
        stored.extend(tree::append(u64::from(i), leaf, stored.as_slice()).unwrap());
    }
    let size = export.leaves.len() as u64;
    export.checkpoint = Checkpoint::sign(&key, size, &tree::root(size, stored.as_slice()).unwrap());
    export
}

#[test]
fn a_sound_export_with_an_erased_entry_verifies() {
    let export = export();
    let json = serde_json::to_vec(&export).unwrap();
    let read = Export::from_json(&json).unwrap();
    assert_eq!(read, export);
    let summary = verify_export(&read).unwrap();
    assert_eq!((summary.size, summary.readable, summary.erased), (9, 8, 1));
    assert_eq!((summary.kinds["answer"], summary.kinds["hand_over"]), (1, 1));
    assert_eq!(summary.origin, export.origin);
}

#[test]
fn an_empty_ledger_verifies() {
    let key = LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap();
    let checkpoint = Checkpoint::sign(&key, 0, &tree::empty_root());
    let summary = verify_export(&Export::new(key.verifier(), checkpoint)).unwrap();
    assert_eq!((summary.size, summary.erased), (0, 0));
}

#[test]
fn a_change_is_refused_and_the_leaf_at_fault_is_named() {
    let fault = |change: &dyn Fn(&mut Export)| {
        let mut export = export();
        change(&mut export);
        verify_export(&export).unwrap_err()
    };
    let other = Commitment(Hash::of(b"other"));
    assert_eq!(fault(&|e| e.format.push('1')), ExportError::Format);
    assert_eq!(fault(&|e| e.origin.push('1')), ExportError::Origin);
    assert!(matches!(fault(&|e| e.vkey.push('1')), ExportError::Note(NoteError::Vkey(_))));
    assert!(matches!(fault(&|e| e.checkpoint.clear()), ExportError::Note(NoteError::Malformed(_))));
    assert_eq!(fault(&|e| e.leaves[4].index = 5), ExportError::Index { index: 4, found: 5 });
    assert_eq!(fault(&|e| e.leaves[4].entry["version"] = 8.into()), ExportError::Commitment { index: 4 });
    assert_eq!(fault(&|e| e.leaves[4].salt = Some(Hash([9; 32]))), ExportError::Commitment { index: 4 });
    assert_eq!(fault(&|e| e.leaves[4].commitment = other), ExportError::Commitment { index: 4 });
    assert_eq!(fault(&|e| e.leaves[4].salt = None), ExportError::Halves { index: 4 });
    assert_eq!(fault(&|e| e.leaves[4].entry = ERASED.into()), ExportError::Halves { index: 4 });
    assert_eq!(fault(&|e| e.leaves[2].commitment = other), ExportError::Root);
    assert_eq!(fault(&|e| drop(e.leaves.pop())), ExportError::Size { leaves: 8, size: 9 });
    assert_eq!(
        fault(&|e| {
            e.leaves.swap(0, 1);
            e.leaves[0].index = 0;
            e.leaves[1].index = 1;
        }),
        ExportError::Root
    );
}

#[test]
fn an_entry_that_was_committed_to_but_is_of_no_known_kind_is_named() {
    let mut export = export();
    let entry: Value = serde_json::from_str(r#"{"at":1,"kind":"event"}"#).unwrap();
    let body = serde_json_canonicalizer::to_vec(&entry).unwrap();
    export.leaves[7].entry = entry;
    export.leaves[7].commitment = Commitment::of(&export.leaves[7].salt.unwrap().0, &body);
    let fault = verify_export(&export).unwrap_err();
    assert_eq!(fault, ExportError::Entry { index: 7, source: EntryError::Unknown });
    assert_eq!(fault.to_string(), "leaf 7: entry: not an entry of format version 0");
}

#[test]
fn another_logs_checkpoint_over_the_same_leaves_is_refused() {
    let mut ours = export();
    let theirs = export();
    ours.checkpoint = theirs.checkpoint;
    assert!(matches!(verify_export(&ours), Err(ExportError::Note(NoteError::Unsigned(_)))));
}

#[test]
fn json_that_is_no_export_is_refused_with_its_place() {
    assert_eq!(Export::from_json(b"{\n x"), Err(ExportError::Json { line: 2, column: 2 }));
    let json = serde_json::to_string(&export()).unwrap();
    assert!(Export::from_json(json.replace("\"origin\"", "\"source\"").as_bytes()).is_err());
}
