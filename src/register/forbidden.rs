//! What a register can't even name: immutable hardware identifiers, and words that enumerate nothing.

/// Segments of an item id that name an identifier nobody can reset (GB/T 41391 annex F), or a source that
/// is not collected on principle (DESIGN: IMEI to Wi-Fi names and IP).
const NEVER: &[&str] = &[
    "imei",
    "meid",
    "esn",
    "imsi",
    "iccid",
    "sim_serial",
    "msisdn",
    "mac",
    "mac_address",
    "wifi_mac",
    "bluetooth_mac",
    "bluetooth",
    "serial",
    "serial_number",
    "hardware_serial",
    "udid",
    "cpu_serial",
    "widevine_id",
    "drm_id",
    "caid",
    "ssid",
    "bssid",
    "wifi_name",
    "wifi_list",
    "ip",
    "ip_address",
    "clipboard",
    "app_list",
    "installed_apps",
    "location",
    "gps",
    "latitude",
    "longitude",
    "boot_time",
    "boot_id",
    "sensor",
    "sensors",
    "gyroscope",
    "accelerometer",
    "baseband",
];

/// Whether the item id names something that is never collected.
pub fn is_never_collected(item: &str) -> bool {
    item.split(['.', '-']).any(|segment| NEVER.contains(&segment))
}

/// Words in a label that enumerate nothing (GB/T 43435: no "etc.", no vague "device information").
const VAGUE: &[&str] = &[
    "and so on",
    "and other",
    "device information",
    "device info",
    "other information",
    "relevant information",
    "设备信息",
    "等信息",
    "等等",
    "相关信息",
    "其他信息",
    "其它信息",
];

/// The vague word in a label, if there is one.
pub fn vague_word(label: &str) -> Option<&'static str> {
    let lower = label.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric());
    let ends_in_etc = lower.trim_end_matches(['。', '.', ' ']).ends_with('等');
    if words().any(|word| word == "etc") {
        return Some("etc.");
    }
    VAGUE.iter().find(|word| lower.contains(**word)).copied().or(ends_in_etc.then_some("等"))
}

/// Whether only connecting words and punctuation are left of a published text once its nouns are cut out;
/// otherwise what is left.
pub fn unmapped_rest(text: &str, nouns: impl Iterator<Item = String>) -> Option<String> {
    const CONNECTING: &[&str] = &[
        "and",
        "other",
        "such",
        "as",
        "etc",
        "or",
        "including",
        "regarding",
        "relating",
        "to",
        "of",
        "the",
        "an",
        "a",
        "等",
        "如",
        "和",
        "及",
        "与",
        "或",
        "的",
        "包括",
    ];
    let mut nouns: Vec<String> = nouns.filter(|noun| !noun.is_empty()).collect();
    nouns.sort_by_key(|noun| std::cmp::Reverse(noun.len()));
    let mut rest = text.to_owned();
    for noun in nouns {
        rest = rest.replace(&noun, "\u{1f}");
    }
    let words: Vec<&str> = rest
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !CONNECTING.contains(&word.to_lowercase().as_str()))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_immutable_hardware_identifier_is_recognised_in_any_segment() {
        for item in ["device.imei", "imei", "device.mac_address", "wifi.ssid", "net.ip"] {
            assert!(is_never_collected(item), "{item}");
        }
        for item in ["device.model", "device.android_id", "order.shipping_address", "device.machine"] {
            assert!(!is_never_collected(item), "{item}");
        }
    }

    #[test]
    fn a_label_that_enumerates_nothing_is_recognised() {
        assert!(vague_word("Device information").is_some());
        assert!(vague_word("型号、品牌等").is_some());
        assert!(vague_word("设备型号").is_none());
        assert!(vague_word("Model, brand, etc.").is_some());
        assert!(vague_word("Sketch of the delivery").is_none());
    }

    #[test]
    fn words_of_the_published_text_outside_every_noun_are_found() {
        let nouns = || ["收货人姓名", "收货地址"].into_iter().map(String::from);
        assert_eq!(unmapped_rest("收货人姓名、收货地址等", nouns()), None);
        assert_eq!(unmapped_rest("收货人姓名、收货地址、发票", nouns()), Some("发票".into()));
    }
}
