//! What the library answers, as the JSON that case files expect.

use serde_json::{Map, Value, json};
use sluicegate::ffi::*;

/// Bad input and the like: its kind, and the field that the message begins with.
pub fn error(error: &SluicegateError) -> Value {
    let kind = match error {
        SluicegateError::InvalidInput(_) => "invalid_input",
        SluicegateError::RegisterOlder(_) => "register_older",
        SluicegateError::VaultUnavailable(_) => "vault_unavailable",
        SluicegateError::Host(_) => "host",
        SluicegateError::Crypto(_) => "crypto",
    };
    let message = error.to_string();
    json!({ "error": kind, "field": message.split(':').next(), "message": message })
}

/// The outcome of a share. What this machine has no value of, if it is one of `machine`, counts as released on the ground
/// that stands there: whether a computer has a model is no matter of the gate's.
pub fn outcome(outcome: &Outcome, machine: &Map<String, Value>, again: bool) -> Value {
    let (row, delivery, withheld) = match outcome {
        Outcome::Permitted { row, delivery, withheld, .. } => (row, Some(delivery), withheld),
        Outcome::Withheld { row, withheld, .. } => (row, None, withheld),
    };
    let mut released: Map<String, Value> = match outcome {
        Outcome::Permitted { released, .. } => {
            released.iter().map(|item| (item.item.clone(), ground(item.ground).into())).collect()
        }
        Outcome::Withheld { .. } => Map::new(),
    };
    let (mut stayed, mut remedies) = (Map::new(), Map::new());
    for item in withheld {
        match machine.get(&item.item) {
            Some(ground) if delivery.is_some() && item.reason == "absent" => {
                released.insert(item.item.clone(), ground.clone());
            }
            _ => {
                stayed.insert(item.item.clone(), item.reason.clone().into());
                remedies.insert(item.item.clone(), remedy(&item.remedy));
            }
        }
    }
    let entry = match outcome {
        Outcome::Permitted { entry, .. } => Some(*entry),
        Outcome::Withheld { entry, .. } => *entry,
    };
    json!({
        "outcome": if delivery.is_some() { "permitted" } else { "withheld" }, "row": row,
        "delivery": delivery.map(|delivery| text(delivery).0), "again": again, "entry": entry,
        "released": released, "withheld": stayed, "remedies": remedies,
    })
}

/// The kind and text of a delivery.
pub fn text(delivery: &Delivery) -> (&'static str, &str) {
    match delivery {
        Delivery::Payload { text } => ("payload", text),
        Delivery::Permit { text } => ("permit", text),
        Delivery::Batch { text } => ("batch", text),
    }
}

pub fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::Consent => "consent",
        Ground::SeparateConsent => "separate_consent",
        Ground::Contract => "contract",
        Ground::StatutoryDuty => "statutory_duty",
    }
}

fn remedy(remedy: &Remedy) -> Value {
    let by = match remedy {
        Remedy::AcceptNotice { version } => return json!({ "by": "accept_notice", "version": version }),
        Remedy::Wait { until } => return json!({ "by": "wait", "until": until }),
        Remedy::Nothing => "nothing",
        Remedy::Vault => "vault",
        Remedy::Grant => "grant",
        Remedy::Guardian => "guardian",
        Remedy::SignedRequest => "signed_request",
        Remedy::PartyKey => "party_key",
        Remedy::Enrol => "enrol",
        Remedy::Provide => "provide",
        Remedy::RequiredItem => "required_item",
        Remedy::Retry => "retry",
    };
    json!({ "by": by })
}

pub fn recorded(recorded: &Recorded) -> Value {
    match recorded {
        Recorded::Queued => json!({ "recorded": "queued" }),
        Recorded::NotKept { reason } => json!({ "recorded": "not_kept", "reason": reason }),
    }
}

fn state(state: AnswerState) -> &'static str {
    match state {
        AnswerState::Asked => "asked",
        AnswerState::Granted => "granted",
        AnswerState::Refused => "refused",
        AnswerState::Withdrawn => "withdrawn",
    }
}

fn subject(subject: &Subject) -> Vec<&str> {
    [Some(&subject.row), Some(&subject.party), subject.item.as_ref()]
        .into_iter()
        .flatten()
        .map(|s| &**s)
        .collect()
}

pub fn answers(answers: &Answers) -> Value {
    let given = |answer: &Answer| {
        json!({
            "about": subject(&answer.subject), "state": state(answer.state), "separate": answer.separate,
            "at": answer.at, "expires": answer.expires, "notice_version": answer.notice_version,
            "guardian": answer.guardian,
        })
    };
    json!({
        "generation": answers.generation, "notice_version": answers.notice_version,
        "notice_language": answers.notice_language, "current": answers.current,
        "given": answers.given.iter().map(given).collect::<Vec<_>>(),
    })
}

pub fn explanation(explanation: &Explanation) -> Value {
    let item = |item: &ExplainedItem| {
        let said = json!({
            "label": item.label, "ground": ground(item.ground), "required": item.required,
            "sensitive": item.sensitive, "linkable": item.linkable, "released": item.released,
            "reason": item.reason, "because": item.because,
        });
        (item.item.clone(), said)
    };
    let question = |question: &Question| {
        json!({
            "about": subject(&question.subject), "items": question.items, "state": question.state.map(state),
            "not_before": question.not_before,
        })
    };
    json!({
        "row": explanation.row, "recipient": explanation.recipient, "contact": explanation.contact,
        "policy": explanation.policy, "purpose": explanation.purpose, "retention": explanation.retention,
        "sensitive_because": explanation.sensitive_because, "how_to_refuse": explanation.how_to_refuse,
        "items": explanation.items.iter().map(item).collect::<Map<_, _>>(),
        "questions": explanation.questions.iter().map(question).collect::<Vec<_>>(),
    })
}
