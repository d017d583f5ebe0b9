//! What the cases have to show: every row of the register permitted, and withheld for every reason that can befall it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluicegate::gate::Reason;

use super::Step;

/// Reasons that every row can be withheld for.
const EVERY_ROW: [Reason; 9] = [
    Reason::VaultUnavailable,
    Reason::RowOff,
    Reason::ItemOff,
    Reason::SwitchedOffSince,
    Reason::NoticeNotAccepted,
    Reason::NoticeOutdated,
    Reason::Refused,
    Reason::RequiredItemWithheld,
    Reason::AttemptSpent,
];
/// Rows with items on consent.
const CONSENT: [Reason; 6] = [
    Reason::AnswersOutdated,
    Reason::NotAsked,
    Reason::Withdrawn,
    Reason::Expired,
    Reason::RowWidened,
    Reason::NotSeparate,
];

/// The rows, each with the reasons that are not every row's. What is missing can't befall it:
/// - `no_party_key`: a company's keys stand in the register, and a permit is sealed to nobody;
/// - `absent`, `not_provided`: a permit needs nothing of the device or the host, so nothing is read for it;
/// - `contended`: the host is asked once, so no case can go on changing answers (`tests/signer.rs` shows it);
/// - `not_enrolled`: a batch is not signed; `guardian_required`: advertising never runs for people under 14.
fn rows() -> BTreeMap<&'static str, BTreeSet<Reason>> {
    use Reason::*;
    let signed = [NotEnrolled, GuardianRequired];
    let read = [NotProvided];
    let of = |more: &[&[Reason]]| EVERY_ROW.iter().chain(more.iter().copied().flatten()).copied().collect();
    BTreeMap::from([
        ("alipay.payment", of(&[&CONSENT, &signed, &read, &[Absent]])),
        (
            "alipay.aml",
            of(&[&CONSENT, &signed, &read, &[RequestRequired, RequestSecret, RequestMismatch, TooFrequent]]),
        ),
        ("merchants.order", of(&[&signed, &[Withdrawn]])),
        ("ads.delivery", of(&[&CONSENT, &[NotForMinors, TooFrequent, NoPartyKey, Absent]])),
        ("logistics.order", of(&[&signed, &read, &[Withdrawn, NoPartyKey]])),
    ])
}

/// What the cases have shown, as they were played and held.
#[derive(Default)]
pub struct Seen {
    permitted: BTreeSet<String>,
    withheld: BTreeSet<(String, String)>,
    calls: BTreeSet<String>,
}

impl Seen {
    pub fn note(&mut self, step: &Step, actual: &Value) {
        self.calls.insert(step.call.clone());
        let Some(row) = actual["row"].as_str().filter(|_| step.call == "share") else { return };
        if step.expect.get("released").is_some() && actual["outcome"] == "permitted" {
            self.permitted.insert(row.to_owned());
        }
        // Only what the case states counts.
        for reason in
            step.expect.get("withheld").and_then(Value::as_object).into_iter().flat_map(|w| w.values())
        {
            self.withheld.insert((row.to_owned(), reason.as_str().unwrap().to_owned()));
        }
    }

    pub fn check(&self) {
        let rows = rows();
        let register: Value = serde_json::from_str(include_str!("../../registers/1688.json")).unwrap();
        let mut missing = Vec::new();
        for row in register["rows"].as_array().unwrap() {
            let row = row["id"].as_str().unwrap();
            let reasons = rows.get(row).unwrap_or_else(|| panic!("coverage.rs does not know row {row}"));
            if !self.permitted.contains(row) {
                missing.push(format!("{row}: permitted"));
            }
            let shown =
                |reason: &&Reason| self.withheld.contains(&(row.to_owned(), reason.code().to_owned()));
            missing.extend(reasons.iter().filter(|r| !shown(r)).map(|r| format!("{row}: {}", r.code())));
        }
        for reason in Reason::ALL.into_iter().filter(|reason| *reason != Reason::Contended) {
            assert!(
                rows.values().any(|reasons| reasons.contains(&reason)),
                "no row is withheld for {}",
                reason.code()
            );
        }
        // And nothing that this table holds for impossible.
        for (row, reason) in &self.withheld {
            let known = rows[row.as_str()].iter().any(|known| known.code() == reason);
            assert!(known, "a case shows {row} withheld for {reason}, which coverage.rs rules out");
        }
        println!("{} rows, {} pairs of row and reason", self.permitted.len(), self.withheld.len());
        println!("calls: {:?}", self.calls);
        assert!(missing.is_empty(), "no case shows:\n{}", missing.join("\n"));
    }
}
