//! The invariants that have no file of their own, from end to end; and that docs/invariants.md names tests that exist.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use sluicegate::register::*;
use sluicegate::sdk::{Error, Outcome, PartyRef, Place, SdkOptions, ShareAsk, Sluicegate};
use sluicegate::vault::{FileAnchor, KeyStore, KeyStoreError};
use support::*;

const ROWS: [&str; 5] =
    ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"];

/// A phone before its first unlock.
struct Locked;

impl KeyStore for Locked {
    fn create(&self, _: String) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Locked)
    }
    fn wrap(&self, _: String, _: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::Locked)
    }
    fn unwrap(&self, _: String, _: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::Locked)
    }
    fn delete(&self, _: String) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Locked)
    }
}

#[test]
fn invariant_6_a_locked_vault_withholds_and_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::new();
    let gate = Sluicegate::open(SdkOptions {
        register: signed_register(),
        controller_key: demo_key("controller-sig").public().clone(),
        place: Place::Folder {
            folder: folder.path().join("vault"),
            keys: Arc::new(Locked),
            anchor: Arc::new(FileAnchor::new(folder.path().join("anchor"))),
        },
        host: host.clone(),
        signer: None,
        at: at(0),
    })
    .unwrap();
    for row in ROWS {
        let outcome = gate.share(&ask(row)).unwrap();
        assert!(matches!(outcome, Outcome::Withheld { entry: None, .. }), "{row}: {outcome:?}");
        assert!(reasons(&outcome).values().all(|reason| *reason == "vault_unavailable"), "{row}");
    }
    assert!(host.asked_items().is_empty());
}

#[test]
fn invariant_12_under_14_nothing_leaves_without_a_guardian() {
    let shop = Shop::ready();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    for row in ROWS {
        let outcome = shop.share(&ShareAsk { age: Age::Under14, ..ask(row) });
        assert!(matches!(outcome, Outcome::Withheld { .. }), "{row}: {outcome:?}");
    }
    assert!(shop.host.asked_items().is_empty(), "and nothing is asked of the app");
}

#[test]
fn invariant_13_bad_input_names_its_field_and_changes_nothing() {
    let shop = Shop::ready();
    let payment = || ask("alipay.payment");
    text(&shop.share(&payment()));
    let before = state(&shop);
    let nobody = |row: &str| subject(row, "alipay", None);
    let lin = AccountId::new("lin").unwrap();
    let stranger = PartyRef { id: PartyId::new("stranger").unwrap(), ..party("ads", "lantern") };
    let asked = [
        ("order", ShareAsk { order: None, ..payment() }),
        ("order", ShareAsk { order: payment().order, ..ask("ads.delivery") }),
        ("nonce", ShareAsk { nonce: Nonce::new("another").unwrap(), ..payment() }),
        ("scenario", ShareAsk { scenario: ScenarioId::new("no.such").unwrap(), ..payment() }),
        ("party.key", ShareAsk { party: stranger, ..ask("ads.delivery") }),
        ("request", ShareAsk { request: Some("a.b.c".into()), ..ask("alipay.aml") }),
    ];
    for (field, ask) in &asked {
        assert_names(shop.gate.share(ask).unwrap_err(), field);
    }
    assert_names(shop.gate.grant(&lin, &[nobody("no.such")], &act(1)).unwrap_err(), "row");
    assert_names(shop.gate.withdraw(&lin, &[], &act(1)).unwrap_err(), "subjects");
    assert_names(shop.gate.accept_notice(&lin, 99, &act(1)).unwrap_err(), "notice");
    shop.host.set("order.amount_minor", Value::Text("much".into()));
    let next = ShareAsk { attempt: 2, ..payment() };
    assert_names(shop.gate.share(&next).unwrap_err(), "provided.order.amount_minor");
    assert_eq!(state(&shop), before);
}

#[test]
fn an_older_register_is_refused() {
    let mut shop = Shop::ready();
    let mut newer = register_json();
    newer["version"] = 2.into();
    shop.reopen(&sign_register(&newer));
    let again = open_at(shop.folder.path(), &signed_register(), shop.host.clone(), at(1));
    assert!(matches!(again, Err(Error::RegisterOlder { given: 1, known: 2 })));
}

/// The tests that docs/invariants.md names are in the files it names, and each invariant has one.
#[test]
fn every_test_that_the_invariants_name_exists() {
    let page = std::fs::read_to_string(root().join("docs/invariants.md")).unwrap();
    let mut shown = BTreeSet::new();
    let mut missing = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some(Ok(number)) = cells.first().map(|cell| cell.parse::<u32>()) else { continue };
        let tests: Vec<&str> = cells.last().unwrap().split('`').skip(1).step_by(2).collect();
        let mut file = "";
        for name in tests {
            if name.contains('/') {
                file = name;
                if !root().join(file).exists() {
                    missing.push(format!("invariant {number}: there is no {file}"));
                } else if !file.ends_with(".rs") {
                    shown.insert(number);
                }
            } else if has_test(&root().join(file), name) {
                shown.insert(number);
            } else {
                missing.push(format!("invariant {number}: {file} has no test {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(shown, (1..=13).collect(), "each invariant is shown by a test");
}

/// Whether a function of this name stands in the file right after an attribute that makes it a test.
fn has_test(file: &Path, name: &str) -> bool {
    let source = std::fs::read_to_string(file).unwrap_or_default();
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else { return false };
    let above = before.lines().rev().map(str::trim).skip_while(|line| line.is_empty());
    above
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .any(|line| line.contains("test]"))
}

fn assert_names(error: Error, field: &str) {
    match &error {
        Error::InvalidInput { field: named, .. } => {
            assert!(
                named == field || named.starts_with(&format!("{field}.")),
                "{error} does not name {field}"
            );
        }
        other => panic!("{field}: {other}"),
    }
}

/// What may not change: the ledger and the answers.
fn state(shop: &Shop) -> (u64, String) {
    let answers = shop.gate.answers(&AccountId::new("lin").unwrap(), at(50)).unwrap();
    (shop.gate.ledger(at(50)).unwrap().size, format!("{answers:?}"))
}
