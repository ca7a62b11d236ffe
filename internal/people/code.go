package people

import (
	"crypto/rand"
	"strings"
)

// Lengths of the codes that people read to each other, as the reference has them.
const (
	familyCodeLen   = 12
	referralCodeLen = 8
)

// codeTries bounds how often a code is made anew after a collision. With 30^8 codes a
// second try is already a rarity.
const codeTries = 5

// codeLetters leaves out what looks or sounds like another: 0 and O, 1, I and L, U and V.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// newCode makes n random letters, each equally likely.
func newCode(n int) string {
	code := make([]byte, 0, n)
	for len(code) < n {
		var b [16]byte
		_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
		for _, x := range b {
			// 240 is the largest multiple of 30 in a byte: above it letters would be uneven.
			if x < 240 && len(code) < n {
				code = append(code, codeLetters[int(x)%len(codeLetters)])
			}
		}
	}
	return string(code)
}

// cleanCode is a family or referral code as it is stored, however it was typed.
func cleanCode(s string) string {
	if !storable(s) {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
}

// crockford is Douglas Crockford's base32 alphabet.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// typedCodeLen is the length of a card's typed twin: seven random letters and a check letter.
const typedCodeLen = 8

// NewTypedCode makes a card's typed twin: 35 random bits and a check letter.
func NewTypedCode() string {
	var b [typedCodeLen - 1]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	code := make([]byte, 0, typedCodeLen)
	for i := range b {
		b[i] &= 31
		code = append(code, crockford[b[i]])
	}
	return string(append(code, crockford[checkLetter(b[:])]))
}

// ParseTypedCode reads a typed twin: letter case, spaces and hyphens do not matter, O
// is 0, I and L are 1. ok is false when the check letter does not fit.
func ParseTypedCode(s string) (code string, ok bool) {
	s = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(cleanCode(s))
	if len(s) != typedCodeLen {
		return "", false
	}
	var v [typedCodeLen]byte
	for i := range s {
		n := strings.IndexByte(crockford, s[i])
		if n < 0 {
			return "", false
		}
		v[i] = byte(n)
	}
	return s, checkLetter(v[:typedCodeLen-1]) == v[typedCodeLen-1]
}

// checkLetter is the sum of the letters, each weighted with another power of x in
// GF(32) (x⁵ = x² + 1). It finds every single wrong letter and every swap of two.
func checkLetter(letters []byte) byte {
	var sum byte
	for _, l := range letters {
		sum = timesX(sum ^ l)
	}
	return sum
}

func timesX(a byte) byte {
	a <<= 1
	if a&32 != 0 {
		a ^= 0b100101
	}
	return a
}
