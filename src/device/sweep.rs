//! The sweep: reads the items it is given, and nothing else, each under its own deadline and all under one.

use std::time::Duration;

use super::catalogue::{Reader, Signal, signal};
use super::look::Look;
use super::reading::{Absent, Reading, Reason, not_evaluable};
use super::system::System;
use crate::register::{ItemId, Value};

/// How long reading may take. Looked at between steps: a step that hangs in the kernel can't be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For one item.
    pub check: Duration,
    /// For all of them.
    pub sweep: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { check: Duration::from_millis(50), sweep: Duration::from_millis(200) }
    }
}

/// Reads `items` in their order. The caller holds what allows it: the items come from a `Released`.
#[allow(dead_code, reason = "called by the one object an app holds (src/sdk.rs)")]
pub(crate) fn read(items: &[ItemId], system: &dyn System, deadlines: Deadlines) -> Vec<Reading> {
    let end = system.now().saturating_add(deadlines.sweep);
    items.iter().map(|item| read_one(item, system, end, deadlines.check)).collect()
}

/// Reads everything that can be read here without a provider: for the person at the tool, never in an app.
#[cfg(feature = "report")]
pub fn report(system: &dyn System) -> Vec<Reading> {
    let items: Vec<ItemId> =
        super::catalogue::catalogue().iter().filter_map(|signal| ItemId::new(signal.id).ok()).collect();
    read(&items, system, Deadlines::default())
}

fn read_one(item: &ItemId, system: &dyn System, end: Duration, allowed: Duration) -> Reading {
    let start = system.now();
    let value = match signal(item) {
        None => Err(Absent { reason: Reason::NotASignal }),
        Some(signal) => {
            let look = Look::new(system, start.saturating_add(allowed).min(end));
            match probe(signal, &look) {
                Err(reason) if signal.is_check() => Ok(not_evaluable(reason)),
                Err(reason) => Err(Absent { reason }),
                Ok(value) => Ok(value),
            }
        }
    };
    let micros = system.now().saturating_sub(start).as_micros();
    Reading { item: item.clone(), value, micros: u64::try_from(micros).unwrap_or(u64::MAX) }
}

fn probe(signal: &Signal, look: &Look<'_>) -> Result<Value, Reason> {
    match (signal.place(look.platform()).reader, signal.probe) {
        (Reader::Native | Reader::NativeElseProvider, Some(probe)) => {
            look.in_time().and_then(|()| probe(look))
        }
        (Reader::Sdk, _) => Err(Reason::MadeBySdk),
        (Reader::Nobody, _) => Err(Reason::NotOnThisPlatform),
        _ => Err(Reason::NeedsProvider),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::catalogue::catalogue;
    use super::super::fixtures::*;
    use super::*;
    use crate::device::{LiveSystem, Node, Platform, ReadError, Snapshot, Uname};
    use crate::register::Verdict;

    fn items(ids: &[&str]) -> Vec<ItemId> {
        ids.iter().map(|id| ItemId::new(*id).unwrap()).collect()
    }

    fn everything() -> Vec<ItemId> {
        items(&catalogue().iter().map(|signal| signal.id).collect::<Vec<_>>())
    }

    const FOREVER: Deadlines = Deadlines { check: Duration::MAX, sweep: Duration::MAX };

    #[test]
    fn only_what_is_asked_for_is_looked_at() {
        let phone = pixel();
        assert_eq!(read(&[], &phone, FOREVER), []);
        assert!(phone.looks().is_empty());
        let readings = read(&items(&["device.model"]), &phone, FOREVER);
        assert_eq!(readings[0].value, Ok(Value::Text("Pixel 8".to_owned())));
        assert_eq!(phone.looks(), ["ro.product.model"]);
    }

    #[test]
    fn integrity_checks_never_read_an_identifier() {
        let phone = pixel();
        let checks: Vec<ItemId> =
            everything().into_iter().filter(|item| item.as_str().starts_with("check.")).collect();
        read(&checks, &phone, FOREVER);
        let looks = phone.looks();
        assert!(looks.len() > 40);
        for look in looks {
            for word in ["serial", "imei", "boot_id", "machine-id", "address", "wifimac", "bluetooth", "gsm."]
            {
                assert!(!look.contains(word), "{look}");
            }
        }
    }

    #[test]
    fn what_only_the_platform_knows_is_left_to_the_provider() {
        let readings = read(&items(&["device.oaid", "check.proxy", "device.idfv"]), &pixel(), FOREVER);
        assert_eq!(readings[0].value, Err(Absent { reason: Reason::NeedsProvider }));
        assert_eq!(readings[1].value, unevaluable(Reason::NeedsProvider).map_err(|reason| Absent { reason }));
        assert_eq!(readings[2].value, Err(Absent { reason: Reason::NotOnThisPlatform }));
    }

    #[test]
    fn the_provider_is_asked_for_what_it_alone_knows_and_where_a_probe_found_its_source_closed() {
        let asked = |phone: &Snapshot| -> Vec<String> {
            let ids = [
                "device.oaid",
                "device.install_id",
                "device.idfv",
                "check.vpn",
                "check.proxy",
                "check.debugger",
            ];
            let readings = read(&items(&ids), phone, FOREVER);
            let falls = readings.iter().filter(|reading| reading.falls_to_provider(phone.platform));
            falls.map(|reading| reading.item.to_string()).collect()
        };
        assert_eq!(asked(&pixel()), ["device.oaid", "check.proxy"]);
        let closed = ["/sys/class/net", "/proc/self/status"]
            .iter()
            .fold(pixel(), |phone, path| phone.with(path, Node::Error(ReadError::Denied)));
        assert_eq!(asked(&closed), ["device.oaid", "check.vpn", "check.proxy"]);
    }

    #[test]
    fn an_item_outside_the_catalogue_is_not_read() {
        let readings = read(&items(&["device.imei", "order.id"]), &pixel(), FOREVER);
        assert!(readings.iter().all(|r| r.value == Err(Absent { reason: Reason::NotASignal })));
    }

    #[test]
    fn a_check_past_its_deadline_is_not_evaluable_and_the_next_still_runs() {
        let phone = pixel().with_micros_per_look(1_000);
        let deadlines = Deadlines { check: Duration::from_millis(3), sweep: Duration::MAX };
        let readings = read(&items(&["check.root", "device.model"]), &phone, deadlines);
        assert_eq!(readings[0].value, unevaluable(Reason::Deadline).map_err(|reason| Absent { reason }));
        assert_eq!(readings[0].micros, 4_000);
        assert_eq!(readings[1].value, Ok(Value::Text("Pixel 8".to_owned())));
        assert_eq!(readings[1].micros, 1_000);
    }

    #[test]
    fn a_sweep_past_its_deadline_looks_no_further() {
        let phone = pixel().with_micros_per_look(1_000);
        let deadlines = Deadlines { check: Duration::MAX, sweep: Duration::from_micros(1_500) };
        let readings = read(&items(&["device.model", "device.brand", "device.board"]), &phone, deadlines);
        assert!(readings[0].value.is_ok() && readings[1].value.is_ok());
        assert_eq!(readings[2].value, Err(Absent { reason: Reason::Deadline }));
        assert!(!phone.looks().contains(&"ro.product.board".to_owned()));
    }

    #[test]
    fn ios_leaves_all_but_constants_to_the_provider() {
        let phone = Snapshot::on(Platform::Ios);
        let readings = read(&everything(), &phone, FOREVER);
        let read: Vec<_> = readings
            .iter()
            .filter(|r| !matches!(&r.value, Err(_) | Ok(Value::Verdict(Verdict::NotEvaluable { .. }))))
            .map(|r| r.item.as_str())
            .collect();
        assert_eq!(read, ["device.os_name", "device.sdk_version"]);
        assert!(phone.looks().is_empty());
    }

    #[test]
    fn this_host_is_read_within_the_deadline_and_shows_no_sign_of_attack() {
        let live = LiveSystem::new();
        let readings = read(&everything(), &live, Deadlines::default());
        for id in ["check.root", "check.hook", "check.debugger"] {
            let reading = readings.iter().find(|r| r.item.as_str() == id).unwrap();
            let expected = if id == "check.debugger" && traced() { detected(95) } else { not_detected() };
            assert_eq!(reading.value, expected.map_err(|reason| Absent { reason }), "{id}");
        }
        assert!(live.now() < Duration::from_secs(1));
    }

    fn traced() -> bool {
        !std::fs::read_to_string("/proc/self/status").unwrap().contains("TracerPid:\t0\n")
    }

    /// A machine where every source holds the same bytes.
    struct Noise {
        platform: Platform,
        bytes: Vec<u8>,
    }

    impl Noise {
        fn text(&self) -> String {
            String::from_utf8_lossy(&self.bytes).into_owned()
        }
    }

    impl System for Noise {
        fn platform(&self) -> Platform {
            self.platform
        }
        fn read_file(&self, _: &str, max: usize) -> Result<Vec<u8>, ReadError> {
            if self.bytes.len() > max { Err(ReadError::TooLarge) } else { Ok(self.bytes.clone()) }
        }
        fn exists(&self, path: &str) -> Result<bool, ReadError> {
            match self.bytes.get(path.len() % 7) {
                Some(byte) if byte % 3 == 0 => Ok(true),
                Some(byte) if byte % 3 == 1 => Err(ReadError::Other),
                _ => Ok(false),
            }
        }
        fn read_link(&self, _: &str) -> Result<String, ReadError> {
            Ok(self.text())
        }
        fn list_dir(&self, _: &str) -> Result<Vec<String>, ReadError> {
            Ok(self.text().lines().map(str::to_owned).collect())
        }
        fn property(&self, _: &str) -> Option<String> {
            Some(self.text())
        }
        fn uname(&self) -> Option<Uname> {
            Some(Uname { sysname: self.text(), release: self.text(), machine: self.text() })
        }
        fn env(&self, _: &str) -> Option<String> {
            Some(self.text())
        }
        fn uid(&self) -> u32 {
            0
        }
        fn now(&self) -> Duration {
            Duration::ZERO
        }
    }

    /// Bytes of any kind, and texts near to what the probes expect: cut and mixed.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let near = [
            MAPS,
            MOUNTS,
            "TracerPid:\t7\n",
            "MemTotal: 7 kB\n",
            "0-3,5\n",
            "a\nb\n tun0: 1\n",
            "zh_CN.UTF-8\n",
        ];
        let near = prop::sample::select(near.to_vec());
        let cut = (near, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
            let mut bytes = text.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if byte % 2 == 0 {
                bytes.truncate(at + 1);
            }
            bytes
        });
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..600),
            cut,
            ".{0,200}\n".prop_map(String::into_bytes)
        ]
    }

    proptest! {
        #[test]
        fn no_content_of_any_source_makes_a_probe_panic_or_answer_out_of_bounds(bytes in content(), android: bool) {
            let platform = if android { Platform::Android } else { Platform::Linux };
            let system = Noise { platform, bytes };
            for reading in read(&everything(), &system, FOREVER) {
                match reading.value {
                    Ok(Value::Text(text)) => {
                        prop_assert!(!text.is_empty() && text.len() <= 128);
                        prop_assert!(!text.chars().any(char::is_control));
                    }
                    Ok(Value::Integer(number)) => prop_assert!((1..=10_000).contains(&number)),
                    Ok(Value::Verdict(Verdict::Detected { confidence })) => {
                        prop_assert!((1..=100).contains(&confidence));
                    }
                    Ok(Value::Verdict(_)) | Err(_) => {}
                    Ok(other) => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }
}
