//! The catalogue: every signal the SDK knows, what it reads and where, what it misses and mistakes.
//!
//! The one source of docs/signals.md and of the register's vocabulary of device items.

use super::checks::CHECKS;
use super::items::ITEMS;
use super::look::Probe;
use super::system::Platform;
use crate::register::{Identifies, ItemId, ItemType};

/// Who reads a signal on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A probe of this room.
    Native,
    /// A probe of this room; where its source is closed, the host's provider.
    NativeElseProvider,
    /// The host's platform provider.
    Provider,
    /// The SDK itself, which made it: no device source.
    Sdk,
    /// No one: there is no such thing, or no lawful way to it.
    Nobody,
}

/// How a signal is read on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who reads it.
    pub reader: Reader,
    /// What is read: files, properties, interfaces of the platform.
    pub source: &'static str,
}

/// What reading a signal costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// A property, a variable or a constant: microseconds.
    Memory,
    /// One or two small files: under a millisecond.
    File,
    /// Many paths, or a long file: some milliseconds.
    Scan,
    /// A call up to the platform, which may ask another process or the network: not bounded by us.
    Call,
}

/// A signal: a device item, or an integrity check.
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    /// The item's id. Checks begin with `check.`.
    pub id: &'static str,
    /// What people are told it is, in Chinese.
    pub zh: &'static str,
    /// What people are told it is, in English.
    pub en: &'static str,
    /// The shape of its value.
    pub kind: ItemType,
    /// Whom it names.
    pub identifies: Identifies,
    /// How Android gives it.
    pub android: Place,
    /// How iOS gives it.
    pub ios: Place,
    /// How a Linux host gives it.
    pub host: Place,
    /// The permission it needs; `none` is the rule.
    pub permission: &'static str,
    /// Where a source closes to ordinary apps: system, version, rule.
    pub closes: &'static str,
    /// What it costs.
    pub cost: Cost,
    /// What it is known to mistake.
    pub false_positives: &'static str,
    /// What it can't see.
    pub blind: &'static str,
    /// The native probe, where some platform has one.
    pub(super) probe: Option<Probe>,
}

impl Signal {
    /// How `platform` gives it.
    pub fn place(&self, platform: Platform) -> Place {
        match platform {
            Platform::Android => self.android,
            Platform::Ios => self.ios,
            Platform::Linux => self.host,
        }
    }

    /// Whether it is an integrity check.
    pub fn is_check(&self) -> bool {
        self.kind == ItemType::Verdict
    }

    /// Whether it names a device or a person, so that the read budget counts it.
    pub fn is_identifier(&self) -> bool {
        self.identifies != Identifies::Nobody
    }
}

/// Every signal, the items first, then the checks.
pub fn catalogue() -> &'static [Signal] {
    &CATALOGUE
}

/// The signal with this id.
pub fn signal(item: &ItemId) -> Option<&'static Signal> {
    CATALOGUE.iter().find(|signal| signal.id == item.as_str())
}

static CATALOGUE: [Signal; ITEMS.len() + CHECKS.len()] = {
    let mut all = [ITEMS[0]; ITEMS.len() + CHECKS.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < ITEMS.len() { ITEMS[at] } else { CHECKS[at - ITEMS.len()] };
        at += 1;
    }
    all
};

pub(super) const fn native(source: &'static str) -> Place {
    Place { reader: Reader::Native, source }
}

pub(super) const fn native_else_provider(source: &'static str) -> Place {
    Place { reader: Reader::NativeElseProvider, source }
}

pub(super) const fn provider(source: &'static str) -> Place {
    Place { reader: Reader::Provider, source }
}

/// A host's provider: the tests and tools bring what they want to show.
pub(super) const PROVIDED: Place = provider("host's provider");

pub(super) const MADE_BY_SDK: Place = Place { reader: Reader::Sdk, source: "SDK" };

pub(super) const NOBODY: Place = Place { reader: Reader::Nobody, source: "-" };

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;
    use crate::register::is_never_collected;

    const PLATFORMS: [Platform; 3] = [Platform::Android, Platform::Ios, Platform::Linux];

    #[test]
    fn every_signal_has_an_id_of_its_own_and_is_found_by_it() {
        let ids: BTreeSet<_> = catalogue().iter().map(|signal| signal.id).collect();
        assert_eq!(ids.len(), catalogue().len());
        for known in catalogue() {
            assert_eq!(signal(&ItemId::new(known.id).unwrap()).unwrap().id, known.id);
        }
        assert!(signal(&ItemId::new("device.imei").unwrap()).is_none());
    }

    #[test]
    fn a_probe_stands_behind_every_native_signal_and_no_other() {
        for signal in catalogue() {
            let native = PLATFORMS.iter().any(|platform| {
                matches!(signal.place(*platform).reader, Reader::Native | Reader::NativeElseProvider)
            });
            assert_eq!(native, signal.probe.is_some(), "{}", signal.id);
        }
    }

    #[test]
    fn checks_and_only_checks_give_verdicts_and_identify_nobody() {
        for signal in catalogue() {
            assert_eq!(signal.is_check(), signal.id.starts_with("check."), "{}", signal.id);
            assert!(!(signal.is_check() && signal.is_identifier()), "{}", signal.id);
        }
    }

    #[test]
    fn no_signal_is_an_immutable_hardware_identifier() {
        for signal in catalogue() {
            assert!(!is_never_collected(signal.id), "{}", signal.id);
        }
    }

    #[test]
    fn every_signal_says_in_both_languages_what_it_is_and_what_it_misses() {
        for signal in catalogue() {
            for text in
                [signal.zh, signal.en, signal.permission, signal.closes, signal.false_positives, signal.blind]
            {
                assert!(!text.is_empty() && !text.contains('|'), "{}", signal.id);
            }
            assert!(!signal.zh.is_ascii() || signal.zh.chars().all(|c| c.is_uppercase()), "{}", signal.id);
        }
    }

    #[test]
    fn identifiers_are_read_by_the_platform_or_made_by_us_never_by_a_probe() {
        let identifiers = catalogue().iter().filter(|signal| signal.is_identifier());
        let ids: Vec<_> =
            identifiers.inspect(|signal| assert!(signal.probe.is_none())).map(|s| s.id).collect();
        assert_eq!(
            ids,
            ["device.install_id", "device.oaid", "device.aaid", "device.android_id", "device.idfv"]
        );
    }
}
