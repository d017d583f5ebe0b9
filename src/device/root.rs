//! Root: whether someone other than the system's maker holds the highest rights on this device.
//!
//! Busybox is not looked for: Xiaomi, Samsung, OPPO, OnePlus, Lenovo, ASUS and Fire OS ship it. Nor are the
//! packages of root managers: a list of installed apps is not ours to take.

use crate::register::Value;

use super::look::Look;
use super::reading::{Reason, Signs};
use super::system::{MAX_FILE, Platform};

/// Where `su` is put. Not /sbin/su: on a Linux host that is the system's own.
const SU: [&str; 11] = [
    "/system/bin/su",
    "/system/xbin/su",
    "/system/sbin/su",
    "/system/bin/.ext/su",
    "/system/sd/xbin/su",
    "/vendor/bin/su",
    "/product/bin/su",
    "/su/bin/su",
    "/data/local/su",
    "/data/local/bin/su",
    "/data/local/xbin/su",
];

/// What Magisk, KernelSU and APatch leave.
const KITS: [&str; 9] = [
    "/sbin/.magisk",
    "/dev/.magisk.unblock",
    "/cache/.disable_magisk",
    "/data/adb/magisk",
    "/data/adb/magisk.db",
    "/data/adb/ksu",
    "/data/adb/ksud",
    "/data/adb/ap",
    "/data/adb/apd",
];

/// The partitions nothing of /data is mounted over on a device as it was made.
const SYSTEM: [&str; 5] = ["/system", "/vendor", "/product", "/system_ext", "/odm"];

/// From here on the answer is "detected": test keys alone (a custom build) stay below.
const THRESHOLD: u32 = 20;

/// Looks at paths, mounts, the build's properties and SELinux.
pub(super) fn check(look: &Look<'_>) -> Result<Value, Reason> {
    if look.platform() == Platform::Ios {
        return Err(Reason::NeedsProvider);
    }
    let mut signs = Signs::default();
    for part in [paths, mounts, build, selinux] {
        if let Err(reason) = part(look, &mut signs) {
            signs.missed(reason);
        }
    }
    Ok(signs.verdict(THRESHOLD))
}

/// One path answers for its group. A path that is closed says nothing; all of them closed is a missed source.
fn paths(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    let mut answered = false;
    for (group, weight) in [(&SU[..], 70), (&KITS[..], 80)] {
        for path in group {
            match look.exists(path) {
                Ok(true) => {
                    answered = true;
                    signs.found(weight);
                    break;
                }
                Ok(false) => answered = true,
                Err(Reason::Deadline) => return Err(Reason::Deadline),
                Err(_) => {}
            }
        }
    }
    if answered { Ok(()) } else { Err(Reason::SourceClosed) }
}

/// Mounts that bear a kit's name, or that put something of /data over a system partition.
fn mounts(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    let text = look.lines("/proc/self/mountinfo", MAX_FILE)?;
    let mounts: Vec<Mount<'_>> = text.lines().map_while(Mount::of).collect();
    let data = mounts.iter().find(|mount| mount.point == "/data").map(|mount| mount.device);
    if mounts.iter().any(Mount::is_a_kits) {
        signs.found(90);
    }
    if data.is_some() && mounts.iter().any(|mount| Some(mount.device) == data && mount.is_over_system()) {
        signs.found(80);
    }
    if mounts.len() < text.lines().count() { Err(Reason::Malformed) } else { Ok(()) }
}

/// A build that its maker did not sign, or left open.
fn build(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    if look.property("ro.build.tags")?.is_some_and(|tags| tags.contains("test-keys")) {
        signs.found(15);
    }
    if look.property("ro.debuggable")?.as_deref() == Some("1") {
        signs.found(25);
    }
    if look.property("ro.secure")?.as_deref() == Some("0") {
        signs.found(25);
    }
    Ok(())
}

/// A permissive SELinux. Most policies close the file to apps, and a host may have none: both say nothing.
fn selinux(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    match look.text("/sys/fs/selinux/enforce") {
        Ok(text) if text.trim() == "0" && look.platform() == Platform::Android => signs.found(40),
        Err(Reason::Deadline) => return Err(Reason::Deadline),
        _ => {}
    }
    Ok(())
}

/// A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct Mount<'a> {
    device: &'a str,
    root: &'a str,
    point: &'a str,
    source: &'a str,
}

impl<'a> Mount<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (head, tail) = line.split_once(" - ")?;
        let mut head = head.split(' ');
        head.next()?.parse::<u64>().ok()?;
        let (device, root, point) = (head.nth(1)?, head.next()?, head.next()?);
        Some(Self { device, root, point, source: tail.split(' ').nth(1)? })
    }

    fn is_a_kits(&self) -> bool {
        let names = ["magisk", "core/mirror", "core/img", "/adb/modules"];
        let here = [self.root, self.point, self.source];
        here.iter().any(|text| names.iter().any(|name| text.contains(name)))
            || matches!(self.source, "KSU" | "APatch")
    }

    fn is_over_system(&self) -> bool {
        SYSTEM.iter().any(|folder| {
            self.point.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::check;
    use crate::device::{Node, ReadError, Reason, Snapshot};

    fn with_mount(line: &str) -> Snapshot {
        pixel().with_text("/proc/self/mountinfo", &format!("{MOUNTS}{line}\n"))
    }

    #[test]
    fn a_phone_as_it_was_made_is_not_detected() {
        assert_eq!(answer(check, &pixel()), not_detected());
    }

    #[test]
    fn su_is_detected() {
        assert_eq!(answer(check, &pixel().with_text("/system/xbin/su", "")), detected(70));
    }

    #[test]
    fn a_magisk_phone_is_detected() {
        let magisk = with_mount("99 30 0:77 / /system/bin rw - tmpfs magisk rw,size=1k")
            .with("/data/adb", Node::Error(ReadError::Denied));
        assert_eq!(answer(check, &magisk), detected(90));
        let module = with_mount(
            "99 30 253:5 /adb/modules/hosts/system/etc/hosts /system/etc/hosts ro - f2fs /dev/block/dm-5 rw",
        );
        assert_eq!(answer(check, &module), detected(100));
        let open = pixel().with("/data/adb", Node::Folder).with_text("/data/adb/magisk.db", "");
        assert_eq!(answer(check, &open), detected(80));
    }

    #[test]
    fn kernelsu_is_detected_by_its_mount() {
        assert_eq!(
            answer(check, &with_mount("99 30 0:78 / /system ro - overlay KSU ro,lowerdir=/x")),
            detected(90)
        );
    }

    #[test]
    fn a_hidden_kit_is_detected_by_the_device_under_a_system_path() {
        let hidden = with_mount("99 30 253:5 /x /vendor/lib64/a.so ro - f2fs /dev/block/dm-5 rw");
        assert_eq!(answer(check, &hidden), detected(80));
        let beside = with_mount("99 30 253:5 /x /vendors/a ro - f2fs /dev/block/dm-5 rw");
        assert_eq!(answer(check, &beside), not_detected());
    }

    #[test]
    fn busybox_of_the_maker_is_no_sign() {
        let xiaomi = pixel()
            .with_property("ro.product.manufacturer", "Xiaomi")
            .with_text("/system/xbin/busybox", "")
            .with_text("/system/bin/busybox", "");
        assert_eq!(answer(check, &xiaomi), not_detected());
    }

    #[test]
    fn test_keys_alone_are_not_enough_and_an_open_build_is() {
        let keys = pixel().with_property("ro.build.tags", "test-keys");
        assert_eq!(answer(check, &keys), not_detected());
        assert_eq!(answer(check, &keys.with_property("ro.debuggable", "1")), detected(40));
        let permissive =
            pixel().with("/sys/fs/selinux", Node::Folder).with_text("/sys/fs/selinux/enforce", "0");
        assert_eq!(answer(check, &permissive), detected(40));
    }

    #[test]
    fn closed_paths_do_not_hide_a_mount_and_closed_mounts_are_not_evaluable() {
        let closed = |phone: Snapshot| {
            ["/system", "/vendor", "/product", "/su", "/data", "/sbin", "/dev", "/cache"]
                .iter()
                .fold(phone, |phone, path| phone.with(path, Node::Error(ReadError::Denied)))
        };
        assert_eq!(answer(check, &closed(pixel())), unevaluable(Reason::SourceClosed));
        assert_eq!(answer(check, &closed(with_mount("9 3 0:7 / /sbin rw - tmpfs magisk rw"))), detected(90));
        let mounts = pixel().with("/proc/self/mountinfo", Node::Error(ReadError::Denied));
        assert_eq!(answer(check, &mounts), unevaluable(Reason::SourceClosed));
    }

    #[test]
    fn cut_or_hostile_mounts_are_not_evaluable() {
        for text in [&MOUNTS[..MOUNTS.len() - 1], "hostile\n", "1 2 3:4 / /\n", "\u{0}\n", ""] {
            let phone = pixel().with_text("/proc/self/mountinfo", text);
            assert_eq!(answer(check, &phone), unevaluable(Reason::Malformed), "{text:?}");
        }
    }
}
