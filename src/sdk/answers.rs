//! What the person says, made durable: one anchored transaction each, entered in the ledger.
//!
//! INVARIANT 4: a withdrawal is committed, purges the queue, and the anchor has moved, before its call returns. A
//! share re-reads the generation in the transaction that appends its entry, so whichever commits first wins.

use super::{Error, Opened, Sluicegate, log, outbox};
use crate::consent::{Act, ActError, Answers, Subject};
use crate::ledger::{AnswerState, AnsweredAbout, Entry};
use crate::register::{AccountId, Instant};
use crate::vault::{Account, AccountState, Anchored};

/// An account's answers, and whether they are known to be the latest.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountAnswers {
    /// The answers.
    pub answers: Answers,
    /// If not, consents are asked again.
    pub current: bool,
}

impl From<ActError> for Error {
    fn from(error: ActError) -> Self {
        let text = error.to_string();
        match text.split_once(": ") {
            Some((field, problem)) => Error::input(field, problem),
            None => Error::input("answer", text),
        }
    }
}

/// Parses what the vault holds of an account.
pub(super) fn parse(state: AccountState) -> Result<AccountAnswers, Error> {
    let answers = state.answers.bytes.map(|json| log::from_json(&json)).transpose()?.unwrap_or_default();
    Ok(AccountAnswers { answers, current: state.standing.is_trusted() })
}

/// What an act did, for the ledger: the subjects it changed, and into what.
pub(super) type Done = Vec<(AnsweredAbout, AnswerState)>;

impl Sluicegate {
    /// What the account has said, as it stands.
    pub fn answers(&self, account: &AccountId, at: Instant) -> Result<AccountAnswers, Error> {
        self.with_vault(at, |opened| match opened.vault.known_account(account)? {
            Some(account) => opened.account_answers(&account),
            None => Ok(AccountAnswers { answers: Answers::default(), current: true }),
        })
    }

    /// The notice was shown and accepted, in this version and language.
    pub fn accept_notice(&self, account: &AccountId, version: u32, act: &Act) -> Result<u64, Error> {
        self.act(account, act, |answers, _| {
            answers.accept_notice(&self.register, version, act.clone())?;
            let about =
                AnsweredAbout::Notice { version: version.to_string(), language: act.language.clone() };
            Ok(vec![(about, AnswerState::Accepted)])
        })
    }

    /// The person agreed. One subject by itself is a separate consent, several together are not.
    pub fn grant(&self, account: &AccountId, subjects: &[Subject], act: &Act) -> Result<u64, Error> {
        self.act(account, act, |answers, _| {
            answers.grant(&self.register, subjects, act)?;
            Ok(about(subjects, AnswerState::Granted))
        })
    }

    /// The person said no.
    pub fn refuse(&self, account: &AccountId, subjects: &[Subject], act: &Act) -> Result<u64, Error> {
        self.act(account, act, |answers, writing| {
            let granted = answers.refuse(&self.register, subjects, act)?;
            writing.end_grants(self, &granted, act.at)?;
            Ok(about(subjects, AnswerState::Refused))
        })
    }

    /// The person takes back what they granted. When this returns, nothing more leaves on that consent, in any thread
    /// or process; queued events are gone, and a notice for the party waits in the outbox if it had received.
    pub fn withdraw(&self, account: &AccountId, subjects: &[Subject], act: &Act) -> Result<u64, Error> {
        self.act(account, act, |answers, writing| {
            if subjects.is_empty() {
                return Err(ActError::NoSubject.into());
            }
            let mut done = Vec::new();
            for subject in subjects {
                let withdrawn = answers.withdraw(&self.register, subject, act)?;
                writing.end_grants(self, &withdrawn, act.at)?;
                done.extend(about(&withdrawn, AnswerState::Withdrawn));
            }
            Ok(done)
        })
    }

    /// The questions were shown to the person; an answer that stands is left alone.
    pub fn asked(&self, account: &AccountId, subjects: &[Subject], act: &Act) -> Result<u64, Error> {
        self.act(account, act, |answers, _| {
            answers.asked(&self.register, subjects, act)?;
            Ok(Vec::new())
        })
    }

    /// One act: the answers as they are now, changed, and stored with their entries in one anchored transaction.
    pub(super) fn act(
        &self,
        id: &AccountId,
        act: &Act,
        change: impl Fn(&mut Answers, &mut Writing<'_, '_, '_>) -> Result<Done, Error>,
    ) -> Result<u64, Error> {
        let (before, after) = self.with_vault(act.at, |opened| {
            let account = opened.vault.account(id)?;
            // An anchor that can't be read must not keep a withdrawal from being committed: then grants are in doubt.
            let current = opened.vault.answers(&account).is_ok_and(|state| state.standing.is_trusted());
            opened.vault.write_anchored(|tx| {
                let stored = tx.answers(&account)?;
                let before: Answers =
                    stored.bytes.map(|json| log::from_json(&json)).transpose()?.unwrap_or_default();
                let mut answers = before.clone();
                if !current {
                    answers.doubt();
                }
                answers.continue_after(tx.next_generation(&account)?);
                let from = answers.generation();
                let mut writing = Writing { tx, account: &account };
                let done = change(&mut answers, &mut writing)?;
                if answers.generation() == from {
                    return Ok((before.generation(), before.generation()));
                }
                let generation = answers.generation();
                tx.put_answers(&account, generation, &log::to_json(&answers)?)?;
                for (about, state) in done {
                    let entry = Entry::Answer { at: act.at, about, state, answers_generation: generation };
                    log::append(tx, Some(&account), entry)?;
                }
                log::mark_ledger(tx)?;
                Ok((before.generation(), generation))
            })
        })?;
        if after != before {
            self.listeners.tell(id, after);
        }
        Ok(after)
    }
}

/// The account and transaction that an act writes to.
pub(super) struct Writing<'w, 't, 'v> {
    pub tx: &'w mut Anchored<'t, 'v>,
    pub account: &'w Account,
}

impl Writing<'_, '_, '_> {
    /// What follows from a grant's end: what waits to leave is dropped, what was kept in memory for the purpose is
    /// forgotten, and a party that had received is told.
    pub(super) fn end_grants(
        &mut self,
        gate: &Sluicegate,
        ended: &[Subject],
        at: Instant,
    ) -> Result<(), Error> {
        for subject in ended {
            self.tx.delete_events(self.account, Some(&subject.row), Some(&subject.party))?;
            if let Some(row) = gate.register.row(&subject.row) {
                gate.budget.purge_purpose(&row.canonical().purpose);
            }
            outbox::tell_withdrawal(gate, self.tx, self.account, subject, at)?;
        }
        Ok(())
    }
}

fn about(subjects: &[Subject], state: AnswerState) -> Done {
    subjects.iter().map(|subject| about_one(subject, state)).collect()
}

/// An answer about one subject, as the ledger says it.
pub(super) fn about_one(subject: &Subject, state: AnswerState) -> (AnsweredAbout, AnswerState) {
    let Subject { row, party, item } = subject.clone();
    (AnsweredAbout::Row { row, party: Some(party), item }, state)
}

impl Opened {
    /// The account's answers and whether they are the latest.
    pub(super) fn account_answers(&self, account: &Account) -> Result<AccountAnswers, Error> {
        parse(self.vault.answers(account)?)
    }
}
