//! The order: what the notice alone lets go, what a grant adds, the merchant's permit, the carrier's payload.

use serde_json::json;
use sluicegate::gate::Reason;
use sluicegate::payload::claims::Claims;
use sluicegate::register::{Ground, ItemId, RowId, Source};
use sluicegate::sdk::{Delivery, Outcome};
use sluicegate_cli::receive::{Certified, KeyPair, open_jwe, open_payload, verify_permit};

use super::shop::{ORDER, Shop};
use super::step::Step;
use super::{Stop, words};
use crate::commands::ledger::utc;
use crate::commands::now;
use crate::commands::register_words::ground;
use crate::commands::table::table;

/// Opens a payload as its party does.
fn opened(shop: &Shop, row: &str, outcome: &Outcome, key: &KeyPair) -> Result<Certified<Claims>, Stop> {
    let keys = shop.controller_keys();
    Ok(open_payload(words::text(outcome)?, key, &shop.party(row)?.id, shop.issuer(&keys), now()?)?)
}

pub fn notice(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let version = shop.register.newest_notice();
    shop.gate.accept_notice(&shop.account, version, &shop.act()?)?;
    let (looks, calls) = (shop.system.looks(), shop.host.calls());
    let outcome = shop.share("alipay.payment", 1)?;
    let payload = opened(shop, "alipay.payment", &outcome, &shop.keys.alipay_enc)?;
    step.say(format!(
        "Notice version {version}, in Chinese, is accepted. Then alipay.payment is asked for order {ORDER}:"
    ));
    let mut rows = table(["goes to Alipay", "项目", "value, as Alipay opens it", "ground 依据"]);
    let row = shop.register.row(&RowId::new("alipay.payment")?).ok_or("no such row")?;
    for item in &row.items {
        if let Some(value) = payload.claims.items.get(&item.id) {
            let on = ground(item.ground);
            let zh = words::zh(&shop.register, &item.id);
            rows.add_row([item.id.as_str(), &zh, &words::value(value), &format!("{} {}", on.zh, on.en)]);
        }
    }
    step.table(&rows);
    let device = |item: &ItemId| row.item(item).is_some_and(|item| item.source == Source::Device);
    let (device, other): (Vec<&ItemId>, Vec<&ItemId>) =
        words::withheld(&outcome).iter().map(|withheld| &withheld.item).partition(|item| device(item));
    step.say(format!(
        "Stays on the phone: {} device items and checks, {}.\n{}",
        device.len(),
        words::names(other),
        words::legend([&outcome])
    ));
    let contract =
        row.items.iter().filter(|item| item.ground == Ground::Contract).map(|item| item.id.clone()).collect();
    step.claim("exactly the items that rest on the contract went", words::released(&outcome) == contract);
    step.claim(
        "every other item stays, because nobody was asked",
        words::by_reason(&outcome).keys().eq([&Reason::NotAsked]),
    );
    step.claim("no source of this machine was looked at", shop.system.looks() == looks);
    let asked = shop.host.asked_since(calls);
    step.claim(
        "the host was asked once, for nothing but what went",
        shop.host.calls() == calls + 1 && asked.iter().all(|item| contract.contains(item)),
    );
    step.fact("share", words::outcome_json(&outcome));
    Ok(())
}

pub fn alipay(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let row = "alipay.payment";
    let install_id = shop.subject(row, Some("device.install_id"))?;
    shop.gate.refuse(&shop.account, &[install_id], &shop.act()?)?;
    shop.gate.grant(&shop.account, &[shop.subject(row, None)?], &shop.act()?)?;
    let (looks, calls) = (shop.system.looks(), shop.host.calls());
    let outcome = shop.share(row, 2)?;
    let payload = opened(shop, row, &outcome, &shop.keys.alipay_enc)?;
    step.say("On the checkout's sheet the customer refuses the install id and grants the other device items.\nThe Alipay user number is sensitive and would be asked by itself; nobody has asked.");
    let mut rows = table(["item", "项目", "Alipay opens 支付宝得到", "stays 留在本机"]);
    let known = shop.register.row(&RowId::new(row)?).ok_or("no such row")?;
    for item in &known.items {
        let gets = payload.claims.items.get(&item.id).map(words::value).unwrap_or_default();
        let stays = words::reason(&outcome, item.id.as_str()).map_or("", Reason::code);
        rows.add_row([item.id.as_str(), &words::zh(&shop.register, &item.id), &gets, stays]);
    }
    step.table(&rows);
    step.say(words::legend([&outcome]));
    let sources = shop.system.since(looks);
    step.say(format!(
        "For this, and only now, {} sources of this machine were looked at (--json lists them).",
        sources.len()
    ));
    step.claim(
        "Alipay opens exactly what was released, and each item of the row either went or has a reason",
        {
            words::same(&payload.claims.items, &outcome)
                && known.items.iter().all(|item| {
                    payload.claims.items.contains_key(&item.id)
                        != words::reason(&outcome, item.id.as_str()).is_some()
                })
        },
    );
    let processor = payload.claims.items.get("device.cpu_architecture").map(words::value);
    step.claim(
        "the device items are this machine's: its processor is the one this program runs on",
        processor.as_deref() == Some(std::env::consts::ARCH) && !sources.is_empty(),
    );
    step.claim(
        "the refused install id is not, and neither is the user number",
        words::reason(&outcome, "device.install_id") == Some(Reason::Refused)
            && words::reason(&outcome, "alipay.user_id") == Some(Reason::NotAsked),
    );
    let asked = shop.host.asked_since(calls);
    step.claim(
        "the user number was not asked of the host to be left out afterwards",
        !asked.iter().any(|item| item.as_str() == "alipay.user_id"),
    );
    let claims = &payload.claims;
    step.claim(
        "signed by a key the controller certified, bound to Alipay's nonce",
        claims.nonce.as_str() == "nonce-alipay.payment-2"
            && claims.iss == payload.certificate.key.thumbprint(),
    );
    step.claim(
        "nobody else's key opens it",
        open_jwe(words::text(&outcome)?, &shop.keys.heron.to_private_jwk()).is_err(),
    );
    let again = shop.share(row, 2)?;
    step.claim(
        "the same attempt again gives the same payload, not a second sharing",
        words::text(&again)? == words::text(&outcome)?,
    );
    step.fact("share", words::outcome_json(&outcome));
    step.fact("opened", json!(claims.items));
    step.fact("device_sources", json!(sources));
    shop.handed.insert(row, outcome);
    Ok(())
}

pub fn merchant(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let row = "merchants.order";
    let calls = shop.host.calls();
    let outcome = shop.share(row, 1)?;
    let text = words::text(&outcome)?;
    let (keys, party) = (shop.controller_keys(), shop.party(row)?.id);
    let permit = verify_permit(text, &party, shop.issuer(&keys), now()?)?;
    let claims = &permit.claims;
    step.say("The data are on the controller's servers. The phone signs what the back end may release, and for whom:");
    let mut rows = table(["permit", "as the back end verifies it"]);
    let items = claims.items.iter().map(|item| format!("{} {}", item, words::zh(&shop.register, item)));
    rows.add_row(["to provide to", claims.party.as_str()]);
    rows.add_row(["of order", claims.order.as_str()]);
    rows.add_row(["the items", &items.collect::<Vec<_>>().join("\n")]);
    rows.add_row(["until (UTC)", &utc(claims.exp.instant())]);
    rows.add_row([
        "answers' generation",
        &format!("{}: a permit of an earlier one is dead", claims.answers_generation),
    ]);
    step.table(&rows);
    step.claim("signature and certificate hold, and it is for this merchant and order alone", {
        claims.order.as_str() == ORDER
            && verify_permit(text, &shop.party("logistics.order")?.id, shop.issuer(&keys), now()?).is_err()
    });
    step.claim("it names exactly the released items", claims.items == words::released(&outcome));
    let body = text.split('.').nth(1).map(|body| data_encoding::BASE64URL_NOPAD.decode(body.as_bytes()));
    let body = String::from_utf8(body.ok_or("no body")??)?;
    let telling = shop
        .host
        .telling_texts()
        .into_iter()
        .filter(|value| *value != ORDER)
        .any(|value| body.contains(value));
    step.claim(
        "it holds no value of an item, and the host was asked for none",
        !telling && shop.host.calls() == calls,
    );
    step.fact("share", words::outcome_json(&outcome));
    step.fact("permit", json!(claims));
    shop.handed.insert(row, outcome);
    Ok(())
}

pub fn carrier(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let row = "logistics.order";
    let looks = shop.system.looks();
    let outcome = shop.share(row, 1)?;
    let payload = opened(shop, row, &outcome, &shop.keys.heron)?;
    step.say("Heron Express opens it with the key that the register pins:");
    let mut rows = table(["item", "项目", "value"]);
    for (item, value) in &payload.claims.items {
        rows.add_row([item.as_str(), &words::zh(&shop.register, item), &words::value(value)]);
    }
    step.table(&rows);
    for (reason, items) in words::by_reason(&outcome) {
        step.say(format!("Stays: {}: {} {}", words::names(items), reason.code(), reason.sentence().en));
    }
    step.claim(
        "Heron opens exactly what was released",
        matches!(&outcome, Outcome::Permitted { delivery: Delivery::Payload(_), .. })
            && words::same(&payload.claims.items, &outcome),
    );
    step.claim(
        "it has what a parcel needs, and not what it cost",
        payload.claims.items.contains_key("consignee.address")
            && !payload.claims.items.contains_key("order.amount_minor"),
    );
    step.claim("no source of this machine was looked at", shop.system.looks() == looks);
    step.fact("share", words::outcome_json(&outcome));
    step.fact("opened", json!(payload.claims.items));
    shop.handed.insert(row, outcome);
    Ok(())
}
