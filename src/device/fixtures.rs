//! What the tests of the probes share: a clean phone, and how to ask it.

use std::time::Duration;

use super::look::{Look, Probe};
use super::reading::{Reason, not_evaluable};
use super::{Node, Platform, ReadError, Snapshot, System};
use crate::register::{Value, Verdict};

/// The mappings of an app on a Pixel, in brief: with the code caches and pseudo mappings a clean app has.
pub(super) const MAPS: &str = "\
12c00000-52c00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main space (region space)]
5a0000000000-5a0000002000 r-xp 00001000 fd:07 1201                       /system/bin/app_process64
7a0000000000-7a0002000000 r-xp 02000000 00:01 4097                       /memfd:jit-cache (deleted)
7a1000000000-7a1000200000 r-xp 00100000 fd:2d 88                         /apex/com.android.art/lib64/libart.so
7a2000000000-7a2000100000 r-xp 00200000 fd:30 91                         /data/app/~~x==/com.shop-y==/lib/arm64/libsluicegate.so
7a3000000000-7a3000001000 --xp 00000000 fd:07 77                         /system/lib64/libexecuteonly.so
7a4000000000-7a4000001000 rw-p 00000000 00:00 0 
7a5000000000-7a5000001000 r-xp 00000000 00:00 0                          [vdso]
7ff000000000-7ff000100000 rw-p 00000000 00:00 0                          [stack]
";

/// The mounts of a Pixel, in brief.
pub(super) const MOUNTS: &str = "\
30 29 253:7 / / ro,relatime master:1 - ext4 /dev/block/dm-7 ro,seclabel
31 30 0:17 / /dev rw,nosuid,relatime master:2 - tmpfs tmpfs rw,seclabel,mode=755
40 30 253:8 / /vendor ro,relatime master:9 - ext4 /dev/block/dm-8 ro,seclabel
50 30 253:5 / /data rw,nosuid,nodev,noatime master:20 - f2fs /dev/block/dm-5 rw,lazytime
51 50 253:5 /user/0 /data/user/0 rw,nosuid,nodev,noatime master:20 - f2fs /dev/block/dm-5 rw,lazytime
60 30 7:8 / /apex/com.android.art ro,nodev - ext4 /dev/block/loop8 ro,seclabel
";

/// A Pixel 8 as it was made, with Android 15, as an ordinary app sees it.
pub(super) fn pixel() -> Snapshot {
    let properties = [
        ("ro.product.model", "Pixel 8"),
        ("ro.product.brand", "google"),
        ("ro.product.manufacturer", "Google"),
        ("ro.product.device", "shiba"),
        ("ro.product.board", "shiba"),
        ("ro.product.cpu.abi", "arm64-v8a"),
        ("ro.hardware", "shiba"),
        ("ro.build.tags", "release-keys"),
        ("ro.build.fingerprint", "google/shiba/shiba:15/AP4A.250105.002/1:user/release-keys"),
        ("ro.build.version.release", "15"),
        ("ro.build.version.sdk", "35"),
        ("ro.build.version.security_patch", "2025-01-05"),
        ("ro.debuggable", "0"),
        ("ro.secure", "1"),
        ("persist.sys.locale", "zh-Hans-CN"),
        ("persist.sys.timezone", "Asia/Shanghai"),
    ];
    let phone = Snapshot::on(Platform::Android)
        .with_text("/proc/self/status", "Name:\tcom.shop\nTracerPid:\t0\nUid:\t10123\n")
        .with_text("/proc/self/maps", MAPS)
        .with_text("/proc/self/mountinfo", MOUNTS)
        .with_text("/proc/self/task/7/comm", "RenderThread\n")
        .with_text("/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\n")
        .with_text("/proc/meminfo", "MemTotal:        7743188 kB\nMemFree:          214508 kB\n")
        .with_text("/sys/devices/system/cpu/present", "0-8\n")
        .with("/sys/class/net/lo", Node::Folder)
        .with("/sys/class/net/wlan0", Node::Folder)
        .with("/sys/fs/selinux", Node::Error(ReadError::Denied))
        .with("/proc/net", Node::Error(ReadError::Denied))
        .with("/data/adb", Node::Error(ReadError::Denied));
    properties.iter().fold(phone, |phone, (name, value)| phone.with_property(name, value))
}

/// Asks one probe, without a deadline.
pub(super) fn ask(probe: Probe, system: &dyn System) -> Result<Value, Reason> {
    probe(&Look::new(system, Duration::MAX))
}

pub(super) fn detected(confidence: u8) -> Result<Value, Reason> {
    Ok(Value::Verdict(Verdict::Detected { confidence }))
}

pub(super) fn not_detected() -> Result<Value, Reason> {
    Ok(Value::Verdict(Verdict::NotDetected))
}

pub(super) fn unevaluable(reason: Reason) -> Result<Value, Reason> {
    Ok(not_evaluable(reason))
}

/// Asks a check, whose failure is an answer too.
pub(super) fn answer(check: Probe, system: &dyn System) -> Result<Value, Reason> {
    ask(check, system).or_else(unevaluable)
}
