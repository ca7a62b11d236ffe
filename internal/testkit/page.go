package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"ekolek/internal/web"
)

// Serve runs surfaces for a test on a free port, with the World's sign-ins and clock. It
// ends with the test.
func (w *World) Serve(t testing.TB, mount func(*web.Server)) string {
	t.Helper()
	srv := web.New(web.Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("test"), Log: slog.New(slog.DiscardHandler),
		Now: w.Clock.Now, PrincipalOf: w.Auth.PrincipalOf})
	mount(srv)
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(ts.Close)
	return ts.URL
}

// Browser asks for pages as a browser without JavaScript does: it keeps cookies, and
// shows redirects instead of following them.
type Browser struct {
	t      testing.TB
	url    string
	client *http.Client
	world  *World // of World.Browser
	Lang   string // Accept-Language; en unless set

	lasting *sync.Map // names of cookies that outlive the browser
}

// NewBrowser opens a browser without any cookie.
func NewBrowser(t testing.TB, url string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{t: t, url: url, client: &http.Client{Jar: jar, CheckRedirect: stay}, Lang: "en", lasting: new(sync.Map)}
}

// Get asks for a page.
func (b *Browser) Get(path string) Answer { return b.send(http.MethodGet, path, nil) }

// Post sends a form of pairs of field and value.
func (b *Browser) Post(path string, pairs ...string) Answer {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, f)
}

// PostJSON sends a value as a script of ours does.
func (b *Browser) PostJSON(path string, v any) Answer {
	data, err := json.Marshal(v)
	must(b.t, err)
	return b.sendBody(http.MethodPost, path, "application/json", bytes.NewReader(data))
}

// PostFile sends a form with one file in a field.
func (b *Browser) PostFile(path, field, name string, content []byte) Answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, name)
	must(b.t, err)
	_, err = part.Write(content)
	must(b.t, errors.Join(err, w.Close()))
	return b.sendBody(http.MethodPost, path, w.FormDataContentType(), &body)
}

func (b *Browser) send(method, path string, f url.Values) Answer {
	b.t.Helper()
	kind := ""
	if method == http.MethodPost {
		kind = "application/x-www-form-urlencoded"
	}
	return b.sendBody(method, path, kind, strings.NewReader(f.Encode()))
}

func (b *Browser) sendBody(method, path, kind string, content io.Reader) Answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.url+path, content)
	must(b.t, err)
	req.Header.Set("Accept-Language", b.Lang)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := b.client.Do(req)
	must(b.t, err)
	defer func() { _ = res.Body.Close() }() // read to its end below
	b.note(res.Cookies())
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	must(b.t, err)
	return Answer{Document: doc, t: b.t, Status: res.StatusCode, Header: res.Header, Body: string(body)}
}

// Answer is what the program said to one request.
type Answer struct {
	*goquery.Document
	t      testing.TB
	Status int
	Header http.Header
	Body   string
}

// Is checks the status and ends the test when it is another.
func (a Answer) Is(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %.300s", a.Status, status, a.Text("main"))
	}
	return a
}

// LeadsTo checks that the answer is a redirect to an address.
func (a Answer) LeadsTo(path string) Answer {
	a.t.Helper()
	if got := a.Header.Get("Location"); got != path || a.Status < 300 || a.Status > 399 {
		a.t.Fatalf("status %d leads to %q, want %q: %.300s", a.Status, got, path, a.Text("main"))
	}
	return a
}

// Has checks that what the selector finds says something.
func (a Answer) Has(selector, words string) Answer {
	a.t.Helper()
	if got := a.Text(selector); !strings.Contains(got, words) {
		a.t.Errorf("%s says %q, want %q in it", selector, got, words)
	}
	return a
}

// Lacks checks that what the selector finds does not say something.
func (a Answer) Lacks(selector, words string) Answer {
	a.t.Helper()
	if got := a.Text(selector); strings.Contains(got, words) {
		a.t.Errorf("%s says %q, want no %q in it", selector, got, words)
	}
	return a
}

// Value checks what a field holds.
func (a Answer) Value(selector, want string) Answer {
	a.t.Helper()
	field := a.Find(selector)
	got := field.AttrOr("value", field.Find("option[selected]").AttrOr("value", field.Text()))
	if got != want {
		a.t.Errorf("%s holds %q, want %q", selector, got, want)
	}
	return a
}

// Refuses checks a form that came back: 422, an error beside the field and tied to it, and
// a link to it in the summary.
func (a Answer) Refuses(fields ...string) Answer {
	a.t.Helper()
	a.Is(http.StatusUnprocessableEntity)
	for _, name := range fields {
		field := a.Find("#" + name)
		if a.Find("#"+name+"-error").Length() != 1 || !strings.Contains(field.AttrOr("aria-describedby", ""), name+"-error") {
			a.t.Errorf("no error is tied to the field %s", name)
		}
		if a.Find(`#errors a[href="#`+name+`"]`).Length() != 1 {
			a.t.Errorf("the summary has no link to %s", name)
		}
	}
	return a
}

// Text is what the selector finds, one space between any two parts.
func (a Answer) Text(selector string) string {
	var words []string
	for _, n := range a.Find(selector).Nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words = append(words, strings.Fields(d.Data)...)
			}
		}
	}
	return strings.Join(words, " ")
}
