//! The program as it is used: its output, its exit codes, its errors of one line.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs `sluicegate` in the checkout: its exit code, standard output and standard error.
fn sluicegate(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_sluicegate")).current_dir(root()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn ends_well(arguments: &[&str]) -> String {
    let (code, out, err) = sluicegate(arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}: {out}");
    out
}

/// The one line a command that does not end well says.
fn ends_badly(code: i32, arguments: &[&str]) -> String {
    let (ended, out, err) = sluicegate(arguments);
    assert_eq!((ended, err.lines().count()), (code, 1), "{arguments:?}: {out}{err}");
    err
}

/// What `demo --keep` leaves.
fn demo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("demo");
    ends_well(&["demo", "--keep", kept.to_str().unwrap()]);
    (folder, kept)
}

const CONTROLLER: &str = "registers/demo-keys/controller-sig.json";
const ALIPAY: &str = "registers/demo-keys/alipay-enc.json";

#[test]
fn every_claim_of_the_demo_holds() {
    let told: Value = serde_json::from_str(&ends_well(&["demo", "--json"])).unwrap();
    assert_eq!(told["held"], true);
    let steps = told["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "register",
            "open",
            "before_notice",
            "enrolment",
            "notice",
            "alipay",
            "merchant",
            "carrier",
            "advertising",
            "aml",
            "withdrawal",
            "ledger"
        ]
    );
    for step in steps {
        let claims = step["claims"].as_array().unwrap();
        assert!(!claims.is_empty() && claims.iter().all(|claim| claim["held"] == true), "{step}");
    }
    assert_eq!(steps[5]["shown"]["opened"]["order.amount_minor"], 12_800);
    assert_eq!(steps[8]["shown"]["opened"]["events"].as_array().unwrap().len(), 5);
    assert_eq!(steps[11]["shown"]["summary"]["kinds"]["hand_over"], 7);
}

#[test]
fn the_demo_leaves_no_folder_behind_and_takes_no_old_one() {
    let temporary = tempfile::tempdir().unwrap();
    let ran =
        Command::new(env!("CARGO_BIN_EXE_sluicegate")).arg("demo").env("TMPDIR", temporary.path()).output();
    let shown = String::from_utf8(ran.unwrap().stdout).unwrap();
    assert!(shown.contains("claims held") && !shown.contains('✗'), "{shown}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    let kept = temporary.path().to_str().unwrap();
    assert!(ends_badly(2, &["demo", "--keep", kept]).contains(kept));
}

#[test]
fn each_broken_register_is_refused_with_path_and_rule() {
    let shipped: Value =
        serde_json::from_slice(&std::fs::read(root().join("registers/1688.json")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut seen, file) = (0, folder.path().join("register.json"));
    for broken in std::fs::read_dir(root().join("tests/registers/broken")).unwrap() {
        let broken: Value = serde_json::from_slice(&std::fs::read(broken.unwrap().path()).unwrap()).unwrap();
        let patch: json_patch::Patch = serde_json::from_value(broken["patch"].clone()).unwrap();
        let mut register = shipped.clone();
        json_patch::patch(&mut register, &patch).unwrap();
        std::fs::write(&file, register.to_string()).unwrap();
        let file = file.to_str().unwrap();
        let (code, out, err) = sluicegate(&["register", "check", file]);
        assert_eq!((code, err.lines().count()), (1, 1), "{err}");
        for expected in broken["expect"].as_array().unwrap() {
            let (path, rule) = (expected["path"].as_str().unwrap(), expected["rule"].as_str().unwrap());
            assert!(out.lines().any(|line| line == path) && out.contains(&format!("    {rule}: ")), "{out}");
        }
        let (code, out, _) = sluicegate(&["register", "check", "--json", file]);
        let said: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (code, said["problems"].as_array().unwrap().len()),
            (1, broken["expect"].as_array().unwrap().len())
        );
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn the_shipped_register_is_sound_signed_and_told_in_both_languages() {
    assert!(ends_well(&["register", "check", "registers/1688.json"]).contains("no problem"));
    assert!(
        ends_well(&["register", "check", "registers/1688.jws", "--key", CONTROLLER]).contains("no problem")
    );
    ends_badly(2, &["register", "check", "registers/1688.jws"]);
    ends_badly(1, &["register", "check", "registers/1688.jws", "--key", ALIPAY]);
    let table = ends_well(&["register", "table"]);
    for row in ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"] {
        assert!(table.contains(row), "{table}");
    }
    let explained = ends_well(&["register", "explain", "registers/1688.json", "--language", "zh"]);
    assert!(explained.contains("敏感,可不提供:支付宝用户编号"), "{explained}");
    let explained = ends_well(&["register", "explain", "registers/1688.json"]);
    assert!(explained.contains("sensitive, may be left out: Alipay user number"), "{explained}");
}

#[test]
fn a_register_is_signed_byte_for_byte_and_only_when_sound() {
    let folder = tempfile::tempdir().unwrap();
    let signed = folder.path().join("register.jws");
    let text = ends_well(&["register", "sign", "registers/1688.json", "--key", CONTROLLER]);
    let payload = |text: &str| text.trim().split('.').nth(1).unwrap().to_owned();
    let shipped = std::fs::read_to_string(root().join("registers/1688.jws")).unwrap();
    assert_eq!(payload(&text), payload(&shipped));
    std::fs::write(&signed, text).unwrap();
    ends_well(&["register", "check", signed.to_str().unwrap(), "--key", CONTROLLER]);
    std::fs::write(&signed, "{}").unwrap();
    ends_badly(1, &["register", "sign", signed.to_str().unwrap(), "--key", CONTROLLER]);
}

#[test]
fn a_diff_says_who_must_be_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer.json");
    let mut register: Value =
        serde_json::from_slice(&std::fs::read(root().join("registers/1688.json")).unwrap()).unwrap();
    register["version"] = 2.into();
    register["rows"][3]["retention"] = "P2Y".into();
    std::fs::write(&newer, register.to_string()).unwrap();
    let text = ends_well(&["register", "diff", "registers/1688.json", newer.to_str().unwrap()]);
    assert!(
        text.contains("ads.delivery") && text.contains("kept longer") && text.contains("who granted it"),
        "{text}"
    );
    assert!(!text.contains("alipay"), "{text}");
}

#[test]
fn a_payload_opens_for_its_party_and_for_nobody_else() {
    let (_folder, kept) = demo();
    let payload = kept.join("handed-over/alipay.payment.txt");
    let payload = payload.to_str().unwrap();
    let open = |key: &str, party: &str, controller: &str| {
        sluicegate(&[
            "payload",
            "open",
            payload,
            "--key",
            key,
            "--party",
            party,
            "--controller-key",
            controller,
        ])
    };
    let (code, out, err) = open(ALIPAY, "alipay", CONTROLLER);
    let opened: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {err}"));
    assert_eq!(opened["claims"]["items"]["order.id"], "1688-0001");
    assert_eq!(opened["signed_by"]["key"], opened["claims"]["iss"]);
    for (key, party, controller) in [
        ("registers/demo-keys/logistics-heron-enc.json", "alipay", CONTROLLER),
        (ALIPAY, "heron", CONTROLLER),
        (ALIPAY, "alipay", "registers/demo-keys/alipay-sig.json"),
    ] {
        assert_eq!(open(key, party, controller).0, 1, "{key} {party} {controller}");
    }

    let signed = kept.join("signed.txt");
    std::fs::write(&signed, ends_well(&["payload", "unseal", payload, "--key", ALIPAY])).unwrap();
    let signed = signed.to_str().unwrap();
    let verify = ["payload", "verify", signed, "--party", "alipay", "--controller-key", CONTROLLER];
    let verified: Value = serde_json::from_str(&ends_well(&verify)).unwrap();
    assert_eq!(verified, opened);
    assert!(ends_badly(1, &[&verify[..], &["--controller", "other"]].concat()).contains("iss"));
    assert!(ends_badly(1, &[&verify[..], &["--at", "1000000000000"]].concat()).contains("not yet valid"));

    let batch = kept.join("handed-over/ads.delivery.txt");
    let lantern = "registers/demo-keys/ads-lantern-enc.json";
    let batch =
        ends_well(&["batch", "open", batch.to_str().unwrap(), "--key", lantern, "--party", "lantern"]);
    assert_eq!(serde_json::from_str::<Value>(&batch).unwrap()["events"][0]["count"], 20);

    let permit = kept.join("handed-over/merchants.order.txt");
    let check =
        ["permit", "check", permit.to_str().unwrap(), "--party", "shop-7", "--controller-key", CONTROLLER];
    let permit: Value = serde_json::from_str(&ends_well(&check)).unwrap();
    let generation = permit["claims"]["answers_generation"].as_u64().unwrap();
    let with = |name: &str, value: String| [&check[..], &[name, value.as_str()]].concat().join("\n");
    let run = |arguments: String| sluicegate(&arguments.split('\n').collect::<Vec<_>>()).0;
    assert_eq!(run(with("--generation", generation.to_string())), 0);
    assert_eq!(run(with("--generation", (generation + 1).to_string())), 1);
    assert_eq!(run(with("--nonce", "another".into())), 1);
}

#[test]
fn a_ledger_verifies_and_a_tampered_one_does_not() {
    let (_folder, kept) = demo();
    let file = kept.join("ledger.json");
    let path = file.to_str().unwrap();
    let summary: Value = serde_json::from_str(&ends_well(&["ledger", "verify", path, "--json"])).unwrap();
    let key = summary["vkey"].as_str().unwrap();
    ends_well(&["ledger", "verify", path, "--verifier-key", key]);
    assert!(
        ends_badly(1, &["ledger", "verify", path, "--verifier-key", "other+00000000+AAAA"]).contains("vkey")
    );
    let shown = ends_well(&["ledger", "show", path]);
    assert!(shown.contains("alipay.payment from alipay: notice_not_accepted"), "{shown}");

    let proof: sluicegate::ledger::InclusionProof =
        ends_well(&["ledger", "prove", path, "13"]).parse().unwrap();
    let export: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let commitment = &export["leaves"][13]["commitment"];
    let commitment: sluicegate::ledger::Commitment = serde_json::from_value(commitment.clone()).unwrap();
    let checkpoint = proof.verify(&commitment.leaf_hash(), &key.parse().unwrap()).unwrap();
    assert_eq!(json!(checkpoint.size), summary["size"]);
    assert!(ends_badly(1, &["ledger", "prove", path, "9999"]).contains("index"));

    let tampered = std::fs::read_to_string(&file).unwrap().replacen("\"granted\"", "\"refused\"", 1);
    std::fs::write(&file, tampered).unwrap();
    let said = ends_badly(1, &["ledger", "verify", path]);
    assert!(said.contains("leaf 12") && said.contains("commitment"), "{said}");
    ends_badly(1, &["ledger", "show", path]);
}

#[test]
fn keys_are_made_pinned_and_put_on_cards() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (own, public, card) = (file("own.json"), file("public.json"), file("card.txt"));
    let made = ends_well(&["keys", "new", "--use", "enc", "--out", &own]);
    assert_eq!(made, ends_well(&["keys", "thumbprint", &own]));
    ends_badly(2, &["keys", "new", "--use", "enc", "--out", &own]);
    std::fs::write(&public, ends_well(&["keys", "public", &own])).unwrap();
    assert!(!std::fs::read_to_string(&public).unwrap().contains("\"d\""));
    assert_eq!(made, ends_well(&["keys", "thumbprint", &public]));
    let arguments = [
        "keys",
        "card",
        "--key",
        CONTROLLER,
        "--controller",
        "1688",
        "--party",
        "shop-9",
        "--recipient",
        "merchants",
        "--name",
        "义乌小店",
        "--party-key",
        &public,
    ];
    let signed = ends_well(&arguments);
    std::fs::write(&card, &signed).unwrap();
    let key = sluicegate_cli::receive::KeyPair::from_jwk(
        &std::fs::read_to_string(root().join(CONTROLLER)).unwrap(),
    );
    let keys = [key.unwrap().public().clone()];
    let issuer = sluicegate::jose::Issuer { id: "1688", keys: &keys };
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let now = sluicegate::register::Instant::from_millis(i64::try_from(now).unwrap()).unwrap();
    let party = sluicegate::payload::Party::verify(signed.trim(), issuer, now).unwrap();
    assert_eq!((party.id.as_str(), party.name.as_str()), ("shop-9", "义乌小店"));
    // A card is no enrolment request.
    ends_badly(1, &["keys", "certify", &card, "--key", CONTROLLER, "--controller", "1688"]);
}

#[test]
fn what_is_not_there_or_no_key_is_said_in_a_line() {
    assert!(ends_badly(2, &["register", "check", "none.json"]).contains("none.json"));
    assert!(ends_badly(2, &["keys", "thumbprint", "registers/1688.json"]).contains("registers/1688.json"));
    assert_eq!(sluicegate(&["payload", "open"]).0, 2);
    assert_eq!(sluicegate(&["nonsense"]).0, 2);
    assert_eq!(sluicegate(&["--help"]).0, 0);
}
