//! Answers as the app sees them: receipts that the person keeps, their other phone, listeners, the clock.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};

use sluicegate::jose::jws;
use sluicegate::payload::enrol::Certificate;
use sluicegate::register::*;
use sluicegate::sdk::{Error, Listener, RECEIPT_TYP};
use support::*;

fn lin() -> AccountId {
    AccountId::new("lin").unwrap()
}

fn payment() -> sluicegate::consent::Subject {
    subject("alipay.payment", "alipay", None)
}

fn opened(receipt: &str) -> serde_json::Value {
    let keys = controller_keys();
    let header = jws::Header::read_unverified(receipt).unwrap();
    let controller_party = PartyId::new("1688").unwrap();
    let certificate =
        Certificate::read(&header.certificate.unwrap(), controller(&keys), &controller_party, at(60))
            .unwrap();
    serde_json::from_slice(&jws::verify(receipt, &certificate.key, RECEIPT_TYP).unwrap()).unwrap()
}

#[test]
fn a_receipt_has_every_mandatory_field_of_ts_27560() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let receipt = opened(&shop.gate.receipts(&lin(), at(60)).unwrap()[0]);
    assert_eq!(receipt["dct:conformsTo"], "https://w3id.org/dpv/schema/dpv-27560#receipt");
    let record = &receipt["dpv:hasRecordOfActivity"];
    let process = &record["dpv:hasProcess"];
    let party = &record["dpv:hasDataController"];
    let status = &record["dpv:hasConsentStatus"];
    for (name, value) in [
        ("receipt id", &receipt["dct:identifier"]),
        ("schema version", &record["dct:conformsTo"]),
        ("record id", &record["dct:identifier"]),
        ("principal id", &record["dpv:hasDataSubject"]["dct:identifier"]),
        ("notice", &record["dpv:hasNotice"]["schema:url"]),
        ("language", &record["dpv:hasNotice"]["dct:language"]),
        ("purpose", &process["dpv:hasPurpose"]),
        ("information", &process["dpv:hasPersonalData"]),
        ("information type", &process["dpv:hasPersonalData"][0]["@type"]),
        ("storage location", &process["dpv:hasStorageCondition"][0]["dpv:hasLocation"]),
        ("retention", &process["dpv:hasStorageCondition"][1]["dpv:hasDuration"]),
        ("jurisdiction", &record["dpv:hasJurisdiction"]),
        ("recipients", &process["dpv:hasRecipient"]["dct:identifier"]),
        ("withdrawal method", &process["dpv:hasRight"]["dct:description"]),
        ("party id", &party["dct:identifier"]),
        ("party name", &party["dpv:hasName"]),
        ("party address", &party["dpv:hasAddress"]),
        ("party contact", &party["dpv:hasContact"]),
        ("party type", &party["@type"]),
        ("event time", &status["dct:date"]),
        ("validity", &status["dct:valid"]),
        ("entity", &status["dpv:isIndicatedBy"]),
        ("event type", &status["dpv:hasIndicationMethod"]),
        ("event state", &status["@type"]),
    ] {
        assert!(!value.is_null() && *value != "" && *value != serde_json::json!([]), "{name}");
    }
    assert_eq!(status["@type"], "dpv:ConsentGiven");
    assert_eq!(status["dct:date"], "2026-11-24T12:00:00.000Z");
}

#[test]
fn a_receipt_says_that_a_consent_has_expired() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let expires = shop.gate.answers(&lin(), at(0)).unwrap().answers.given()[0].expires;
    let status = |receipt: &str| {
        opened(receipt)["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]["@type"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status(&shop.gate.receipts(&lin(), expires.plus_millis(-1)).unwrap()[0]), "dpv:ConsentGiven");
    assert_eq!(status(&shop.gate.receipts(&lin(), expires).unwrap()[0]), "dpv:ConsentExpired");
}

#[test]
fn receipts_are_signed_by_a_certified_install_or_not_given() {
    let shop = Shop::new();
    shop.accept("lin");
    shop.grant("lin", payment());
    let error = shop.gate.receipts(&lin(), at(5)).unwrap_err();
    assert!(matches!(error, Error::InvalidInput { field, .. } if field == "enrolment"));
}

#[test]
fn a_withdrawal_on_the_other_phone_holds_here_and_an_older_grant_does_not_undo_it() {
    let (here, there) = (Shop::ready(), Shop::ready());
    for phone in [&here, &there] {
        phone.grant("lin", payment());
    }
    let granted = there.gate.receipts(&lin(), at(5)).unwrap().remove(0);
    there.gate.withdraw(&lin(), &[payment()], &act(20)).unwrap();
    let withdrawn = there.gate.receipts(&lin(), at(25)).unwrap().remove(0);
    assert!(here.gate.import_receipt(&lin(), &withdrawn, at(30)).unwrap());
    assert!(!here.gate.import_receipt(&lin(), &withdrawn, at(31)).unwrap(), "once is enough");
    let mut ask = ask("alipay.payment");
    ask.at = at(40);
    assert_eq!(reasons(&here.share(&ask))["device.model"], "withdrawn");
    assert!(!here.gate.import_receipt(&lin(), &granted, at(41)).unwrap());
    ask.attempt = 2;
    assert_eq!(reasons(&here.share(&ask))["device.model"], "withdrawn");
}

#[test]
fn a_receipt_of_another_account_or_a_tampered_one_changes_nothing() {
    let (here, there) = (Shop::ready(), Shop::ready());
    there.grant("lin", payment());
    let receipt = there.gate.receipts(&lin(), at(5)).unwrap().remove(0);
    let wang = AccountId::new("wang").unwrap();
    let before = here.gate.answers(&wang, at(6)).unwrap();
    let error = here.gate.import_receipt(&wang, &receipt, at(6)).unwrap_err();
    assert_eq!(error.to_string(), "receipt: is another account's");
    let mut tampered = receipt.clone().into_bytes();
    let last = tampered.len() - 5;
    tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
    assert!(here.gate.import_receipt(&lin(), &String::from_utf8(tampered).unwrap(), at(6)).is_err());
    assert_eq!(here.gate.answers(&wang, at(7)).unwrap(), before);
}

#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Listener for Heard {
    fn answers_changed(&self, _account: AccountId, generation: u64) {
        self.0.lock().unwrap().push(generation);
    }
}

#[test]
fn a_listener_hears_of_each_change_once_and_of_nothing_else() {
    let shop = Shop::ready();
    let heard = Arc::new(Heard::default());
    let number = shop.gate.subscribe(heard.clone());
    shop.grant("lin", payment());
    shop.share(&ask("alipay.payment"));
    shop.gate.withdraw(&lin(), &[payment()], &act(20)).unwrap();
    shop.gate.withdraw(&lin(), &[payment()], &act(21)).unwrap();
    assert_eq!(*heard.0.lock().unwrap(), [2, 3]);
    assert!(shop.gate.unsubscribe(number) && !shop.gate.unsubscribe(number));
    shop.grant("lin", payment());
    assert_eq!(heard.0.lock().unwrap().len(), 2);
}

#[test]
fn turning_the_clock_back_does_not_revive_an_expired_consent() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let expires = shop.gate.answers(&lin(), at(0)).unwrap().answers.given()[0].expires;
    shop.gate.confirm_time(expires).unwrap();
    let mut back = ask("alipay.payment");
    back.at = at(60);
    assert_eq!(reasons(&shop.share(&back))["device.model"], "expired");
    shop.gate.confirm_time(at(61)).unwrap();
    (back.at, back.attempt) = (at(62), 2);
    assert!(
        released(&shop.share(&back)).contains(&"device.os_name".to_owned()),
        "trusted time may lower the mark"
    );
}

#[test]
fn a_grant_of_another_phone_is_never_taken_over() {
    let (here, there) = (Shop::ready(), Shop::ready());
    there.grant("lin", payment());
    let granted = there.gate.receipts(&lin(), at(5)).unwrap().remove(0);
    assert!(!here.gate.import_receipt(&lin(), &granted, at(10)).unwrap());
    assert_eq!(reasons(&here.share(&ask("alipay.payment")))["device.model"], "not_asked");
}

#[test]
fn withdrawing_a_row_on_the_other_phone_ends_the_grants_of_its_items_here() {
    let (here, there) = (Shop::ready(), Shop::ready());
    let oaid = subject("ads.delivery", "lantern", Some("device.oaid"));
    let row = subject("ads.delivery", "lantern", None);
    for phone in [&here, &there] {
        phone.grant("lin", row.clone());
    }
    here.grant("lin", oaid);
    there.gate.withdraw(&lin(), &[row], &act(20)).unwrap();
    let withdrawn = there.gate.receipts(&lin(), at(25)).unwrap().remove(0);
    assert!(here.gate.import_receipt(&lin(), &withdrawn, at(30)).unwrap());
    let mut batch = ask("ads.delivery");
    batch.at = at(40);
    assert_eq!(reasons(&here.share(&batch))["device.oaid"], "withdrawn");
}
