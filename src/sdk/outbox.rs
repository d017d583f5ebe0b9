//! What waits for the host to deliver: withdrawals for the parties, the statutory record for the controller.
//!
//! Entries are sealed when the outbox is looked at, not when they are made: the checkout does not pay for it.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::party::Dealing;
use super::{Error, Opened, Sluicegate, log};
use crate::consent::Subject;
use crate::jose::Day;
use crate::jose::jwe::{self, RecipientKey};
use crate::ledger::{Addressee, ErasureNotice, OutboxKind, WithdrawalNotice};
use crate::register::{Hash, Instant, Row};
use crate::vault::{Account, Anchored, Body, Transaction};

/// Something sealed to one company, to be delivered and acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// By which it is acknowledged.
    pub id: u64,
    /// The company it is sealed to: a party, or the controller.
    pub to: String,
    /// `entry` (a bundle of ledger entries), `withdrawal_notice` or `erasure_notice`.
    pub kind: String,
    /// The compact JWE.
    pub body: String,
}

/// A message as the vault keeps it.
#[derive(Serialize, Deserialize)]
struct Message {
    to: Addressee,
    kind: OutboxKind,
    body: String,
}

/// A bundle of entries for the controller's statutory record.
#[derive(Serialize)]
struct Bundle {
    checkpoint: String,
    verifier_key: String,
    first: u64,
    /// In hex: salt and canonical body, or null where it was erased.
    records: Vec<Option<String>>,
}

/// How many entries a bundle holds at most.
const BUNDLE: u64 = 500;
/// The meta record that says up to where entries were bundled.
const BUNDLED: &str = "outbox.bundled";

fn push(
    gate: &Sluicegate,
    tx: &mut Transaction<'_>,
    dealing: Option<&Dealing>,
    kind: OutboxKind,
    text: &[u8],
    at: Instant,
) -> Result<(), Error> {
    let party = dealing.and_then(|dealing| Some((dealing.party.clone(), dealing.key.clone()?)));
    let (to, key) = match party {
        Some((party, key)) => (Addressee::Party(party), Some(key)),
        None => {
            (Addressee::Controller(gate.register.controller_id().clone()), gate.register.controller_key())
        }
    };
    let key = key.ok_or_else(|| Error::Crypto("the register has no key of the controller".into()))?;
    let key = RecipientKey::new(key).map_err(|error| Error::Crypto(error.to_string()))?;
    let body = jwe::seal(text, &key, Some("sluicegate-outbox+json"), None)?;
    tx.push_message(at, &log::to_json(&Message { to, kind, body })?)?;
    Ok(())
}

/// Puts a notice for the party, if it has received under the row.
pub(super) fn tell_withdrawal(
    gate: &Sluicegate,
    tx: &mut Anchored<'_, '_>,
    account: &Account,
    subject: &Subject,
    at: Instant,
) -> Result<(), Error> {
    let Some(dealing) = tx.dealing(account, &subject.row, &subject.party)? else { return Ok(()) };
    let dealing: Dealing = log::from_json(&dealing)?;
    // An item that it never received is nothing to tell.
    if subject.item.as_ref().is_some_and(|item| !dealing.items.contains(item)) {
        return Ok(());
    }
    // To whom nobody is named, no exact time is told either (invariant 8).
    let batched = gate.register.row(&subject.row).is_none_or(Row::is_batched);
    let notice = WithdrawalNotice {
        row: subject.row.clone(),
        party: subject.party.clone(),
        item: subject.item.clone(),
        payloads: dealing.payloads.clone(),
        withdrawn_at: if batched { Day::from(at).instant() } else { at },
    };
    push(gate, tx, Some(&dealing), OutboxKind::WithdrawalNotice, &log::to_json(&notice)?, at)
}

/// Puts a notice of erasure for each party that received, and for the controller.
pub(super) fn tell_erasure(
    gate: &Sluicegate,
    tx: &mut Anchored<'_, '_>,
    account: &Account,
    at: Instant,
) -> Result<(), Error> {
    for dealing in tx.dealings(account)? {
        let dealing: Dealing = log::from_json(&dealing)?;
        let (party, payloads) = (Some(dealing.party.clone()), dealing.payloads.clone());
        let notice = ErasureNotice { account: None, party, payloads, erased_at: Day::from(at).instant() };
        push(gate, tx, Some(&dealing), OutboxKind::ErasureNotice, &log::to_json(&notice)?, at)?;
    }
    let account = Some(Hash(account.tag().0));
    let notice = ErasureNotice { account, party: None, payloads: Vec::new(), erased_at: at };
    push(gate, tx, None, OutboxKind::ErasureNotice, &log::to_json(&notice)?, at)
}

impl Sluicegate {
    /// What waits to be delivered, oldest first, at most `limit`. New ledger entries are bundled and sealed to the
    /// controller first.
    pub fn outbox(&self, limit: u32, at: Instant) -> Result<Vec<OutboxItem>, Error> {
        self.with_vault(at, |opened| {
            self.bundle(opened, at)?;
            let messages = opened.vault.read(|tx| tx.messages(0, limit))?;
            let item = |message: crate::vault::StoredMessage| {
                let Message { to, kind, body } = log::from_json(&message.body)?;
                let to = match to {
                    Addressee::Controller(id) => id.to_string(),
                    Addressee::Party(id) => id.to_string(),
                };
                let kind = match kind {
                    OutboxKind::Entry => "entry",
                    OutboxKind::WithdrawalNotice => "withdrawal_notice",
                    OutboxKind::ErasureNotice => "erasure_notice",
                };
                Ok(OutboxItem { id: message.id, to, kind: kind.to_owned(), body })
            };
            messages.into_iter().map(item).collect()
        })
    }

    /// These were delivered; they are pruned.
    pub fn acknowledge(&self, ids: &[u64], at: Instant) -> Result<(), Error> {
        self.with_vault(at, |opened| {
            opened.vault.write(|tx| {
                tx.ack_messages(ids, at)?;
                tx.prune_messages()?;
                Ok(())
            })
        })
    }

    /// Bundles the next new entries; returns whether there were any.
    pub(super) fn bundle(&self, opened: &Opened, at: Instant) -> Result<bool, Error> {
        let first = opened.vault.read(bundled)?;
        let entries = opened.entries(first, BUNDLE)?;
        if entries.is_empty() {
            return Ok(false);
        }
        let next = first + entries.len() as u64;
        let record = |body: Body| match body {
            Body::Open(record) => Some(HEXLOWER.encode(&record)),
            Body::Closed | Body::Erased => None,
        };
        let records = entries.into_iter().map(|entry| record(entry.body)).collect();
        let (_, checkpoint) = opened.vault.read(|tx| opened.checkpoint(tx))?;
        let verifier_key = opened.secrets.log_key()?.verifier().to_string();
        let bundle = log::to_json(&Bundle { checkpoint, verifier_key, first, records })?;
        opened.vault.write(|tx| {
            // Another process may have bundled them meanwhile.
            if bundled(tx)? == first {
                tx.put_meta(BUNDLED, &log::to_json(&next)?)?;
                push(self, tx, None, OutboxKind::Entry, &bundle, at)?;
            }
            Ok(true)
        })
    }
}

fn bundled(tx: &Transaction<'_>) -> Result<u64, Error> {
    Ok(tx.meta(BUNDLED)?.map(|json| log::from_json(&json)).transpose()?.unwrap_or(0))
}
