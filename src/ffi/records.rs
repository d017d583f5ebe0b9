//! The records that cross the boundary.

/// How an answer was given.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Act {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// In which language (`zh`, `en`).
    pub language: String,
    /// Where, in the app's words (`checkout_sheet`).
    pub surface: String,
    /// Whether a guardian gave it.
    pub guardian: bool,
}

/// What an answer is about.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Subject {
    /// The row.
    pub row: String,
    /// The one company.
    pub party: String,
    /// One item of the row, or none for what is asked with the row.
    pub item: Option<String>,
}

/// The person's age as far as the app knows it.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum Age {
    /// Not known.
    Unknown,
    /// Under 14: a guardian answers.
    Under14,
    /// 14 or older.
    Over14,
}

/// The party as the app names it.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Party {
    /// The recipient of the register.
    pub recipient: String,
    /// The one company.
    pub id: String,
    /// Its key, a JWK's JSON whose thumbprint the register pins.
    pub key: Option<String>,
    /// Its card, signed by the controller.
    pub card: Option<String>,
}

/// The ask of [`share`](super::Sluicegate::share).
#[derive(Debug, Clone, uniffi::Record)]
pub struct Ask {
    /// Whose information: an opaque id.
    pub account: String,
    /// Their age.
    pub age: Age,
    /// The event (`order.payment`).
    pub scenario: String,
    /// The one company.
    pub party: Party,
    /// The order; for advertising, none.
    pub order: Option<String>,
    /// Counts attempts: the same order and attempt gives the same result.
    pub attempt: u32,
    /// Freshness from the recipient or the controller.
    pub nonce: String,
    /// A recipient's signed request (AML).
    pub request: Option<String>,
    /// Now, in milliseconds since 1970.
    pub at: i64,
}

/// An exposure or click of an ad.
#[derive(Debug, Clone, uniffi::Record)]
pub struct AdEvent {
    /// Whose.
    pub account: String,
    /// Their age.
    pub age: Age,
    /// The event at which ads are shared (`ad.delivery`).
    pub scenario: String,
    /// The partner.
    pub party: Party,
    /// The app's id of the event: a second report of it is dropped. Never leaves.
    pub id: String,
    /// `ad.exposure` or `ad.click`.
    pub item: String,
    /// What was shown or clicked: the partner's own id of the ad, no personal information.
    pub content: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// The value of an item.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Value {
    /// Yes or no.
    Boolean {
        /// The value.
        value: bool,
    },
    /// An integer (amounts in minor units).
    Integer {
        /// The value.
        value: i64,
    },
    /// Text.
    Text {
        /// The value.
        value: String,
    },
    /// A list of integers.
    Integers {
        /// The values.
        values: Vec<i64>,
    },
    /// A list of texts.
    Texts {
        /// The values.
        values: Vec<String>,
    },
    /// A check that found signs, with a confidence from 1 to 100.
    Detected {
        /// The confidence.
        confidence: u8,
    },
    /// A check that found none.
    NotDetected,
    /// A check that could not be made.
    NotEvaluable {
        /// Why, as a code.
        reason: String,
    },
}

/// What the app is asked for, once the gate has released it.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Wanted {
    /// Whose.
    pub account: String,
    /// The row that was released.
    pub row: String,
    /// Of which order.
    pub order: Option<String>,
    /// The items.
    pub items: Vec<String>,
}

/// One answer to [`Wanted`].
#[derive(Debug, Clone, uniffi::Record)]
pub struct Provided {
    /// Which item.
    pub item: String,
    /// Its value; none if there is none.
    pub value: Option<Value>,
}

/// Why an item may be shared.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum Ground {
    /// Agreed.
    Consent,
    /// Agreed to this alone.
    SeparateConsent,
    /// Needed for the contract.
    Contract,
    /// Needed for a statutory duty.
    StatutoryDuty,
}

/// An item that left.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Released {
    /// Which.
    pub item: String,
    /// On what ground.
    pub ground: Ground,
    /// The answer it rests on.
    pub answer: u64,
}

/// What would change that an item is withheld.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Remedy {
    /// Nothing the person or the app can do.
    Nothing,
    /// The vault becomes usable.
    Vault,
    /// The notice is accepted, of this version or later.
    AcceptNotice {
        /// The version.
        version: u32,
    },
    /// The person grants, if they want to.
    Grant,
    /// A guardian answers.
    Guardian,
    /// The recipient signs a request.
    SignedRequest,
    /// Time passes.
    Wait {
        /// Until, in milliseconds since 1970.
        until: i64,
    },
    /// The party shows its key.
    PartyKey,
    /// The controller certifies this install's key.
    Enrol,
    /// The app provides the value.
    Provide,
    /// What withholds the required item is mended.
    RequiredItem,
    /// The app asks again.
    Retry,
}

/// An item that stayed.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Withheld {
    /// Which.
    pub item: String,
    /// Why, as a stable code (`notice_not_accepted`).
    pub reason: String,
    /// What would change it.
    pub remedy: Remedy,
}

/// What the app hands on.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Delivery {
    /// A compact JWE for the party.
    Payload {
        /// The text.
        text: String,
    },
    /// A compact JWS for the controller's back end.
    Permit {
        /// The text.
        text: String,
    },
    /// A compact JWE of de-identified events for the party.
    Batch {
        /// The text.
        text: String,
    },
}

/// The outcome of a share.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Outcome {
    /// Something leaves.
    Permitted {
        /// Under which row.
        row: String,
        /// What the app hands on.
        delivery: Delivery,
        /// What is in it.
        released: Vec<Released>,
        /// What stayed.
        withheld: Vec<Withheld>,
        /// The index of its ledger entry.
        entry: u64,
    },
    /// Nothing leaves.
    Withheld {
        /// Under which row.
        row: String,
        /// Every item, and why.
        withheld: Vec<Withheld>,
        /// The index of its ledger entry; none if the vault can't be used.
        entry: Option<u64>,
    },
}

/// Whether an event was queued.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum Recorded {
    /// It waits for the next batch.
    Queued,
    /// It was not kept.
    NotKept {
        /// Why, as a stable code.
        reason: String,
    },
}

/// The ledger's state.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Ledger {
    /// How many entries.
    pub size: u64,
    /// The checkpoint: a C2SP signed note.
    pub checkpoint: String,
    /// The key it verifies under, in the `name+hash+key` form of signed notes.
    pub verifier_key: String,
}

/// Something that waits for the app to deliver it.
#[derive(Debug, Clone, uniffi::Record)]
pub struct OutboxItem {
    /// By which it is acknowledged.
    pub id: u64,
    /// The company it is sealed to.
    pub to: String,
    /// `entries`, `withdrawal_notice` or `erasure_notice`.
    pub kind: String,
    /// The compact JWE.
    pub body: String,
}

/// How often an item was read, and for which row.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ReadCount {
    /// The item.
    pub item: String,
    /// The row.
    pub row: String,
    /// How often.
    pub count: u64,
}
