//! The catalogue's device items: all changeable or coarse.

use super::catalogue::{Cost, MADE_BY_SDK, NOBODY, PROVIDED, Signal, native, native_else_provider, provider};
use super::{hardware, identity, locale};
use crate::register::{Identifies, ItemType};

/// What most items are: a text that names nobody, from the platform's provider.
const ITEM: Signal = Signal {
    id: "",
    zh: "",
    en: "",
    kind: ItemType::Text,
    identifies: Identifies::Nobody,
    android: NOBODY,
    ios: NOBODY,
    host: PROVIDED,
    permission: "none",
    closes: "open",
    cost: Cost::Call,
    false_positives: "none known",
    blind: "what the system is made to say",
    probe: None,
};

/// An item that Android keeps as a property.
const PROPERTY: Signal = Signal { cost: Cost::Memory, ..ITEM };

/// An identifier that the platform's provider reads.
const IDENTIFIER: Signal = Signal { identifies: Identifies::Device, ..ITEM };

pub(super) const ITEMS: [Signal; 27] = [
    Signal {
        id: "device.model",
        zh: "设备型号",
        en: "device model",
        android: native("ro.product.model"),
        ios: provider("sysctl hw.machine"),
        host: native("/sys/class/dmi/id/product_name"),
        probe: Some(identity::MODEL),
        ..PROPERTY
    },
    Signal {
        id: "device.brand",
        zh: "设备品牌",
        en: "device brand",
        android: native("ro.product.brand"),
        ios: provider("constant: Apple"),
        host: NOBODY,
        probe: Some(identity::BRAND),
        ..PROPERTY
    },
    Signal {
        id: "device.manufacturer",
        zh: "设备制造商",
        en: "device manufacturer",
        android: native("ro.product.manufacturer"),
        ios: provider("constant: Apple"),
        host: native("/sys/class/dmi/id/sys_vendor"),
        probe: Some(identity::MANUFACTURER),
        ..PROPERTY
    },
    Signal {
        id: "device.device",
        zh: "设备代号",
        en: "device code name",
        android: native("ro.product.device"),
        host: NOBODY,
        probe: Some(identity::DEVICE),
        ..PROPERTY
    },
    Signal {
        id: "device.board",
        zh: "主板型号",
        en: "board",
        android: native("ro.product.board"),
        host: native("/sys/class/dmi/id/board_name"),
        probe: Some(identity::BOARD),
        ..PROPERTY
    },
    Signal {
        id: "device.os_name",
        zh: "操作系统名称",
        en: "operating system",
        android: native("constant: Android"),
        ios: native("constant: iOS"),
        host: native("/etc/os-release NAME, uname"),
        blind: "a system built on Android that calls itself Android (HarmonyOS up to 4)",
        probe: Some(identity::OS_NAME),
        ..PROPERTY
    },
    Signal {
        id: "device.os_version",
        zh: "操作系统版本",
        en: "operating system version",
        android: native("ro.build.version.release"),
        ios: provider("UIDevice.systemVersion"),
        host: native("/etc/os-release VERSION_ID, uname"),
        probe: Some(identity::OS_VERSION),
        ..PROPERTY
    },
    Signal {
        id: "device.api_level",
        zh: "系统接口级别",
        en: "API level",
        kind: ItemType::Integer,
        android: native("ro.build.version.sdk"),
        host: NOBODY,
        probe: Some(identity::API_LEVEL),
        ..PROPERTY
    },
    Signal {
        id: "device.patch_level",
        zh: "安全补丁日期",
        en: "security patch level",
        android: native("ro.build.version.security_patch"),
        host: NOBODY,
        probe: Some(identity::PATCH_LEVEL),
        ..PROPERTY
    },
    Signal {
        id: "device.locale",
        zh: "系统语言",
        en: "language",
        android: native_else_provider("persist.sys.locale, ro.product.locale; else Locale.getDefault"),
        ios: provider("Locale.preferredLanguages"),
        host: native("LC_ALL, LC_MESSAGES, LANG"),
        blind: "a language chosen for this app alone",
        probe: Some(locale::LOCALE),
        ..PROPERTY
    },
    Signal {
        id: "device.time_zone",
        zh: "时区",
        en: "time zone",
        android: native_else_provider("persist.sys.timezone; else TimeZone.getDefault"),
        ios: provider("TimeZone.current"),
        host: native("TZ, the link /etc/localtime, /etc/timezone"),
        probe: Some(locale::TIME_ZONE),
        ..PROPERTY
    },
    Signal {
        id: "device.screen_size",
        zh: "屏幕分辨率",
        en: "screen size in pixels",
        android: provider("DisplayMetrics"),
        ios: provider("UIScreen.nativeBounds"),
        ..ITEM
    },
    Signal {
        id: "device.screen_density",
        zh: "屏幕密度",
        en: "screen density in dpi",
        kind: ItemType::Integer,
        android: provider("DisplayMetrics.densityDpi"),
        ios: provider("UIScreen.nativeScale"),
        ..ITEM
    },
    Signal {
        id: "device.cpu_architecture",
        zh: "处理器架构",
        en: "processor architecture",
        android: native("ro.product.cpu.abi"),
        ios: provider("constant: arm64"),
        host: native("uname"),
        probe: Some(hardware::CPU_ARCHITECTURE),
        ..PROPERTY
    },
    Signal {
        id: "device.cpu_cores",
        zh: "处理器核心数",
        en: "number of processor cores",
        kind: ItemType::Integer,
        android: native("/sys/devices/system/cpu/present"),
        ios: provider("ProcessInfo.processorCount"),
        host: native("/sys/devices/system/cpu/present"),
        cost: Cost::File,
        probe: Some(hardware::CPU_CORES),
        ..ITEM
    },
    Signal {
        id: "device.memory_class",
        zh: "内存级别",
        en: "memory class: GiB, rounded up to a power of two, 64 for more",
        kind: ItemType::Integer,
        android: native("/proc/meminfo MemTotal"),
        ios: provider("ProcessInfo.physicalMemory"),
        host: native("/proc/meminfo MemTotal"),
        cost: Cost::File,
        blind: "the exact size, on purpose",
        probe: Some(hardware::MEMORY_CLASS),
        ..ITEM
    },
    Signal {
        id: "device.storage_class",
        zh: "存储级别",
        en: "storage class: GB, rounded up to a power of two",
        kind: ItemType::Integer,
        android: provider("StatFs of the app's own folder"),
        closes: "iOS: Apple lets no disk-space reading leave the device",
        blind: "the exact size, on purpose",
        ..ITEM
    },
    Signal {
        id: "device.network_type",
        zh: "网络类型",
        en: "network type: none, wifi, cellular, ethernet or vpn",
        android: provider("ConnectivityManager.getNetworkCapabilities"),
        ios: provider("NWPathMonitor"),
        permission: "ACCESS_NETWORK_STATE",
        closes: "Android without ACCESS_NETWORK_STATE",
        blind: "the network's name and address, on purpose",
        ..ITEM
    },
    Signal {
        id: "device.carrier_name",
        zh: "运营商名称",
        en: "carrier name",
        android: provider("TelephonyManager.getNetworkOperatorName"),
        closes: "iOS 16: CTCarrier gives placeholders",
        ..ITEM
    },
    Signal {
        id: "device.app_id",
        zh: "应用包名",
        en: "app id",
        android: provider("Context.getPackageName"),
        ios: provider("Bundle.main.bundleIdentifier"),
        ..ITEM
    },
    Signal {
        id: "device.app_version",
        zh: "应用版本",
        en: "app version",
        android: provider("PackageInfo.versionName of the app itself"),
        ios: provider("CFBundleShortVersionString"),
        ..ITEM
    },
    Signal {
        id: "device.sdk_version",
        zh: "软件开发包版本",
        en: "version of this SDK",
        android: native("constant"),
        ios: native("constant"),
        host: native("constant"),
        cost: Cost::Memory,
        probe: Some(identity::SDK_VERSION),
        ..ITEM
    },
    Signal {
        id: "device.install_id",
        zh: "安装标识(随机生成)",
        en: "install id: random, made by this SDK, gone with the app",
        identifies: Identifies::Device,
        android: MADE_BY_SDK,
        ios: MADE_BY_SDK,
        host: MADE_BY_SDK,
        cost: Cost::File,
        blind: "another install on the same device, on purpose",
        ..ITEM
    },
    Signal {
        id: "device.oaid",
        zh: "可重置的广告标识符(OAID)",
        en: "OAID: a resettable advertising identifier",
        android: provider("the maker's OAID service, off the main thread"),
        closes: "absent with tracking limited, as zeros, and without the maker's service; never replaced",
        ..IDENTIFIER
    },
    Signal {
        id: "device.aaid",
        zh: "谷歌广告标识符(AAID)",
        en: "AAID: Google's resettable advertising identifier",
        android: provider("AdvertisingIdClient, off the main thread"),
        permission: "com.google.android.gms.permission.AD_ID",
        closes: "Android 12: zeros when deleted; absent without Play services",
        ..IDENTIFIER
    },
    Signal {
        id: "device.android_id",
        zh: "安卓标识(Android ID)",
        en: "Android ID: of this app, user and device",
        android: provider("Settings.Secure.ANDROID_ID"),
        closes: "Android 8: another one for each signing key",
        ..IDENTIFIER
    },
    Signal {
        id: "device.idfv",
        zh: "供应商标识符(IDFV)",
        en: "IDFV: of this maker's apps on this device",
        ios: provider("UIDevice.identifierForVendor"),
        closes: "iOS: absent before the first unlock",
        ..IDENTIFIER
    },
];
