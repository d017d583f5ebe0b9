//! Statutory duty and the right to withdraw: the AML row, and what follows from a withdrawal.

use serde_json::json;
use sluicegate::gate::Reason;
use sluicegate::ledger::WithdrawalNotice;
use sluicegate::sdk::{Error, Outcome, Recorded, ShareAsk};
use sluicegate_cli::receive::{KeyPair, open_jwe, open_payload};

use super::shop::Shop;
use super::step::Step;
use super::{Stop, words};
use crate::commands::now;
use crate::commands::table::table;

pub fn aml(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let row = "alipay.aml";
    let asked =
        |request: Option<String>| -> Result<ShareAsk, Stop> { Ok(ShareAsk { request, ..shop.ask(row, 1)? }) };
    let none = shop.gate.share(&asked(None)?)?;
    let secret = shop.gate.share(&asked(Some(shop.request(&shop.keys.alipay, "request-2", true)?))?)?;
    // Signed by the controller itself: not even its word is enough.
    let forged = shop.gate.share(&asked(Some(shop.request(&shop.keys.controller, "request-3", false)?))?);
    let outcome = shop.share(row, 1)?;
    let keys = shop.controller_keys();
    let alipay = shop.party(row)?.id;
    let payload =
        open_payload(words::text(&outcome)?, &shop.keys.alipay_enc, &alipay, shop.issuer(&keys), now()?)?;

    let why = |outcome: &Outcome| match words::by_reason(outcome).keys().next() {
        Some(reason) => format!("withheld: {}", reason.code()),
        None => "permitted".into(),
    };
    let refused = match &forged {
        Err(error) => format!("error: {error}"),
        Ok(outcome) => why(outcome),
    };
    let mut rows = table(["the host shows", "outcome"]);
    rows.add_row(["no request", &why(&none)]);
    rows.add_row(["a request the controller signed in Alipay's name", &refused]);
    rows.add_row(["Alipay's request, marked secret", &why(&secret)]);
    rows.add_row([
        "Alipay's request, case AML-2026-0042",
        &format!("permitted: {}", words::names(payload.claims.items.keys())),
    ]);
    step.table(&rows);
    step.say(words::legend([&none, &secret]));
    step.claim(
        "without a request nothing runs; the host's word is not enough",
        words::all_withheld(&none, Reason::RequestRequired),
    );
    step.claim(
        "a request that Alipay did not sign is an error that names the field",
        matches!(&forged, Err(Error::InvalidInput { field, .. }) if field == "request"),
    );
    step.claim(
        "a secret request is refused on the phone",
        words::all_withheld(&secret, Reason::RequestSecret),
    );
    step.claim(
        "Alipay's own request is answered, with what the duty covers",
        words::same(&payload.claims.items, &outcome) && payload.claims.items.contains_key("alipay.user_id"),
    );
    step.claim(
        "the device items of the row still need the customer's consent",
        words::reason(&outcome, "device.model") == Some(Reason::NotAsked),
    );
    let again = shop.gate.share(&ShareAsk { attempt: 7, ..shop.ask(row, 1)? })?;
    step.claim(
        "one request is answered once, whatever attempt the host counts",
        words::text(&again)? == words::text(&outcome)?,
    );
    step.fact("share", words::outcome_json(&outcome));
    step.fact("secret", words::outcome_json(&secret));
    step.fact("not_signed_by_recipient", refused);
    shop.handed.insert(row, outcome);
    Ok(())
}

/// A withdrawal notice, opened by the party it is for.
fn notice(body: &str, key: &KeyPair) -> Result<WithdrawalNotice, Stop> {
    Ok(serde_json::from_slice(&open_jwe(body, &key.to_private_jwk())?)?)
}

pub fn withdraw(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let waiting = super::advertising::record(shop, 500)?;
    let (payment, ads) = (shop.subject("alipay.payment", None)?, shop.subject("ads.delivery", None)?);
    shop.gate.withdraw(&shop.account, &[payment, ads], &shop.act()?)?;
    let looks = shop.system.looks();
    let same = shop.share("alipay.payment", 2)?;
    let next = shop.share("alipay.payment", 3)?;
    let batch = shop.share("ads.delivery", 3)?;
    let before = |row: &str| shop.handed.get(row).map_or(0, |outcome| words::released(outcome).len());
    let after = |outcome: &Outcome| match outcome {
        Outcome::Withheld { .. } => "nothing".to_owned(),
        Outcome::Permitted { released, .. } => {
            format!("{} items, all of them on the contract", released.len())
        }
    };
    let mut rows = table(["the same ask", "before", "after the withdrawal", "the rest stays, because"]);
    let asks = [
        ("alipay.payment, attempt 2 again", "alipay.payment", &same),
        ("alipay.payment, a new attempt", "alipay.payment", &next),
        ("ads.delivery", "ads.delivery", &batch),
    ];
    for (asked, row, outcome) in asks {
        let reasons: Vec<&str> = words::by_reason(outcome).keys().map(|reason| reason.code()).collect();
        rows.add_row([asked, &format!("{} items", before(row)), &after(outcome), &reasons.join(", ")]);
    }
    step.say("Order security and advertising are withdrawn, as they were granted: in one call.");
    step.table(&rows);
    step.say(words::legend([&same, &next, &batch]));

    let outbox = shop.gate.outbox(50, now()?)?;
    let mut rows = table(["outbox, for", "kind", "opened with its key"]);
    let mut told = Vec::new();
    for item in outbox.iter().filter(|item| item.kind == "withdrawal_notice") {
        let key = if item.to == "alipay" { &shop.keys.alipay_enc } else { &shop.keys.lantern };
        let notice = notice(&item.body, key)?;
        let said = format!("{}: consent withdrawn; of {} hand-overs", notice.row, notice.payloads.len());
        rows.add_row([&item.to, &item.kind, &said]);
        told.push((item.id, notice));
    }
    step.table(&rows);
    step.claim(
        "what was made on the old consent is not given again",
        matches!(same, Outcome::Withheld { .. }),
    );
    let contract = words::released(&next);
    step.claim("a new attempt still pays, and every device item is withheld as withdrawn", {
        contract.iter().any(|item| item.as_str() == "order.amount_minor")
            && !contract
                .iter()
                .any(|item| item.as_str().starts_with("device.") || item.as_str().starts_with("check."))
            && words::reason(&next, "device.os_name") == Some(Reason::Withdrawn)
    });
    step.claim("advertising is withheld, and the exposure that was waiting is gone", {
        waiting == Recorded::Queued && words::reason(&batch, "ad.exposure") == Some(Reason::Withdrawn)
    });
    step.claim("no source of this machine was looked at any more", shop.system.looks() == looks);
    let parties: Vec<&str> = told.iter().map(|(_, notice)| notice.party.as_str()).collect();
    step.claim("Alipay and Lantern, which had received, are told; nobody else is", {
        parties.len() == 2 && parties.contains(&"alipay") && parties.contains(&"lantern")
    });
    let ids: Vec<u64> = told.iter().map(|(id, _)| *id).collect();
    shop.gate.acknowledge(&ids, now()?)?;
    let left = shop.gate.outbox(50, now()?)?;
    step.claim("acknowledged, they are pruned", !left.iter().any(|item| ids.contains(&item.id)));
    step.fact(
        "asks",
        json!([words::outcome_json(&same), words::outcome_json(&next), words::outcome_json(&batch)]),
    );
    step.fact("notices", json!(told.into_iter().map(|(_, notice)| notice).collect::<Vec<_>>()));
    Ok(())
}
