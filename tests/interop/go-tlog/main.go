// Command go-tlog checks what Sluicegate's ledger wrote with other people's code: golang.org/x/mod/sumdb/note and tlog,
// and transparency-dev/formats for the C2SP texts. Its one argument is a JSON file (type ledger); it exits 1 on the first
// thing it would not have written or accepted itself.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type ledger struct {
	Vkey       string   `json:"vkey"`
	Checkpoint string   `json:"checkpoint"`
	Leaves     []string `json:"leaves"`  // the data of each leaf, in hex
	Stored     []string `json:"stored"`  // all stored hashes, in hex, in the order of tlog.StoredHashIndex
	Proofs     []string `json:"proofs"`  // a tlog-proof for each leaf
	Growths    []growth `json:"growths"` // consistency proofs up to the checkpoint
}

type growth struct {
	Checkpoint string   `json:"checkpoint"` // the older one
	Hashes     []string `json:"hashes"`     // in hex
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: go-tlog FILE"))
	}
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	var l ledger
	fail(json.Unmarshal(text, &l))
	fail(check(l))
	fmt.Printf("go-tlog: %d leaves, %d proofs and %d growths hold\n", len(l.Leaves), len(l.Proofs), len(l.Growths))
}

func check(l ledger) error {
	verifier, err := note.NewVerifier(l.Vkey)
	if err != nil {
		return fmt.Errorf("vkey: %w", err)
	}
	size, root, err := open(l.Checkpoint, verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if len(l.Leaves) != int(size) || len(l.Proofs) != int(size) || len(l.Growths) == 0 {
		return fmt.Errorf("%d leaves, %d proofs, %d growths: want %d, %d, some",
			len(l.Leaves), len(l.Proofs), len(l.Growths), size, size)
	}

	stored, err := hashes(l.Stored)
	if err != nil {
		return fmt.Errorf("stored: %w", err)
	}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		read := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("stored: there is no hash %d", index)
			}
			read[i] = stored[index]
		}
		return read, nil
	})

	leaves, written := [][]byte{}, []tlog.Hash{}
	for i, leaf := range l.Leaves {
		data, err := hex.DecodeString(leaf)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		new, err := tlog.StoredHashes(int64(i), data, reader)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		leaves, written = append(leaves, data), append(written, new...)
	}
	if !slices.Equal(stored, written) {
		return fmt.Errorf("stored: not what tlog would have stored")
	}

	for i, leaf := range leaves {
		if err := inclusion(l.Proofs[i], i, leaf, verifier, size, root, reader); err != nil {
			return fmt.Errorf("proof %d: %w", i, err)
		}
	}
	for i, g := range l.Growths {
		if err := consistency(g, verifier, size, root, reader); err != nil {
			return fmt.Errorf("growth %d: %w", i, err)
		}
	}
	return nil
}

// open opens a checkpoint twice: as a note, and as the C2SP reader does.
func open(text string, verifier note.Verifier) (int64, tlog.Hash, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	checkpoint, rest, again, err := log.ParseCheckpoint([]byte(text), verifier.Name(), verifier)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	if again.Text != opened.Text || len(rest) != 0 || len(checkpoint.Hash) != tlog.HashSize {
		return 0, tlog.Hash{}, fmt.Errorf("the two readers disagree")
	}
	return int64(checkpoint.Size), tlog.Hash(checkpoint.Hash), nil
}

func inclusion(text string, index int, leaf []byte, verifier note.Verifier, size int64, root tlog.Hash, reader tlog.HashReader) error {
	var p proof.TLogProof
	if err := p.Unmarshal([]byte(text)); err != nil {
		return err
	}
	if string(p.Marshal()) != text || p.Index != uint64(index) {
		return fmt.Errorf("is written otherwise than the C2SP writer would")
	}
	if s, r, err := open(string(p.Checkpoint), verifier); err != nil || s != size || r != root {
		return fmt.Errorf("its checkpoint: %d, %v, %w", s, r, err)
	}
	path := tlog.RecordProof{}
	for _, hash := range p.Hashes {
		path = append(path, tlog.Hash(hash))
	}
	if err := tlog.CheckRecord(path, size, root, int64(index), tlog.RecordHash(leaf)); err != nil {
		return err
	}
	want, err := tlog.ProveRecord(size, int64(index), reader)
	if err == nil && !slices.Equal(path, want) {
		err = fmt.Errorf("is not the proof tlog would have made")
	}
	return err
}

func consistency(g growth, verifier note.Verifier, size int64, root tlog.Hash, reader tlog.HashReader) error {
	old, oldRoot, err := open(g.Checkpoint, verifier)
	if err != nil {
		return err
	}
	path, err := hashes(g.Hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(path, size, root, old, oldRoot); err != nil {
		return err
	}
	want, err := tlog.ProveTree(size, old, reader)
	if err == nil && !slices.Equal(path, want) {
		err = fmt.Errorf("is not the proof tlog would have made")
	}
	return err
}

func hashes(texts []string) ([]tlog.Hash, error) {
	read := []tlog.Hash{}
	for _, text := range texts {
		bytes, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if len(bytes) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(bytes))
		}
		read = append(read, tlog.Hash(bytes))
	}
	return read, nil
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-tlog:", err)
		os.Exit(1)
	}
}
