//! One account's answers, as they stand: a single record with a generation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::register::{CanonicalRow, Hash, Instant, ItemId, PartyId, RowId};

/// Names an answer: the generation at which it was given, unique within its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnswerId(pub u64);

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The row.
    pub row: RowId,
    /// The one company.
    pub party: PartyId,
    /// One item, or (none) the row's items that are asked together.
    pub item: Option<ItemId>,
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The question was shown and not answered.
    Asked,
    /// Yes.
    Granted,
    /// No.
    Refused,
    /// Yes once, no longer.
    Withdrawn,
}

/// How the question was put (PIPL 23, 29, 39 ask for separate consent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// By itself.
    Separate,
    /// Together with others.
    Bundled,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its id.
    pub id: AnswerId,
    /// What it is about.
    pub subject: Subject,
    /// What was said.
    pub state: State,
    /// How the question was put.
    pub manner: Manner,
    /// When.
    pub at: Instant,
    /// Until when a grant holds.
    pub expires: Instant,
    /// The canonical row it was given for, in [`Answers::canonical`].
    pub row_hash: Hash,
    /// The register's version then.
    pub register_version: u64,
    /// The notice version that had been accepted.
    pub notice_version: u32,
    /// The language it was asked in.
    pub language: String,
    /// Where it was asked (`checkout_sheet`), in the host's words.
    pub surface: String,
    /// Whether a guardian answered (PIPL 31).
    pub guardian: bool,
}

/// The notice was shown and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Its id.
    pub id: AnswerId,
    /// Which version.
    pub version: u32,
    /// In which language.
    pub language: String,
    /// When.
    pub at: Instant,
    /// Where, in the host's words.
    pub surface: String,
    /// Whether a guardian did (PIPL 31).
    pub guardian: bool,
    /// The register's version then.
    pub register_version: u64,
    /// The rows as that version had them, by hash in [`Answers::canonical`].
    pub rows: BTreeMap<RowId, Hash>,
}

/// Everything one account has said, as it stands now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    generation: u64,
    acceptance: Option<Acceptance>,
    /// Sorted by subject; one answer each.
    given: Vec<Answer>,
    canonical: BTreeMap<Hash, CanonicalRow>,
}

impl Answers {
    /// Counts up with every change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What was said to the notice.
    pub fn acceptance(&self) -> Option<&Acceptance> {
        self.acceptance.as_ref()
    }

    /// Every answer, sorted by subject.
    pub fn given(&self) -> &[Answer] {
        &self.given
    }

    /// The answers about this row and party.
    pub fn about(&self, row: &RowId, party: &PartyId) -> &[Answer] {
        let key = (row, party);
        let start = self.given.partition_point(|answer| (&answer.subject.row, &answer.subject.party) < key);
        let rest = &self.given[start..];
        let length =
            rest.iter().take_while(|answer| (&answer.subject.row, &answer.subject.party) == key).count();
        &rest[..length]
    }

    /// The answer about exactly this.
    pub fn to(&self, subject: &Subject) -> Option<&Answer> {
        self.given.binary_search_by(|answer| answer.subject.cmp(subject)).ok().map(|index| &self.given[index])
    }

    /// The canonical row that an answer was given for.
    pub fn canonical(&self, hash: &Hash) -> Option<&CanonicalRow> {
        self.canonical.get(hash)
    }

    /// The answers may be older than the latest ones: what was granted counts as not answered, until it is again.
    pub fn doubt(&mut self) {
        for answer in self.given.iter_mut().filter(|answer| answer.state == State::Granted) {
            answer.state = State::Asked;
        }
    }

    /// Lets the next answer have at least this generation: ids of a lost vault are not given again.
    pub fn continue_after(&mut self, next: u64) {
        self.generation = self.generation.max(next.saturating_sub(1));
    }

    pub(super) fn advance(&mut self) -> AnswerId {
        self.generation += 1;
        AnswerId(self.generation)
    }

    pub(super) fn keep_row(&mut self, hash: Hash, row: &CanonicalRow) {
        self.canonical.entry(hash).or_insert_with(|| row.clone());
    }

    pub(super) fn accept(&mut self, acceptance: Acceptance) {
        self.acceptance = Some(acceptance);
        self.forget_unused_rows();
    }

    pub(super) fn put(&mut self, answer: Answer) {
        match self.given.binary_search_by(|given| given.subject.cmp(&answer.subject)) {
            Ok(index) => self.given[index] = answer,
            Err(index) => self.given.insert(index, answer),
        }
        self.forget_unused_rows();
    }

    fn forget_unused_rows(&mut self) {
        let Self { acceptance, given, canonical, .. } = self;
        canonical.retain(|hash, _| {
            given.iter().any(|answer| answer.row_hash == *hash)
                || acceptance.as_ref().is_some_and(|accepted| accepted.rows.values().any(|row| row == hash))
        });
    }
}
