package config

import "strings"

// publicNames are variables in which a hosting platform tells the name that it gave the
// site, which the city cannot know before the first deployment.
var publicNames = []string{"RAILWAY_PUBLIC_DOMAIN", "RENDER_EXTERNAL_HOSTNAME"}

// joinPlatform lets the site answer under the platform's name too, and be found there
// when no other address is set: one deployment is enough.
func (l *loader) joinPlatform() {
	for _, by := range publicNames {
		domain := l.found[by].value
		if domain == "" {
			continue
		}
		l.join("ALLOWED_HOSTS", domain, by)
		l.join("CORS_ALLOWED_ORIGINS", "https://"+domain, by)
		l.join("CSRF_TRUSTED_ORIGINS", "https://"+domain, by)
		if !l.isSet("SITE_URL") {
			l.found["SITE_URL"] = found{"https://" + domain, by}
		}
	}
}

// join adds an item to a setting that is a list.
func (l *loader) join(name, item, by string) {
	f := found{item, by}
	if l.isSet(name) {
		f = found{l.found[name].value + "," + item, strings.TrimSpace(l.found[name].source + ", " + by)}
	}
	l.found[name] = f
}
