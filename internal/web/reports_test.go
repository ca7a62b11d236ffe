package web

import (
	"fmt"
	"strings"
	"testing"
)

func TestReportsReachTheLogWithoutWhatIsPrivate(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"report-uri": {`{"csp-report":{"document-uri":"https://ekolek.example/row/secret?token=hunter2","violated-directive":"script-src-elem 'self'","blocked-uri":"https://evil.example/x?hunter2"}}`,
			[]string{`"page":"GET /row/{id}"`, `"directive":"script-src-elem"`, `"blocked":"https://evil.example"`}},
		"report-to": {`[{"type":"csp-violation","body":{"documentURL":"https://ekolek.example/home/","effectiveDirective":"style-src","blockedURL":"inline"}},{"type":"deprecation","body":{}}]`,
			[]string{`"page":"GET /home/{$}"`, `"directive":"style-src"`, `"blocked":"inline"`}},
		"nothing of ours": {`{"csp-report":{"document-uri":"https://ekolek.example/hunter2","violated-directive":"hunter2\nx","blocked-uri":"data:hunter2"}}`,
			[]string{`"page":""`, `"directive":"hunter"`, `"blocked":"data"`}},
	} {
		w := newWorld(t, production)
		res := w.ask(t, "POST", https+"/csp-report", c.body, viaProxy...)
		log := w.log.String()
		if res.StatusCode != 204 || strings.Contains(log, "hunter2") {
			t.Errorf("%s: %d, %s", name, res.StatusCode, log)
		}
		for _, want := range append(c.want, `"security":true`, `"event":"browser.policy"`) {
			if !strings.Contains(log, want) {
				t.Errorf("%s: no %s in %s", name, want, log)
			}
		}
	}
}

func TestReportsAreBounded(t *testing.T) {
	w := newWorld(t, production)
	one := `{"type":"csp-violation","body":{"documentURL":"/","effectiveDirective":"img-src","blockedURL":"inline"}}`
	w.ask(t, "POST", https+"/csp-report", "["+one+strings.Repeat(","+one, 99)+"]", viaProxy...)
	if n := strings.Count(w.log.String(), `"event":"browser.policy"`); n != reportsEach {
		t.Errorf("%d of a hundred are in the log", n)
	}
	for body, status := range map[string]int{"": 204, "{": 204, "[[[": 204, "null": 204, strings.Repeat("x", reportBody+1): 413} {
		if res := w.ask(t, "POST", https+"/csp-report", body, viaProxy...); res.StatusCode != status {
			t.Errorf("%.10q…: %d, want %d", body, res.StatusCode, status)
		}
	}
	if res := w.ask(t, "POST", https+"/csp-report", "{}", append(viaProxy, "Origin: https://evil.example", fmt.Sprintf("Cookie: %s=resident", ResidentCookie))...); res.StatusCode != 204 {
		t.Errorf("a browser's report: %d", res.StatusCode)
	}
}
