//! The register as it is written: JSON, strict, in the words of the notice.
//!
//! A [`Document`] is well formed but not yet believed; [`super::Register::parse`] checks its rules.

use serde::{Deserialize, Serialize};

use super::{Bilingual, Ground, Identifies, ItemType, Method, Necessity, Period, Source, Transform};

/// The format this build reads and writes.
pub const FORMAT: &str = "sluicegate-register/0";

/// A whole register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// The register's id (`1688`).
    pub id: String,
    /// Only grows; an older one is refused.
    pub version: u64,
    /// The day it was issued, for people (`2026-11-24`).
    pub issued: String,
    /// Whose register it is.
    pub controller: Controller,
    /// The privacy notices that disclose it.
    pub notices: Vec<Notice>,
    /// Why information is shared.
    pub purposes: Vec<Purpose>,
    /// What is shared.
    pub items: Vec<Item>,
    /// Who may receive.
    pub recipients: Vec<Recipient>,
    /// The disclosed sharings.
    pub rows: Vec<Row>,
    /// The kill switch.
    #[serde(default, skip_serializing_if = "Off::is_empty")]
    pub off: Off,
}

/// The company whose app this is (PIPL 17, 23; TS 27560 party fields).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Its id; `iss` of permits, `aud` of enrolments.
    pub id: String,
    /// Legal name.
    pub name: Bilingual,
    /// Postal address.
    pub address: Bilingual,
    /// Where a person reaches it.
    pub contact: String,
    /// How a person uses their rights (PIPL 17(1)(3), 50).
    pub rights: Bilingual,
    /// Where records are stored.
    pub storage: Bilingual,
    /// ISO 3166 code of the law that applies.
    pub jurisdiction: String,
    /// JWKs; the outbox is sealed to one with `use` `enc`.
    pub keys: Vec<serde_json::Value>,
}

/// A published privacy notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Counts up with every published change.
    pub version: u32,
    /// BCP 47 tag (`zh`, `en`).
    pub language: String,
    /// Where it is published.
    pub url: String,
    /// SHA-256 of the published text, in hex.
    pub digest: String,
}

/// Why information is shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its id.
    pub id: String,
    /// In the notice's words.
    pub text: Bilingual,
    /// W3C DPV term (`dpv:PaymentManagement`).
    pub dpv: String,
    /// Term of the `cn-pipl:` namespace.
    pub cn_pipl: String,
}

/// One piece of personal information.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id (`order.amount_minor`).
    pub id: String,
    /// In people's words.
    pub label: Bilingual,
    /// The shape of its value.
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// The longest text in characters, or most elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The only texts that are allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// PIPL 28: its leak easily harms the person.
    pub sensitive: bool,
    /// Whom it names.
    pub identifies: Identifies,
    /// GB/T 41391 annex F: whether the person can change or reset it.
    pub changeable: bool,
    /// Where it comes from.
    pub source: Source,
}

/// An independent handler or one that works on the controller's behalf (PIPL 21, 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides its own purposes; PIPL 23 applies.
    IndependentHandler,
    /// Works under contract for the controller; PIPL 21 applies.
    EntrustedParty,
}

/// Affiliate or partner, as the notice groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Of the same group. Counts as another handler all the same.
    Affiliate,
    /// Outside the group.
    Partner,
}

/// One company, or a class whose members are named at share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One company: the party's id is the recipient's.
    Company,
    /// A class (merchants): each party shows a card or a pinned key.
    Class,
}

/// A key of a party, pinned by its RFC 7638 thumbprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// The party.
    pub party: String,
    /// Its name, as a person would know it.
    pub name: String,
    /// SHA-256 thumbprint, base64url.
    pub thumbprint: String,
}

/// Who may receive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Its id.
    pub id: String,
    /// Company or class.
    pub kind: Kind,
    /// Affiliate or partner.
    pub relation: Relation,
    /// Independent handler or entrusted party.
    pub role: Role,
    /// Legal name, or the class's.
    pub name: Bilingual,
    /// How a person reaches it (PIPL 23).
    pub contact: Bilingual,
    /// Its privacy policy or site.
    pub policy: Bilingual,
    /// A company's JWKs: `use` `enc` to seal to, `use` `sig` for requests it signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<serde_json::Value>,
    /// Members of a class known by key. Others show a card signed by the controller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Pinned>,
}

/// How often a row may run for one account and party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// At most so many hand-overs ...
    pub most: u32,
    /// ... in so long.
    pub within: Period,
}

/// What a row means for people under 14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Minors {
    /// Runs when a guardian answered (PIPL 31).
    Guardian,
    /// Never runs.
    Never,
}

/// One disclosed sharing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its id (`alipay.payment`).
    pub id: String,
    /// Who receives.
    pub recipient: String,
    /// When.
    pub scenario: String,
    /// Why.
    pub purpose: String,
    /// How.
    pub method: Method,
    /// The first notice version that discloses the row as it stands.
    pub notice: u32,
    /// How long the recipient keeps it.
    pub retention: Period,
    /// How long a grant lasts.
    pub consent_lasts: Period,
    /// How long after a refusal or withdrawal the person may be asked again.
    pub ask_again_after: Period,
    /// How often it may run; without it, once per order and attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// Whether what is shared must name nobody (PIPL 73(3)).
    #[serde(default)]
    pub deidentified: bool,
    /// Under 14.
    pub minors: Minors,
    /// How to say no to it; needed for advertising (PIPL 24).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how_to_refuse: Option<Bilingual>,
    /// Why sensitive items are necessary and what they mean for the person (PIPL 30).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive_because: Option<Bilingual>,
    /// Reference of the impact assessment (PIPL 55).
    pub impact_assessment: String,
    /// What is shared.
    pub items: Vec<RowItem>,
    /// Hashes of earlier canonical rows of which this one only words texts anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editorial_of: Vec<super::Hash>,
    /// The notice's own wording.
    pub as_published: AsPublished,
    /// What the notice leaves open and this register decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided_by_us: Vec<Decided>,
}

/// An item in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowItem {
    /// The item.
    pub item: String,
    /// Why it may be shared here.
    pub ground: Ground,
    /// Whether the row makes sense without it.
    pub necessity: Necessity,
    /// How it is de-identified.
    pub transform: Transform,
}

/// The row of the notice, verbatim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsPublished {
    /// Company or type of partner.
    pub company: Bilingual,
    /// Product, where the notice has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Bilingual>,
    /// The information to be shared.
    pub information: Bilingual,
    /// The purpose.
    pub purpose: Bilingual,
    /// The scenario.
    pub scenario: Bilingual,
    /// The method of provision.
    pub method: Bilingual,
    /// Privacy policy or website; empty where the notice leaves it empty.
    pub policy: Bilingual,
    /// Every noun of `information`, with the items it means.
    pub nouns: Vec<Noun>,
}

/// A noun of the published wording and the items it stands for in this row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noun {
    /// As the Chinese text has it.
    pub zh: String,
    /// As the English text has it.
    pub en: String,
    /// The items.
    pub items: Vec<String>,
}

/// A choice that the notice leaves open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// What was decided, and why.
    pub what: Bilingual,
    /// The items it concerns, if it is about items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

/// The kill switch: what is off at once, whatever was answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Off {
    /// Rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// Items, in every row (an integrity check is an item).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl Off {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.items.is_empty()
    }
}
