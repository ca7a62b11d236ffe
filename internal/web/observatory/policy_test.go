package observatory

import (
	"strings"
	"testing"
)

const good = "default-src 'none'; script-src 'nonce-DXEJYBRPG4L7KKRVGTBOWUNXZ5' 'strict-dynamic'; style-src 'nonce-DXEJYBRPG4L7KKRVGTBOWUNXZ5'; " +
	"img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'; report-uri /r"

func TestAGoodPolicyHasNoFindings(t *testing.T) {
	for _, p := range []string{good, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"} {
		if got := Findings(p, false); len(got) > 0 {
			t.Errorf("%s: %v", p, got)
		}
	}
	if got := Findings(strings.Replace(good, "'strict-dynamic'", "'strict-dynamic' 'wasm-unsafe-eval'", 1), true); len(got) > 0 {
		t.Errorf("a page that compiles: %v", got)
	}
}

// Each change of the good policy trips what it is named after.
func TestFindings(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"'strict-dynamic'", "'strict-dynamic' 'unsafe-inline'", "script-src allows 'unsafe-inline'"},
		{"'strict-dynamic'", "'strict-dynamic' 'unsafe-eval'", "script-src allows 'unsafe-eval'"},
		{"'strict-dynamic'", "'strict-dynamic' 'wasm-unsafe-eval'", "script-src allows 'wasm-unsafe-eval'"},
		{"'strict-dynamic'", "'strict-dynamic' https:", "script-src allows https:"},
		{"'strict-dynamic'", "'strict-dynamic' data:", "script-src allows data:"},
		{"'strict-dynamic'", "'strict-dynamic' *", "script-src allows *"},
		{"'strict-dynamic'", "'strict-dynamic' https://cdn.example", "allows a whole host"},
		{"'strict-dynamic'", "'strict-dynamic' http://cdn.example", "plain HTTP"},
		{"'strict-dynamic'", "'strict-dynamic' 203.0.113.7", "names an address"},
		{"'strict-dynamic'", "", "lacks 'strict-dynamic'"},
		{"'nonce-DXEJYBRPG4L7KKRVGTBOWUNXZ5' 'strict-dynamic'", "'self'", "no nonce"},
		{"nonce-DXEJYBRPG4L7KKRVGTBOWUNXZ5' 'strict", "nonce-short' 'strict", "less than 128 bits"},
		{"style-src 'nonce-DXEJYBRPG4L7KKRVGTBOWUNXZ5'", "style-src 'unsafe-inline'", "style-src allows"},
		{"img-src 'self'", "img-src https:", "img-src allows https:"},
		{"object-src 'none'", "object-src 'self'", "object-src is not"},
		{"base-uri 'none';", "", "base-uri is missing"},
		{"form-action 'self';", "", "form-action is missing"},
		{"frame-ancestors 'none';", "", "frame-ancestors is missing"},
		{"default-src 'none';", "", "font-src is missing"},
		{"require-trusted-types-for 'script';", "", "require-trusted-types-for"},
		{"; report-uri /r", "", "nobody hears"},
		{"img-src 'self'", "img-src self", "lacks its quotes"},
		{"img-src 'self'", "img-src 'sefl'", "unknown keyword"},
		{"connect-src 'self';", "connect-src 'self'", "semicolon is missing"},
		{"img-src", "image-src", "unknown directive"},
		{"img-src", "script-src", "stands there twice"},
	} {
		changed := strings.Replace(good, c.old, c.new, 1)
		if changed == good {
			t.Fatalf("%q is not in the policy", c.old)
		}
		if got := strings.Join(Findings(changed, false), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%q for %q: want %q among %q", c.new, c.old, c.want, got)
		}
	}
}
