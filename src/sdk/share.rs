//! The share: the one way through the house, and the order of its steps.
//!
//! 1. The row, the party and the request are looked up and verified. Bad input ends here, and nothing has changed.
//! 2. One snapshot of the vault: answers with their generation, dealings, an earlier result, the checkpoint.
//! 3. The gate decides ([`decide`]). What it withholds is not read (invariant 2).
//! 4. The same attempt again gives the result it had, if what is in it would still be released (invariants 3, 4).
//! 5. Released items are read: natively, then in one call up. No lock and no transaction is held.
//! 6. Claims are assembled, signed (a platform's key is the second call up) and sealed.
//! 7. One write transaction: the generation is read again, and if an answer changed, everything is dropped and the
//!    share begins at 2. Else the entry and the result are appended and committed: durable.
//! 8. Only now is the delivery given to the host. A crash after 7 leaves the entry, and the same attempt finds it.

use super::commit::{Handed, Handing};
use super::look::{Question, Seen};
use super::{Error, HostError, Opened, Outcome, ShareAsk, Sluicegate, Wanted, events};
use crate::device::{Deadlines, Earlier, GatherError, Gathered, ItemReader, gather};
use crate::gate::{Decision, ItemDecision, Reason, Released, Remedy, Standing, Withheld, decide};
use crate::jose::jws::SigningInput;
use crate::payload::{self, Occasion, PseudonymSecret, Signatory};
use crate::register::{ItemId, Method, Source};
use crate::vault::Account;

/// How often a share begins anew when answers change under it.
const TRIES: u32 = 4;
impl Sluicegate {
    /// Asks the gate, and hands over what it releases: a payload, a permit or a batch.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] names the field; [`Error::Host`] if the provider or signer failed. A vault that can't be
    /// used is no error: everything is withheld, and the app goes on without us (invariant 6).
    pub fn share(&self, ask: &ShareAsk) -> Result<Outcome, Error> {
        let question = self.question(ask)?;
        match self.with_vault(ask.at, |opened| self.try_share(opened, &question)) {
            Err(Error::VaultUnavailable(error)) => {
                ::log::warn!("share: {error}");
                let decision = decide(&question.gate_ask(), &Standing::Unavailable);
                Ok(Outcome::Withheld {
                    row: question.row.id.clone(),
                    withheld: decision.withheld(),
                    entry: None,
                })
            }
            other => other,
        }
    }

    fn try_share(&self, opened: &Opened, question: &Question<'_>) -> Result<Outcome, Error> {
        let account = opened.vault.account(&question.ask.account)?;
        let mut earlier = Earlier::default();
        for _ in 0..TRIES {
            let seen = self.look(opened, &account, question)?;
            let decision = question.decide(&seen);
            if let Some(before) = &seen.earlier {
                let outcome = self.again(question, &seen, &decision, before)?;
                if opened.vault.read(|tx| tx.generation(&account))? != seen.answers.generation() {
                    continue;
                }
                return Ok(outcome);
            }
            let Some(released) = decision.released() else {
                return self.withhold(opened, &account, question, decision.withheld(), earlier.read());
            };
            let making = self.make(opened, &account, question, &seen, released, &mut earlier);
            let of_device =
                |id: &ItemId| question.row.item(id).is_some_and(|item| item.source == Source::Device);
            if making.is_err() && earlier.read().iter().any(of_device) {
                // What was read of the device is entered, whoever failed afterwards.
                let failed = all_withheld(&decision, Reason::NotProvided, Remedy::Provide);
                self.withhold(opened, &account, question, failed, earlier.read())?;
            }
            let (made, absent) = match making? {
                Making::Made(made, absent) => (*made, absent),
                Making::Withheld(mut withheld) => {
                    withheld.extend(decision.withheld());
                    return self.withhold(opened, &account, question, withheld, earlier.read());
                }
            };
            let read = earlier.read();
            let handed =
                Handing { account: &account, question, seen: &seen, decision: &decision, made, absent, read };
            if let Some(outcome) = handed.commit(self, opened)? {
                return Ok(outcome);
            }
        }
        let seen = self.look(opened, &account, question)?;
        let withheld = all_withheld(&question.decide(&seen), Reason::Contended, Remedy::Retry);
        self.withhold(opened, &account, question, withheld, earlier.read())
    }

    /// Steps 5 and 6.
    fn make<'r>(
        &self,
        opened: &Opened,
        account: &Account,
        question: &Question<'r>,
        seen: &Seen,
        released: Released<'r>,
        earlier: &mut Earlier,
    ) -> Result<Making, Error> {
        let Question { ask, row, party, .. } = question;
        let occasion = Occasion {
            register: &self.register,
            party: &party.id,
            at: ask.at,
            nonce: &ask.nonce,
            order: ask.order.as_ref(),
        };
        let signs_for = self.signs_for(row, &party.id)?;
        let signatory = || {
            let enrolment = seen.enrolment.as_ref()?;
            let certificate = enrolment.certificate(ask.at)?;
            Some((enrolment, Signatory { key: &enrolment.key, certificate, checkpoint: &seen.checkpoint }))
        };
        // The gate saw keys and enrolment; a row that gets here without them is a bug, and withholds.
        let unable = || Error::Crypto("a released row has no key".into());
        if row.method == Method::Background {
            let (enrolment, signatory) = signatory().ok_or_else(unable)?;
            let order = ask.order.as_ref().ok_or_else(unable)?;
            let sign = |input: SigningInput| self.sign(enrolment, &signs_for, input);
            let made = payload::permit(&released, order, occasion, signatory, sign)?;
            return Ok(Making::Made(Box::new(Handed::permit(made)), Vec::new()));
        }
        let key = party.key.as_ref().ok_or_else(unable)?;
        let gathered = self.gather(opened, question, released, earlier)?;
        if let Some(withheld) = gathered.incomplete() {
            return Ok(Making::Withheld(withheld));
        }
        let secret = opened.secrets.derive("pseudonym", &account.tag().0);
        let secret = PseudonymSecret(&secret);
        let absent = gathered.absent().to_vec();
        if row.is_batched() {
            let queued = opened.vault.read(|tx| events::queued(tx, account, &row.id, &party.id, ask.at))?;
            if payload::has_events(gathered.released()) && queued.events.is_empty() {
                return Ok(Making::Withheld(gathered.withhold_all(Reason::Absent, Remedy::Provide)));
            }
            let made = payload::batch(&gathered, queued.events, occasion, secret, key)?;
            return Ok(Making::Made(Box::new(Handed::batch(made, queued.taken)), absent));
        }
        if gathered.values().next().is_none() {
            return Ok(Making::Withheld(gathered.withhold_all(Reason::Absent, Remedy::Nothing)));
        }
        let (enrolment, signatory) = signatory().ok_or_else(unable)?;
        let sign = |input: SigningInput| self.sign(enrolment, &signs_for, input);
        let made = payload::payload(&gathered, occasion, signatory, secret, key, sign)?;
        Ok(Making::Made(Box::new(Handed::payload(made)), absent))
    }

    fn gather<'r>(
        &self,
        opened: &Opened,
        question: &Question<'r>,
        released: Released<'r>,
        earlier: &mut Earlier,
    ) -> Result<Gathered<'r>, Error> {
        let ask = question.ask;
        let install_id = opened.secrets.install_id(&question.party.id);
        let reader = ItemReader {
            system: self.system.as_ref(),
            budget: &self.budget,
            deadlines: Deadlines::default(),
            install_id: &install_id,
        };
        let provide = |items: Vec<ItemId>| {
            let (account, row) = (ask.account.clone(), question.row.id.clone());
            let provided = self.host.provide(Wanted { account, row, order: ask.order.clone(), items })?;
            Ok(provided.into_iter().map(|provided| (provided.item, provided.value)).collect())
        };
        gather(released, &self.register, &reader, ask.at, earlier, provide).map_err(|error| match error {
            GatherError::Provider(HostError(text)) => Error::Host(text),
            GatherError::NotAsked(item) => {
                Error::input(format!("provided.{item}"), "was not asked for, or stands twice")
            }
            GatherError::Value { item, bad } => Error::input(format!("provided.{item}"), bad),
        })
    }
}

/// Every item withheld: what would have left, for this reason.
fn all_withheld(decision: &Decision<'_>, reason: Reason, remedy: Remedy) -> Vec<Withheld> {
    let withheld = |item: &ItemDecision<'_>| {
        let (reason, remedy) = item.outcome.err().unwrap_or((reason, remedy));
        Withheld { item: item.item.id.clone(), reason, remedy }
    };
    decision.items().iter().map(withheld).collect()
}

/// What came of reading and making.
enum Making {
    /// Ready to be committed; beside it the released items that have no value.
    Made(Box<Handed>, Vec<Withheld>),
    Withheld(Vec<Withheld>),
}
