//! Reasons for which the gate withholds a whole row, and what it says would change it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::shop_tests::{PAY, Shop, day, open, order};
use super::{Ask, Reason, Remedy, Standing, decide};
use crate::consent::acts_tests::document;
use crate::register::document::Frequency;
use crate::register::{Age, Ground, Hash, Period, RowId};

#[test]
fn with_everything_granted_every_item_leaves_on_its_own_ground() {
    let shop = open();
    shop.leave("pay", &PAY);
    shop.leave("ads", &["device.model", "device.oaid"]);
    shop.leave("aml", &["order.amount", "order.remark"]);
    let grounds: Vec<Ground> = shop.ask("pay").into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    use Ground::{Contract, SeparateConsent};
    assert_eq!(grounds, [Contract, Contract, SeparateConsent, SeparateConsent, SeparateConsent]);
}

#[test]
fn a_vault_that_cant_be_used_withholds_everything() {
    let mut shop = open();
    shop.available = false;
    for row in ["pay", "ads", "aml"] {
        shop.all_withheld(row, Reason::VaultUnavailable, Remedy::Vault);
    }
}

#[test]
fn a_row_that_is_switched_off_withholds_everything() {
    let mut shop = open();
    shop.becomes(|document| document.off.rows.push("pay".into()));
    shop.all_withheld("pay", Reason::RowOff, Remedy::Nothing);
    shop.leave("ads", &["device.model", "device.oaid"]);
}

#[test]
fn an_item_that_is_switched_off_stays_in_every_row() {
    let mut shop = open();
    shop.becomes(|document| document.off.items.push("device.oaid".into()));
    shop.withheld("pay", "device.oaid", Reason::ItemOff, Remedy::Nothing);
    shop.withheld("ads", "device.oaid", Reason::ItemOff, Remedy::Nothing);
    shop.leave("pay", &PAY[..4]);
}

#[test]
fn a_row_that_was_off_and_on_again_is_accepted_and_granted_anew() {
    let mut shop = open();
    shop.becomes(|document| document.off.rows.push("pay".into()));
    shop.becomes(|document| document.off.rows.clear());
    shop.last_off = Some(2);
    shop.all_withheld("pay", Reason::SwitchedOffSince, Remedy::AcceptNotice { version: 1 });
    shop.accept(1, false);
    shop.leave("pay", &PAY[..2]);
    shop.withheld("pay", "device.model", Reason::SwitchedOffSince, Remedy::Grant);
    shop.grant_all(false);
    shop.leave("pay", &PAY);
}

#[test]
fn nothing_leaves_before_the_notice_was_accepted() {
    let shop = Shop::new(&document::shop());
    for row in ["pay", "ads", "aml"] {
        shop.all_withheld(row, Reason::NoticeNotAccepted, Remedy::AcceptNotice { version: 1 });
    }
}

#[test]
fn a_row_that_only_a_later_notice_discloses_waits_for_it() {
    let mut shop = open();
    shop.becomes(|document| document.rows[0].notice = 2);
    shop.all_withheld("pay", Reason::NoticeOutdated, Remedy::AcceptNotice { version: 2 });
    shop.accept(2, false);
    shop.leave("pay", &PAY);
}

#[test]
fn a_contract_row_that_shares_more_waits_for_the_notice_to_be_accepted_again() {
    let mut shop = open();
    shop.becomes(|document| document.rows[0].retention = Period::new("P3Y").unwrap());
    shop.all_withheld("pay", Reason::NoticeOutdated, Remedy::AcceptNotice { version: 1 });
    shop.leave("ads", &["device.model", "device.oaid"]);
}

#[test]
fn a_row_that_shares_less_asks_nobody() {
    let mut shop = open();
    shop.becomes(|document| {
        document.rows[0].items.remove(3);
        document.rows[0].retention = Period::new("P30D").unwrap();
    });
    shop.leave("pay", &["order.amount", "order.remark", "device.model", "device.oaid"]);
}

#[test]
fn other_words_ask_again_unless_they_are_marked_editorial() {
    let mut shop = open();
    let hash = shop.register.row(&RowId::new("pay").unwrap()).unwrap().hash();
    shop.becomes(|document| document.purposes[0].text.en.push_str(", reworded"));
    shop.all_withheld("pay", Reason::NoticeOutdated, Remedy::AcceptNotice { version: 1 });
    shop.becomes(|document| document.rows[0].editorial_of = vec![Hash([0; 32])]);
    shop.all_withheld("pay", Reason::NoticeOutdated, Remedy::AcceptNotice { version: 1 });
    shop.becomes(|document| document.rows[0].editorial_of = vec![hash]);
    shop.leave("pay", &PAY);
}

#[test]
fn under_14_a_guardian_accepts_and_grants() {
    let mut shop = open();
    shop.age = Age::Under14;
    shop.all_withheld("pay", Reason::GuardianRequired, Remedy::Guardian);
    shop.accept(1, true);
    shop.leave("pay", &PAY[..2]);
    shop.withheld("pay", "device.model", Reason::GuardianRequired, Remedy::Guardian);
    shop.grant_all(true);
    shop.leave("pay", &PAY);
}

#[test]
fn some_rows_never_run_for_people_under_14() {
    let mut shop = Shop::open(&document::shop(), true);
    shop.age = Age::Under14;
    shop.all_withheld("ads", Reason::NotForMinors, Remedy::Nothing);
}

#[test]
fn a_statutory_duty_needs_a_request() {
    let mut shop = open();
    shop.request = None;
    shop.all_withheld("aml", Reason::RequestRequired, Remedy::SignedRequest);
    shop.leave("pay", &PAY);
}

#[test]
fn a_secret_request_is_refused_on_the_phone() {
    let mut shop = open();
    shop.request.as_mut().unwrap().secret = true;
    shop.all_withheld("aml", Reason::RequestSecret, Remedy::Nothing);
}

#[test]
fn a_request_about_another_order_or_none_is_refused() {
    let mut shop = open();
    shop.order = Some(order("order-8"));
    shop.all_withheld("aml", Reason::RequestMismatch, Remedy::SignedRequest);
    shop.order = None;
    shop.all_withheld("aml", Reason::RequestMismatch, Remedy::SignedRequest);
}

fn at_most(most: u32, within: &str) -> Shop {
    let mut document = document::shop();
    document.rows[0].frequency = Some(Frequency { most, within: Period::new(within).unwrap() });
    Shop::open(&document, false)
}

#[test]
fn a_row_that_ran_as_often_as_it_may_waits_until_it_may_again() {
    let mut shop = at_most(2, "P1D");
    let hours_ago = |hours: i64| day(10).plus_millis(-hours * 3_600_000);
    shop.recent = vec![hours_ago(30), hours_ago(5)];
    shop.leave("pay", &PAY);
    shop.recent = vec![hours_ago(30), hours_ago(20), hours_ago(5)];
    shop.all_withheld("pay", Reason::TooFrequent, Remedy::Wait { until: hours_ago(20 - 24) });
    shop.at = hours_ago(20 - 24);
    shop.leave("pay", &PAY);
}

#[test]
fn a_clock_that_was_turned_back_does_not_let_a_row_run_more_often() {
    let mut shop = at_most(1, "P1D");
    // It ran at day 40 by a clock that was ahead, then at day 10.
    shop.recent = vec![day(40), day(10)];
    shop.all_withheld("pay", Reason::TooFrequent, Remedy::Wait { until: day(41) });
}

#[test]
fn without_a_key_to_seal_to_nothing_leaves() {
    let mut shop = open();
    shop.standing.has_key = false;
    shop.all_withheld("pay", Reason::NoPartyKey, Remedy::PartyKey);
}

#[test]
fn without_enrolment_nothing_leaves() {
    let mut shop = open();
    shop.standing.enrolled = false;
    shop.all_withheld("pay", Reason::NotEnrolled, Remedy::Enrol);
}

#[test]
fn when_a_required_item_stays_everything_stays() {
    let mut shop = open();
    let (subject, act) = (shop.subject("ads", Some("device.model")), shop.act(false));
    shop.answers.refuse(&shop.register, &[subject], &act).unwrap();
    shop.withheld("ads", "device.model", Reason::Refused, Remedy::Grant);
    shop.withheld("ads", "device.oaid", Reason::RequiredItemWithheld, Remedy::RequiredItem);
}

#[test]
fn every_withheld_item_says_so_in_two_languages_under_a_code_of_its_own() {
    let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        let sentence = reason.sentence();
        assert!(sentence.zh.ends_with('。') && sentence.en.ends_with('.'), "{reason:?}");
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

#[test]
fn what_is_released_is_exactly_what_was_decided() {
    let mut shop = open();
    let (subject, act) = (shop.subject("pay", Some("device.lang")), shop.act(false));
    shop.answers.refuse(&shop.register, &[subject], &act).unwrap();
    let ask = Ask {
        row: shop.register.row(&RowId::new("pay").unwrap()).unwrap(),
        party: &shop.party,
        order: None,
        age: Age::Unknown,
        at: shop.at,
        request: None,
    };
    let standing = Standing::Known {
        answers: &shop.answers,
        current: true,
        expiry_time: shop.mark,
        last_off: None,
        items_last_off: &[],
        recent: &[],
        party: shop.standing,
    };
    let decision = decide(&ask, &standing);
    let released = decision.released().unwrap();
    let ids: Vec<&str> = released.items().iter().map(|item| item.item().id.as_str()).collect();
    assert_eq!(ids, ["order.amount", "order.remark", "device.model", "device.oaid"]);
    assert_eq!(released.generation(), shop.answers.generation());
    assert_eq!(
        decision.withheld().iter().map(|item| item.item.as_str()).collect::<Vec<_>>(),
        ["device.lang"]
    );
    let nothing = decide(&ask, &Standing::Unavailable);
    assert!(nothing.released().is_none() && !nothing.is_permitted());
}
