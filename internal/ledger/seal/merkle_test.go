package seal_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"ekolek/internal/ledger/seal"
)

func leavesOf(n int) []seal.Hash {
	leaves := make([]seal.Hash, n)
	for i := range leaves {
		leaves[i] = sha256.Sum256(fmt.Append([]byte{0}, i))
	}
	return leaves
}

// The roots of the trees that the tests of Certificate Transparency are made of: leaves
// "", 00, 10, 2021, 3031, 40414243, 50…57, 60…6f.
func TestRootIsThatOfTheRFC(t *testing.T) {
	var leaves []seal.Hash
	for _, text := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		data, err := hex.DecodeString("00" + text)
		must(t, err)
		leaves = append(leaves, sha256.Sum256(data))
	}
	for n, want := range map[int]string{
		0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		if got := seal.Root(leaves[:n]); got.String() != want {
			t.Errorf("root of %d leaves is %s, want %s", n, got, want)
		}
	}
}

// Every leaf of every small tree leads to its root by its path, and by no other.
func TestPathLeadsToTheRoot(t *testing.T) {
	for n := 1; n <= 70; n++ {
		leaves := leavesOf(n)
		root := seal.Root(leaves)
		for i := range n {
			path := seal.Path(leaves, i)
			climb := func(leaf seal.Hash, i, n int, path []seal.Hash) bool {
				got, ok := seal.Climb(leaf, int64(i), int64(n), path)
				return ok && got == root
			}
			if !climb(leaves[i], i, n, path) {
				t.Fatalf("leaf %d of %d does not lead to the root", i, n)
			}
			wrong := leaves[i]
			wrong[0] ^= 1
			if climb(wrong, i, n, path) {
				t.Errorf("another leaf %d of %d leads to the root", i, n)
			}
			for j := range path {
				bent := append([]seal.Hash(nil), path...)
				bent[j][31] ^= 1
				if climb(leaves[i], i, n, bent) {
					t.Errorf("leaf %d of %d: another path leads to the root", i, n)
				}
			}
			if climb(leaves[i], i, n, append(path[:len(path):len(path)], root)) || len(path) > 0 && climb(leaves[i], i, n, path[1:]) {
				t.Errorf("leaf %d of %d: a path of another length leads to the root", i, n)
			}
			for j := range n {
				if j != i && climb(leaves[i], j, n, path) {
					t.Errorf("leaf %d of %d also stands at %d", i, n, j)
				}
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
