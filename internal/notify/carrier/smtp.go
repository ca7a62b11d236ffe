package carrier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"ekolek/internal/config"
)

// mailServer is a server that speaks SMTP. Its library knows the protocol; the line is
// ours, so that the end of ctx cuts it, and so that we know at which step it failed.
type mailServer struct {
	host     string
	port     int
	starttls bool // refuse a server without it
	tls      bool // from the first byte
	user     string
	password string
	from     mail.Address
	timeout  time.Duration
	roots    *x509.CertPool // nil: the machine's
}

func newMailServer(c config.Email, from mail.Address) *mailServer {
	return &mailServer{
		host: c.Host, port: c.Port, starttls: c.TLS && !c.SSL, tls: c.SSL, user: c.User, password: string(c.Password), from: from, timeout: c.Timeout,
	}
}

// Name is smtp.
func (*mailServer) Name() string { return "smtp" }

// Send hands a letter over.
func (s *mailServer) Send(ctx context.Context, l Letter) (Receipt, error) {
	raw, failed := render(l, s.from)
	if failed != nil {
		return Receipt{}, failed
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return Receipt{}, lost(ctx, err, false)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })() // wakes whoever waits for the line
	c, failed := s.greet(ctx, conn)
	if failed != nil {
		return Receipt{}, failed
	}
	id, failed := s.hand(ctx, c, l.To, raw)
	if failed != nil {
		return Receipt{}, failed
	}
	_ = c.Quit() // it is theirs already
	return Receipt{id}, nil
}

func (s *mailServer) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(s.host, strconv.Itoa(s.port)))
	if err != nil {
		return nil, err
	}
	conn = &measured{Conn: conn, left: maxDialogue}
	if !s.tls {
		return conn, nil
	}
	secure := tls.Client(conn, s.tlsConfig())
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

func (s *mailServer) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}

// greet opens the dialogue: the line is made safe before we tell who we are.
func (s *mailServer) greet(ctx context.Context, conn net.Conn) (*smtp.Client, *Failure) {
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, s.told(ctx, err, "")
	}
	if err := c.Hello(domainOf(s.from)); err != nil {
		return nil, s.told(ctx, err, "")
	}
	if s.starttls {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, failure(Temporary, "offers no STARTTLS, and no password is sent without it")
		}
		if err := c.StartTLS(s.tlsConfig()); err != nil {
			return nil, s.told(ctx, err, "")
		}
	}
	if s.password == "" || (!s.starttls && !s.tls) {
		return c, nil // a server on this machine; the settings allow no other
	}
	auth, failed := s.auth(c)
	if failed != nil {
		return nil, failed
	}
	if err := c.Auth(auth); err != nil {
		return nil, s.told(ctx, err, "does not accept our user and password: ")
	}
	return c, nil
}

// auth chooses how to tell the password, over TLS only.
func (s *mailServer) auth(c *smtp.Client) (smtp.Auth, *Failure) {
	_, offered := c.Extension("AUTH")
	for _, way := range strings.Fields(offered) {
		switch way {
		case "PLAIN":
			return smtp.PlainAuth("", s.user, s.password, s.host, false), nil
		case "LOGIN":
			return smtp.LoginAuth(s.user, s.password, s.host, false), nil
		}
	}
	return nil, failure(Temporary, "offers no way to sign in that we know")
}

// hand gives the letter over and returns what the server calls it.
func (s *mailServer) hand(ctx context.Context, c *smtp.Client, to string, raw []byte) (string, *Failure) {
	if err := c.Mail("<" + s.from.Address + ">"); err != nil {
		return "", s.told(ctx, err, "does not accept our sender: ")
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		f := s.told(ctx, err, "")
		if refused(err) {
			f.Outcome = Permanent
		}
		return "", f
	}
	w, err := c.Data()
	if err != nil {
		return "", s.told(ctx, err, "")
	}
	if _, err := w.Write(raw); err != nil {
		return "", s.told(ctx, err, "")
	}
	if err := w.Close(); err != nil { // the final dot was sent: without an answer nobody knows
		f := s.told(ctx, err, "")
		switch answer := (*textproto.Error)(nil); {
		case refused(err):
			f.Outcome = Permanent
		case !errors.As(err, &answer):
			f.Outcome = Unclear
		}
		return "", f
	}
	if d, ok := w.(interface{ ServerResponse() string }); ok {
		return label(d.ServerResponse(), to), nil
	}
	return "", nil
}

// told puts an error of the dialogue into words.
func (s *mailServer) told(ctx context.Context, err error, before string) *Failure {
	var said *textproto.Error
	switch {
	case errors.As(err, &said):
		return &Failure{Outcome: Temporary, Words: tidy(before+strconv.Itoa(said.Code)+" "+said.Msg, s.password, s.user), cause: err}
	case errors.Is(err, errTalkative):
		return &Failure{Outcome: Temporary, Words: "says too much to be a mail server", cause: err}
	}
	f := lost(ctx, err, false)
	if f.Words == "cannot be reached" {
		f.Words = "broke off"
	}
	return f
}

// refused says that a server said no for good.
func refused(err error) bool {
	var said *textproto.Error
	return errors.As(err, &said) && said.Code >= 500
}

// maxDialogue is the most that a server may say, its certificates included.
const maxDialogue = 256 << 10

var errTalkative = errors.New("too much was said")

// measured is a line that ends when too much came in.
type measured struct {
	net.Conn
	left int
}

// Read reads no more than is left.
func (m *measured) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTalkative
	}
	n, err := m.Conn.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}
