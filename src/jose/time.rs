//! Times as claims hold them: seconds, days or hours, and the window in which a token is valid.

use serde::{Deserialize, Serialize};

use super::JoseError;
use crate::terms::{BadTerm, Instant};

/// How far two clocks may differ: 60 s, in milliseconds.
pub const LEEWAY_MILLIS: i64 = 60_000;

/// Seconds since the epoch (RFC 7519 `NumericDate`, integers only), cut down to a multiple of `STEP` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Date<const STEP: i64>(i64);

/// To the second.
pub type NumericDate = Date<1>;
/// To the hour: the event of a batch.
pub type Hour = Date<3_600>;
/// To the day, UTC midnight: a batch.
pub type Day = Date<86_400>;

impl<const STEP: i64> Date<STEP> {
    /// Seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The first instant of this second, hour or day.
    pub fn instant(self) -> Instant {
        Instant::from_millis(self.0 * 1000).expect("checked when it was made")
    }
}

impl<const STEP: i64> From<Instant> for Date<STEP> {
    fn from(at: Instant) -> Self {
        Self(at.seconds() / STEP * STEP)
    }
}

impl<const STEP: i64> TryFrom<i64> for Date<STEP> {
    type Error = BadTerm;
    fn try_from(seconds: i64) -> Result<Self, BadTerm> {
        if (0..=Instant::MAX.seconds()).contains(&seconds) && seconds % STEP == 0 {
            Ok(Self(seconds))
        } else {
            Err(BadTerm { field: "date", rule: "must be seconds from 1970 to 9999, cut to the claim's step" })
        }
    }
}

impl<const STEP: i64> From<Date<STEP>> for i64 {
    fn from(date: Date<STEP>) -> i64 {
        date.0
    }
}

/// Checks that `now` lies from `iat` to before `exp`, give or take [`LEEWAY_MILLIS`].
pub(crate) fn check_window(
    what: &'static str,
    iat: NumericDate,
    exp: NumericDate,
    now: Instant,
) -> Result<(), JoseError> {
    if exp <= iat {
        return Err(JoseError::Claim { what, field: "exp", rule: "must be later than iat" });
    }
    check_begun(what, iat, now)?;
    if now.millis() >= exp.instant().millis() + LEEWAY_MILLIS {
        return Err(JoseError::Expired { what });
    }
    Ok(())
}

/// Checks that `iat` does not lie ahead of `now` by more than [`LEEWAY_MILLIS`].
pub(crate) fn check_begun(what: &'static str, iat: NumericDate, now: Instant) -> Result<(), JoseError> {
    if iat.instant().millis() > now.millis() + LEEWAY_MILLIS {
        return Err(JoseError::NotYetValid { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(millis: i64) -> Instant {
        Instant::from_millis(millis).unwrap()
    }

    #[test]
    fn the_window_is_open_from_iat_to_exp_with_a_minute_on_each_side() {
        let (iat, exp) = (NumericDate::try_from(1_000).unwrap(), NumericDate::try_from(2_000).unwrap());
        let check = |millis| check_window("t", iat, exp, at(millis));
        assert_eq!(check(939_999), Err(JoseError::NotYetValid { what: "t" }));
        assert_eq!(check(940_000), Ok(()));
        assert_eq!(check(2_059_999), Ok(()));
        assert_eq!(check(2_060_000), Err(JoseError::Expired { what: "t" }));
        assert!(matches!(
            check_window("t", exp, exp, at(2_000_000)),
            Err(JoseError::Claim { field: "exp", .. })
        ));
    }

    #[test]
    fn a_day_or_an_hour_can_hold_no_finer_time() {
        let instant = at(1_790_000_123_456);
        assert_eq!(Day::from(instant).seconds() % 86_400, 0);
        assert_eq!(Hour::from(instant).seconds() % 3_600, 0);
        assert!(Day::try_from(86_401).is_err());
        assert!(serde_json::from_str::<Hour>("3601").is_err());
        assert!(serde_json::from_str::<NumericDate>("1.5").is_err());
        assert!(NumericDate::try_from(-1).is_err());
        assert_eq!(NumericDate::from(Instant::MAX).instant().seconds(), Instant::MAX.seconds());
    }
}
