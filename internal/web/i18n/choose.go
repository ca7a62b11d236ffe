package i18n

import (
	"net/http"

	"golang.org/x/text/language"
)

// CookieName keeps the language that a person chose.
const CookieName = "ekolek_lang"

var matcher = language.NewMatcher([]language.Tag{language.English, language.Filipino})

// Parse reads a language's name; ok is false for one that the product does not speak.
func Parse(s string) (lang Lang, ok bool) {
	for _, l := range Langs {
		if string(l) == s {
			return l, true
		}
	}
	return English, false
}

// Chosen is the language that a request's cookie names.
func Chosen(r *http.Request) (Lang, bool) {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return English, false
	}
	return Parse(c.Value)
}

// Accepted is the best language for what the browser asks for. Tagalog (tl) counts as
// Filipino.
func Accepted(r *http.Request) Lang {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return Langs[i]
}

// Cookie remembers a choice for a year.
func Cookie(lang Lang, secure bool) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
