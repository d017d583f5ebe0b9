//! Between the records of the boundary and the house's own types. Nothing is decided here.

use super::records::*;
use super::screens::*;
use crate::register::{self, BadTerm};
use crate::{consent, gate, sdk};

impl TryFrom<Act> for consent::Act {
    type Error = BadTerm;
    fn try_from(act: Act) -> Result<Self, BadTerm> {
        Ok(Self {
            at: register::Instant::from_millis(act.at)?,
            language: act.language,
            surface: act.surface,
            guardian: act.guardian,
        })
    }
}

impl TryFrom<Subject> for consent::Subject {
    type Error = BadTerm;
    fn try_from(subject: Subject) -> Result<Self, BadTerm> {
        Ok(Self {
            row: register::RowId::new(subject.row)?,
            party: register::PartyId::new(subject.party)?,
            item: subject.item.map(register::ItemId::new).transpose()?,
        })
    }
}

impl From<consent::Subject> for Subject {
    fn from(subject: consent::Subject) -> Self {
        Self { row: subject.row.into(), party: subject.party.into(), item: subject.item.map(Into::into) }
    }
}

impl From<Age> for register::Age {
    fn from(age: Age) -> Self {
        match age {
            Age::Unknown => Self::Unknown,
            Age::Under14 => Self::Under14,
            Age::Over14 => Self::Over14,
        }
    }
}

impl TryFrom<Party> for sdk::PartyRef {
    type Error = BadTerm;
    fn try_from(party: Party) -> Result<Self, BadTerm> {
        Ok(Self {
            recipient: register::RecipientId::new(party.recipient)?,
            id: register::PartyId::new(party.id)?,
            key: party.key,
            card: party.card,
        })
    }
}

impl TryFrom<Ask> for sdk::ShareAsk {
    type Error = BadTerm;
    fn try_from(ask: Ask) -> Result<Self, BadTerm> {
        Ok(Self {
            account: register::AccountId::new(ask.account)?,
            age: ask.age.into(),
            scenario: register::ScenarioId::new(ask.scenario)?,
            party: ask.party.try_into()?,
            order: ask.order.map(register::OrderId::new).transpose()?,
            attempt: ask.attempt,
            nonce: register::Nonce::new(ask.nonce)?,
            request: ask.request,
            at: register::Instant::from_millis(ask.at)?,
        })
    }
}

impl TryFrom<AdEvent> for sdk::AdEvent {
    type Error = BadTerm;
    fn try_from(event: AdEvent) -> Result<Self, BadTerm> {
        Ok(Self {
            account: register::AccountId::new(event.account)?,
            age: event.age.into(),
            scenario: register::ScenarioId::new(event.scenario)?,
            party: event.party.try_into()?,
            id: event.id,
            item: register::ItemId::new(event.item)?,
            content: event.content,
            at: register::Instant::from_millis(event.at)?,
        })
    }
}

impl TryFrom<ExplainAsk> for sdk::ExplainAsk {
    type Error = BadTerm;
    fn try_from(ask: ExplainAsk) -> Result<Self, BadTerm> {
        Ok(Self {
            account: register::AccountId::new(ask.account)?,
            age: ask.age.into(),
            scenario: register::ScenarioId::new(ask.scenario)?,
            party: ask.party.try_into()?,
            language: ask.language,
            at: register::Instant::from_millis(ask.at)?,
        })
    }
}

impl From<sdk::Recorded> for Recorded {
    fn from(recorded: sdk::Recorded) -> Self {
        match recorded {
            sdk::Recorded::Queued => Self::Queued,
            sdk::Recorded::NotKept(reason) => Self::NotKept { reason: reason.code().to_owned() },
        }
    }
}

impl TryFrom<Provided> for sdk::Provided {
    type Error = BadTerm;
    fn try_from(provided: Provided) -> Result<Self, BadTerm> {
        Ok(Self { item: register::ItemId::new(provided.item)?, value: provided.value.map(Into::into) })
    }
}

impl From<Value> for register::Value {
    fn from(value: Value) -> Self {
        use register::Verdict;
        match value {
            Value::Boolean { value } => Self::Boolean(value),
            Value::Integer { value } => Self::Integer(value),
            Value::Text { value } => Self::Text(value),
            Value::Integers { values } => Self::Integers(values),
            Value::Texts { values } => Self::Texts(values),
            Value::Detected { confidence } => Self::Verdict(Verdict::Detected { confidence }),
            Value::NotDetected => Self::Verdict(Verdict::NotDetected),
            Value::NotEvaluable { reason } => Self::Verdict(Verdict::NotEvaluable { reason }),
        }
    }
}

impl From<sdk::Wanted> for Wanted {
    fn from(wanted: sdk::Wanted) -> Self {
        Self {
            account: wanted.account.into(),
            row: wanted.row.into(),
            order: wanted.order.map(Into::into),
            items: wanted.items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<register::Ground> for Ground {
    fn from(ground: register::Ground) -> Self {
        match ground {
            register::Ground::Consent => Self::Consent,
            register::Ground::SeparateConsent => Self::SeparateConsent,
            register::Ground::Contract => Self::Contract,
            register::Ground::StatutoryDuty => Self::StatutoryDuty,
        }
    }
}

impl From<gate::Remedy> for Remedy {
    fn from(remedy: gate::Remedy) -> Self {
        match remedy {
            gate::Remedy::Nothing => Self::Nothing,
            gate::Remedy::Vault => Self::Vault,
            gate::Remedy::AcceptNotice { version } => Self::AcceptNotice { version },
            gate::Remedy::Grant => Self::Grant,
            gate::Remedy::Guardian => Self::Guardian,
            gate::Remedy::SignedRequest => Self::SignedRequest,
            gate::Remedy::Wait { until } => Self::Wait { until: until.millis() },
            gate::Remedy::PartyKey => Self::PartyKey,
            gate::Remedy::Enrol => Self::Enrol,
            gate::Remedy::Provide => Self::Provide,
            gate::Remedy::RequiredItem => Self::RequiredItem,
            gate::Remedy::Retry => Self::Retry,
        }
    }
}

impl From<gate::Withheld> for Withheld {
    fn from(withheld: gate::Withheld) -> Self {
        Self {
            item: withheld.item.into(),
            reason: withheld.reason.code().to_owned(),
            remedy: withheld.remedy.into(),
        }
    }
}

impl From<sdk::Delivery> for Delivery {
    fn from(delivery: sdk::Delivery) -> Self {
        match delivery {
            sdk::Delivery::Payload(text) => Self::Payload { text },
            sdk::Delivery::Permit(text) => Self::Permit { text },
            sdk::Delivery::Batch(text) => Self::Batch { text },
        }
    }
}

fn list<A: Into<B>, B>(values: Vec<A>) -> Vec<B> {
    values.into_iter().map(Into::into).collect()
}

impl From<sdk::Shared> for Released {
    fn from(shared: sdk::Shared) -> Self {
        Self { item: shared.item.into(), ground: shared.basis.ground.into(), answer: shared.basis.answer.0 }
    }
}

impl From<sdk::Outcome> for Outcome {
    fn from(outcome: sdk::Outcome) -> Self {
        match outcome {
            sdk::Outcome::Permitted { row, delivery, released, withheld, entry } => Self::Permitted {
                row: row.into(),
                delivery: delivery.into(),
                released: list(released),
                withheld: list(withheld),
                entry,
            },
            sdk::Outcome::Withheld { row, withheld, entry } => {
                Self::Withheld { row: row.into(), withheld: list(withheld), entry }
            }
        }
    }
}

impl From<consent::State> for AnswerState {
    fn from(state: consent::State) -> Self {
        match state {
            consent::State::Asked => Self::Asked,
            consent::State::Granted => Self::Granted,
            consent::State::Refused => Self::Refused,
            consent::State::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<consent::Answer> for Answer {
    fn from(answer: consent::Answer) -> Self {
        Self {
            id: answer.id.0,
            subject: answer.subject.into(),
            state: answer.state.into(),
            separate: answer.manner == consent::Manner::Separate,
            at: answer.at.millis(),
            expires: answer.expires.millis(),
            notice_version: answer.notice_version,
            guardian: answer.guardian,
        }
    }
}

impl From<sdk::AccountAnswers> for Answers {
    fn from(account: sdk::AccountAnswers) -> Self {
        let acceptance = account.answers.acceptance();
        Self {
            generation: account.answers.generation(),
            notice_version: acceptance.map(|accepted| accepted.version),
            notice_language: acceptance.map(|accepted| accepted.language.clone()),
            current: account.current,
            given: list(account.answers.given().to_vec()),
        }
    }
}

impl From<consent::Question> for Question {
    fn from(question: consent::Question) -> Self {
        Self {
            subject: question.subject.into(),
            items: list(question.items),
            state: question.state.map(Into::into),
            not_before: question.not_before.map(register::Instant::millis),
        }
    }
}

impl From<sdk::ExplainedItem> for ExplainedItem {
    fn from(item: sdk::ExplainedItem) -> Self {
        Self {
            item: item.item.into(),
            label: item.label,
            ground: item.ground.into(),
            required: item.required,
            sensitive: item.sensitive,
            linkable: item.linkable,
            released: item.withheld.is_none(),
            because: item.withheld.as_ref().map(|(_, sentence)| sentence.clone()),
            reason: item.withheld.map(|(reason, _)| reason.code().to_owned()),
        }
    }
}

impl From<sdk::Explanation> for Explanation {
    fn from(explanation: sdk::Explanation) -> Self {
        Self {
            row: explanation.row.into(),
            recipient: explanation.recipient,
            contact: explanation.contact,
            policy: explanation.policy,
            purpose: explanation.purpose,
            retention: explanation.retention,
            sensitive_because: explanation.sensitive_because,
            how_to_refuse: explanation.how_to_refuse,
            items: list(explanation.items),
            questions: list(explanation.questions),
        }
    }
}

impl From<sdk::LedgerState> for Ledger {
    fn from(ledger: sdk::LedgerState) -> Self {
        Self { size: ledger.size, checkpoint: ledger.checkpoint, verifier_key: ledger.verifier_key }
    }
}

impl From<sdk::OutboxItem> for OutboxItem {
    fn from(item: sdk::OutboxItem) -> Self {
        Self { id: item.id, to: item.to, kind: item.kind, body: item.body }
    }
}

impl From<sdk::ReadCount> for ReadCount {
    fn from(count: sdk::ReadCount) -> Self {
        Self { item: count.item.into(), row: count.row.into(), count: count.count }
    }
}
