package check

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hosts are the checks of names, addresses and origins.
func hosts() []Check {
	return []Check{
		{ID: "EK.E008", Class: Error, Deploy: true, Django: "security.W008", Title: "Pages come by HTTPS only, and programs are refused without it.",
			Mend: "Only a trusted proxy may say that HTTPS ended there: TRUSTED_PROXIES, and X-Forwarded-Proto from it.", judge: https},
		{ID: "EK.E020", Class: Error, Deploy: true, Django: "security.W020", Title: "The site answers to its own names only.",
			Mend: "List the site's names in ALLOWED_HOSTS, `.name` for all below one; no *, no scheme, no port.", judge: names},
		{ID: "EK.E033", Class: Error, Deploy: true, Django: "4_0.E001", Title: "Trusted origins are whole, and HTTPS.",
			Mend: "Write https:// and the host in CSRF_TRUSTED_ORIGINS and CORS_ALLOWED_ORIGINS, without a path or *.", judge: origins},
		{ID: "EK.E057", Class: Error, Deploy: true, Title: "We know which proxy speaks for visitors.",
			Mend: "Name the proxy's addresses in TRUSTED_PROXIES, as narrow as they are: without them nobody gets in by HTTPS, with too many anybody writes their own address.", judge: proxies},
		{ID: "EK.E058", Class: Error, Deploy: true, Title: "Scripts of other origins read nothing.",
			Mend: "CORS_ALLOWED_ORIGINS names the origins that may; * and whatever asks are none.", judge: crossOrigin},
	}
}

// health are the addresses that the machine next door asks without HTTPS.
var health = []string{"/healthz", "/readyz", "/livez", "/metrics"}

func https(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.Answers {
		if a.Kind != plain {
			continue
		}
		redirect := a.Status >= 300 && a.Status < 400
		switch to, err := url.Parse(a.Header.Get("Location")); {
		case slices.Contains(health, strings.TrimSuffix(a.Path, "/")):
			if redirect {
				v.fail("who watches is sent to HTTPS: %s", a)
			}
		case a.API && redirect:
			v.fail("a program is redirected instead of refused, and would send its token twice: %s", a)
		case a.API && a.Status < 400:
			v.fail("a program is answered without HTTPS: %s", a)
		case !a.API && a.Method == http.MethodGet && (!redirect || err != nil || to.Scheme != "https"):
			v.fail("not sent to HTTPS: %s", a)
		case !a.API && a.Status < 300:
			v.fail("answered without HTTPS: %s", a)
		}
	}
}

// hostName is a name or an address as ALLOWED_HOSTS takes it.
var hostName = regexp.MustCompile(`^\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?\.?$`)

func names(f *Facts, v *verdict) {
	if len(f.Problems) > 0 {
		v.skip("the configuration has to be mended first")
		return
	}
	if len(f.Config.AllowedHosts) == 0 {
		v.fail("ALLOWED_HOSTS is empty")
	}
	for _, host := range f.Config.AllowedHosts {
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		switch {
		case host == "*":
			v.fail("ALLOWED_HOSTS allows every host")
		case err != nil && !hostName.MatchString(strings.ToLower(host)):
			v.fail("ALLOWED_HOSTS: %q can never match", host)
		case host == "localhost" || strings.HasPrefix(host, "127."):
			v.fail("ALLOWED_HOSTS: %s is a developer's", host)
		}
	}
	for _, a := range f.Answers {
		switch {
		case a.Kind == strange && a.Status != http.StatusBadRequest && a.Status != http.StatusMisdirectedRequest:
			v.fail("another host than ours is answered: %s", a)
		case a.Kind == named && a.Status == http.StatusBadRequest && hostsPlain(f.Config.AllowedHosts):
			v.fail("one of ALLOWED_HOSTS is not answered: %s", a)
		}
	}
}

// hostsPlain says that every entry can match: else the entry itself is told, not the answer.
func hostsPlain(all []string) bool {
	return !slices.ContainsFunc(all, func(h string) bool { return !hostName.MatchString(strings.ToLower(h)) })
}

func origins(f *Facts, v *verdict) {
	if len(f.Problems) > 0 {
		v.skip("the configuration has to be mended first")
		return
	}
	for name, list := range map[string][]string{"CSRF_TRUSTED_ORIGINS": f.Config.CSRFOrigins, "CORS_ALLOWED_ORIGINS": f.Config.CORSOrigins} {
		for _, o := range list {
			u, err := url.Parse(o)
			switch {
			case err != nil || strings.Contains(o, "*") || u.Host == "" || u.Scheme+"://"+u.Host != o:
				v.fail("%s: %q is not an origin", name, o)
			case u.Scheme != "https":
				v.fail("%s: %s is not https", name, o)
			}
		}
	}
}

// widest are the shortest prefixes of a trusted network: 10.0.0.0/8 is somebody's own,
// anything wider is the internet.
const (
	widest4 = 8
	widest6 = 16
)

func proxies(f *Facts, v *verdict) {
	if len(f.Problems) > 0 {
		v.skip("the configuration has to be mended first")
		return
	}
	if len(f.Config.TrustedProxies) == 0 && !f.Config.Debug {
		v.fail("TRUSTED_PROXIES is empty, and this program does not end HTTPS itself")
	}
	for _, p := range f.Config.TrustedProxies {
		if p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6 {
			v.fail("TRUSTED_PROXIES trusts the whole internet: %s", p)
		}
	}
}

func crossOrigin(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.Answers {
		switch a.Header.Get("Access-Control-Allow-Origin") {
		case "*":
			v.fail("every origin may read: %s", a)
		case strangeOrigin:
			v.fail("whatever origin asks may read: %s", a)
		}
	}
}
