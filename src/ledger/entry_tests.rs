//! What is true of entries and commitments; and one entry of each kind, for other tests too.
#![allow(clippy::unwrap_used)]

use super::*;

/// One entry of each kind.
pub(in crate::ledger) fn one_of_each() -> Vec<Entry> {
    let at = Instant::from_millis(1_764_000_000_000).unwrap();
    let row = RowId::new("alipay.payment").unwrap();
    let party = PartyId::new("支付宝 \"A\"").unwrap();
    let item = ItemId::new("device.model").unwrap();
    let hash = Hash::of(b"x");
    let about = AnsweredAbout::Row { row: row.clone(), party: None, item: Some(item.clone()) };
    let notice = AnsweredAbout::Notice { version: "3".into(), language: "zh".into() };
    vec![
        Entry::Decision {
            at,
            row: row.clone(),
            party: party.clone(),
            order: Some(hash),
            attempt: 1,
            withheld: vec![Withheld { item: item.clone(), reasons: vec!["not_asked".into()] }],
            read: vec![item.clone()],
        },
        Entry::HandOver {
            at,
            row,
            party: party.clone(),
            row_hash: hash,
            order: None,
            attempt: 0,
            released: vec![item.clone()],
            read: vec![item],
            payload: hash,
            jti: "j-1".into(),
            answers_generation: 4,
        },
        Entry::Answer { at, about, state: AnswerState::Withdrawn, answers_generation: 5 },
        Entry::Answer { at, about: notice, state: AnswerState::Accepted, answers_generation: 6 },
        Entry::Register { at, id: "1688".into(), version: 7, digest: hash },
        Entry::Enrolment { at, party, thumbprint: hash },
        Entry::Erasure { at, account: hash },
        Entry::Reset { at, why: "vault_corrupt".into(), old_size: Some(9), old_root: None },
        Entry::Clock { at, from: at, to: at.plus_millis(1) },
    ]
}

#[test]
fn every_kind_is_read_back_as_it_was_written() {
    for (i, entry) in one_of_each().into_iter().enumerate() {
        let open = OpenEntry::new(entry.clone(), [i as u8; 32]).unwrap();
        let json: serde_json::Value = serde_json::from_slice(open.body()).unwrap();
        assert_eq!(json["kind"], entry.kind());
        assert_eq!(json["at"], entry.at().millis());
        let read = OpenEntry::from_record(&open.record()).unwrap();
        assert_eq!(read, open);
        assert_eq!(read.entry(), &entry);
        assert_eq!(read.commitment(), open.commitment());
    }
}

#[test]
fn equal_entries_under_different_salts_have_nothing_in_common() {
    let entry = one_of_each().remove(0);
    let commitment = |salt| OpenEntry::new(entry.clone(), salt).unwrap().commitment();
    assert_ne!(commitment([0; 32]), commitment([1; 32]));
}

#[test]
fn the_salt_is_never_printed() {
    let open = OpenEntry::new(one_of_each().remove(0), [201; 32]).unwrap();
    let printed = format!("{open:?}");
    assert!(!printed.contains("201") && !printed.contains("c9c9"), "{printed}");
}

#[test]
fn a_number_that_json_would_round_is_refused() {
    let at = Instant::from_millis(0).unwrap();
    let reset = |size| Entry::Reset { at, why: "lost".into(), old_size: Some(size), old_root: None };
    assert!(OpenEntry::new(reset(tree::MAX_SIZE), [0; 32]).is_ok());
    assert_eq!(OpenEntry::new(reset(u64::MAX), [0; 32]), Err(EntryError::NotCanonical));
    assert_eq!(OpenEntry::new(reset((1 << 53) + 1), [0; 32]), Err(EntryError::NotCanonical));
}

#[test]
fn bytes_that_are_no_entry_are_refused() {
    let read = |body: &str| OpenEntry::from_parts([0; 32], body.as_bytes().to_vec()).map(|_| ());
    assert_eq!(OpenEntry::from_record(&[0; 31]), Err(EntryError::Short));
    assert_eq!(read(""), Err(EntryError::Unknown));
    assert_eq!(read(r#"{"at":1,"kind":"event"}"#), Err(EntryError::Unknown));
    assert_eq!(read(r#"{"at":-1,"from":0,"kind":"clock","to":0}"#), Err(EntryError::Unknown));
    assert_eq!(read(r#"{"at":1,"from":0,"kind":"clock","to":0}"#), Ok(()));
    assert_eq!(read(r#"{"at":1,"from":0,"kind":"clock","to":0,"x":0}"#), Err(EntryError::Unknown));
    assert_eq!(read(r#"{"at":1,"at":1,"from":0,"kind":"clock","to":0}"#), Err(EntryError::Unknown));
    assert_eq!(read(r#"{"kind":"clock","at":1,"from":0,"to":0}"#), Err(EntryError::NotCanonical));
    assert_eq!(read(r#"{"at":1, "from":0,"kind":"clock","to":0}"#), Err(EntryError::NotCanonical));
    assert_eq!(
        read(r#"{"at":1,"kind":"reset","old_root":null,"why":"lost"}"#),
        Err(EntryError::NotCanonical)
    );
}
