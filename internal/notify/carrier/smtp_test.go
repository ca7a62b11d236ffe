package carrier

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/config"
)

// postOffice is a mail server that speaks SMTP with STARTTLS or implicit TLS, and AUTH.
type postOffice struct {
	t        *testing.T
	port     int
	roots    *x509.CertPool
	config   *tls.Config
	implicit bool
	says     map[string]string // verb → answer instead of the usual one; "" breaks the line
	auth     string            // what EHLO offers after STARTTLS
	plain    bool              // no STARTTLS

	mu      sync.Mutex
	heard   []string // commands, with the password if it was sent
	secured []bool   // whether each was heard over TLS
	mail    string
}

func newPostOffice(t *testing.T, change func(*postOffice)) *postOffice {
	t.Helper()
	p := &postOffice{t: t, says: map[string]string{}, auth: "PLAIN LOGIN"}
	p.config, p.roots = certificate(t)
	change(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return p
}

// certificate makes a throw-away one for 127.0.0.1.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func (p *postOffice) hear(line string, secure bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard, p.secured = append(p.heard, line), append(p.secured, secure)
}

// dialogue is what was heard so far, whether over TLS, and the mail.
func (p *postOffice) dialogue() (heard []string, secured []bool, mail string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard), slices.Clone(p.secured), p.mail
}

func (p *postOffice) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	secure := p.implicit
	if p.implicit {
		conn = tls.Server(conn, p.config)
	}
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	if greeting, ok := p.says["connect"]; ok {
		if greeting != "" {
			say(greeting)
		}
		if greeting == "" || greeting[0] != '2' {
			return
		}
	} else {
		say("220 post.example ESMTP")
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		p.hear(line, secure)
		verb, rest, _ := strings.Cut(strings.ToUpper(line), " ")
		if answer, ok := p.says[verb]; ok {
			if answer == "" {
				return
			}
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			offers := []string{"250-post.example", "250-8BITMIME"}
			if !secure && !p.plain {
				offers = append(offers, "250-STARTTLS")
			}
			if secure {
				offers = append(offers, "250-AUTH "+p.auth)
			}
			say(strings.Join(append(offers, "250 ENHANCEDSTATUSCODES"), "\r\n"))
		case "STARTTLS":
			say("220 go ahead")
			conn, secure = tls.Server(conn, p.config), true
			in = bufio.NewReader(conn)
		case "AUTH":
			say(p.login(in, rest, line, say))
		case "MAIL", "RCPT", "RSET", "NOOP":
			say("250 2.1.0 ok")
		case "DATA":
			say("354 go ahead")
			if !p.take(in) {
				return
			}
			answer, ok := p.says["."]
			if ok && answer == "" {
				return
			}
			if !ok {
				answer = "250 2.0.0 Ok: queued as 4XyZ12345678 for maria@example.com"
			}
			say(answer)
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what")
		}
	}
}

// login takes PLAIN and LOGIN, and one user.
func (p *postOffice) login(in *bufio.Reader, way, line string, say func(string)) string {
	right := false
	switch {
	case strings.HasPrefix(way, "PLAIN"):
		_, encoded, _ := strings.Cut(line[len("AUTH "):], " ")
		raw, _ := base64.StdEncoding.DecodeString(encoded)
		right = string(raw) == "\x00cenro@sanpedro.example\x00app-n33dle"
	case strings.HasPrefix(way, "LOGIN"):
		var said []string
		for _, ask := range []string{"Username:", "Password:"} {
			say("334 " + base64.StdEncoding.EncodeToString([]byte(ask)))
			reply, _ := in.ReadString('\n')
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(reply))
			said = append(said, string(raw))
		}
		right = strings.Join(said, " ") == "cenro@sanpedro.example app-n33dle"
	}
	if !right {
		return "535 5.7.8 Username and Password not accepted for cenro@sanpedro.example"
	}
	return "235 2.7.0 welcome"
}

// take reads a mail until its dot.
func (p *postOffice) take(in *bufio.Reader) bool {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			p.mu.Lock()
			p.mail = b.String()
			p.mu.Unlock()
			return true
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// client is a carrier that knows the office's certificate.
func (p *postOffice) client(change func(*config.Email)) *mailServer {
	c := config.Email{Host: "127.0.0.1", Port: p.port, TLS: !p.implicit, SSL: p.implicit, User: "cenro@sanpedro.example", Password: "app-n33dle", Timeout: 5 * time.Second}
	if change != nil {
		change(&c)
	}
	s := newMailServer(c, sender)
	s.roots = p.roots
	return s
}

func TestSMTPDelivers(t *testing.T) {
	for name, change := range map[string]func(*postOffice){
		"STARTTLS, PLAIN":     func(*postOffice) {},
		"STARTTLS, LOGIN":     func(p *postOffice) { p.auth = "LOGIN XOAUTH2" },
		"TLS from the start":  func(p *postOffice) { p.implicit = true },
		"no answer to QUIT":   func(p *postOffice) { p.says["QUIT"] = "" },
		"an answer in a list": func(p *postOffice) { p.says["."] = "250-2.0.0 Ok:\r\n250 queued as 4XyZ12345678" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPostOffice(t, change)
			receipt, err := p.client(nil).Send(t.Context(), letter)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(receipt.ID, "queued as 4XyZ12345678") || strings.Contains(receipt.ID, address) {
				t.Errorf("receipt %q", receipt.ID)
			}
			heard, secured, mail := p.dialogue()
			checkMail(t, mail)
			told := strings.Join(heard, "\n")
			for _, want := range []string{"EHLO sanpedro.example", "MAIL FROM:<cenro@sanpedro.example>", "RCPT TO:<" + address + ">"} {
				if !strings.Contains(told, want) {
					t.Errorf("it never said %s:\n%s", want, told)
				}
			}
			for i, line := range heard {
				if !secured[i] && !strings.HasPrefix(line, "EHLO") && line != "STARTTLS" {
					t.Errorf("said before TLS: %s", line)
				}
			}
		})
	}
}

func TestSMTPRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*postOffice)
		client  func(*config.Email)
		outcome Outcome
		words   string
	}{
		"busy":                      {func(p *postOffice) { p.says["connect"] = "421 4.3.2 too busy" }, nil, Temporary, "421 4.3.2 too busy"},
		"hangs up":                  {func(p *postOffice) { p.says["connect"] = "" }, nil, Temporary, "broke off"},
		"no STARTTLS":               {func(p *postOffice) { p.plain = true }, nil, Temporary, "offers no STARTTLS"},
		"STARTTLS refused":          {func(p *postOffice) { p.says["STARTTLS"] = "454 4.7.0 not now" }, nil, Temporary, "454"},
		"somebody else's name":      {func(*postOffice) {}, func(c *config.Email) { c.Host = "localhost" }, Temporary, "certificate is not right"},
		"a wrong password":          {func(*postOffice) {}, func(c *config.Email) { c.Password = "old-n33dle" }, Temporary, "does not accept our user and password: 535 5.7.8 Username and Password not accepted for …"},
		"no way to sign in":         {func(p *postOffice) { p.auth = "XOAUTH2" }, nil, Temporary, "no way to sign in"},
		"our sender":                {func(p *postOffice) { p.says["MAIL"] = "550 5.7.1 not your address" }, nil, Temporary, "does not accept our sender: 550"},
		"nobody there":              {func(p *postOffice) { p.says["RCPT"] = "550 5.1.1 <maria@example.com> User unknown" }, nil, Permanent, "550 5.1.1 <…> User unknown"},
		"grey list":                 {func(p *postOffice) { p.says["RCPT"] = "451 4.7.1 try later" }, nil, Temporary, "451"},
		"no data":                   {func(p *postOffice) { p.says["DATA"] = "452 4.3.1 disk full" }, nil, Temporary, "452"},
		"refused after the data":    {func(p *postOffice) { p.says["."] = "554 5.7.1 spam" }, nil, Permanent, "554"},
		"put off after the data":    {func(p *postOffice) { p.says["."] = "451 4.3.0 later" }, nil, Temporary, "451"},
		"hangs up after the data":   {func(p *postOffice) { p.says["."] = "" }, nil, Unclear, "broke off"},
		"hangs up before the data":  {func(p *postOffice) { p.says["MAIL"] = "" }, nil, Temporary, "broke off"},
		"garbage":                   {func(p *postOffice) { p.says["connect"] = "HTTP/1.1 400 Bad Request" }, nil, Temporary, ""},
		"ten megabytes on one line": {func(p *postOffice) { p.says["connect"] = "220 " + strings.Repeat("x", 10<<20) }, nil, Temporary, "says too much"},
		"ten megabytes of lines": {func(p *postOffice) {
			p.says["EHLO"] = strings.Repeat("250-x\r\n", 1<<20) + "250 done"
		}, nil, Temporary, "says too much"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPostOffice(t, c.change)
			_, err := p.client(c.client).Send(t.Context(), letter)
			wantFailure(t, err, c.outcome, c.words)
			heard, secured, mail := p.dialogue()
			if mail != "" && !strings.Contains(name, "after the data") {
				t.Error("a mail was handed over")
			}
			for i, line := range heard {
				if strings.HasPrefix(line, "AUTH") && !secured[i] {
					t.Errorf("the password was sent readable: %s", line)
				}
			}
		})
	}
}

func TestSMTPGivesUpInTime(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // the kernel takes the line; nobody answers
	s := newMailServer(config.Email{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: true, Timeout: 200 * time.Millisecond}, sender)
	begun := time.Now()
	_, err = s.Send(t.Context(), letter)
	wantFailure(t, err, Temporary, "in time")
	s.timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = s.Send(ctx, letter)
	wantFailure(t, err, Temporary, "in time")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A server on this machine is spoken to without TLS, and is told no password.
func TestSMTPOnThisMachine(t *testing.T) {
	p := newPostOffice(t, func(p *postOffice) { p.plain = true })
	if _, err := p.client(func(c *config.Email) { c.TLS = false }).Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if heard, _, mail := p.dialogue(); strings.Contains(strings.Join(heard, "\n"), "AUTH") || mail == "" {
		t.Errorf("it said:\n%s", strings.Join(heard, "\n"))
	}
}
