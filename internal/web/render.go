package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"ekolek/internal/web/form"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// bufferLimit is the largest buffer that goes back to the pool.
const bufferLimit = 256 << 10

// Render answers with a page. It is rendered whole before the first byte leaves, so that
// an error in the middle becomes an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= bufferLimit {
			b.Reset()
			buffers.Put(b)
		}
	}()
	q, h := state(r.Context()), w.Header()
	nonce := q.openForPage(h)
	if err := page.Render(templ.WithNonce(r.Context(), nonce), b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	if q.flashed && q.server != nil {
		http.SetCookie(w, q.server.cookie(q.flashCookie(), "", -1))
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", keeping(r))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone: nobody is left to tell
	return nil
}

// keeping says whether a page may be kept: one that answers a browser of which we know
// something, or a form, not at all; any other by that browser alone, and looked at anew.
func keeping(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return "no-store"
	}
	for _, c := range r.Cookies() {
		if isOurs(c.Name) {
			return "no-store"
		}
	}
	return "private, no-cache"
}

// RenderForm is Render with the status of a form's page: 200 when it is shown, 422 when
// it comes back refused.
func RenderForm(w http.ResponseWriter, r *http.Request, f *form.Form, page templ.Component) error {
	status := http.StatusOK
	if f.Wrong() {
		status = http.StatusUnprocessableEntity
	}
	return Render(w, r, status, page)
}

// JSON answers with a value.
func JSON(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // as in Render
	return nil
}

// Attachment sets the headers of a file to keep: "weigh-ins-2026-11-24.csv".
func Attachment(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
