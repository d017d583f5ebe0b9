//! Steps 1 to 3 of a share: what is asked, what stands, and the gate's decision.

use super::enrolment::Enrolment;
use super::party::{Dealing, Known};
use super::{Error, Opened, ShareAsk, Sluicegate, log, open};
use crate::consent::{Answers, HighWater};
use crate::gate::{Ask, Decision, PartyStanding, Request, Standing, decide};
use crate::register::{Ground, Hash, Instant, ItemId, Method, OrderId, PartyId, Row};
use crate::vault::{Account, StoredShare};

/// What is verified before anything else.
pub(super) struct Question<'a> {
    pub ask: &'a ShareAsk,
    pub row: &'a Row,
    pub party: Known,
    pub request: Option<Request>,
    /// What makes the share the same one again.
    pub key: Vec<u8>,
}

/// One snapshot of the vault.
pub(super) struct Seen {
    pub answers: Answers,
    pub current: bool,
    pub high_water: HighWater,
    pub last_off: Option<u64>,
    pub items_last_off: Vec<(ItemId, u64)>,
    pub dealing: Option<Dealing>,
    pub earlier: Option<StoredShare>,
    pub same_nonce: bool,
    pub enrolment: Option<Enrolment>,
    pub checkpoint: String,
}

impl Sluicegate {
    /// Step 1. Bad input ends here.
    pub(super) fn question<'a>(&'a self, ask: &'a ShareAsk) -> Result<Question<'a>, Error> {
        let row = self.row(&ask.scenario, &ask.party)?;
        match (row.is_batched(), &ask.order) {
            (true, Some(_)) => return Err(Error::input("order", "what is de-identified is about no order")),
            (false, None) => return Err(Error::input("order", "is needed for this scenario")),
            _ => {}
        }
        let party = self.party(row, &ask.party, ask.at)?;
        let runs_on_request = row.items.iter().any(|item| item.ground == Ground::StatutoryDuty);
        if ask.request.is_some() && !runs_on_request {
            return Err(Error::input("request", format!("row {} runs on no request", row.id)));
        }
        let request = ask.request.as_deref().map(|compact| self.request(row, compact, ask.at)).transpose()?;
        // A request is answered once, whatever attempt the host counts.
        let (order, attempt, jti) = match &request {
            Some(request) => (ask.order.as_ref(), 0, Some(request.jti.as_str())),
            None => (ask.order.as_ref(), ask.attempt, None),
        };
        let key = log::to_json(&(&row.id, &party.id, order, attempt, jti))?;
        let request = request.map(|r| Request { case: r.case, order: r.order, secret: r.secret });
        Ok(Question { ask, row, party, request, key })
    }

    /// Step 2: everything from one snapshot. The anchor is looked at first, so that the store is never behind by accident.
    pub(super) fn look(
        &self,
        opened: &Opened,
        account: &Account,
        question: &Question<'_>,
    ) -> Result<Seen, Error> {
        let Question { ask, row, party, key, .. } = question;
        let state = opened.vault.answers(account)?;
        let trusted = state.standing.is_trusted();
        let generation = state.answers.generation;
        let known = opened.vault.read(|tx| {
            let answers = tx.answers(account)?;
            let current = trusted && answers.generation >= generation;
            let answers = answers.bytes.map(|json| log::from_json(&json)).transpose()?.unwrap_or_default();
            let adopted = open::adopted(tx)?;
            let marks = tx.marks()?;
            if marks.register_version > self.register.version() {
                let (given, known) = (self.register.version(), marks.register_version);
                return Err(Error::RegisterOlder { given, known });
            }
            let dealing = tx.dealing(account, &row.id, &party.id)?;
            let earlier = tx.share(account, key)?;
            let same_nonce =
                earlier.as_ref().is_some_and(|earlier| earlier.nonce == tx.nonce_tag(&ask.nonce));
            Ok(Seen {
                answers,
                current,
                high_water: HighWater::from_mark(marks.clock_high_water),
                last_off: adopted.last_off(row),
                items_last_off: adopted.items_last_off(row),
                dealing: dealing.map(|json| log::from_json(&json)).transpose()?,
                same_nonce,
                earlier,
                enrolment: Enrolment::load(tx, &self.signs_for(row, &party.id)?)?,
                checkpoint: match row.method {
                    Method::Background => opened.checkpoint(tx)?.1,
                    Method::SdkLocal | Method::Interface => opened.checkpoint_for(tx, &party.id)?,
                },
            })
        })?;
        Ok(known)
    }

    /// Whose enrolment signs: permits are for the controller, payloads for the party.
    pub(super) fn signs_for(&self, row: &Row, party: &PartyId) -> Result<PartyId, Error> {
        match row.method {
            Method::Background => Ok(PartyId::new(self.register.controller_id().as_str())?),
            Method::SdkLocal | Method::Interface => Ok(party.clone()),
        }
    }
}

impl<'a> Question<'a> {
    /// The ask as the gate takes it.
    pub fn gate_ask(&'a self) -> Ask<'a> {
        Ask {
            row: self.row,
            party: &self.party.id,
            order: self.ask.order.as_ref(),
            age: self.ask.age,
            at: self.ask.at,
            request: self.request.as_ref(),
        }
    }

    /// Step 3.
    pub fn decide(&'a self, seen: &Seen) -> Decision<'a> {
        let sealed = self.row.method != Method::Background;
        let signed = !self.row.is_batched();
        let enrolled =
            seen.enrolment.as_ref().is_some_and(|enrolment| enrolment.certificate(self.ask.at).is_some());
        let party =
            PartyStanding { has_key: !sealed || self.party.key.is_some(), enrolled: !signed || enrolled };
        // An attempt that was handed over before is given again, not counted again.
        let recent: &[Instant] = match (&seen.dealing, &seen.earlier) {
            (Some(dealing), None) => &dealing.recent,
            _ => &[],
        };
        decide(
            &self.gate_ask(),
            &Standing::Known {
                answers: &seen.answers,
                current: seen.current,
                expiry_time: seen.high_water.expiry_time(self.ask.at),
                last_off: seen.last_off,
                items_last_off: &seen.items_last_off,
                recent,
                party,
            },
        )
    }

    /// What stands for the order in the ledger.
    pub fn order_digest(&self, opened: &Opened) -> Option<Hash> {
        let digest = |order: &OrderId| Hash(opened.secrets.derive("order", order.as_str().as_bytes()));
        self.ask.order.as_ref().map(digest)
    }
}
