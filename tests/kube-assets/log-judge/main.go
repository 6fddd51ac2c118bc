// Log-judge checks audit logs with the code that the Go checksum database uses, and makes proofs for leastway to check.
//
// Each line of the input is a JSON object, and each line of the output is its result. `{"folder": "...", "key": "..."}`
// is a log in the format of tlog-tiles: its checkpoint is opened with the key, and the hash of each entry is read through
// the tiles, which are authenticated against the checkpoint. With `old`, a size, the result has the proof that the log
// goes on from there, and with `index` the proof of that entry. `{"record": ...}` and `{"tree": ...}` are proofs to check.
// `{"sign": "..."}` is a text that is signed with a key of the judge's own. Nothing is sent to the network.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type recordProof struct {
	Size  int64       `json:"size"`
	Root  tlog.Hash   `json:"root"`
	Index int64       `json:"index"`
	Entry []byte      `json:"entry"`
	Proof []tlog.Hash `json:"proof"`
}

type treeProof struct {
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	OldSize int64       `json:"old_size"`
	OldRoot tlog.Hash   `json:"old_root"`
	Proof   []tlog.Hash `json:"proof"`
}

type question struct {
	Folder string       `json:"folder"`
	Key    string       `json:"key"`
	Index  int64        `json:"index"`
	Old    int64        `json:"old"`
	Record *recordProof `json:"record"`
	Tree   *treeProof   `json:"tree"`
	Sign   string       `json:"sign"`
}

type answer struct {
	Problem     string      `json:"problem"`
	Origin      string      `json:"origin,omitempty"`
	Size        int64       `json:"size,omitempty"`
	Root        *tlog.Hash  `json:"root,omitempty"`
	RecordProof []tlog.Hash `json:"record_proof,omitempty"`
	TreeProof   []tlog.Hash `json:"tree_proof,omitempty"`
	Note        string      `json:"note,omitempty"`
	Key         string      `json:"key,omitempty"`
}

// tiles reads the tiles of a folder. Go's paths have the height of the tiles, which tlog-tiles leaves out.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.folder, pathOf(tile)))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func pathOf(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func judgeFolder(asked question) answer {
	verifier, err := note.NewVerifier(asked.Key)
	if err != nil {
		return answer{Problem: err.Error()}
	}
	text, err := os.ReadFile(filepath.Join(asked.Folder, "checkpoint"))
	if err != nil {
		return answer{Problem: err.Error()}
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return answer{Problem: err.Error()}
	}
	// Go's tree notes begin with a fixed line; ours begin with the origin.
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		return answer{Problem: err.Error()}
	}
	reader := tlog.TileHashReader(tree, tiles{asked.Folder})
	if err := judgeEntries(asked.Folder, tree, reader); err != nil {
		return answer{Problem: err.Error()}
	}
	found := answer{Origin: origin, Size: tree.N, Root: &tree.Hash}
	if asked.Old > 0 {
		if found.TreeProof, err = tlog.ProveTree(tree.N, asked.Old, reader); err != nil {
			return answer{Problem: err.Error()}
		}
	}
	if found.RecordProof, err = tlog.ProveRecord(tree.N, asked.Index, reader); err != nil {
		return answer{Problem: err.Error()}
	}
	return found
}

func judgeEntries(folder string, tree tlog.Tree, reader tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += 1 << height {
		width := min(tree.N-start, 1<<height)
		path := pathOf(tlog.Tile{H: height, L: -1, N: start >> height, W: int(width)})
		data, err := os.ReadFile(filepath.Join(folder, strings.Replace(path, "tile/data/", "tile/entries/", 1)))
		if err != nil {
			return err
		}
		var indexes []int64
		var entries [][]byte
		for index := start; index < start+width; index++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("entry %d is not whole", index)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:end])
			indexes = append(indexes, tlog.StoredHashIndex(0, index))
			data = data[end:]
		}
		if len(data) > 0 {
			return fmt.Errorf("%d bytes follow entry %d", len(data), start+width-1)
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for at, hash := range hashes {
			if hash != tlog.RecordHash(entries[at]) {
				return fmt.Errorf("entry %d has another hash than its tile", start+int64(at))
			}
		}
	}
	return nil
}

func sign(text string) answer {
	seed := sha256.Sum256([]byte("a key for tests"))
	private, public, err := note.GenerateKey(bytes.NewReader(seed[:]), "judge.example/log")
	if err != nil {
		return answer{Problem: err.Error()}
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return answer{Problem: err.Error()}
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return answer{Problem: err.Error()}
	}
	return answer{Note: string(signed), Key: public}
}

func judge(asked question) answer {
	var err error
	switch {
	case asked.Record != nil:
		p := asked.Record
		err = tlog.CheckRecord(p.Proof, p.Size, p.Root, p.Index, tlog.RecordHash(p.Entry))
	case asked.Tree != nil:
		p := asked.Tree
		err = tlog.CheckTree(p.Proof, p.Size, p.Root, p.OldSize, p.OldRoot)
	case asked.Sign != "":
		return sign(asked.Sign)
	default:
		return judgeFolder(asked)
	}
	if err != nil {
		return answer{Problem: err.Error()}
	}
	return answer{}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 4*1024*1024)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var asked question
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(judge(asked)); err != nil {
			log.Fatal(err)
		}
	}
}
