//! The main job, end to end: one checkout, five rows, on the host's real signals.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use sluicegate::ledger::{Export, verify_export};
use sluicegate::register::*;
use sluicegate::sdk::{Delivery, Outcome, Recorded};
use sluicegate_cli::receive::{open_batch, open_jwe, open_payload, verify_permit};
use support::*;

#[test]
fn nothing_leaves_before_the_notice_is_accepted() {
    let shop = Shop::new();
    shop.enrol_all();
    for row in ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"] {
        let outcome = shop.share(&ask(row));
        assert!(matches!(outcome, Outcome::Withheld { .. }), "{row}");
        assert!(
            reasons(&outcome).values().all(|reason| *reason == "notice_not_accepted"),
            "{row}: {outcome:?}"
        );
    }
    assert!(shop.host.asked_items().is_empty());
}

#[test]
fn with_the_notice_alone_the_order_is_paid_and_the_device_stays_silent() {
    let shop = Shop::ready();
    let outcome = shop.share(&ask("alipay.payment"));
    let left = released(&outcome);
    assert!(left.contains(&"order.amount_minor".to_owned()));
    assert!(left.iter().all(|item| !item.starts_with("device.") && !item.starts_with("check.")), "{left:?}");
    assert_eq!(reasons(&outcome)["device.model"], "not_asked");
    assert!(shop.host.asked_items().iter().all(|item| !item.starts_with("device.")));
}

#[test]
fn alipay_opens_exactly_what_was_released() {
    let shop = Shop::ready();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    let outcome = shop.share(&ask("alipay.payment"));
    let keys = controller_keys();
    let party = PartyId::new("alipay").unwrap();
    let opened =
        open_payload(text(&outcome), &demo_key("alipay-enc"), &party, controller(&keys), at(20)).unwrap();
    let items: Vec<String> = opened.claims.items.keys().map(ToString::to_string).collect();
    let mut left = released(&outcome);
    left.sort();
    assert_eq!(items, left);
    assert!(left.contains(&"check.debugger".to_owned()) && left.contains(&"device.os_name".to_owned()));
    assert_eq!(opened.claims.nonce.as_str(), "nonce-alipay.payment");
    assert_eq!(opened.claims.items["order.amount_minor"], Value::Integer(12_800));
    let reason = reasons(&outcome);
    assert_eq!(reason["alipay.user_id"], "not_asked", "a sensitive item is asked by itself");
}

#[test]
fn a_merchant_gets_a_permit_without_data_and_a_carrier_its_payload() {
    let shop = Shop::ready();
    let permit = shop.share(&ask("merchants.order"));
    let keys = controller_keys();
    let party = PartyId::new("shop-7").unwrap();
    let verified = verify_permit(text(&permit), &party, controller(&keys), at(20)).unwrap();
    assert_eq!(verified.claims.order.as_str(), "1688-0001");
    assert!(!text(&permit).contains("13800138000"));
    let carrier = shop.share(&ask("logistics.order"));
    let party = PartyId::new("heron").unwrap();
    let opened =
        open_payload(text(&carrier), &demo_key("logistics-heron-enc"), &party, controller(&keys), at(20))
            .unwrap();
    assert_eq!(opened.claims.items["consignee.phone"], Value::Text("13800138000".into()));
}

#[test]
fn an_ad_partner_gets_one_batch_of_a_hundred_exposures() {
    let shop = Shop::ready();
    assert!(matches!(shop.gate.record_event(&exposure(0)).unwrap(), Recorded::NotKept(_)));
    shop.grant("lin", subject("ads.delivery", "lantern", None));
    for number in 0..100 {
        assert_eq!(shop.gate.record_event(&exposure(number)).unwrap(), Recorded::Queued);
    }
    let mut batch = ask("ads.delivery");
    batch.at = at(200);
    let outcome = shop.share(&batch);
    assert!(matches!(&outcome, Outcome::Permitted { delivery: Delivery::Batch(_), .. }), "{outcome:?}");
    let party = PartyId::new("lantern").unwrap();
    let opened = open_batch(text(&outcome), &demo_key("ads-lantern-enc"), &party).unwrap();
    assert_eq!(opened.events.iter().map(|event| event.count).sum::<u64>(), 100);
    assert!(opened.items.contains_key("ad.pseudonym") && !opened.items.contains_key("device.oaid"));
    batch.attempt = 2;
    assert!(matches!(shop.share(&batch), Outcome::Withheld { .. }), "the queue is empty now");
}

#[test]
fn alipays_signed_request_is_answered_once_and_a_secret_one_is_refused() {
    let shop = Shop::ready();
    let outcome = shop.share(&ask("alipay.aml"));
    assert!(released(&outcome).contains(&"account.member_name".to_owned()));
    let mut again = ask("alipay.aml");
    again.attempt = 9;
    assert_eq!(text(&shop.share(&again)), text(&outcome), "one request, one answer");
    let mut secret = ask("alipay.aml");
    secret.request = Some(aml_request("1688-0001", true, "req-2"));
    assert!(reasons(&shop.share(&secret)).values().all(|reason| *reason == "request_secret"));
    let mut unasked = ask("alipay.aml");
    unasked.request = None;
    assert!(reasons(&shop.share(&unasked)).values().all(|reason| *reason == "request_required"));
}

#[test]
fn after_a_withdrawal_the_device_is_silent_and_the_party_is_told() {
    let shop = Shop::ready();
    let lin = AccountId::new("lin").unwrap();
    let row = subject("alipay.payment", "alipay", None);
    shop.grant("lin", row.clone());
    let first = shop.share(&ask("alipay.payment"));
    shop.gate.withdraw(&lin, &[row], &act(30)).unwrap();
    let mut next = ask("alipay.payment");
    (next.attempt, next.at) = (2, at(40));
    let outcome = shop.share(&next);
    assert_eq!(reasons(&outcome)["device.model"], "withdrawn");
    assert!(released(&outcome).contains(&"order.amount_minor".to_owned()));
    let replay = shop.share(&ask("alipay.payment"));
    assert!(
        matches!(replay, Outcome::Withheld { .. }),
        "what was made on the old consent is not given again"
    );
    let outbox = shop.gate.outbox(50, at(50)).unwrap();
    let notice = outbox.iter().find(|item| item.kind == "withdrawal_notice").unwrap();
    assert_eq!(notice.to, "alipay");
    let opened = open_jwe(&notice.body, &demo_key("alipay-enc").to_private_jwk()).unwrap();
    assert!(String::from_utf8(opened.to_vec()).unwrap().contains("alipay.payment"));
    assert_ne!(text(&first), text(&outcome));
}

#[test]
fn answers_and_ledger_survive_a_restart_and_the_ledger_verifies() {
    let mut shop = Shop::ready();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    let before = shop.share(&ask("alipay.payment"));
    shop.reopen(&signed_register());
    assert_eq!(text(&shop.share(&ask("alipay.payment"))), text(&before), "the same attempt, the same result");
    let export = shop.gate.export_ledger(at(60)).unwrap();
    let summary = verify_export(&Export::from_json(export.as_bytes()).unwrap()).unwrap();
    assert_eq!(summary.kinds["hand_over"], 1);
    let lin = AccountId::new("lin").unwrap();
    assert!(shop.gate.erase(&lin, at(70)).unwrap());
    let export = shop.gate.export_ledger(at(71)).unwrap();
    let summary = verify_export(&Export::from_json(export.as_bytes()).unwrap()).unwrap();
    assert!(summary.erased > 0 && !export.contains("alipay.payment"));
}

#[test]
fn the_controllers_record_is_bundled_before_an_account_is_erased() {
    let shop = Shop::ready();
    shop.share(&ask("alipay.payment"));
    shop.gate.erase(&AccountId::new("lin").unwrap(), at(20)).unwrap();
    let outbox = shop.gate.outbox(50, at(30)).unwrap();
    let bundles = outbox.iter().filter(|item| item.kind == "entry" && item.to == "1688");
    let key = demo_key("controller-enc").to_private_jwk();
    let opened = bundles.map(|item| String::from_utf8(open_jwe(&item.body, &key).unwrap().to_vec()).unwrap());
    let records: String = opened.collect();
    assert!(records.contains(&data_encoding::HEXLOWER.encode(b"\"kind\":\"hand_over\"")));
    assert!(outbox.iter().any(|item| item.kind == "erasure_notice" && item.to == "alipay"));
    shop.gate.acknowledge(&outbox.iter().map(|item| item.id).collect::<Vec<_>>(), at(40)).unwrap();
    assert!(shop.gate.outbox(50, at(50)).unwrap().is_empty());
}

#[test]
fn a_party_knows_an_install_again_and_no_install_has_anothers_id() {
    let shop = Shop::ready();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    let keys = controller_keys();
    let party = PartyId::new("alipay").unwrap();
    let read = |outcome: &Outcome| {
        let opened =
            open_payload(text(outcome), &demo_key("alipay-enc"), &party, controller(&keys), at(20)).unwrap();
        opened.claims.items["device.install_id"].clone()
    };
    let mut second = ask("alipay.payment");
    second.attempt = 2;
    let (first, second) = (read(&shop.share(&ask("alipay.payment"))), read(&shop.share(&second)));
    assert_eq!(first, second);
    let other = Shop::ready();
    other.grant("lin", subject("alipay.payment", "alipay", None));
    assert_ne!(read(&other.share(&ask("alipay.payment"))), first, "and with each install");
}

#[test]
fn a_party_is_told_of_a_withdrawn_item_only_if_it_received_it() {
    let shop = Shop::ready();
    let lin = AccountId::new("lin").unwrap();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    shop.host.forget("device.model");
    shop.share(&ask("alipay.payment"));
    let told = |item: &str| {
        shop.gate.withdraw(&lin, &[subject("alipay.payment", "alipay", Some(item))], &act(30)).unwrap();
        shop.gate.outbox(50, at(40)).unwrap().iter().filter(|item| item.kind == "withdrawal_notice").count()
    };
    assert_eq!(told("device.network_type"), 0, "the host gave none");
    assert_eq!(told("device.os_name"), 1);
}

#[test]
fn a_request_is_for_the_row_that_runs_on_one() {
    let shop = Shop::ready();
    let mut payment = ask("alipay.payment");
    payment.request = Some(aml_request("1688-0001", false, "req-9"));
    let error = shop.gate.share(&payment).unwrap_err();
    assert_eq!(error.to_string(), "request: row alipay.payment runs on no request");
}

#[test]
fn what_was_read_of_the_device_is_entered_even_if_the_host_then_fails() {
    let shop = Shop::ready();
    shop.grant("lin", subject("alipay.payment", "alipay", None));
    shop.host.set("order.amount_minor", Value::Text("free".into()));
    let before = shop.gate.ledger(at(5)).unwrap().size;
    let error = shop.gate.share(&ask("alipay.payment")).unwrap_err();
    assert!(error.to_string().starts_with("provided.order.amount_minor: "), "{error}");
    assert_eq!(shop.gate.ledger(at(6)).unwrap().size, before + 1);
    assert!(shop.gate.reads(at(7)).unwrap().iter().any(|read| read.item.as_str() == "check.debugger"));
}

#[test]
fn two_parties_are_shown_the_ledger_under_names_that_do_not_join() {
    let shop = Shop::ready();
    let keys = controller_keys();
    let log_of = |row: &str, key: &str, party: &str| {
        let outcome = shop.share(&ask(row));
        let party = PartyId::new(party).unwrap();
        let opened = open_payload(text(&outcome), &demo_key(key), &party, controller(&keys), at(20)).unwrap();
        opened.claims.checkpoint.unwrap().lines().next().unwrap().to_owned()
    };
    let alipay = log_of("alipay.payment", "alipay-enc", "alipay");
    assert_ne!(alipay, log_of("logistics.order", "logistics-heron-enc", "heron"));
    assert!(!shop.gate.ledger(at(30)).unwrap().checkpoint.contains(&alipay));
}

#[test]
fn an_older_copy_of_the_vault_brings_no_older_register_back_and_is_entered() {
    let mut shop = Shop::ready();
    let copy = shop.folder.path().join("copy");
    copy_folder(&shop.folder.path().join("vault"), &copy);
    let mut newer = register_json();
    newer["version"] = 2.into();
    newer["off"] = serde_json::json!({ "rows": ["alipay.payment"] });
    let newer = sign_register(&newer);
    shop.reopen(&newer);
    std::fs::remove_dir_all(shop.folder.path().join("vault")).unwrap();
    copy_folder(&copy, &shop.folder.path().join("vault"));
    let older = open_at(shop.folder.path(), &signed_register(), shop.host.clone(), at(5));
    assert!(matches!(older, Err(sluicegate::sdk::Error::RegisterOlder { given: 1, known: 2 })));
    shop.reopen(&newer);
    let export = shop.gate.export_ledger(at(6)).unwrap();
    assert!(export.contains("vault_rolled_back"));
}
