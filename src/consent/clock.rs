//! INVARIANT 10: the clock can't be turned back to revive an expired consent.
//!
//! The high-water mark is the latest time seen; consent expiry is judged by it or by now, whichever is later.
//! Nothing else uses it. A jump of more than a day does not move it, until trusted time from the host confirms.

use serde::{Deserialize, Serialize};

use crate::register::Instant;

/// How far ahead one reading may move the mark: 24 h.
pub const MAX_JUMP_MILLIS: i64 = 24 * 3_600_000;

/// The latest time believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HighWater(Option<Instant>);

impl HighWater {
    /// The mark as the vault keeps it; the epoch stands for none.
    pub fn from_mark(mark: Instant) -> Self {
        Self(Some(mark).filter(|mark| mark.millis() > 0))
    }

    /// The mark after the device's clock has shown `now`.
    #[must_use]
    pub fn seen(self, now: Instant) -> Self {
        match self.0 {
            None => Self(Some(now)),
            Some(mark) if now > mark && now.millis() - mark.millis() <= MAX_JUMP_MILLIS => Self(Some(now)),
            Some(_) => self,
        }
    }

    /// The mark after the host has vouched for `trusted`: it moves there, up or down.
    #[must_use]
    pub fn confirmed(self, trusted: Instant) -> Self {
        Self(Some(trusted))
    }

    /// The time by which consents expire.
    pub fn expiry_time(self, now: Instant) -> Instant {
        self.0.map_or(now, |mark| mark.max(now))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(hours: i64) -> Instant {
        Instant::from_millis(hours * 3_600_000).unwrap()
    }

    #[test]
    fn turning_the_clock_back_changes_nothing() {
        let mark = HighWater::default().seen(at(100)).seen(at(110));
        assert_eq!(mark.seen(at(50)).expiry_time(at(50)), at(110));
    }

    #[test]
    fn a_jump_of_more_than_a_day_counts_only_while_it_lasts() {
        let mark = HighWater::default().seen(at(100)).seen(at(500));
        assert_eq!(mark.expiry_time(at(500)), at(500));
        assert_eq!(mark.expiry_time(at(101)), at(101));
    }

    #[test]
    fn trusted_time_moves_the_mark_both_ways() {
        let mark = HighWater::default().seen(at(100));
        assert_eq!(mark.confirmed(at(500)).expiry_time(at(101)), at(500));
        assert_eq!(mark.confirmed(at(20)).expiry_time(at(21)), at(21));
    }
}
