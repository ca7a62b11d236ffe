package people

import (
	"strings"
	"testing"
)

func TestCodesHaveNoLookAlikes(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		code := newCode(familyCodeLen)
		if len(code) != familyCodeLen || strings.ContainsAny(code, "01OILU") || cleanCode(code) != code {
			t.Fatalf("code %q", code)
		}
		if seen[code] {
			t.Fatalf("code %q came twice", code)
		}
		seen[code] = true
	}
}

func TestCodeLettersAreEven(t *testing.T) {
	count := map[rune]int{}
	const n = 3000
	for range n {
		for _, r := range newCode(10) {
			count[r]++
		}
	}
	for _, r := range codeLetters { // 1000 expected, standard deviation 31
		if count[r] < 800 || count[r] > 1200 {
			t.Errorf("%c came %d times of %d; want about 1000", r, count[r], n*10)
		}
	}
}

func TestTypedCodeIsReadHoweverItIsTyped(t *testing.T) {
	for range 200 {
		code := NewTypedCode()
		spellings := []string{
			code, strings.ToLower(code), code[:4] + "-" + code[4:], " " + code[:2] + " " + code[2:],
			strings.NewReplacer("0", "O", "1", "L").Replace(code), strings.NewReplacer("0", "o", "1", "i").Replace(code),
		}
		for _, s := range spellings {
			if got, ok := ParseTypedCode(s); !ok || got != code {
				t.Fatalf("parse %q = %q, %v; want %q", s, got, ok, code)
			}
		}
	}
}

// Every single wrong letter, and every swap of two different ones, is found.
func TestTypedCodeFindsSlips(t *testing.T) {
	for range 50 {
		code := NewTypedCode()
		for i := range typedCodeLen {
			for j := range crockford {
				wrong := code[:i] + crockford[j:j+1] + code[i+1:]
				if _, ok := ParseTypedCode(wrong); ok != (wrong == code) {
					t.Fatalf("%s typed as %s: ok %v", code, wrong, ok)
				}
			}
			for j := range i {
				b := []byte(code)
				b[i], b[j] = b[j], b[i]
				if _, ok := ParseTypedCode(string(b)); ok != (string(b) == code) {
					t.Fatalf("%s typed as %s: ok %v", code, b, ok)
				}
			}
		}
	}
}

func TestTypedCodeRefusesOtherTexts(t *testing.T) {
	for _, s := range []string{"", "1234567", "123456789", "ABCDEFG?", "UUUUUUUU", "ÑÑÑÑ", "0000000\x00"} {
		if code, ok := ParseTypedCode(s); ok {
			t.Errorf("parse %q = %q", s, code)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Peña":                  "pena",
		"  Santo\tNiño ":        "santo nino",
		"JOSÉ  de la CRUZ":      "jose de la cruz",
		"Nin\u0303o":            "nino", // the same ñ in two characters
		"Ｆｕｌｌ":                  "full", // full width
		"G.S.I.S.":              "g.s.i.s.",
		"":                      "",
		"Ma. Lourdes O’Brien-S": "ma. lourdes o’brien-s",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
