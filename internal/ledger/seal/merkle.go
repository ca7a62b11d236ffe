package seal

import (
	"crypto/sha256"
	"math/bits"
)

// The tree is that of RFC 6962 and RFC 9162, section 2.1: its left half is the largest
// full tree that leaves something for the right one.

// Root is the root of the tree over leaves, in their order.
func Root(leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := half(len(leaves))
	return node(Root(leaves[:k]), Root(leaves[k:]))
}

// Path is what leads from leaf i to the root: the hashes beside it on the way, nearest first.
func Path(leaves []Hash, i int) []Hash {
	if len(leaves) <= 1 {
		return nil
	}
	k := half(len(leaves))
	if i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	}
	return append(Path(leaves[k:], i-k), Root(leaves[:k]))
}

// Climb is the root that a leaf and its path lead to; ok is false when a tree of n leaves
// has no such path from leaf i.
func Climb(leaf Hash, i, n int64, path []Hash) (root Hash, ok bool) {
	if i < 0 || i >= n {
		return Hash{}, false
	}
	root, last := leaf, n-1
	for _, beside := range path {
		if last == 0 {
			return Hash{}, false
		}
		if i&1 == 1 || i == last {
			root = node(beside, root)
			for i&1 == 0 && i != 0 { // nothing stands to the right of it on these levels
				i, last = i>>1, last>>1
			}
		} else {
			root = node(root, beside)
		}
		i, last = i>>1, last>>1
	}
	return root, last == 0
}

// half is the largest power of two below n, for n > 1.
func half(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) } //nolint:gosec // n > 1

func node(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = nodePrefix
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}
