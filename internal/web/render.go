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
	if err := page.Render(r.Context(), b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	q := state(r.Context())
	if q.flashed && q.server != nil {
		http.SetCookie(w, q.server.cookie(flashCookie, "", -1))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone: nobody is left to tell
	return nil
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
