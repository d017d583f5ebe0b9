//! What a row would share now, in people's words: for consent screens and "what was shared".

use super::{Error, PartyRef, ShareAsk, Sluicegate};
use crate::consent::Question;
use crate::gate::{Reason, Standing, decide};
use crate::register::ScenarioId;
use crate::register::{
    AccountId, Age, Bilingual, Ground, Instant, ItemId, Necessity, Nonce, OrderId, RowId, RowItem,
};
use crate::vault::Account;

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainAsk {
    /// To whom.
    pub account: AccountId,
    /// Their age.
    pub age: Age,
    /// The event.
    pub scenario: ScenarioId,
    /// The one company.
    pub party: PartyRef,
    /// `zh`, or anything else for English.
    pub language: String,
    /// Now.
    pub at: Instant,
}

/// An item in people's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedItem {
    /// Which.
    pub item: ItemId,
    /// Its label.
    pub label: String,
    /// Why it may be shared.
    pub ground: Ground,
    /// Whether the row makes sense without it.
    pub required: bool,
    /// PIPL 28.
    pub sensitive: bool,
    /// Whether the receiver can link it with what it has.
    pub linkable: bool,
    /// Why it would be withheld now, as reason and sentence; none if it would leave.
    pub withheld: Option<(Reason, String)>,
}

/// A row in people's words (PIPL 17, 23, 30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which row.
    pub row: RowId,
    /// Who receives.
    pub recipient: String,
    /// How to reach it.
    pub contact: String,
    /// Its privacy policy.
    pub policy: String,
    /// Why.
    pub purpose: String,
    /// How long the recipient keeps it (ISO 8601).
    pub retention: String,
    /// Why sensitive items are needed and what they mean.
    pub sensitive_because: Option<String>,
    /// How to refuse advertising.
    pub how_to_refuse: Option<String>,
    /// The items.
    pub items: Vec<ExplainedItem>,
    /// What may be asked.
    pub questions: Vec<Question>,
}

impl Sluicegate {
    /// Explains the row for this event and party as it stands for the account. Reads nothing of the device, and enters nothing.
    pub fn explain(&self, ask: &ExplainAsk) -> Result<Explanation, Error> {
        let row = self.row(&ask.scenario, &ask.party)?;
        let share = ShareAsk {
            account: ask.account.clone(),
            age: ask.age,
            scenario: ask.scenario.clone(),
            party: ask.party.clone(),
            order: if row.is_batched() { None } else { Some(OrderId::new("explain")?) },
            attempt: 0,
            nonce: Nonce::new("explain")?,
            request: None,
            at: ask.at,
        };
        let question = self.question(&share)?;
        let seen = self.with_vault(ask.at, |opened| {
            let account = opened.vault.account(&ask.account)?;
            self.look(opened, &account, &question)
        });
        let (decision, questions) = match &seen {
            Ok(seen) => (question.decide(seen), seen.answers.questions(row, &question.party.id)),
            Err(Error::VaultUnavailable(_)) => {
                (decide(&question.gate_ask(), &Standing::Unavailable), Vec::new())
            }
            Err(error) => return Err(error.clone()),
        };
        let words =
            |text: &Bilingual| if ask.language.starts_with("zh") { text.zh.clone() } else { text.en.clone() };
        let items = decision.items().iter().map(|item| ExplainedItem {
            item: item.item.id.clone(),
            label: self.register.item(&item.item.id).map(|item| words(&item.label)).unwrap_or_default(),
            ground: item.item.ground,
            required: item.item.necessity == Necessity::Required,
            sensitive: item.item.sensitive,
            linkable: item.item.transform.is_linkable(),
            withheld: item.outcome.err().map(|(reason, _)| (reason, words(&reason.sentence()))),
        });
        let written = self.register.document().rows.iter().find(|written| written.id == row.id.as_str());
        let recipient = self.register.recipient(&row.recipient);
        Ok(Explanation {
            row: row.id.clone(),
            recipient: recipient.map(|recipient| words(&recipient.name)).unwrap_or_default(),
            contact: recipient.map(|recipient| words(&recipient.contact)).unwrap_or_default(),
            policy: recipient.map(|recipient| words(&recipient.policy)).unwrap_or_default(),
            purpose: words(&row.purpose.text),
            retention: row.retention.to_string(),
            sensitive_because: written.and_then(|row| row.sensitive_because.as_ref()).map(words),
            how_to_refuse: written.and_then(|row| row.how_to_refuse.as_ref()).map(words),
            items: items.collect(),
            questions,
        })
    }

    /// Why one item would be withheld now; none if it would leave. A required item's absence does not count: the
    /// question is about this one.
    pub(super) fn would_withhold(
        &self,
        opened: &super::Opened,
        account: &Account,
        ask: &ShareAsk,
        item: &RowItem,
    ) -> Result<Option<Reason>, Error> {
        let question = self.question(ask)?;
        let mut seen = self.look(opened, account, &question)?;
        // How often batches go out does not bear on what may be queued.
        seen.dealing = None;
        let decision = question.decide(&seen);
        let found = decision.items().iter().find(|decided| decided.item.id == item.id);
        Ok(found.and_then(|decided| decided.outcome.err()).map(|(reason, _)| reason))
    }
}
