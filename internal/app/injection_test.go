package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// corpus is what attackers send: text against statements, pages, paths, headers, shells,
// templates and parsers, some of it in more than one spelling.
func corpus() []string {
	plain := []string{
		"' OR '1'='1", "1' UNION SELECT secret_hash FROM auth_session--", "'; DROP TABLE people_resident; --", "1) or pg_sleep(5)--", "1;select pg_sleep(5)", "' AND randomblob(1000000000)--", "admin'--", "%' OR 1=1 ESCAPE '", "\\", "'", "\"", "`", "$1", "?", ":a", "@x",
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "\" autofocus onfocus=alert(1) x=\"", "<svg/onload=alert(1)>", "{{7*7}}", "${jndi:ldap://x}", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
		"../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd\x00.png", "C:\\", "CON", "~", "//evil.example/", "/\\evil.example",
		"x\r\nSet-Cookie: a=b", "x\nBcc: a@b.example", "\x00", "\x1b[31m", "\u202e\u2066", "\ufeff", "\u2028", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "🙂", "ﬃ", "İ", strings.Repeat("́", 300),
		"-1", "0", "99999999999999999999", "-9223372036854775808", "1e309", "NaN", "Infinity", "0x10", "1_000", "1,000.00", "٣", "0.1.2", "+", "-", "",
		"2026-02-30", "0000-00-00", "9999-12-31", "-0001-01-01", "2026-11-27T00:00:00Z", "now()",
		"null", "true", "[]", "{}", "undefined", "[object Object]", "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "a=b&c=d", "a;b", "a,b", strings.Repeat("A", 5000), strings.Repeat("9", 400), strings.Repeat("(", 500), "a.b.c", "eyJhbGciOiJub25lIn0.e30.",
		uuid.Nil.String(), "00000000000000000000000000000000", "urn:uuid:00000000-0000-0000-0000-000000000000",
	}
	all := plain
	for _, p := range plain[:40] {
		all = append(all, url.QueryEscape(p), strings.ToUpper(p), " "+p+" ", p+"/**/"+p)
	}
	return all
}

// fields are names that handlers read; each gets one of the corpus.
var fields = []string{"q", "username", "password", "code", "otp", "name", "family_name", "first_name", "last_name", "middle_name", "phone", "phone_number", "email", "address", "birth_date", "date_of_birth", "barangay", "barangay_id",
	"family", "family_code", "card", "qr_code", "user_id", "id", "item", "reward_id", "quantity", "weight", "weight_kg", "gross", "tare", "line_type", "line_gross", "line_tare", "waste_type_id", "note", "reason", "request_key", "key", "by", "next", "back",
	"after", "before", "from", "to", "limit", "page", "offset", "status", "state", "role", "token", "refresh", "refresh_token", "device_id", "credential_id", "challenge", "signature", "public_key", "title", "content", "version", "price", "stock", "points", "rate", "do", "with", "lang", "notification_id"}

// Whatever is sent to whatever route, as whoever may ask, is answered, and never with an
// error of ours: hundreds of payloads in the path, the query, a form and JSON.
func TestNoPayloadBreaksARoute(t *testing.T) {
	o := newOffice(t)
	admin := o.hire(t, "admin", auth.SuperAdmin)
	r := o.settle(t, o.barangays[0].ID)
	resident := o.signIn(t, "resident", r)
	left := o.serve(t, r)
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item, "waste-types": o.pet, "barangays": o.barangays[0].ID}
	server := o.app.Web()
	handler, texts := server.Handler(), corpus()
	if len(texts) < 200 {
		t.Fatalf("only %d payloads", len(texts))
	}
	sent, at := 0, 0
	next := func() string { at++; return texts[at%len(texts)] }
	ask := func(route web.Mounted, v visitor, method, path, kind string, body []byte) {
		sent++
		req := v.ask(t, route.Surface, method, "/", "")
		req.Header.Del("Accept")
		req.URL.Path, req.URL.RawQuery, _ = strings.Cut(path, "?")
		req.RequestURI, req.RemoteAddr = path, fmt.Sprintf("198.18.%d.%d:1", sent/250%250, sent%250)
		if body != nil {
			req.Body, req.ContentLength = readCloser{bytes.NewReader(body)}, int64(len(body))
			req.Header.Set("Content-Type", kind)
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code >= 500 {
			t.Errorf("%s as %q: %d for %.300q %.600q", route.Pattern, v.name, rec.Code, path, body)
		}
	}
	for _, route := range server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if strings.Contains(pattern, "logout") || strings.Contains(pattern, "/dev/") || pattern == "/readyz" {
			continue // the visitors stay; a program that was not started is not ready
		}
		v := resident
		if route.Surface.SignIns == auth.StaffSurface || strings.HasPrefix(pattern, "/mobile/") {
			v = admin
		}
		_, good := address(pattern, ids, ids["rewards"])
		rounds := len(texts)/len(fields) + 1
		for range rounds {
			values, object := url.Values{}, map[string]any{}
			for n, f := range fields {
				text := next()
				values.Set(f, text)
				object[f] = text
				if n%7 == 0 {
					object[f] = []any{text, map[string]any{text: nil}, 1e300, json.Number("-0")}[n/7%4]
				}
			}
			data, err := json.Marshal(object)
			must(t, err)
			if method == http.MethodGet || method == http.MethodDelete {
				ask(route, v, method, good+"?"+values.Encode(), "", nil)
				continue
			}
			ask(route, v, method, good, "application/x-www-form-urlencoded", []byte(values.Encode()))
			ask(route, v, method, good, "application/json", data)
		}
		if wildcard.MatchString(pattern) {
			for range 12 {
				ask(route, v, method, wildcard.ReplaceAllStringFunc(pattern, func(string) string { return strings.ReplaceAll(next(), "?", "") }), "", nil)
			}
		}
		if method != http.MethodGet {
			for kind, body := range map[string]string{"application/json": "{", "text/xml": "<a/>", "multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", "multipart/form-data": "x", "": "x", "application/x-www-form-urlencoded": "a=%zz&b;c"} {
				ask(route, v, method, good, kind, []byte(body))
			}
		}
	}
	if sent < 1500 {
		t.Errorf("only %d requests were sent", sent)
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
