package mobile

import (
	"net/http"
	"strings"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// publicRoutes are what an app asks before anybody has an account. The reference had them
// under /accounts/ too.
func (m *Mobile) publicRoutes() []web.Route {
	var routes []web.Route
	for _, at := range []string{"/api/", "/accounts/api/"} {
		routes = append(routes,
			web.Route{Pattern: "GET " + at + "terms/active/", Need: auth.Anyone, Handle: m.activeTerms},
			web.Route{Pattern: "POST " + at + "check-phone/", Need: auth.Anyone, Handle: m.checkPhone, Door: auth.RegistrationDoor},
			web.Route{Pattern: "POST " + at + "check-email/", Need: auth.Anyone, Handle: m.checkEmail, Door: auth.RegistrationDoor})
	}
	return routes
}

// terms are one language's, as the app shows them.
type terms struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Version   string    `json:"version"`
	Content   string    `json:"content"`
	FileURL   *string   `json:"file_url"` // path of the text as a document
	UpdatedAt wire.Time `json:"updated_at"`
}

// GET /api/terms/active/
func (m *Mobile) activeTerms(w http.ResponseWriter, r *http.Request) error {
	active, err := m.people.ActiveTerms(r.Context())
	if err != nil {
		return err
	}
	of := func(language string) *terms {
		t, ok := active[language]
		if !ok {
			return nil
		}
		var file *string
		if t.Paper != nil {
			path := t.Paper.Path()
			file = &path
		}
		return &terms{ID: t.ID.String(), Title: t.Title, Version: t.Version, Content: t.Content, FileURL: file, UpdatedAt: wire.Time(t.UpdatedAt)}
	}
	return web.JSON(w, http.StatusOK, map[string]any{
		"success": true, "terms": map[string]*terms{"english": of(people.English), "tagalog": of(people.Tagalog)},
	})
}

// availability is whether a phone or an address is still free.
type availability struct {
	Success   bool   `json:"success"`
	Available bool   `json:"available"`
	Message   string `json:"message"`
}

// The reference's words.
const (
	phoneFree    = "Phone number is available"
	phoneTaken   = "This phone number is already registered. Please use a different number or login if you already have an account."
	emailFree    = "Email address is available"
	emailTaken   = "This email address is already registered. Please use a different email or login if you already have an account."
	emailInvalid = "Please enter a valid email address"
)

// POST /api/check-phone/
func (m *Mobile) checkPhone(w http.ResponseWriter, r *http.Request) error {
	phone, err := asked(r, "phone", "Phone number is required")
	if err != nil {
		return err
	}
	taken, err := m.auth.PhoneTaken(r.Context(), web.ActorOf(r), phone)
	if err != nil {
		return tooOften(err)
	}
	return available(w, taken, phoneFree, phoneTaken)
}

// POST /api/check-email/
func (m *Mobile) checkEmail(w http.ResponseWriter, r *http.Request) error {
	email, err := asked(r, "email", "Email address is required")
	if err != nil {
		return err
	}
	if _, ok := people.CanonicalEmail(email); !ok {
		return available(w, true, "", emailInvalid)
	}
	taken, err := m.auth.EmailTaken(r.Context(), web.ActorOf(r), email)
	if err != nil {
		return tooOften(err)
	}
	return available(w, taken, emailFree, emailTaken)
}

func available(w http.ResponseWriter, taken bool, free, not string) error {
	a := availability{Success: !taken, Available: !taken, Message: free}
	if taken {
		a.Message = not
	}
	return web.JSON(w, http.StatusOK, a)
}

// problem is how these routes say no.
type problem struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
}

// asked is the one value that a question needs.
func asked(r *http.Request, name, missing string) (string, error) {
	b, err := readBody(r)
	if err != nil {
		return "", &refusal{status: http.StatusBadRequest, body: problem{Error: missing}, cause: err}
	}
	value, ok := b.word(name)
	if !ok || value == "" {
		return "", &refusal{status: http.StatusBadRequest, body: problem{Error: missing}}
	}
	return value, nil
}

// tooOften words a cap's refusal; other errors stay.
func tooOften(err error) error {
	if web.StatusOf(err) != http.StatusTooManyRequests {
		return err
	}
	return (&refusal{status: http.StatusTooManyRequests, body: problem{Error: "Too many requests. Please try again later."}}).because(err)
}

// failPublic answers a GET of what is only posted, which these routes word in their own
// way; false: it was something else.
func failPublic(w http.ResponseWriter, r *http.Request, err error) bool {
	if web.StatusOf(err) != http.StatusMethodNotAllowed || !strings.HasPrefix(r.URL.Path, "/api/check-") {
		return false
	}
	write(w, http.StatusMethodNotAllowed, map[string]string{"error": "Invalid method"})
	return true
}
