//! Invariants 7 and 8: no personal value of an order stays on the phone or leaves by another way than its payload, and
//! two partners who pool what they opened have nothing in common but what every install has.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use sluicegate::jose::Issuer;
use sluicegate::register::*;
use sluicegate::sdk::{AdEvent, Delivery, ExplainAsk, Outcome, Recorded, ShareAsk};
use sluicegate_cli::receive::{open_batch, open_jwe, open_payload};
use support::*;

/// Long enough not to stand anywhere by chance.
const ACCOUNT: &str = "lin-account-70421";
const OAID: &str = "1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5";

/// Every personal value of the test's order and phone, with the item it is of.
const PERSONAL: &[(&str, &str)] = &[
    ("account", ACCOUNT),
    ("consignee.name", "王小明"),
    ("consignee.phone", "13800138000"),
    ("consignee.address", "浙江省杭州市滨江区网商路699号"),
    ("account.member_name", "tb_lantern_88"),
    ("alipay.user_id", "2088001122334455"),
    ("order.id", "1688-0001"),
    ("device.oaid", OAID),
];

/// What was logged, of every crate, at every level.
static LOG: Mutex<String> = Mutex::new(String::new());

struct Capture;

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOG.lock().unwrap().push_str(&format!("{} {} {}\n", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn account() -> AccountId {
    AccountId::new(ACCOUNT).unwrap()
}

fn ask_of(row: &str) -> ShareAsk {
    ShareAsk { account: account(), ..ask(row) }
}

fn event(partner: &str, number: u32) -> AdEvent {
    AdEvent { account: account(), party: party("ads", partner), ..exposure(number) }
}

fn batch_for(partner: &str, seconds: i64) -> ShareAsk {
    ShareAsk { party: party("ads", partner), at: at(seconds), ..ask_of("ads.delivery") }
}

fn lantern_and_kite() -> [(&'static str, &'static str); 2] {
    [("lantern", "ads-lantern-enc"), ("kite", "ads-kite-enc")]
}

#[test]
fn no_personal_value_stays_behind_or_leaves_beside_its_payload() {
    log::set_logger(&Capture).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let mut shop = Shop::new();
    shop.enrol_all();
    shop.accept(ACCOUNT);
    for row in ["alipay.payment", "alipay.aml", "merchants.order", "logistics.order"] {
        shop.share(&ask_of(row));
    }
    let grants = [
        subject("alipay.payment", "alipay", None),
        subject("alipay.payment", "alipay", Some("alipay.user_id")),
        subject("alipay.aml", "alipay", None),
        subject("ads.delivery", "lantern", None),
        subject("ads.delivery", "lantern", Some("device.oaid")),
        subject("ads.delivery", "kite", None),
    ];
    for grant in &grants {
        shop.grant(ACCOUNT, grant.clone());
    }
    let mut looked_at = Vec::new();
    let payment = shop.share(&ShareAsk { attempt: 2, ..ask_of("alipay.payment") });
    assert!(released(&payment).contains(&"alipay.user_id".to_owned()));
    let aml = aml_request("1688-0001", false, "req-2");
    let aml = shop.share(&ShareAsk { request: Some(aml), ..ask_of("alipay.aml") });
    looked_at.push(("an explanation".to_owned(), explain(&shop).into_bytes()));
    for (partner, key) in lantern_and_kite() {
        for number in 0..20 {
            assert_eq!(shop.gate.record_event(&event(partner, number)).unwrap(), Recorded::Queued);
        }
        let batch = shop.share(&batch_for(partner, 200));
        assert_eq!(released(&batch).contains(&"device.oaid".to_owned()), partner == "lantern", "{batch:?}");
        let plain = open_jwe(text(&batch), &demo_key(key).to_private_jwk()).unwrap().to_vec();
        looked_at.push((format!("the batch that {partner} opened"), plain));
        assert_eq!(shop.gate.record_event(&event(partner, 300)).unwrap(), Recorded::Queued);
    }
    fail_on_purpose(&shop, &mut looked_at);

    // Each place where personal values would be found if they were there: the parties', who are to have them.
    let keys = controller_keys();
    let issuer: Issuer<'_> = controller(&keys);
    let alipay = PartyId::new("alipay").unwrap();
    for outcome in [&payment, &aml] {
        let opened = open_payload(text(outcome), &demo_key("alipay-enc"), &alipay, issuer, at(20)).unwrap();
        let plain = serde_json::to_vec(&opened.claims).unwrap();
        assert!(found(&plain, "tb_lantern_88").is_some() && found(&plain, "1688-0001").is_some());
        looked_at.push(("what is sealed to Alipay".to_owned(), text(outcome).as_bytes().to_vec()));
    }

    look_everywhere(&shop, &mut looked_at, "with answers and a queue");
    for grant in &grants {
        shop.gate.withdraw(&account(), std::slice::from_ref(grant), &act(400)).unwrap();
    }
    for row in ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"] {
        shop.share(&ShareAsk { attempt: 7, at: at(410), ..ask_of(row) });
    }
    look_everywhere(&shop, &mut looked_at, "after the withdrawals");
    shop.reopen(&signed_register());
    assert!(shop.gate.erase(&account(), at(500)).unwrap());
    look_everywhere(&shop, &mut looked_at, "after the erasure");
    looked_at.push(("the log".to_owned(), LOG.lock().unwrap().clone().into_bytes()));

    assert!(looked_at.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 500_000);
    let mut leaks = Vec::new();
    for (place, bytes) in &looked_at {
        for (item, value) in PERSONAL {
            leaks.extend(found(bytes, value).map(|form| format!("{item} stands in {place} as {form}")));
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn partners_who_pool_opened_batches_have_only_in_common_what_every_install_has() {
    let [mine, other] = [(Shop::ready(), 200), (Shop::ready(), 900)].map(|(shop, seconds)| {
        shop.accept(ACCOUNT);
        lantern_and_kite().map(|(partner, key)| {
            shop.grant(ACCOUNT, subject("ads.delivery", partner, None));
            for number in 0..20 {
                shop.gate.record_event(&event(partner, number)).unwrap();
            }
            let outcome = shop.share(&batch_for(partner, seconds));
            assert!(
                matches!(outcome, Outcome::Permitted { delivery: Delivery::Batch(_), .. }),
                "{outcome:?}"
            );
            let party = PartyId::new(partner).unwrap();
            let claims = open_batch(text(&outcome), &demo_key(key), &party).unwrap();
            assert!(claims.items.contains_key("ad.pseudonym"));
            let header = text(&outcome).split('.').next().unwrap();
            let header: serde_json::Value =
                serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
            let mut values = BTreeSet::new();
            leaves(&serde_json::to_value(&claims).unwrap(), &mut values);
            leaves(&header, &mut values);
            (values, header["kid"].clone(), claims)
        })
    });
    let [(lantern, lantern_kid, lantern_claims), (kite, kite_kid, kite_claims)] = &mine;
    assert_ne!(lantern_kid, kite_kid);
    assert_ne!(lantern_claims.jti, kite_claims.jti);
    assert_ne!(lantern_claims.items["ad.pseudonym"], kite_claims.items["ad.pseudonym"]);
    // A value that both partners have of this install, and the partners of another install do not, links them.
    let common: BTreeSet<&String> = lantern.intersection(kite).collect();
    assert!(common.iter().any(|value| value.contains("ads.delivery")), "the comparison compares something");
    for value in common {
        assert!(other[0].0.contains(value) && other[1].0.contains(value), "{value} links this install");
    }
}

#[test]
fn the_search_finds_a_value_in_every_form() {
    for (_, value) in PERSONAL {
        let utf16 = |order: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let mut forms = vec![value.as_bytes().to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)];
        for before in ["", "x", "xy"] {
            let text = format!("{before}{value} and more");
            forms.push(BASE64_NOPAD.encode(text.as_bytes()).into_bytes());
            forms.push(BASE64URL_NOPAD.encode(text.as_bytes()).into_bytes());
        }
        forms.push(HEXLOWER.encode(value.as_bytes()).into_bytes());
        forms.push(HEXUPPER.encode(value.as_bytes()).into_bytes());
        forms.push(Hash::of(value.as_bytes()).0.to_vec());
        forms.push(Hash::of(value.as_bytes()).to_string().into_bytes());
        for form in forms {
            let hay = [b"before ".as_slice(), &form, b" after"].concat();
            assert!(found(&hay, value).is_some(), "{value} as {form:?}");
            assert!(found(&hay[..8], value).is_none());
        }
    }
}

/// What goes wrong says what is at fault, not with what value.
fn fail_on_purpose(shop: &Shop, looked_at: &mut Vec<(String, Vec<u8>)>) {
    let kept = shop.host.values.lock().unwrap().clone();
    for (item, value) in PERSONAL.iter().skip(1) {
        let wrong = Value::Texts(vec![(*value).into(), "x".repeat(100_000)]);
        shop.host.set(item, wrong);
    }
    for row in ["alipay.payment", "logistics.order"] {
        let outcome = shop.gate.share(&ShareAsk { attempt: 5, at: at(300), ..ask_of(row) });
        let error = outcome.expect_err(row);
        looked_at.push((format!("the error {error}"), format!("{error} {error:?}").into_bytes()));
    }
    *shop.host.values.lock().unwrap() = kept;
}

fn explain(shop: &Shop) -> String {
    let explained = shop.gate.explain(&ExplainAsk {
        account: account(),
        age: Age::Over14,
        scenario: ScenarioId::new("order.payment").unwrap(),
        party: party("alipay", "alipay"),
        language: "zh".into(),
        at: at(10),
    });
    format!("{:?}", explained.unwrap())
}

/// Every file of the vault, its keys and its anchor, the ledger's export, and the sealed outbox.
fn look_everywhere(shop: &Shop, looked_at: &mut Vec<(String, Vec<u8>)>, when: &str) {
    let before = looked_at.len();
    files(shop.folder.path(), when, looked_at);
    assert!(looked_at.len() >= before + 4, "vault, WAL, keys and anchor");
    looked_at.push((format!("the ledger {when}"), shop.gate.export_ledger(at(600)).unwrap().into_bytes()));
    for item in shop.gate.outbox(100, at(600)).unwrap() {
        looked_at.push((format!("the outbox {when}"), format!("{item:?}").into_bytes()));
        if item.to == "1688" && item.kind == "entry" {
            let plain = open_jwe(&item.body, &demo_key("controller-enc").to_private_jwk()).unwrap();
            looked_at.push((format!("the entries the controller opens, {when}"), plain.to_vec()));
        }
    }
    looked_at.push((format!("the counts {when}"), format!("{:?}", shop.gate.reads(at(600))).into_bytes()));
}

fn files(folder: &Path, when: &str, looked_at: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        looked_at.push((format!("a file's name {when}"), path.to_string_lossy().into_owned().into_bytes()));
        if path.is_dir() {
            files(&path, when, looked_at);
        } else {
            looked_at.push((format!("{} {when}", path.display()), std::fs::read(&path).unwrap()));
        }
    }
}

/// The form in which `value` stands in `bytes`, if it does: as text, in an encoding, or as a digest without a salt.
fn found(bytes: &[u8], value: &str) -> Option<&'static str> {
    let utf16 = |order: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let digest = Hash::of(value.as_bytes());
    let mut forms: Vec<(&'static str, Vec<u8>)> = vec![
        ("UTF-8", value.as_bytes().to_vec()),
        ("UTF-8 in capitals", value.to_uppercase().into_bytes()),
        ("UTF-8 without dashes", value.replace('-', "").into_bytes()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("hex", HEXLOWER.encode(value.as_bytes()).into_bytes()),
        ("hex in capitals", HEXUPPER.encode(value.as_bytes()).into_bytes()),
        ("SHA-256", digest.0.to_vec()),
        ("SHA-256 in hex", digest.to_string().into_bytes()),
        ("SHA-256 in base64url", BASE64URL_NOPAD.encode(&digest.0).as_bytes()[..42].to_vec()),
        ("SHA-256 in base64", BASE64_NOPAD.encode(&digest.0).as_bytes()[..42].to_vec()),
    ];
    for before in 0..3 {
        let text = [&[0; 2][..before], value.as_bytes()].concat();
        // Only the characters that the value alone decides.
        let decided = (before * 8).div_ceil(6)..text.len() * 8 / 6;
        forms.push(("base64", BASE64_NOPAD.encode(&text).as_bytes()[decided.clone()].to_vec()));
        forms.push(("base64url", BASE64URL_NOPAD.encode(&text).as_bytes()[decided].to_vec()));
    }
    // One pass, by first bytes: the files are large and the forms are many.
    let mut by_first = vec![Vec::new(); 256];
    for (name, needle) in &forms {
        by_first[usize::from(needle[0])].push((*name, needle.as_slice()));
    }
    let stands = |at: usize| {
        by_first[usize::from(bytes[at])].iter().find(|(_, needle)| bytes[at..].starts_with(needle))
    };
    (0..bytes.len()).find_map(stands).map(|(name, _)| *name)
}

/// Every text and number in a JSON value, with the names it stands under.
fn leaves(json: &serde_json::Value, into: &mut BTreeSet<String>) {
    match json {
        serde_json::Value::Object(members) => members.values().for_each(|value| leaves(value, into)),
        serde_json::Value::Array(values) => values.iter().for_each(|value| leaves(value, into)),
        leaf => drop(into.insert(leaf.to_string())),
    }
}
