//! Checks the worked example of docs/format-ledger.md: every text it shows is what the code writes and accepts.
#![allow(clippy::unwrap_used)]

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::tree;
use super::*;
use crate::register::{Hash, Instant, ItemId, PartyId, RowId};

const DOC: &str = include_str!("../../docs/format-ledger.md");

/// The key whose seed is the bytes 0 to 31, in PKCS#8 version 2.
fn example_key() -> LogKey {
    let seed: Vec<u8> = (0..32).collect();
    let public = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap().public_key().as_ref().to_vec();
    let head = b"\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    LogKey::from_pkcs8(&[head.as_slice(), &seed, b"\x81\x21\x00", &public].concat()).unwrap()
}

fn example_entries() -> Vec<OpenEntry> {
    let at = |millis: i64| Instant::from_millis(1_764_000_000_000 + millis).unwrap();
    let row = RowId::new("alipay.payment").unwrap();
    let party = PartyId::new("alipay").unwrap();
    let model = ItemId::new("device.model").unwrap();
    let entries = [
        Entry::Answer {
            at: at(0),
            about: AnsweredAbout::Notice { version: "1".into(), language: "zh".into() },
            state: AnswerState::Accepted,
            answers_generation: 1,
        },
        Entry::Decision {
            at: at(1_000),
            row,
            party: party.clone(),
            order: Some(Hash::of(b"salted order")),
            attempt: 1,
            withheld: vec![Withheld { item: model, reasons: vec!["not_asked".into()] }],
            read: Vec::new(),
        },
        Entry::Enrolment { at: at(2_000), party, thumbprint: Hash::of(b"key") },
    ];
    entries.into_iter().zip(1..).map(|(entry, i)| OpenEntry::new(entry, [i; 32]).unwrap()).collect()
}

/// The document shows `text` as a block of its own.
fn shown(text: &str) {
    let block = format!("\n```\n{}\n```\n", text.trim_end_matches('\n'));
    assert!(DOC.contains(&block), "docs/format-ledger.md does not show:\n{text}");
}

#[test]
fn the_worked_example_is_what_the_code_writes_and_accepts() {
    let key = example_key();
    let entries = example_entries();
    let (mut stored, mut checkpoints) = (Vec::new(), Vec::new());
    for (open, i) in entries.iter().zip(0..) {
        stored.extend(tree::append(i, open.commitment().leaf_hash(), stored.as_slice()).unwrap());
        checkpoints.push(Checkpoint::sign(&key, i + 1, &tree::root(i + 1, stored.as_slice()).unwrap()));
    }

    shown(&key.verifier().to_string());
    for (open, i) in entries.iter().zip(0usize..) {
        shown(&format!(
            "body {i}        {}\ncommitment {i}  {}\nleaf hash {i}   {}",
            std::str::from_utf8(open.body()).unwrap(),
            open.commitment().0,
            open.commitment().leaf_hash(),
        ));
    }
    let lines: Vec<_> = stored.iter().enumerate().map(|(i, hash)| format!("{i} {hash}")).collect();
    shown(&lines.join("\n"));
    shown(&checkpoints[2]);

    let mut proof = InclusionProof::make(1, 3, checkpoints[2].clone(), stored.as_slice()).unwrap();
    proof.extra = Some(entries[1].record());
    shown(&proof.to_string());
    let read: InclusionProof = proof.to_string().parse().unwrap();
    let open = OpenEntry::from_record(&read.extra.clone().unwrap()).unwrap();
    let newer = read.verify(&open.commitment().leaf_hash(), key.verifier()).unwrap();

    let growth = ConsistencyProof::make(1, 3, stored.as_slice()).unwrap();
    shown(&growth.to_string());
    let older = Checkpoint::open(&checkpoints[0], key.verifier()).unwrap();
    growth.to_string().parse::<ConsistencyProof>().unwrap().verify(&older, &newer).unwrap();

    let mut export = Export::new(key.verifier(), checkpoints[2].clone());
    export.push(&entries[0]).unwrap();
    export.push(&entries[1]).unwrap();
    export.push_erased(entries[2].commitment());
    let json = serde_json::to_string_pretty(&export).unwrap();
    shown(&json);
    let summary = verify_export(&Export::from_json(json.as_bytes()).unwrap()).unwrap();
    assert_eq!((summary.readable, summary.erased), (2, 1));
}
