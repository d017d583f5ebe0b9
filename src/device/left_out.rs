//! What others collect and this SDK has no signal for. What a register can't even name stands in
//! [`crate::register::NEVER_COLLECTED`].

/// What others collect and this SDK has no signal for, each with the reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("Wi-Fi names and lists (SSID, BSSID)", "they locate the person"),
    ("IP address", "it locates the person; the recipient sees its own connection anyway"),
    ("location", "not needed for an order's security"),
    ("baseband version, ROM tags, build host", "they fingerprint and prove nothing"),
    ("list of installed apps", "it tells of health, faith and politics; Google Play rejects it"),
    ("sensors", "their errors are a fingerprint"),
    ("clipboard", "it may hold anything"),
    ("Bluetooth names and neighbours", "they locate and link people"),
    ("time of the last boot, CAID", "fingerprints made to outlive the person's choice"),
    ("IDFA", "only in a separate product, after App Tracking Transparency"),
];
