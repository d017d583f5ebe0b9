//! What remains: the ledger, its checkpoint and proofs, and what `--keep` leaves for the other commands.

use std::fs;
use std::path::Path;

use serde_json::json;
use sluicegate::ledger::{Export, InclusionProof, Verifier, verify_export};
use sluicegate_cli::receive::open_jwe;

use super::shop::Shop;
use super::step::Step;
use super::{Stop, words};
use crate::commands::ledger::entries;
use crate::commands::now;

pub fn ledger(shop: &mut Shop, step: &mut Step) -> Result<(), Stop> {
    let json = shop.gate.export_ledger(now()?)?;
    let export = Export::from_json(json.as_bytes())?;
    let state = shop.gate.ledger(now()?)?;
    step.table(&entries(&export));
    step.say(format!("The checkpoint, a C2SP signed note:\n\n{}", indented(&export.checkpoint)));

    let summary = verify_export(&export);
    let sound = summary
        .as_ref()
        .is_ok_and(|summary| summary.size == state.size && summary.vkey == state.verifier_key);
    step.claim("exported and recomputed from the leaves up, the root is the one that was signed", sound);
    let tampered = Export::from_json(json.replacen("notice_not_accepted", "refused", 1).as_bytes())?;
    step.claim(
        "with one reason changed, the export is refused",
        tampered != export && verify_export(&tampered).is_err(),
    );
    let mut shorter = export.clone();
    shorter.leaves.pop();
    step.claim("with the last entry left out, too", verify_export(&shorter).is_err());
    let telling: Vec<&str> = shop.host.telling_texts();
    step.claim("it holds no value, no account and no order in clear", {
        !telling.iter().any(|value| json.contains(value)) && !json.contains(shop.account.as_str())
    });

    let handed = shop.handed.get("alipay.payment").ok_or("nothing was handed to Alipay")?;
    let sluicegate::sdk::Outcome::Permitted { entry, .. } = handed else { return Err("withheld".into()) };
    let proof: InclusionProof = shop.gate.prove(*entry, now()?)?.parse()?;
    let leaf =
        usize::try_from(*entry).ok().and_then(|index| export.leaves.get(index)).ok_or("no such leaf")?;
    let verifier: Verifier = state.verifier_key.parse()?;
    step.claim(
        "a C2SP proof shows offline that Alipay's hand-over is in it",
        proof.verify(&leaf.commitment.leaf_hash(), &verifier).is_ok(),
    );

    let outbox = shop.gate.outbox(50, now()?)?;
    let mut records = 0;
    for item in outbox.iter().filter(|item| item.kind == "entry") {
        let bundle = open_jwe(&item.body, &shop.keys.controller_enc.to_private_jwk())?;
        let bundle: serde_json::Value = serde_json::from_slice(&bundle)?;
        records += bundle["records"].as_array().map_or(0, Vec::len) as u64;
    }
    step.claim("the controller's sealed copies in the outbox hold every entry", records == state.size);

    let before =
        words::text(shop.handed.get("logistics.order").ok_or("nothing was handed to Heron")?)?.to_owned();
    shop.reopen()?;
    let after = shop.gate.ledger(now()?)?;
    let again = shop.share("logistics.order", 1)?;
    step.claim(
        "after a restart of the app the ledger stands, and the carrier's ask gives the same payload",
        after.size == state.size && words::text(&again)? == before,
    );
    step.fact("summary", json!(summary.ok()));
    step.fact("checkpoint", state.checkpoint);
    Ok(())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Writes what was handed over and the ledger into the folder, and says how to look at them.
pub fn keep(shop: &Shop, folder: &Path) -> Result<String, Stop> {
    let handed = folder.join("handed-over");
    fs::create_dir(&handed)?;
    for (row, outcome) in &shop.handed {
        fs::write(handed.join(format!("{row}.txt")), format!("{}\n", words::text(outcome)?))?;
    }
    fs::write(folder.join("ledger.json"), shop.gate.export_ledger(now()?)? + "\n")?;
    let (folder, handed) = (folder.display(), handed.display());
    let keys = "registers/demo-keys";
    Ok(format!(
        "\nKept in {folder}: the vault, what was handed over, the ledger. For instance:\n\
         \n    sluicegate payload open {handed}/alipay.payment.txt --party alipay \\\
         \n        --key {keys}/alipay-enc.json --controller-key {keys}/controller-sig.json\
         \n    sluicegate permit check {handed}/merchants.order.txt --party shop-7 \\\
         \n        --controller-key {keys}/controller-sig.json\
         \n    sluicegate batch open {handed}/ads.delivery.txt --party lantern --key {keys}/ads-lantern-enc.json\
         \n    sluicegate ledger verify {folder}/ledger.json\n"
    ))
}
