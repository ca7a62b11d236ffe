package site

import (
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// newsRoutes are where residents say whether they want news. The second address stands in
// mails: it needs no sign-in, and mail programs post to it by themselves (RFC 8058).
func (s *Site) newsRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /me/news/", Need: auth.Resident, Handle: s.newsPage},
		{Pattern: "POST /me/news/", Need: auth.Resident, Handle: s.setNews},
		{Pattern: "GET /news/stop/{token}/", Need: auth.Anyone, Handle: s.stopNewsPage},
		{Pattern: "POST /news/stop/{token}/", Need: auth.Anyone, Handle: s.stopNews},
	}
}

type newsView struct {
	web.Page
	Form *form.Form
}

// GET /me/news/
func (s *Site) newsPage(w http.ResponseWriter, r *http.Request) error {
	f := form.Empty()
	if web.PrincipalOf(r.Context()).Resident.News {
		f.With("news", "on")
	}
	return web.Render(w, r, http.StatusOK, newsTempl(newsView{web.NewPage(r, "site.news.title"), f}))
}

// POST /me/news/
func (s *Site) setNews(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	wants, done := f.Bool("news"), "site.news.is_off"
	if wants {
		done = "site.news.is_on"
	}
	if err := s.people.SetNews(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).ID, wants); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, done)
	web.Redirect(w, r, "/me/")
	return nil
}

type stopNewsView struct {
	web.Page
	Here string
	Done bool
}

// GET /news/stop/{token}/ changes nothing: programs that look at mails for their readers
// open every link.
func (s *Site) stopNewsPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.notify.Stopper(r.PathValue("token")); err != nil {
		return err
	}
	return s.showStopNews(w, r, false)
}

// POST /news/stop/{token}/
func (s *Site) stopNews(w http.ResponseWriter, r *http.Request) error {
	if err := s.people.StopNews(r.Context(), web.ActorOf(r), r.PathValue("token")); err != nil {
		return err
	}
	return s.showStopNews(w, r, true)
}

func (s *Site) showStopNews(w http.ResponseWriter, r *http.Request, done bool) error {
	v := stopNewsView{Page: web.NewPage(r, "site.news.stop_title"), Here: r.URL.Path, Done: done}
	return web.Render(w, r, http.StatusOK, stopNewsTempl(v))
}
