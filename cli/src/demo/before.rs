//! Before anything leaves: the register, the gate that reads nothing, the asks before the notice, the enrolment.

use serde_json::{Value as Json, json};
use sluicegate::gate::Reason;
use sluicegate::register::{Nonce, PartyId, Register};
use sluicegate::sdk::Outcome;
use sluicegate_cli::issue::DAY;

use super::shop::{REGISTER, ROWS, Shop};
use super::step::Step;
use super::{Stop, words};
use crate::commands::ledger::utc;
use crate::commands::now;
use crate::commands::register_words::overview;
use crate::commands::table::table;

pub fn register(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let register = &shop.register;
    step.say(format!(
        "Version {}, issued {}; signed by the controller. Items may be shared on the ground that stands beside them.",
        register.version(),
        register.document().issued
    ));
    step.table(&overview(register, None));
    let signed = Register::verify(REGISTER.trim(), shop.keys.controller.public());
    step.claim("the register carries the controller's signature", signed.is_ok());
    step.claim(
        "another key does not verify it",
        Register::verify(REGISTER.trim(), shop.keys.alipay.public()).is_err(),
    );
    let rows: Vec<&str> = register.rows().iter().map(|row| row.id.as_str()).collect();
    step.claim(
        "it has the five rows of the published table (Alipay's one row is two: two grounds)",
        rows == ROWS,
    );
    step.fact("rows", rows);
    Ok(())
}

pub fn open(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let (looks, calls) = (shop.system.looks(), shop.host.calls());
    step.say("The vault is encrypted and new; register and keys are in place.");
    step.claim("no source of this machine was looked at", looks == 0);
    step.claim("the host app was asked for nothing", calls == 0);
    let ledger = shop.gate.ledger(now()?)?;
    step.claim("the ledger has one entry: which register is in force", ledger.size == 1);
    step.fact("device_sources_looked_at", looks);
    step.fact("host_calls", calls);
    Ok(())
}

pub fn ask_all(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let mut rows = table(["asked", "for", "items", "outcome", "reason"]);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for row in ROWS {
        let outcome = shop.share(row, 1)?;
        let reasons: Vec<&str> = words::by_reason(&outcome).keys().map(|reason| reason.code()).collect();
        let what = match &outcome {
            Outcome::Withheld { .. } => "withheld 不提供",
            Outcome::Permitted { .. } => "permitted 提供",
        };
        let count = words::withheld(&outcome).len().to_string();
        rows.add_row([row, shop.party(row)?.id.as_str(), &count, what, &reasons.join(", ")]);
        outcomes.push(outcome);
    }
    step.table(&rows);
    step.say(words::legend(&outcomes));
    let held = outcomes.iter().all(|outcome| words::all_withheld(outcome, Reason::NoticeNotAccepted));
    step.claim(
        "every item of every row is withheld, those of the contract and of the statutory duty too",
        held,
    );
    step.claim(
        "nothing was read for it, from the device or from the host",
        shop.system.looks() == 0 && shop.host.calls() == 0,
    );
    step.fact("asks", outcomes.iter().map(words::outcome_json).collect::<Vec<_>>());
    Ok(())
}

pub fn enrol(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let mut rows = table(["to sign for", "the app's key (thumbprint)", "certified until (UTC)"]);
    let (mut keys, mut facts) = (Vec::new(), Vec::new());
    for party in [shop.controller.as_str(), "alipay", "heron"] {
        let (party, nonce, at) = (PartyId::new(party)?, Nonce::new(format!("enrol-{party}"))?, now()?);
        let request = shop.gate.enroll(&party, &nonce, at)?;
        let (verified, certificate) = shop.controller_signs(365 * DAY)?.certify(&request)?;
        if verified.nonce != nonce || verified.party != party {
            return Err("the request names another nonce or party".into());
        }
        shop.gate.complete_enrolment(&party, &certificate, at)?;
        let (key, until) = (verified.key.thumbprint(), at.plus_millis(365 * DAY * 1000));
        rows.add_row([party.as_str(), &key, &utc(until)]);
        facts.push(json!({ "party": party, "key": key }));
        keys.push((party, key, certificate));
    }
    step.say("The app proves that it has the key; the controller signs. For permits the party is the controller itself.");
    step.table(&rows);
    let mut thumbprints: Vec<&String> = keys.iter().map(|(_, key, _)| key).collect();
    thumbprints.sort();
    thumbprints.dedup();
    step.claim(
        "each party is signed to with a key of its own: two parties can't join by it",
        thumbprints.len() == 3,
    );
    let [_, (_, _, alipays), (heron, _, _)] = &keys[..] else { return Err("three keys".into()) };
    let borrowed = shop.gate.complete_enrolment(heron, alipays, now()?);
    step.claim("one party's certificate is refused for another", borrowed.is_err());
    step.fact("enrolled", Json::from(facts));
    Ok(())
}
