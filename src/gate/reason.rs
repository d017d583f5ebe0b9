//! Why an item is withheld, and what would change it. The codes are stable; the sentences are for people.

use serde::{Deserialize, Serialize};

use crate::register::{Bilingual, Instant, ItemId};

/// Why an item is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The vault is locked, full or damaged.
    VaultUnavailable,
    /// The row is switched off in the register.
    RowOff,
    /// The item is switched off in the register.
    ItemOff,
    /// The row was switched off and on again; what was said before no longer holds.
    SwitchedOffSince,
    /// The notice was not accepted.
    NoticeNotAccepted,
    /// An earlier notice was accepted, which did not disclose the row as it stands.
    NoticeOutdated,
    /// Under 14 without a guardian's answer.
    GuardianRequired,
    /// The row never runs for people under 14.
    NotForMinors,
    /// The answers may be older than the latest ones.
    AnswersOutdated,
    /// Consent was never asked, or not answered.
    NotAsked,
    /// Consent was refused.
    Refused,
    /// Consent was withdrawn.
    Withdrawn,
    /// Consent has expired.
    Expired,
    /// Consent was given for less than the row shares now.
    RowWidened,
    /// Consent was given together with other things; this needs one of its own.
    NotSeparate,
    /// No request signed by the recipient.
    RequestRequired,
    /// The request is marked secret.
    RequestSecret,
    /// The request is about another order.
    RequestMismatch,
    /// The row ran as often as it may.
    TooFrequent,
    /// There is no key to seal to.
    NoPartyKey,
    /// Our signing key for the party is not certified.
    NotEnrolled,
    /// An item that the row does not run without is withheld.
    RequiredItemWithheld,
    /// The device or platform has no such value (or limits its use).
    Absent,
    /// The host gave no value.
    NotProvided,
    /// An answer changed again and again while the share was made.
    Contended,
    /// This attempt was handed over before and can't be given again; a new attempt can.
    AttemptSpent,
}

/// What would change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Remedy {
    /// Nothing the person or the host can do.
    Nothing,
    /// The vault becomes usable.
    Vault,
    /// The notice is accepted, of this version or later.
    AcceptNotice {
        /// The version.
        version: u32,
    },
    /// The person grants (if they are asked, and want to).
    Grant,
    /// A guardian answers.
    Guardian,
    /// The recipient signs a request that names the order and isn't secret.
    SignedRequest,
    /// Time passes.
    Wait {
        /// Until then.
        until: Instant,
    },
    /// The party shows its key.
    PartyKey,
    /// The controller certifies our key for the party.
    Enrol,
    /// The host provides the value.
    Provide,
    /// What withholds the required item is mended.
    RequiredItem,
    /// The host asks again.
    Retry,
}

/// An item that does not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Which.
    pub item: ItemId,
    /// Why.
    pub reason: Reason,
    /// What would change it.
    pub remedy: Remedy,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 26] = [
        Reason::VaultUnavailable,
        Reason::RowOff,
        Reason::ItemOff,
        Reason::SwitchedOffSince,
        Reason::NoticeNotAccepted,
        Reason::NoticeOutdated,
        Reason::GuardianRequired,
        Reason::NotForMinors,
        Reason::AnswersOutdated,
        Reason::NotAsked,
        Reason::Refused,
        Reason::Withdrawn,
        Reason::Expired,
        Reason::RowWidened,
        Reason::NotSeparate,
        Reason::RequestRequired,
        Reason::RequestSecret,
        Reason::RequestMismatch,
        Reason::TooFrequent,
        Reason::NoPartyKey,
        Reason::NotEnrolled,
        Reason::RequiredItemWithheld,
        Reason::Absent,
        Reason::NotProvided,
        Reason::Contended,
        Reason::AttemptSpent,
    ];

    /// The stable code (`notice_not_accepted`).
    pub fn code(self) -> &'static str {
        match self {
            Reason::VaultUnavailable => "vault_unavailable",
            Reason::RowOff => "row_off",
            Reason::ItemOff => "item_off",
            Reason::SwitchedOffSince => "switched_off_since",
            Reason::NoticeNotAccepted => "notice_not_accepted",
            Reason::NoticeOutdated => "notice_outdated",
            Reason::GuardianRequired => "guardian_required",
            Reason::NotForMinors => "not_for_minors",
            Reason::AnswersOutdated => "answers_outdated",
            Reason::NotAsked => "not_asked",
            Reason::Refused => "refused",
            Reason::Withdrawn => "withdrawn",
            Reason::Expired => "expired",
            Reason::RowWidened => "row_widened",
            Reason::NotSeparate => "not_separate",
            Reason::RequestRequired => "request_required",
            Reason::RequestSecret => "request_secret",
            Reason::RequestMismatch => "request_mismatch",
            Reason::TooFrequent => "too_frequent",
            Reason::NoPartyKey => "no_party_key",
            Reason::NotEnrolled => "not_enrolled",
            Reason::RequiredItemWithheld => "required_item_withheld",
            Reason::Absent => "absent",
            Reason::NotProvided => "not_provided",
            Reason::Contended => "contended",
            Reason::AttemptSpent => "attempt_spent",
        }
    }

    /// A sentence for a consent screen.
    pub fn sentence(self) -> Bilingual {
        let (zh, en) = match self {
            Reason::VaultUnavailable => (
                "本机的记录暂时无法读取,因此不共享。",
                "The records on this device can't be read now, so it is not shared.",
            ),
            Reason::RowOff => ("此项共享已停用。", "This sharing is switched off."),
            Reason::ItemOff => ("此项信息已停止共享。", "Sharing of this item is switched off."),
            Reason::SwitchedOffSince => (
                "此项共享曾停用,需要您重新确认。",
                "This sharing was switched off in between; you are asked anew.",
            ),
            Reason::NoticeNotAccepted => {
                ("您尚未同意隐私政策。", "You have not accepted the privacy notice.")
            }
            Reason::NoticeOutdated => (
                "隐私政策已更新,您尚未确认新版本。",
                "The privacy notice has changed and you have not accepted the new version.",
            ),
            Reason::GuardianRequired => {
                ("未满十四周岁,需要监护人同意。", "Under 14: a guardian has to agree.")
            }
            Reason::NotForMinors => ("不向未满十四周岁的用户提供。", "Never done for people under 14."),
            Reason::AnswersOutdated => (
                "本机的选择记录可能不是最新的,需要您重新选择。",
                "The choices stored here may be out of date; you are asked anew.",
            ),
            Reason::NotAsked => ("您尚未作出选择。", "You have not been asked, or have not answered."),
            Reason::Refused => ("您已拒绝。", "You refused."),
            Reason::Withdrawn => ("您已撤回同意。", "You withdrew your consent."),
            Reason::Expired => ("您的同意已过期。", "Your consent has expired."),
            Reason::RowWidened => (
                "共享内容有所扩大,需要您重新同意。",
                "More is shared than you agreed to; you are asked anew.",
            ),
            Reason::NotSeparate => ("此项需要您的单独同意。", "This needs a separate consent of yours."),
            Reason::RequestRequired => {
                ("没有接收方签名的请求。", "There is no request signed by the recipient.")
            }
            Reason::RequestSecret => {
                ("保密的请求不在手机上办理。", "Secret requests are not handled on the phone.")
            }
            Reason::RequestMismatch => ("该请求针对另一笔订单。", "The request is about another order."),
            Reason::TooFrequent => ("已达到共享次数上限。", "It was shared as often as it may be."),
            Reason::NoPartyKey => ("接收方没有可用的加密密钥。", "The recipient has no key to encrypt to."),
            Reason::NotEnrolled => (
                "本应用尚未在接收方登记签名密钥。",
                "This app's signing key is not yet registered with the recipient.",
            ),
            Reason::RequiredItemWithheld => (
                "缺少必需的信息,因此整项不共享。",
                "A required item is missing, so nothing of this is shared.",
            ),
            Reason::Absent => (
                "设备上没有此项信息,或其使用受限。",
                "The device has no such information, or limits its use.",
            ),
            Reason::NotProvided => ("应用未提供此项信息。", "The app provided no such information."),
            Reason::AttemptSpent => {
                ("本次请求此前已处理,不会重复共享。", "This was handed over before; it is not shared again.")
            }
            Reason::Contended => (
                "您的选择在处理过程中发生变化,请重试。",
                "Your choices changed while this was being prepared; try again.",
            ),
        };
        Bilingual { zh: zh.into(), en: en.into() }
    }
}
