//! `sluicegate demo`: the main job on the 1688 register, step by step, each claim checked.

mod advertising;
mod before;
mod duty;
mod order;
mod shop;
mod step;
mod trail;
mod watch;
pub mod words;

use std::path::Path;

use serde_json::json;

use crate::commands::{Failure, now, say, say_json};
use shop::{Folder, Shop};
use step::Step;

/// Why a step can't go on.
pub type Stop = Box<dyn std::error::Error>;

/// What a step does.
type Act = fn(&mut Shop, &mut Step) -> Result<(), Stop>;

const STEPS: [(&str, &str, &str, Act); 12] = [
    (
        "register",
        "The register: what the privacy notice says, as a table the gate obeys",
        "登记表:公告所述,由闸门执行",
        before::register,
    ),
    ("open", "The gate opens and reads nothing", "打开闸门:什么也不读", before::open),
    (
        "before_notice",
        "Every row is asked before the notice is accepted",
        "接受公告之前逐行请求",
        before::ask_all,
    ),
    (
        "enrolment",
        "The controller certifies the app's signing keys",
        "控制者为应用的签名密钥发证",
        before::enrol,
    ),
    (
        "notice",
        "The notice is accepted: the order is paid, the device stays silent",
        "接受公告:订单可付,设备信息不动",
        order::notice,
    ),
    (
        "alipay",
        "The customer grants order security: what Alipay gets, what stays",
        "同意订单安全:支付宝得到什么,什么留在本机",
        order::alipay,
    ),
    (
        "merchant",
        "The merchant: a permit for the back end, without data",
        "商家:给后台的许可,不含数据",
        order::merchant,
    ),
    ("carrier", "The carrier: a sealed payload", "承运人:加密的数据包", order::carrier),
    (
        "advertising",
        "A hundred exposures for an advertising partner: one batch that names nobody",
        "一百次广告曝光:一个不指向任何人的批次",
        advertising::batch,
    ),
    (
        "aml",
        "Anti-money-laundering: only on Alipay's signed request",
        "反洗钱:只凭支付宝签名的请求",
        duty::aml,
    ),
    (
        "withdrawal",
        "The customer withdraws: the same ask is withheld, the parties are told",
        "撤回同意:同样的请求不再提供,并通知接收方",
        duty::withdraw,
    ),
    (
        "ledger",
        "The ledger: every decision, no value, verified",
        "账本:每个决定都在,没有任何值,可验证",
        trail::ledger,
    ),
];

/// Runs the demo; it fails unless every claim held.
pub fn run(as_json: bool, keep: Option<&Path>) -> Result<(), Failure> {
    let begun = std::time::Instant::now();
    let at = now()?;
    let named = |path: &Path| path.display().to_string();
    let folder = Folder::make(keep).map_err(|error| {
        Failure::Usage(format!("{}: {error}", keep.map_or("a temporary folder".into(), named)))
    })?;
    let mut shop = Shop::open(&folder.path).map_err(|error| Failure::Check(format!("demo: {error}")))?;
    if !as_json {
        say(&opening(&shop));
    }
    let mut steps = Vec::with_capacity(STEPS.len());
    for (number, (id, en, zh, act)) in (1..).zip(STEPS) {
        let mut step = Step::new(id, en, zh);
        if let Err(stop) = act(&mut shop, &mut step) {
            step.claim(format!("the step comes to its end ({stop})"), false);
        }
        if !as_json {
            say(&step.section(number));
        }
        steps.push(step);
    }
    if keep.is_some() {
        let kept =
            trail::keep(&shop, &folder.path).map_err(|error| Failure::Check(format!("demo: {error}")))?;
        if !as_json {
            say(&kept);
        }
    }
    let held = steps.iter().all(Step::held);
    if as_json {
        say_json(&json!({
            "format": "sluicegate-demo/0",
            "at": at,
            "register": { "id": shop.register.id(), "version": shop.register.version(), "digest": shop.register.digest() },
            "held": held,
            "steps": steps.iter().map(Step::json).collect::<Vec<_>>(),
        }));
    } else {
        say(&ending(&steps, begun.elapsed()));
    }
    if held { Ok(()) } else { Err(Failure::Said) }
}

fn opening(shop: &Shop) -> String {
    let controller = shop.register.controller();
    format!(
        "\nSluicegate: one checkout at {} ({}), from the register to the ledger.\n\
         The device is this machine, the order made up, the keys the published demo keys of registers/demo-keys.\n\
         Each line with a ✓ is a claim that this program has just checked.\n",
        controller.name.en, controller.name.zh
    )
}

fn ending(steps: &[Step], took: std::time::Duration) -> String {
    let claims: usize = steps.iter().map(Step::count).sum();
    let broken: Vec<String> = steps.iter().flat_map(Step::broken).collect();
    if broken.is_empty() {
        return format!("\nAll {claims} claims held ({:.1} s).\n", took.as_secs_f64());
    }
    let mut text = format!("\n{} of {claims} claims did NOT hold:\n", broken.len());
    for claim in broken {
        text.push_str(&format!("  ✗ {claim}\n"));
    }
    text
}
