//! Several threads and several processes on one store.

use std::process::{Child, Command};
use std::thread;

use super::*;

const WRITES: u64 = 40;

/// Appends entries and answers for one account, as a process of a shopping app would.
fn work(vault: &Vault, name: &str) {
    let account = vault.account(&account(name)).unwrap();
    for turn in 0..WRITES {
        vault
            .write(|tx| {
                let idx = tx.entry_count()?;
                tx.append_entry(idx, Some(&account), &Hash::of(&idx.to_be_bytes()), name.as_bytes())?;
                tx.count_up("entries", 1)
            })
            .unwrap();
        if turn % 8 == 0 {
            let generation = answer(vault, name, &turn.to_be_bytes());
            let (read, bytes, standing) = state(vault, name);
            assert_eq!((read, bytes), (generation, Some(turn.to_be_bytes().to_vec())));
            assert!(standing.is_trusted());
        }
    }
}

fn all_there(vault: &Vault, workers: u64) {
    let (count, counters) =
        vault.read(|tx| Ok::<_, VaultError>((tx.entry_count()?, tx.counters()?))).unwrap();
    assert_eq!(count, workers * WRITES);
    assert_eq!(counters, [("entries".to_owned(), workers * WRITES)]);
    let (standing, marks) = vault.standing().unwrap();
    assert_eq!((standing, marks.seq), (Standing::Same, workers * WRITES / 8));
}

#[test]
fn threads_on_one_vault_and_on_vaults_of_their_own_lose_nothing() {
    let home = Home::new();
    let shared = home.open();
    thread::scope(|scope| {
        let (shared, home) = (&shared, &home);
        scope.spawn(move || work(shared, "one"));
        scope.spawn(move || work(shared, "two"));
        scope.spawn(move || work(&home.open(), "three"));
    });
    all_there(&shared, 3);
    for name in ["one", "two", "three"] {
        assert_eq!(state(&shared, name).2, Standing::Same);
    }
}

fn child(home: &Home, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "vault::tests::contention::inside_child", "--include-ignored", "--nocapture"])
        .env("HOME_OF_VAULT", home.path(""))
        .env("NAME_OF_CHILD", name)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "to be traced by hand: strace -f -e trace=fdatasync,pwrite64"]
fn a_hundred_shares() {
    let home = Home::new();
    let vault = home.open();
    let account = vault.account(&account("one")).unwrap();
    let (row, party, nonce) =
        (RowId::new("r").unwrap(), PartyId::new("p").unwrap(), Nonce::new("n").unwrap());
    let began = std::time::Instant::now();
    for turn in 0..100u64 {
        let key = turn.to_be_bytes();
        vault
            .write(|tx| {
                assert_eq!(tx.generation(&account)?, 0);
                tx.append_entry(turn, Some(&account), &Hash::of(&key), &[7; 300])?;
                tx.put_hashes(turn * 2, &[Hash::of(&key), Hash::of(b"")])?;
                let share = NewShare {
                    key: &key,
                    row: &row,
                    party: &party,
                    nonce: &nonce,
                    generation: 0,
                    expires: at(9),
                    body: &[7; 1500],
                };
                tx.put_share(&account, &share)
            })
            .unwrap();
    }
    eprintln!("{:?} per share", began.elapsed() / 100);
}

#[test]
#[ignore = "run by the tests of several processes"]
fn inside_child() {
    let home = std::env::var("HOME_OF_VAULT").unwrap();
    let name = std::env::var("NAME_OF_CHILD").unwrap();
    let opened = open_at(Path::new(&home)).unwrap();
    assert_eq!(opened.reset, None);
    work(&opened.vault, &name);
}

#[test]
fn processes_that_begin_one_store_at_once_lose_nothing() {
    let home = Home::new();
    let names = ["one", "two", "three"];
    let mut children: Vec<Child> = names.iter().map(|name| child(&home, name)).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let vault = home.open();
    all_there(&vault, 3);
    for name in names {
        assert_eq!(state(&vault, name).2, Standing::Same);
    }
}

#[test]
fn a_withdrawal_in_another_process_is_seen_by_the_next_transaction() {
    let home = Home::new();
    let vault = home.open();
    answer(&vault, "one", b"granted");
    let account = vault.account(&account("one")).unwrap();
    let before = vault.read(|tx| tx.generation(&account)).unwrap();
    assert!(child(&home, "one").wait().unwrap().success());
    let after = vault.write(|tx| tx.generation(&account)).unwrap();
    assert_eq!((before, after), (1, 1 + WRITES / 8));
}

#[test]
fn a_killed_process_leaves_every_acknowledged_answer() {
    let home = Home::new();
    for round in 0..8u64 {
        let mut child = child(&home, "one");
        thread::sleep(std::time::Duration::from_millis(20 + 15 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let vault = home.open();
        let (_, _, standing) = state(&vault, "one");
        assert!(standing.is_trusted(), "{standing:?}");
        let (count, counters) =
            vault.read(|tx| Ok::<_, VaultError>((tx.entry_count()?, tx.counters()?))).unwrap();
        assert_eq!(count, counters.first().map_or(0, |(_, count)| *count));
    }
}
