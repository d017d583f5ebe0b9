//! ISO 8601 durations as a register writes them: one number, one unit (`P3Y`, `P90D`, `PT1H`).
//!
//! One unit keeps periods comparable without a calendar: a year counts 366 days and a month 31 when a
//! retention is compared or a limit is waited for, so that a limit never falls due early.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A positive length of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    text: String,
    millis: i64,
}

/// Text that is no [`Period`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 8601 duration with one unit, from 1 to 9999: P3Y, P6M, P2W, P90D, PT1H or PT30M")]
pub struct BadPeriod;

impl Period {
    /// Parses the text.
    pub fn new(text: impl Into<String>) -> Result<Self, BadPeriod> {
        let text = text.into();
        let unit = text.chars().last().filter(char::is_ascii_uppercase).ok_or(BadPeriod)?;
        let body = &text[..text.len() - 1];
        let (digits, unit_millis) = match (body.strip_prefix("PT"), body.strip_prefix('P'), unit) {
            (Some(digits), _, 'H') => (digits, HOUR),
            (Some(digits), _, 'M') => (digits, 60_000),
            (None, Some(digits), 'Y') => (digits, 366 * DAY),
            (None, Some(digits), 'M') => (digits, 31 * DAY),
            (None, Some(digits), 'W') => (digits, 7 * DAY),
            (None, Some(digits), 'D') => (digits, DAY),
            _ => return Err(BadPeriod),
        };
        let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let count: i64 = if plain { digits.parse().map_err(|_| BadPeriod)? } else { 0 };
        if count == 0 || digits.starts_with('0') {
            return Err(BadPeriod);
        }
        Ok(Self { millis: count * unit_millis, text })
    }

    /// The length in milliseconds.
    pub fn millis(&self) -> i64 {
        self.millis
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.millis.cmp(&other.millis))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Period {
    type Error = BadPeriod;
    fn try_from(text: String) -> Result<Self, BadPeriod> {
        Self::new(text)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn periods_of_different_units_compare_by_length() {
        assert!(Period::new("P1Y").unwrap() > Period::new("P11M").unwrap());
        assert!(Period::new("PT30M").unwrap() < Period::new("PT1H").unwrap());
        assert!(Period::new("P2W").unwrap() > Period::new("P13D").unwrap());
        assert_eq!(Period::new("P1D").unwrap().millis(), 86_400_000);
    }

    #[test]
    fn what_is_not_one_number_and_one_unit_is_refused() {
        for text in
            ["", "P", "3Y", "P0D", "P01D", "P-1D", "P1.5Y", "P1Y2M", "PT1D", "P1H", "P99999D", "p1d", "P1日"]
        {
            assert_eq!(Period::new(text), Err(BadPeriod), "{text}");
        }
    }
}
