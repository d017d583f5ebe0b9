//! Reasons for which the gate withholds an item, and what it says would change it.
#![allow(clippy::unwrap_used)]

use super::shop_tests::{PAY, Shop, day, open};
use super::{Reason, Remedy};
use crate::consent::acts_tests::document;
use crate::register::document::Role;
use crate::register::{Ground, Method, PartyId, Transform};

#[test]
fn answers_that_may_be_old_withhold_what_stands_on_consent_or_may_have_been_refused() {
    let mut shop = open();
    shop.current = false;
    for item in &PAY[1..] {
        shop.withheld("pay", item, Reason::AnswersOutdated, Remedy::Grant);
    }
    assert_eq!(shop.ask("pay")[0].1, Ok(Ground::Contract));
}

#[test]
fn what_was_never_answered_stays() {
    let mut shop = Shop::new(&document::shop());
    shop.accept(1, false);
    shop.withheld("pay", "device.model", Reason::NotAsked, Remedy::Grant);
    let subject = shop.subject("pay", None);
    let act = shop.act(false);
    shop.answers.asked(&shop.register, &[subject], &act).unwrap();
    shop.withheld("pay", "device.model", Reason::NotAsked, Remedy::Grant);
    shop.leave("pay", &PAY[..2]);
}

#[test]
fn a_grant_of_the_row_does_not_reach_an_item_that_is_asked_alone() {
    let mut shop = Shop::new(&document::shop());
    shop.accept(1, false);
    let (subject, act) = (shop.subject("pay", None), shop.act(false));
    shop.answers.grant(&shop.register, &[subject], &act).unwrap();
    shop.withheld("pay", "device.oaid", Reason::NotAsked, Remedy::Grant);
    shop.leave("pay", &PAY[..4]);
}

#[test]
fn what_was_refused_stays_and_the_order_goes_on() {
    let mut shop = open();
    let act = shop.act(false);
    for item in [&PAY[1], &PAY[2]] {
        let subject = shop.subject("pay", Some(item));
        shop.answers.refuse(&shop.register, &[subject], &act).unwrap();
        shop.withheld("pay", item, Reason::Refused, Remedy::Grant);
    }
    shop.leave("pay", &["order.amount", "device.lang", "device.oaid"]);
}

#[test]
fn an_optional_item_of_a_statutory_duty_can_be_refused_and_the_duty_is_done() {
    let mut shop = open();
    let (subject, act) = (shop.subject("aml", Some("order.remark")), shop.act(false));
    shop.answers.refuse(&shop.register, &[subject], &act).unwrap();
    shop.withheld("aml", "order.remark", Reason::Refused, Remedy::Grant);
    shop.leave("aml", &["order.amount"]);
}

#[test]
fn what_was_withdrawn_stays() {
    let mut shop = open();
    let act = shop.act(false);
    let subject = shop.subject("pay", None);
    shop.answers.withdraw(&shop.register, &subject, &act).unwrap();
    for item in &PAY[2..] {
        shop.withheld("pay", item, Reason::Withdrawn, Remedy::Grant);
    }
    let subject = shop.subject("pay", Some("order.remark"));
    shop.answers.withdraw(&shop.register, &subject, &act).unwrap();
    shop.withheld("pay", "order.remark", Reason::Withdrawn, Remedy::Grant);
    shop.leave("pay", &PAY[..1]);
}

#[test]
fn a_consent_ends_on_the_millisecond_and_the_contract_does_not() {
    let mut shop = open();
    let expires = day(1 + 366);
    shop.mark = expires.plus_millis(-1);
    shop.leave("pay", &PAY);
    shop.mark = expires;
    for item in &PAY[2..] {
        shop.withheld("pay", item, Reason::Expired, Remedy::Grant);
    }
    shop.leave("pay", &PAY[..2]);
}

#[test]
fn a_consent_for_less_than_the_row_shares_now_is_asked_anew() {
    let mut shop = open();
    shop.becomes(|document| document.rows[0].method = Method::SdkLocal);
    shop.accept(1, false);
    for item in &PAY[2..] {
        shop.withheld("pay", item, Reason::RowWidened, Remedy::Grant);
    }
    shop.leave("pay", &PAY[..2]);
}

#[test]
fn a_grant_never_reaches_an_item_that_then_stood_on_contract() {
    let mut shop = open();
    shop.becomes(|document| document.rows[0].items[1].ground = Ground::SeparateConsent);
    shop.withheld("pay", "order.remark", Reason::RowWidened, Remedy::Grant);
    shop.leave("pay", &["order.amount", "device.model", "device.lang", "device.oaid"]);
}

#[test]
fn what_needs_a_consent_of_its_own_does_not_leave_on_a_bundle() {
    let mut document = document::shop();
    document.recipients[0].role = Role::EntrustedParty;
    document.rows[0].items[3].ground = Ground::Consent;
    let mut shop = Shop::new(&document);
    shop.accept(1, false);
    let act = shop.act(false);
    let bundle = [shop.subject("pay", None), shop.subject("pay", Some("device.oaid"))];
    shop.answers.grant(&shop.register, &bundle, &act).unwrap();
    shop.withheld("pay", "device.model", Reason::NotSeparate, Remedy::Grant);
    shop.withheld("pay", "device.oaid", Reason::NotSeparate, Remedy::Grant);
    shop.leave("pay", &["order.amount", "order.remark", "device.lang"]);
}

#[test]
fn consent_binds_the_party() {
    let mut shop = open();
    shop.party = PartyId::new("another").unwrap();
    shop.withheld("pay", "device.model", Reason::NotAsked, Remedy::Grant);
    shop.leave("pay", &PAY[..2]);
}

#[test]
fn an_item_that_was_asked_alone_is_not_reached_by_its_row_once_it_is_asked_together() {
    let mut shop = Shop::new(&document::shop());
    shop.accept(1, false);
    let (subject, act) = (shop.subject("pay", None), shop.act(false));
    shop.answers.grant(&shop.register, &[subject], &act).unwrap();
    // A pseudonym shows less than a sealed identifier: the row shares no more, but nobody agreed to this.
    shop.becomes(|document| document.rows[0].items[4].transform = Transform::Pseudonym);
    shop.withheld("pay", "device.oaid", Reason::RowWidened, Remedy::Grant);
    shop.leave("pay", &PAY[..4]);
}

#[test]
fn a_guardian_agrees_to_each_sharing_by_itself() {
    let mut written = document::shop();
    written.recipients[0].role = Role::EntrustedParty;
    written.rows[0].items[2].ground = Ground::Consent;
    let mut shop = Shop::new(&written);
    shop.accept(1, true);
    let subjects = [shop.subject("pay", None), shop.subject("pay", Some("device.lang"))];
    let act = shop.act(true);
    shop.answers.grant(&shop.register, &subjects, &act).unwrap();
    assert_eq!(shop.ask("pay")[2].1, Ok(Ground::Consent), "together with others is enough for a grown-up");
    shop.age = crate::register::Age::Under14;
    shop.withheld("pay", "device.model", Reason::NotSeparate, Remedy::Grant);
}
