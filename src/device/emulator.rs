//! Emulator: a score over properties and files, of which no single hit is enough.

use crate::register::Value;

use super::look::Look;
use super::reading::{Reason, Signs};
use super::system::{MAX_FILE, Platform};

/// Properties of emulators: the name, how the value is compared, the values in lower case, the weight.
const PROPERTIES: [(&str, Compare, &[&str], u8); 8] = [
    ("ro.kernel.qemu", Compare::Is, &["1"], 40),
    ("ro.boot.qemu", Compare::Is, &["1"], 40),
    ("ro.hardware", Compare::Is, &["goldfish", "ranchu", "vbox86", "ttvm_x86", "nox", "cutf_cvm"], 40),
    ("ro.product.manufacturer", Compare::Is, &["genymotion", "unknown", "bluestacks"], 30),
    ("ro.product.model", Compare::Begins, &["sdk_gphone", "android sdk built for", "emulator"], 30),
    ("ro.product.device", Compare::Begins, &["generic", "emu64", "emulator", "vbox86p", "nox"], 20),
    ("ro.product.board", Compare::Begins, &["goldfish", "unknown"], 10),
    ("ro.build.fingerprint", Compare::Begins, &["generic/", "google/sdk_gphone", "unknown"], 20),
];

/// Files of emulators: QEMU's pipes, and those that Genymotion, Nox, VirtualBox and MEmu leave.
const FILES: [&str; 11] = [
    "/dev/qemu_pipe",
    "/dev/goldfish_pipe",
    "/dev/socket/qemud",
    "/system/lib/libc_malloc_debug_qemu.so",
    "/dev/socket/genyd",
    "/dev/socket/baseband_genyd",
    "/system/bin/nox-prop",
    "/system/bin/androVM-prop",
    "/system/bin/microvirt-prop",
    "/dev/vboxguest",
    "/dev/vboxuser",
];

/// More than any one sign weighs.
const THRESHOLD: u32 = 50;

#[derive(Clone, Copy)]
enum Compare {
    Is,
    Begins,
}

/// Scores what is seen. Answers on Android alone: a Linux host imitates no phone.
///
/// An x86 processor is no sign: tablets, Chromebooks and Windows' subsystem have one.
pub(super) fn check(look: &Look<'_>) -> Result<Value, Reason> {
    match look.platform() {
        Platform::Android => {}
        Platform::Ios => return Err(Reason::NeedsProvider),
        Platform::Linux => return Err(Reason::NotOnThisPlatform),
    }
    let mut signs = Signs::default();
    for part in [properties, files, processor] {
        if let Err(reason) = part(look, &mut signs) {
            signs.missed(reason);
        }
    }
    Ok(signs.verdict(THRESHOLD))
}

fn properties(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    let mut answered = false;
    for (name, compare, values, weight) in PROPERTIES {
        let Some(value) = look.property(name)? else { continue };
        answered = true;
        let value = value.to_ascii_lowercase();
        let hit = |known: &&str| match compare {
            Compare::Is => value == *known,
            Compare::Begins => value.starts_with(known),
        };
        if values.iter().any(hit) {
            signs.found(weight);
        }
    }
    if answered { Ok(()) } else { Err(Reason::SourceClosed) }
}

/// One file counts, more do not count again. Closed ones say nothing: the properties carry the score.
fn files(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    for path in FILES {
        match look.exists(path) {
            Ok(true) => {
                signs.found(40);
                break;
            }
            Err(Reason::Deadline) => return Err(Reason::Deadline),
            _ => {}
        }
    }
    Ok(())
}

fn processor(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    match look.lines("/proc/cpuinfo", MAX_FILE) {
        Ok(text) => {
            let text = text.to_ascii_lowercase();
            if text.contains("goldfish") || text.contains("ranchu") {
                signs.found(40);
            }
            Ok(())
        }
        Err(Reason::Deadline) => Err(Reason::Deadline),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::{FILES, PROPERTIES, THRESHOLD, check};
    use crate::device::{Node, Platform, ReadError, Reason, Snapshot};

    #[test]
    fn a_phone_is_not_detected() {
        assert_eq!(answer(check, &pixel()), not_detected());
    }

    #[test]
    fn the_emulator_of_android_studio_is_detected() {
        let avd = pixel()
            .with_property("ro.boot.qemu", "1")
            .with_property("ro.hardware", "ranchu")
            .with_property("ro.product.model", "sdk_gphone64_x86_64")
            .with_text("/dev/goldfish_pipe", "");
        assert_eq!(answer(check, &avd), detected(100));
    }

    #[test]
    fn genymotion_is_detected() {
        let genymotion = pixel()
            .with_property("ro.hardware", "vbox86")
            .with_property("ro.product.manufacturer", "Genymotion")
            .with("/dev/socket", Node::Error(ReadError::Denied));
        assert_eq!(answer(check, &genymotion), detected(70));
    }

    #[test]
    fn no_single_hit_is_enough() {
        assert!(PROPERTIES.iter().all(|(.., weight)| u32::from(*weight) < THRESHOLD));
        for (name, _, values, _) in PROPERTIES {
            assert_eq!(answer(check, &pixel().with_property(name, values[0])), not_detected(), "{name}");
        }
        for path in FILES {
            assert_eq!(answer(check, &pixel().with_text(path, "")), not_detected(), "{path}");
        }
    }

    #[test]
    fn tablets_chromebooks_and_windows_with_x86_are_no_emulators() {
        let intel = "processor\t: 0\nmodel name\t: Intel(R) Core(TM) m3-8100Y\nflags\t\t: hypervisor\n";
        for (hardware, model) in [
            ("bertha", "Pixelbook"),
            ("windows_x86_64", "Subsystem for Android(TM)"),
            ("mofd_v1", "Nexus Player"),
        ] {
            let machine = pixel()
                .with_property("ro.hardware", hardware)
                .with_property("ro.product.model", model)
                .with_text("/proc/cpuinfo", intel);
            assert_eq!(answer(check, &machine), not_detected(), "{model}");
        }
    }

    #[test]
    fn without_properties_it_is_not_evaluable() {
        let bare = Snapshot::on(Platform::Android);
        assert_eq!(answer(check, &bare), unevaluable(Reason::SourceClosed));
        assert_eq!(answer(check, &Snapshot::default()), unevaluable(Reason::NotOnThisPlatform));
    }
}
