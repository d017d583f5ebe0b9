//! What is true of the tree: RFC 6962's vectors, and agreement with a naive recursive tree.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

/// The leaves of the Certificate Transparency test vectors.
const LEAVES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];

/// The roots of the first 1 to 8 of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(hex: &str) -> Hash {
    Hash::try_from(hex.to_string()).unwrap()
}

fn grow(leaves: &[Hash]) -> Vec<Hash> {
    let mut stored = Vec::new();
    for (size, leaf) in leaves.iter().enumerate() {
        assert_eq!(stored_hash_count(size as u64), Some(stored.len() as u64));
        let new = append(size as u64, *leaf, stored.as_slice()).unwrap();
        assert_eq!(new.len() as u32, 1 + (size as u64).trailing_ones());
        stored.extend(new);
    }
    stored
}

fn vectors() -> Vec<Hash> {
    LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn numbered(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

// RFC 6962, section 2.1, word for word.
fn naive_split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if m < k {
        [naive_path(m, left), vec![naive_root(right)]].concat()
    } else {
        [naive_path(m - k, right), vec![naive_root(left)]].concat()
    }
}

fn naive_subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if m <= k {
        [naive_subproof(m, left, known), vec![naive_root(right)]].concat()
    } else {
        [naive_subproof(m - k, right, false), vec![naive_root(left)]].concat()
    }
}

#[test]
fn the_roots_are_those_of_the_certificate_transparency_vectors() {
    let stored = grow(&vectors());
    assert_eq!(
        root(0, stored.as_slice()).unwrap().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (i, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(i as u64 + 1, stored.as_slice()).unwrap().to_string(), *expected);
    }
}

#[test]
fn the_proofs_are_those_of_the_certificate_transparency_vectors() {
    let stored = grow(&vectors());
    let path = prove_inclusion(5, 8, stored.as_slice()).unwrap();
    assert_eq!(
        path,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
        .map(hash)
    );
    let path = prove_consistency(6, 8, stored.as_slice()).unwrap();
    assert_eq!(
        path,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
        .map(hash)
    );
}

#[test]
fn every_stored_index_is_written_once_and_in_order() {
    let size = 300;
    let mut seen = Vec::new();
    for level in 0..9 {
        for n in 0..(size >> level) {
            seen.push(stored_hash_index(level, n).unwrap());
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..stored_hash_count(size).unwrap()).collect::<Vec<_>>());
}

#[test]
fn small_trees_prove_every_leaf_and_every_growth() {
    let leaves = numbered(70);
    let stored = grow(&leaves);
    for new in 0..=70usize {
        let new_root = root(new as u64, stored.as_slice()).unwrap();
        assert_eq!(new_root, naive_root(&leaves[..new]));
        for index in 0..new {
            let path = prove_inclusion(index as u64, new as u64, stored.as_slice()).unwrap();
            assert_eq!(path, naive_path(index, &leaves[..new]));
            verify_inclusion(index as u64, new as u64, &leaves[index], &new_root, &path).unwrap();
        }
        for old in 0..=new {
            let old_root = naive_root(&leaves[..old]);
            let path = prove_consistency(old as u64, new as u64, stored.as_slice()).unwrap();
            if old > 0 {
                assert_eq!(path, naive_subproof(old, &leaves[..new], true));
            }
            verify_consistency(old as u64, new as u64, &old_root, &new_root, &path).unwrap();
        }
    }
}

#[test]
fn a_proof_reads_at_most_two_hashes_a_level_even_at_a_million_leaves() {
    for size in [1u64, 2, 3, 1_000, 1_000_000, 1_048_575, 1_048_576, 1_048_577, MAX_SIZE] {
        let limit = 2 * u64::from(size.ilog2() + 1);
        let reads = Cell::new(0);
        let store = |_: u64| -> Result<Hash, Absent> {
            reads.set(reads.get() + 1);
            Ok(empty_root())
        };
        let taken = || reads.replace(0);
        for index in [0, size / 3, size / 2, size - 1] {
            prove_inclusion(index, size, &store).unwrap();
            assert!(taken() <= limit, "inclusion of {index} in {size}");
            prove_consistency(index, size, &store).unwrap();
            assert!(taken() <= limit, "consistency of {index} with {size}");
        }
        root(size, &store).unwrap();
        assert!(taken() <= limit);
        append(size - 1, empty_root(), &store).unwrap();
        assert!(taken() <= limit);
    }
}

#[test]
fn arguments_out_of_range_are_errors_that_name_them() {
    let empty: &[Hash] = &[];
    let field = |error: TreeError<Absent>| match error {
        TreeError::Range { field, .. } => field,
        TreeError::Store(_) => "store",
    };
    assert_eq!(field(append(MAX_SIZE, empty_root(), empty).unwrap_err()), "size");
    assert_eq!(field(append(u64::MAX, empty_root(), empty).unwrap_err()), "size");
    assert_eq!(field(root(u64::MAX, empty).unwrap_err()), "size");
    assert_eq!(field(prove_inclusion(3, 3, empty).unwrap_err()), "index");
    assert_eq!(field(prove_consistency(4, 3, empty).unwrap_err()), "old");
    assert_eq!(field(root(1, empty).unwrap_err()), "store");
    assert_eq!(stored_hash_index(0, u64::MAX), None);
    assert_eq!(stored_hash_index(64, 0), None);
    assert_eq!(stored_hash_index(53, 0), None);
    assert_eq!(stored_hash_count(u64::MAX), None);
}

#[test]
fn a_forked_or_truncated_log_has_no_consistency_proof() {
    let leaves = numbered(9);
    let mut forked = leaves.clone();
    forked[3] = leaf_hash(b"another past");
    let (stored, fork) = (grow(&leaves), grow(&forked));
    let seen = root(6, stored.as_slice()).unwrap();
    let now = root(9, fork.as_slice()).unwrap();
    let path = prove_consistency(6, 9, fork.as_slice()).unwrap();
    assert_eq!(verify_consistency(6, 9, &seen, &now, &path), Err(ProofFault::Root));
    assert_eq!(verify_consistency(9, 6, &now, &seen, &[]), Err(ProofFault::Range));
    assert_eq!(verify_consistency(0, 9, &seen, &now, &[]), Err(ProofFault::Root));
    assert_eq!(verify_consistency(0, 0, &empty_root(), &now, &[]), Err(ProofFault::Root));
}

#[test]
fn a_root_does_not_pass_for_a_leaf_of_its_own_tree() {
    let stored = grow(&numbered(2));
    let whole = root(2, stored.as_slice()).unwrap();
    assert_eq!(verify_inclusion(0, 2, &whole, &whole, &[]), Err(ProofFault::Length));
    assert_eq!(verify_consistency(1, 2, &whole, &whole, &[]), Err(ProofFault::Length));
    assert_eq!(verify_inclusion(2, 2, &whole, &whole, &[]), Err(ProofFault::Range));
    assert_eq!(verify_inclusion(0, u64::MAX, &whole, &whole, &[]), Err(ProofFault::Range));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_agree_with_the_naive_tree_and_no_altered_proof_holds(
        size in 1usize..600,
        a in any::<prop::sample::Index>(),
        b in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let leaves = numbered(size);
        let stored = grow(&leaves);
        let whole = root(size as u64, stored.as_slice()).unwrap();
        prop_assert_eq!(whole, naive_root(&leaves));

        let index = a.index(size);
        let path = prove_inclusion(index as u64, size as u64, stored.as_slice()).unwrap();
        prop_assert_eq!(&path, &naive_path(index, &leaves));
        let holds = |i: u64, n: u64, leaf: &Hash, path: &[Hash]| verify_inclusion(i, n, leaf, &whole, path);
        prop_assert_eq!(holds(index as u64, size as u64, &leaves[index], &path), Ok(()));

        let old = b.index(size) + 1;
        let old_root = naive_root(&leaves[..old]);
        let growth = prove_consistency(old as u64, size as u64, stored.as_slice()).unwrap();
        prop_assert_eq!(&growth, &naive_subproof(old, &leaves, true));
        let grows = |path: &[Hash]| verify_consistency(old as u64, size as u64, &old_root, &whole, path);
        prop_assert_eq!(grows(&growth), Ok(()));

        // Another leaf, another index, one hash altered, dropped or added: nothing of it holds.
        prop_assert!(holds(index as u64, size as u64, &leaf_hash(b"other"), &path).is_err());
        let other = b.index(size);
        if other != index {
            prop_assert!(holds(other as u64, size as u64, &leaves[index], &path).is_err());
        }
        for (path, check) in [
            (&path, &(|p: &[Hash]| holds(index as u64, size as u64, &leaves[index], p)) as &dyn Fn(&[Hash]) -> _),
            (&growth, &grows),
        ] {
            let mut longer = path.clone();
            longer.push(whole);
            prop_assert!(check(&longer).is_err());
            if !path.is_empty() {
                prop_assert!(check(&path[1..]).is_err());
                prop_assert!(check(&path[..path.len() - 1]).is_err());
                let mut altered = path.clone();
                let i = at.index(path.len());
                altered[i].0[at.index(32)] ^= 1 << bit;
                prop_assert!(check(&altered).is_err());
            }
        }
    }
}
