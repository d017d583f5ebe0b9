//! Advertising: exposures queued on consent, handed over as one batch that names nobody.

use serde_json::json;
use sluicegate::gate::Reason;
use sluicegate::register::{Age, ItemId, ScenarioId};
use sluicegate::sdk::{AdEvent, Delivery, Outcome, Recorded};
use sluicegate_cli::receive::open_batch;

use super::shop::Shop;
use super::step::Step;
use super::{Stop, words};
use crate::commands::ledger::utc;
use crate::commands::now;
use crate::commands::table::table;

const ROW: &str = "ads.delivery";
const EXPOSURES: u32 = 100;

fn exposure(shop: &Shop, number: u32) -> Result<AdEvent, Stop> {
    Ok(AdEvent {
        account: shop.account.clone(),
        age: Age::Over14,
        scenario: ScenarioId::new("ad.delivery")?,
        party: shop.party(ROW)?,
        id: format!("exposure-{number}"),
        item: ItemId::new("ad.exposure")?,
        content: format!("creative-{}", number % 5 + 1),
        at: now()?,
    })
}

/// Records one exposure.
pub fn record(shop: &Shop, number: u32) -> Result<Recorded, Stop> {
    Ok(shop.gate.record_event(&exposure(shop, number)?)?)
}

pub fn batch(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let early = record(shop, 0)?;
    shop.gate.grant(&shop.account, &[shop.subject(ROW, None)?], &shop.act()?)?;
    let (looks, calls) = (shop.system.looks(), shop.host.calls());
    let mut queued = 0;
    // The last one is reported twice.
    for number in (0..EXPOSURES).chain([EXPOSURES - 1]) {
        queued += u32::from(record(shop, number)? == Recorded::Queued);
    }
    let outcome = shop.share(ROW, 1)?;
    let opened = open_batch(words::text(&outcome)?, &shop.keys.lantern, &shop.party(ROW)?.id)?;
    step.say("Lantern Ads opens the batch with its key:");
    let mut rows = table(["hour (UTC)", "item", "项目", "content", "count"]);
    for event in &opened.events {
        for (item, value) in &event.items {
            let (hour, zh) = (utc(event.hour.instant()), words::zh(&shop.register, item));
            rows.add_row([&hour[..16], item.as_str(), &zh, &words::value(value), &event.count.to_string()]);
        }
    }
    step.table(&rows);
    let mut rows = table(["of the whole batch", "项目", "value"]);
    for (item, value) in &opened.items {
        let zh = shop.register.item(item).map(|item| item.label.zh.as_str()).unwrap_or_default();
        rows.add_row([item.as_str(), zh, &words::value(value)]);
    }
    step.table(&rows);
    for (reason, items) in words::by_reason(&outcome) {
        step.say(format!("Stays: {}: {} {}", words::names(items), reason.code(), reason.sentence().en));
    }
    step.claim("an exposure before the grant was not kept", early == Recorded::NotKept(Reason::NotAsked));
    let total: u64 = opened.events.iter().map(|event| event.count).sum();
    let one = matches!(&outcome, Outcome::Permitted { delivery: Delivery::Batch(_), .. });
    step.claim(
        format!("{EXPOSURES} exposures, one of them reported twice, leave as one batch of {total}"),
        one && queued == EXPOSURES + 1 && total == u64::from(EXPOSURES),
    );
    step.claim("times are cut to the hour, the order of events is gone", {
        opened.events.iter().all(|event| event.hour.seconds() % 3_600 == 0) && opened.events.len() < 100
    });
    let claims = serde_json::to_value(&opened)?;
    let fields = ["iss", "nonce", "checkpoint", "order"];
    step.claim("no device key, signature, nonce, order or ledger position is in it", {
        words::text(&outcome)?.split('.').count() == 5
            && fields.iter().all(|field| claims.get(field).is_none())
    });
    let person = shop.register.row(&sluicegate::register::RowId::new(ROW)?).is_some_and(|row| {
        row.items.iter().any(|item| item.identifies == sluicegate::register::Identifies::Person)
    });
    step.claim(
        "no item of the row identifies a person; the pseudonym is the partner's alone",
        !person && opened.items.contains_key("ad.pseudonym"),
    );
    let oaid = words::reason(&outcome, "device.oaid") == Some(Reason::NotAsked);
    let asked = shop.host.asked_since(calls);
    step.claim("the OAID is linkable, needs a consent of its own, was not asked for, and was not read", {
        oaid && !asked.iter().any(|item| item.as_str() == "device.oaid") && shop.system.looks() == looks
    });
    let empty = shop.share(ROW, 2)?;
    step.claim(
        "the queue is empty afterwards: nothing leaves twice",
        matches!(empty, Outcome::Withheld { .. }),
    );
    step.fact("share", words::outcome_json(&outcome));
    step.fact("opened", json!(opened));
    shop.handed.insert(ROW, outcome);
    Ok(())
}
