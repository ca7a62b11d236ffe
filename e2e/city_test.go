package e2e

import (
	"bytes"
	"context"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/go-rod/rod"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/config"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
)

// The passwords of the play.
const (
	firstPassword = "labindalawang-sako-ng-bigas"
	newPassword   = "tatlumpung-kilo-ng-papel"
)

// city is the running program with a database of its own, and a browser whose camera
// plays the city's film.
type city struct {
	t       *testing.T
	app     *app.App
	base    string
	film    string
	dir     string // DATA_DIR
	gateway *gateway
	browser *rod.Browser
}

// newCity starts the program as in production, with the strict content policy; the
// browser plays the proxy that ends HTTPS.
func newCity(t *testing.T) *city {
	t.Helper()
	return startCity(t, false)
}

// startCity starts the program as in production, or for development.
func startCity(t *testing.T, development bool) *city {
	t.Helper()
	dir := t.TempDir()
	cfg, err := config.Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + dir, "LOG_DIR=" + filepath.Join(dir, "logs"),
		"DEFAULT_FROM_EMAIL=cenro@city.test"}, "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Debug = development
	cfg.AllowedHosts = []string{"127.0.0.1"}
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	texts := newGateway(t)
	cfg.SMS.Token, cfg.SMS.URL = "a token for tests", texts.url
	cfg.Email.Backend = config.MailFile
	a, err := app.New(t.Context(), cfg, errorLog{t})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c := &city{t: t, app: a, base: "http://" + a.Addr().String(), film: filepath.Join(dir, "camera.y4m"), dir: dir, gateway: texts}
	c.films("")
	c.browser = chromium(t, c.film)
	return c
}

// errorLog fails the test for whatever the program logs as an error. That it is not fit for
// production is known: the city has a developer's address, and its mail stays here.
type errorLog struct{ t *testing.T }

func (l errorLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"level":"ERROR"`)) && !bytes.Contains(line, []byte(`"msg":"not fit for production"`)) {
		l.t.Errorf("the program logged: %s", line)
	}
	return len(line), nil
}

// films puts something before the camera: a card's QR, or with "" a white wall.
func (c *city) films(qrText string) {
	c.t.Helper()
	writeQRVideo(c.t, c.film, qrText)
}

func (c *city) person(name string, d device) *person {
	c.t.Helper()
	return newPerson(c.t, c.browser, name, c.base, d)
}

// balances holds that the books are right.
func (c *city) booksBalance() {
	c.t.Helper()
	report, err := ledger.Verify(c.t.Context(), c.app.DB)
	if err != nil {
		c.t.Fatal(err)
	}
	if !report.OK() {
		c.t.Errorf("the ledger does not balance: %+v", report)
	}
	stock, err := rewards.VerifyStock(c.t.Context(), c.app.DB)
	if err != nil {
		c.t.Fatal(err)
	}
	if !stock.OK() {
		c.t.Errorf("the stock does not fit: %+v", stock)
	}
}

func command() audit.Actor { return audit.Command("e2e") }
