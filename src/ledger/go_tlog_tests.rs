//! What we write is what Go's sumdb packages and the C2SP readers accept (part of the full run: wants `go`).
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use ring::rand::SystemRandom;
use serde_json::{Value, json};

use super::tree;
use super::*;
use crate::register::Hash;

fn ledger(size: u64) -> Value {
    let key = LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap();
    let commitments: Vec<_> = (0..size).map(|i| Commitment(Hash::of(&i.to_be_bytes()))).collect();
    let (mut stored, mut checkpoints) = (Vec::new(), Vec::new());
    for (commitment, i) in commitments.iter().zip(0..) {
        stored.extend(tree::append(i, commitment.leaf_hash(), stored.as_slice()).unwrap());
        let root = tree::root(i + 1, stored.as_slice()).unwrap();
        checkpoints.push(Checkpoint::sign(&key, i + 1, &root));
    }
    let checkpoint = checkpoints.last().unwrap().clone();
    let proofs: Vec<_> = (0..size)
        .map(|i| {
            let mut proof = InclusionProof::make(i, size, checkpoint.clone(), stored.as_slice()).unwrap();
            proof.extra = i.is_multiple_of(3).then(|| vec![i as u8; 40]);
            proof.to_string()
        })
        .collect();
    let growths: Vec<_> = checkpoints
        .iter()
        .zip(1..)
        .map(|(old, i)| {
            let proof = ConsistencyProof::make(i, size, stored.as_slice()).unwrap();
            json!({ "checkpoint": old, "hashes": proof.hashes })
        })
        .collect();
    json!({
        "vkey": key.verifier().to_string(),
        "checkpoint": checkpoint,
        "leaves": commitments,
        "stored": stored,
        "proofs": proofs,
        "growths": growths,
    })
}

/// Whether the Go program accepts it; what it said.
fn go_accepts(ledger: &Value) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.json");
    std::fs::write(&file, ledger.to_string()).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/go-tlog");
    let run = Command::new("go").args(["run", "."]).arg(&file).current_dir(program).output().unwrap();
    (run.status.success(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
#[ignore = "full run: wants go and its modules"]
fn go_accepts_our_checkpoints_proofs_and_stored_hashes() {
    for size in [1, 2, 37, 64] {
        let (accepted, said) = go_accepts(&ledger(size));
        assert!(accepted, "{size}: {said}");
    }
}

fn with_other_last_digit(text: &str) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

#[test]
#[ignore = "full run: wants go and its modules"]
fn go_refuses_each_part_that_was_altered() {
    type Change = fn(&str) -> String;
    let changes: [(&str, &str, Change); 8] = [
        ("/vkey", "vkey", with_other_last_digit),
        ("/checkpoint", "checkpoint", |text| text.replace("\n7\n", "\n6\n")),
        ("/leaves/3", "stored", with_other_last_digit),
        ("/stored/5", "stored", with_other_last_digit),
        ("/proofs/2", "proof 2", |text| text.replace("index 2", "index 3")),
        ("/proofs/2", "proof 2", |text| text.replace("\n7\n", "\n6\n")),
        ("/growths/4/checkpoint", "growth 4", |text| text.replace("\n5\n", "\n4\n")),
        ("/growths/4/hashes/0", "growth 4", with_other_last_digit),
    ];
    for (pointer, part, change) in changes {
        let mut ledger = ledger(7);
        let text = ledger.pointer_mut(pointer).unwrap();
        *text = change(text.as_str().unwrap()).into();
        let (accepted, said) = go_accepts(&ledger);
        assert!(!accepted && said.contains(part), "{pointer}: {said}");
    }
}
