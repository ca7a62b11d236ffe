// Package uploads serves uploaded files at /media/, to whom they are for. The bytes are
// strangers': an answer says what they are, forbids them to be anything else, and lets
// them run nothing.
package uploads

import (
	"net/http"
	"net/url"
	"strings"

	"ekolek/internal/auth"
	"ekolek/internal/files"
	"ekolek/internal/web"
)

// Uploads is the surface. Make it with New.
type Uploads struct {
	files *files.Service
}

// New makes the surface; mount it with Surface and Routes.
func New(f *files.Service) *Uploads { return &Uploads{files: f} }

// Surface has no sign-in of its own: residents and staff come with theirs.
func (*Uploads) Surface() *web.Surface { return &web.Surface{Prefix: "/media/"} }

// Routes are the addresses of files, and those that the former system had for them.
func (u *Uploads) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /media/{id}/{name}", Need: auth.Anyone, Handle: u.file},
		{Pattern: "GET /media/reward_images/{name}", Need: auth.Anyone, Handle: u.former("reward_images/")},
		{Pattern: "GET /media/terms_documents/{name}", Need: auth.Anyone, Handle: u.former("terms_documents/")},
	}
}

// GET /media/{id}/{name}
func (u *Uploads) file(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	f, err := u.files.ByID(r.Context(), id)
	if err != nil {
		return err
	}
	if r.PathValue("name") != f.Slug() {
		return files.ErrNotFound // one file, one address: nobody makes up a name for it
	}
	return u.serve(w, r, f)
}

// former answers an address of the former system, for as long as its file is here.
func (u *Uploads) former(folder string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := u.files.ByFormerPath(r.Context(), folder+r.PathValue("name"))
		if err != nil {
			return err
		}
		return u.serve(w, r, f)
	}
}

func (u *Uploads) serve(w http.ResponseWriter, r *http.Request, f files.File) error {
	if err := mayRead(r, f); err != nil {
		return err
	}
	content, err := u.files.Open(r.Context(), f)
	if err != nil {
		return err
	}
	setHeaders(w.Header(), f)
	http.ServeContent(w, r, "", f.CreatedAt, content)
	return content.Close()
}

// mayRead says whether anybody who is signed in here may read the file. To everybody else
// it is not there.
func mayRead(r *http.Request, f files.File) error {
	if f.Access == files.Public {
		return nil
	}
	all, err := web.SignedIn(r)
	if err != nil {
		return err
	}
	for _, p := range all {
		if allowed(p, f) {
			return nil
		}
	}
	return files.ErrNotFound
}

func allowed(p auth.Principal, f files.File) bool {
	if f.Permission != "" && p.Surface == auth.StaffSurface && p.May(auth.Permission(f.Permission)) {
		return true
	}
	switch f.Access {
	case files.Resident:
		return p.May(auth.Resident)
	case files.Family:
		return p.May(auth.Resident) && p.Resident.FamilyID == f.OwnerID
	}
	return false
}

// setHeaders are those of an uploaded file. A picture may stand in a page, a document is
// for keeping.
func setHeaders(h http.Header, f files.File) {
	h.Set("Content-Type", f.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("ETag", `"`+f.SHA256+`"`)
	h.Set("Cache-Control", "private, no-cache")
	if f.Access == files.Public {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if !strings.HasPrefix(f.Type, "image/") {
		h.Set("Content-Disposition", attachment(f))
	}
}

// attachment names a file twice (RFC 6266): plainly for old programs, and as it is called.
func attachment(f files.File) string {
	escaped := strings.ReplaceAll(url.QueryEscape(f.Name), "+", "%20")
	return `attachment; filename="` + f.Slug() + `"; filename*=UTF-8''` + escaped
}
