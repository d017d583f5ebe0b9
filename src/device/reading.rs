//! What came of reading a signal: a value, or why there is none.

use serde::{Deserialize, Serialize};

use super::catalogue::{Reader, signal};
use super::system::Platform;
use crate::register::{ItemId, Value, Verdict};

/// Why there is no value, or why a check could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The system lets an ordinary app no longer look there.
    SourceClosed,
    /// The source does not exist on this machine.
    SourceMissing,
    /// The source could not be read.
    Unreadable,
    /// The source holds more than its bound.
    TooLarge,
    /// The source does not have the form it should have: binary, cut off, or hostile.
    Malformed,
    /// The check's time or the sweep's was up.
    Deadline,
    /// The SDK made it and keeps it: there is no device source.
    MadeBySdk,
    /// Only the host's platform provider can read this here.
    NeedsProvider,
    /// There is no such thing on this platform.
    NotOnThisPlatform,
    /// The item is no signal of the catalogue.
    NotASignal,
}

impl Reason {
    /// The reason as the code that verdicts and explanations carry.
    pub fn code(self) -> &'static str {
        match self {
            Reason::SourceClosed => "source_closed",
            Reason::SourceMissing => "source_missing",
            Reason::Unreadable => "unreadable",
            Reason::TooLarge => "too_large",
            Reason::Malformed => "malformed",
            Reason::Deadline => "deadline",
            Reason::MadeBySdk => "made_by_sdk",
            Reason::NeedsProvider => "needs_provider",
            Reason::NotOnThisPlatform => "not_on_this_platform",
            Reason::NotASignal => "not_a_signal",
        }
    }
}

/// An item that has no value now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// Why.
    pub reason: Reason,
}

/// What came of reading one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The item.
    pub item: ItemId,
    /// Its value. A check always has one: where it can't be made, [`Verdict::NotEvaluable`].
    pub value: Result<Value, Absent>,
    /// How long it took, in microseconds.
    pub micros: u64,
}

impl Reading {
    /// Whether the host's provider is to be asked for the item on `platform`: it alone can read it there, or
    /// it answers where the probe's source is closed or missing.
    pub fn falls_to_provider(&self, platform: Platform) -> bool {
        let code = match &self.value {
            Err(absent) => absent.reason.code(),
            Ok(Value::Verdict(Verdict::NotEvaluable { reason })) => reason,
            Ok(_) => return false,
        };
        match signal(&self.item).map(|signal| signal.place(platform).reader) {
            Some(Reader::Provider) => code == Reason::NeedsProvider.code(),
            Some(Reader::NativeElseProvider) => {
                [Reason::SourceClosed, Reason::SourceMissing].iter().any(|reason| code == reason.code())
            }
            _ => false,
        }
    }
}

/// The longest text that a reading gives, in bytes.
const MAX_TEXT: usize = 128;

/// A source's text as a value: trimmed, printable, bounded.
pub(super) fn text(raw: &str) -> Result<Value, Reason> {
    let text = raw.trim();
    if text.is_empty() {
        Err(Reason::SourceMissing)
    } else if text.len() > MAX_TEXT || text.chars().any(|c| c.is_control() || c == '\u{fffd}') {
        Err(Reason::Malformed)
    } else {
        Ok(Value::Text(text.to_owned()))
    }
}

/// The answer of a check that could not be made.
pub(super) fn not_evaluable(reason: Reason) -> Value {
    Value::Verdict(Verdict::NotEvaluable { reason: reason.code().to_owned() })
}

/// The signs that a check found, each with its weight, and the first source it needed and could not read.
#[derive(Debug, Default)]
pub(super) struct Signs {
    weight: u32,
    missed: Option<Reason>,
}

impl Signs {
    /// Adds a sign. A weight of 100 is proof; several weak ones add up.
    pub(super) fn found(&mut self, weight: u8) {
        self.weight += u32::from(weight);
    }

    /// Notes that a source the answer depends on could not be read.
    pub(super) fn missed(&mut self, reason: Reason) {
        self.missed.get_or_insert(reason);
    }

    /// Detected from `threshold` on; without that, "not detected" only if nothing was missed.
    pub(super) fn verdict(self, threshold: u32) -> Value {
        if self.weight >= threshold {
            let confidence = self.weight.clamp(1, 100) as u8;
            return Value::Verdict(Verdict::Detected { confidence });
        }
        match self.missed {
            Some(reason) => not_evaluable(reason),
            None => Value::Verdict(Verdict::NotDetected),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_code_of_a_reason_is_its_json() {
        for reason in
            [Reason::SourceClosed, Reason::NeedsProvider, Reason::NotOnThisPlatform, Reason::NotASignal]
        {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }

    #[test]
    fn a_sign_counts_even_when_another_source_was_missed() {
        let mut signs = Signs::default();
        signs.missed(Reason::SourceClosed);
        signs.found(60);
        assert_eq!(signs.verdict(20), Value::Verdict(Verdict::Detected { confidence: 60 }));
    }

    #[test]
    fn nothing_found_with_a_source_missed_is_not_evaluable() {
        let mut signs = Signs::default();
        signs.found(10);
        signs.missed(Reason::SourceClosed);
        signs.missed(Reason::Deadline);
        assert_eq!(signs.verdict(20), not_evaluable(Reason::SourceClosed));
        assert_eq!(Signs::default().verdict(1), Value::Verdict(Verdict::NotDetected));
    }

    #[test]
    fn a_text_is_short_and_printable_or_malformed() {
        assert_eq!(text(" Pixel 8\n"), Ok(Value::Text("Pixel 8".to_owned())));
        assert_eq!(text("a\u{7}b"), Err(Reason::Malformed));
        assert_eq!(text(&"x".repeat(129)), Err(Reason::Malformed));
        assert_eq!(text("  "), Err(Reason::SourceMissing));
    }
}
