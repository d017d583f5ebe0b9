//! Steps 4 and 7 of a share: the earlier result, the refusal, and the one transaction that makes a hand-over durable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::look::{Question, Seen};
use super::party::Dealing;
use super::{Delivery, Error, Opened, Outcome, Shared, Sluicegate, log};
use crate::consent::HighWater;
use crate::gate::{Decision, ItemDecision, Reason, Remedy, Withheld};
use crate::ledger::{self, Entry};
use crate::payload::Made;
use crate::register::{Hash, Instant, ItemId, Row, RowId};
use crate::vault::{Account, NewShare, StoredShare, Transaction, VaultError};

/// How long a result is remembered, so that the same attempt is not a second sharing: 30 days.
const REMEMBERED_MILLIS: i64 = 30 * 86_400_000;
/// The meta record of how often each item was read, by row.
const READS: &str = "reads";

/// A result as it is remembered.
#[derive(Serialize, Deserialize)]
struct Remembered {
    delivery: Delivery,
    items: Vec<ItemId>,
    entry: u64,
    expires: Instant,
    /// Under which row, and sealed to which key: a narrower row or another key does not give it again.
    row_hash: Hash,
    key: Option<String>,
}

impl Remembered {
    fn is_of(&self, question: &Question<'_>) -> bool {
        self.row_hash == question.row.hash() && self.key == question.party.thumbprint()
    }
}

impl Sluicegate {
    /// Step 4. What was handed over before is given again only while all of it would still be released.
    pub(super) fn again(
        &self,
        question: &Question<'_>,
        seen: &Seen,
        decision: &Decision<'_>,
        earlier: &StoredShare,
    ) -> Result<Outcome, Error> {
        if !seen.same_nonce {
            return Err(Error::input("nonce", "this order and attempt were asked with another nonce"));
        }
        let remembered: Remembered = log::from_json(&earlier.body)?;
        let row = question.row.id.clone();
        let basis =
            |id: &ItemId| decision.items().iter().find(|i| i.item.id == *id).and_then(|i| i.outcome.ok());
        // The frequency counts this very hand-over; it is no second one.
        let released: Option<Vec<Shared>> = remembered
            .items
            .iter()
            .map(|item| Some(Shared { item: item.clone(), basis: basis(item)? }))
            .collect();
        match released {
            Some(released) if question.ask.at < remembered.expires && remembered.is_of(question) => {
                Ok(Outcome::Permitted {
                    row,
                    withheld: decision.withheld(),
                    delivery: remembered.delivery,
                    released,
                    entry: remembered.entry,
                })
            }
            _ => {
                let spent = |item: &ItemDecision<'_>| {
                    let (reason, remedy) =
                        item.outcome.err().unwrap_or((Reason::AttemptSpent, Remedy::Retry));
                    Withheld { item: item.item.id.clone(), reason, remedy }
                };
                let withheld = decision.items().iter().map(spent).collect();
                Ok(Outcome::Withheld { row, withheld, entry: Some(remembered.entry) })
            }
        }
    }

    /// Nothing leaves; the decision is entered.
    pub(super) fn withhold(
        &self,
        opened: &Opened,
        account: &Account,
        question: &Question<'_>,
        withheld: Vec<Withheld>,
        read: &[ItemId],
    ) -> Result<Outcome, Error> {
        let entry = Entry::Decision {
            at: question.ask.at,
            row: question.row.id.clone(),
            party: question.party.id.clone(),
            order: question.order_digest(opened),
            attempt: question.ask.attempt,
            withheld: withheld.iter().map(entered).collect(),
            read: read.to_vec(),
        };
        let expired = withheld.iter().any(|withheld| withheld.reason == Reason::Expired);
        let entry = opened.vault.write(|tx| {
            see(tx, question.ask.at, expired)?;
            count_reads(tx, question.row, read)?;
            log::append(tx, Some(account), entry)
        })?;
        Ok(Outcome::Withheld { row: question.row.id.clone(), withheld, entry: Some(entry) })
    }
}

/// Something made, and the events that are in it.
pub(super) struct Handed {
    made: Made,
    delivery: fn(String) -> Delivery,
    events: Vec<u64>,
}

impl Handed {
    pub fn payload(made: Made) -> Self {
        Self { made, delivery: Delivery::Payload, events: Vec::new() }
    }

    pub fn permit(made: Made) -> Self {
        Self { made, delivery: Delivery::Permit, events: Vec::new() }
    }

    pub fn batch(made: Made, events: Vec<u64>) -> Self {
        Self { made, delivery: Delivery::Batch, events }
    }
}

/// Step 7.
pub(super) struct Handing<'a> {
    pub account: &'a Account,
    pub question: &'a Question<'a>,
    pub seen: &'a Seen,
    pub decision: &'a Decision<'a>,
    pub made: Handed,
    /// The released items that have no value.
    pub absent: Vec<Withheld>,
    /// The items that were read for it, in this try and earlier ones.
    pub read: &'a [ItemId],
}

impl Handing<'_> {
    /// Commits, unless an answer changed or the same attempt was committed meanwhile (none: begin again).
    pub fn commit(self, gate: &Sluicegate, opened: &Opened) -> Result<Option<Outcome>, Error> {
        let Self { account, question, seen, decision, made: handed, absent, read } = self;
        let (ask, row) = (question.ask, question.row);
        let Handed { made, delivery, events } = handed;
        let generation = seen.answers.generation();
        let entry = Entry::HandOver {
            at: ask.at,
            row: row.id.clone(),
            party: question.party.id.clone(),
            row_hash: row.hash(),
            order: question.order_digest(opened),
            attempt: ask.attempt,
            released: made.items.clone(),
            read: read.to_vec(),
            payload: made.digest(),
            jti: made.jti.clone(),
            answers_generation: generation,
        };
        let delivery = delivery(made.text.clone());
        let committed = opened.vault.write(|tx| {
            // INVARIANT 4: a withdrawal that returned before this commit wins.
            if tx.generation(account)? != generation || tx.share(account, &question.key)?.is_some() {
                return Ok(None);
            }
            if tx.marks()?.register_version != gate.register.version() {
                return Ok(None);
            }
            see(tx, ask.at, false)?;
            count_reads(tx, row, read)?;
            if tx.take_events(&events)? != events.len() {
                return Err(VaultError::Busy.into());
            }
            let index = log::append(tx, Some(account), entry)?;
            let known: Option<Vec<u8>> = tx.dealing(account, &row.id, &question.party.id)?;
            let known: Option<Dealing> = known.map(|json| log::from_json(&json)).transpose()?;
            let dealing = Dealing::after(known, row, &question.party, &made, ask.at);
            tx.put_dealing(account, &row.id, &question.party.id, &log::to_json(&dealing)?)?;
            let remembered = Remembered {
                delivery: delivery.clone(),
                items: made.items.clone(),
                entry: index,
                expires: made.expires,
                row_hash: row.hash(),
                key: question.party.thumbprint(),
            };
            tx.put_share(
                account,
                &NewShare {
                    key: &question.key,
                    row: &row.id,
                    party: &question.party.id,
                    nonce: &ask.nonce,
                    generation,
                    expires: ask.at.plus_millis(REMEMBERED_MILLIS),
                    body: &log::to_json(&remembered)?,
                },
            )?;
            Ok::<_, Error>(Some(index))
        })?;
        let Some(entry) = committed else { return Ok(None) };
        let basis =
            |id: &ItemId| decision.items().iter().find(|i| i.item.id == *id).and_then(|i| i.outcome.ok());
        let released =
            made.items.iter().filter_map(|item| Some(Shared { item: item.clone(), basis: basis(item)? }));
        let withheld = absent.into_iter().chain(decision.withheld()).collect();
        Ok(Some(Outcome::Permitted {
            row: row.id.clone(),
            delivery,
            released: released.collect(),
            withheld,
            entry,
        }))
    }
}

fn entered(withheld: &Withheld) -> ledger::Withheld {
    ledger::Withheld { item: withheld.item.clone(), reasons: vec![withheld.reason.code().to_owned()] }
}

/// Moves the clock's mark: by the hour, so that not every share pays for it, and at once when a consent expired.
fn see(tx: &mut Transaction<'_>, at: Instant, expired: bool) -> Result<(), Error> {
    const HOUR: i64 = 3_600_000;
    let mark = tx.marks()?.clock_high_water;
    let moved = HighWater::from_mark(mark).seen(at).expiry_time(mark);
    if moved > mark && (expired || moved.millis() - mark.millis() >= HOUR) {
        tx.set_clock_high_water(moved)?;
        tx.prune_shares(moved)?;
    }
    Ok(())
}

fn count_reads(tx: &mut Transaction<'_>, row: &Row, read: &[ItemId]) -> Result<(), Error> {
    if read.is_empty() {
        return Ok(());
    }
    let mut counts = reads(tx)?;
    let of_row = counts.entry(row.id.clone()).or_default();
    for item in read {
        *of_row.entry(item.clone()).or_insert(0) += 1;
    }
    Ok(tx.put_meta(READS, &log::to_json(&counts)?)?)
}

/// How often each item was read, by row.
pub(super) type Reads = BTreeMap<RowId, BTreeMap<ItemId, u64>>;

pub(super) fn reads(tx: &Transaction<'_>) -> Result<Reads, Error> {
    Ok(tx.meta(READS)?.map(|json| log::from_json(&json)).transpose()?.unwrap_or_default())
}
