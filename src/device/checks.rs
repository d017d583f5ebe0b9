//! The catalogue's integrity checks: each answers detected, not detected, or not evaluable and why.

use super::catalogue::{Cost, NOBODY, PROVIDED, Signal, native, native_else_provider, provider};
use super::{debugger, emulator, hook, root, vpn};
use crate::register::{Identifies, ItemType};

/// What most checks are: the platform's provider answers.
const CHECK: Signal = Signal {
    id: "",
    zh: "",
    en: "",
    kind: ItemType::Verdict,
    identifies: Identifies::Nobody,
    android: NOBODY,
    ios: NOBODY,
    host: PROVIDED,
    permission: "none",
    closes: "open",
    cost: Cost::Call,
    false_positives: "none known",
    blind: "a system changed to answer for it",
    probe: None,
};

pub(super) const CHECKS: [Signal; 14] = [
    Signal {
        id: "check.root",
        zh: "是否获取系统最高权限(Root、越狱)",
        en: "root or jailbreak",
        android: native(
            "paths of su, Magisk, KernelSU and APatch by access; /proc/self/mountinfo; ro.build.tags, ro.debuggable, \
             ro.secure; /sys/fs/selinux/enforce",
        ),
        ios: provider("paths by access and open, symbolic links, loaded images"),
        host: native("as on Android"),
        closes: "Android: /data/adb always, SELinux state by policy",
        cost: Cost::Scan,
        false_positives: "custom and engineering builds (low confidence); busybox, shipped by Xiaomi, Samsung, OPPO, \
                          OnePlus, Lenovo, ASUS, Poco and Fire OS, is not looked for",
        blind: "a kit that unmounts itself for this app (DenyList, Shamiko, SUSFS); managers' packages, which are not \
                listed on purpose",
        probe: Some(root::check),
        ..CHECK
    },
    Signal {
        id: "check.emulator",
        zh: "是否运行于模拟器",
        en: "emulator or simulator",
        android: native(
            "ro.boot.qemu, ro.hardware, ro.product.*, ro.build.fingerprint; /dev/qemu_pipe and the like; /proc/cpuinfo",
        ),
        ios: provider("simulator environment, hw.machine"),
        host: NOBODY,
        closes: "Android: ro.kernel.qemu and /dev by policy",
        cost: Cost::Scan,
        false_positives: "x86 tablets, ChromeOS and Windows' subsystem for Android are not counted as such",
        blind: "an emulator with a phone's properties and none of the known files; device farms",
        probe: Some(emulator::check),
        ..CHECK
    },
    Signal {
        id: "check.debugger",
        zh: "是否被调试",
        en: "debugger attached",
        android: native("/proc/self/status TracerPid; ro.product.manufacturer"),
        ios: provider("sysctl P_TRACED"),
        host: native("/proc/self/status TracerPid"),
        cost: Cost::File,
        false_positives: "Huawei P9: its own tracer, number below 1000, is not counted",
        blind: "a debugger that has detached again (Frida after injecting); a Java debugger; one outside the pid namespace",
        probe: Some(debugger::check),
        ..CHECK
    },
    Signal {
        id: "check.hook",
        zh: "是否存在注入框架",
        en: "hooking framework in this process",
        android: native("/proc/self/maps; /proc/self/task/*/comm; LD_PRELOAD"),
        ios: provider("loaded images, own text"),
        host: native("as on Android"),
        closes: "Android: other processes' maps, never needed",
        cost: Cost::Scan,
        false_positives: "packers, plug-in loaders and engines that compile code into unnamed memory (low \
                          confidence); an app replaced while it runs (deleted files); a library preloaded on a host; `gmain` of GLib is not looked for",
        blind: "memory named like ART's jit-cache; code written over a file's own pages; kernel hooks; unnamed code \
                beside a runtime that makes its own (WebView, JVM)",
        probe: Some(hook::check),
        ..CHECK
    },
    Signal {
        id: "check.repackaging",
        zh: "应用是否被重新打包",
        en: "app repackaged",
        android: provider("PackageManager: own signing certificate and installer"),
        ios: provider("encryption of the main image, provisioning file"),
        false_positives: "enterprise signing",
        blind: "a hooked PackageManager",
        ..CHECK
    },
    Signal {
        id: "check.vpn",
        zh: "是否使用虚拟专用网络",
        en: "VPN in use",
        android: native_else_provider("names in /proc/net/dev or /sys/class/net; else TRANSPORT_VPN"),
        ios: provider("system proxy settings, scoped interfaces"),
        host: native("names in /proc/net/dev or /sys/class/net"),
        permission: "none; the provider's ACCESS_NETWORK_STATE",
        closes: "Android 10 (API 29): /proc/net; /sys/class/net by policy",
        cost: Cost::File,
        false_positives: "ppp of a modem, ipsec of Wi-Fi calling (low confidence); iOS' own utun is not counted",
        blind: "a tunnel on the router; an interface under another name",
        probe: Some(vpn::check),
        ..CHECK
    },
    Signal {
        id: "check.proxy",
        zh: "是否使用网络代理",
        en: "proxy in use",
        android: provider("ConnectivityManager ProxyInfo, http.proxyHost"),
        ios: provider("CFNetworkCopySystemProxySettings"),
        permission: "ACCESS_NETWORK_STATE",
        false_positives: "company networks",
        ..CHECK
    },
    Signal {
        id: "check.screen_capture",
        zh: "是否正在录屏",
        en: "screen being recorded",
        android: provider("screen recording callback"),
        ios: provider("UIScreen.isCaptured"),
        permission: "DETECT_SCREEN_RECORDING",
        closes: "Android below 15 (API 35)",
        false_positives: "a screen shown to others on purpose",
        ..CHECK
    },
    Signal {
        id: "check.accessibility",
        zh: "是否启用无障碍服务",
        en: "accessibility services enabled",
        android: provider("AccessibilityManager: how many are enabled, not which"),
        false_positives: "screen readers of blind people: never a risk by itself",
        blind: "which services",
        ..CHECK
    },
    Signal {
        id: "check.clone",
        zh: "应用是否多开",
        en: "app cloned or run inside another",
        android: provider("data path, user id range, UserManager"),
        false_positives: "work profiles",
        ..CHECK
    },
    Signal {
        id: "check.mock_location",
        zh: "是否模拟定位",
        en: "mock location",
        android: provider("isMock of a location the host already has; none is asked for"),
        permission: "none of its own",
        ..CHECK
    },
    Signal {
        id: "check.boot_state",
        zh: "启动验证状态",
        en: "verified boot broken or unlocked",
        android: provider("key attestation chain, verified boot properties"),
        closes: "Android: ro.boot properties by policy",
        false_positives: "an owner's unlocked phone",
        blind: "leaked attestation keys",
        ..CHECK
    },
    Signal {
        id: "check.developer_mode",
        zh: "是否开启开发者模式",
        en: "developer mode or adb on",
        android: provider("Settings.Global"),
        false_positives: "developers",
        ..CHECK
    },
    Signal {
        id: "check.attestation",
        zh: "平台完整性证明",
        en: "platform attestation refused",
        android: provider("Play Integrity or the maker's, with the order's nonce"),
        ios: provider("App Attest, with the order's nonce"),
        closes: "absent on devices without Play",
        blind: "relayed tokens",
        ..CHECK
    },
];
