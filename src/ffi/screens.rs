//! The records that consent screens are made of: answers, questions, explanations.

use super::records::{Age, Ground, Party, Subject};

/// What was said.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum AnswerState {
    /// Shown, not answered.
    Asked,
    /// Yes.
    Granted,
    /// No.
    Refused,
    /// Yes once, no longer.
    Withdrawn,
}

/// One answer as it stands.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Answer {
    /// Its id.
    pub id: u64,
    /// What it is about.
    pub subject: Subject,
    /// What was said.
    pub state: AnswerState,
    /// Whether it was asked by itself.
    pub separate: bool,
    /// When.
    pub at: i64,
    /// Until when a grant holds.
    pub expires: i64,
    /// The notice version it was given under.
    pub notice_version: u32,
    /// Whether a guardian gave it.
    pub guardian: bool,
}

/// Everything an account has said, as it stands.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Answers {
    /// Counts up with every change.
    pub generation: u64,
    /// The accepted notice version.
    pub notice_version: Option<u32>,
    /// The language it was accepted in.
    pub notice_language: Option<String>,
    /// Whether they are known to be the latest; if not, consents are asked again.
    pub current: bool,
    /// The answers.
    pub given: Vec<Answer>,
}

/// A question a consent screen may ask.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Question {
    /// About what.
    pub subject: Subject,
    /// The items the answer decides on.
    pub items: Vec<String>,
    /// What was said last.
    pub state: Option<AnswerState>,
    /// Not before, in milliseconds since 1970 (the cool-down after a refusal).
    pub not_before: Option<i64>,
}

/// An item on a consent screen.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ExplainedItem {
    /// Which.
    pub item: String,
    /// In people's words.
    pub label: String,
    /// Why it may be shared.
    pub ground: Ground,
    /// Whether the row makes sense without it.
    pub required: bool,
    /// Whether its leak easily harms.
    pub sensitive: bool,
    /// Whether the receiver can link it with what it has.
    pub linkable: bool,
    /// Whether it would leave now.
    pub released: bool,
    /// Why not, as a stable code.
    pub reason: Option<String>,
    /// Why not, in people's words.
    pub because: Option<String>,
}

/// A row on a consent screen.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Explanation {
    /// Which row.
    pub row: String,
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
    /// How to refuse, for advertising.
    pub how_to_refuse: Option<String>,
    /// The items.
    pub items: Vec<ExplainedItem>,
    /// What may be asked.
    pub questions: Vec<Question>,
}

/// What is to be explained.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ExplainAsk {
    /// To whom.
    pub account: String,
    /// Their age.
    pub age: Age,
    /// The event.
    pub scenario: String,
    /// The one company.
    pub party: Party,
    /// `zh`, or anything else for English.
    pub language: String,
    /// Now, in milliseconds since 1970.
    pub at: i64,
}
