package check

import (
	"slices"
	"time"

	"ekolek/internal/auth"
)

// server are the checks of the program itself and of its HTTP server.
func server() []Check {
	return []Check{
		{ID: "EK.E018", Class: Error, Deploy: true, Django: "security.W018", Title: "Nothing of development is left on.",
			Mend: "Set DJANGO_DEBUG to False; profiles and metrics listen on an address of their own.", judge: development},
		{ID: "EK.E050", Class: Error, Title: "The city's days begin at its own midnight.",
			Mend: "Use this binary as it was built: it brings the city's time zone along.", judge: zone},
		{ID: "EK.E060", Class: Error, Deploy: true, Title: "Nobody holds a connection, or sends, for as long as they like.",
			Mend: "Every limit of the HTTP server and the size of every route's body have to be set.", judge: limits},
		{ID: "EK.E061", Class: Error, Deploy: true, Title: "Every address says who may use it, and keeps others out.",
			Mend: "The route's permission stands in its surface's table, and is one that package auth knows.", judge: access},
		{ID: "EK.W068", Class: Warning, Deploy: true, Title: "The binary is what the repository makes.",
			Mend: "Install a released binary, or build with `make build` from a clean checkout.", judge: binary},
	}
}

func development(f *Facts, v *verdict) {
	if f.Config.Debug {
		v.fail("DJANGO_DEBUG is True")
	}
	for _, a := range f.Answers {
		if a.Kind == inner && a.Status < 300 {
			v.fail("what is meant for developers or machines is shown to strangers: %s", a)
		}
	}
}

// manila is how far the city's clock is ahead of UTC; it has no summer time.
const manila = 8 * time.Hour

func zone(f *Facts, v *verdict) {
	if f.Zone == nil {
		v.fail("Asia/Manila is not known: %s", f.Why["Zone"])
		return
	}
	for _, at := range []time.Time{f.Now, f.Now.AddDate(0, 6, 0)} {
		if _, east := at.In(f.Zone).Zone(); time.Duration(east)*time.Second != manila {
			v.fail("Asia/Manila is %s ahead of UTC, not %s", time.Duration(east)*time.Second, manila)
		}
	}
}

// The most that limits may be; routes for large bodies and exports lengthen theirs.
const (
	mostHeaderTime = 5 * time.Second
	mostRead       = 30 * time.Second
	mostWrite      = 60 * time.Second
	mostIdle       = 90 * time.Second
	mostHeader     = 16 << 10
	mostBody       = 128 << 20
)

func limits(f *Facts, v *verdict) {
	if f.Limits == nil {
		v.skip("the server's limits are not known")
		return
	}
	l := f.Limits
	for _, limit := range []struct {
		name      string
		got, most time.Duration
	}{
		{"ReadHeaderTimeout", l.ReadHeader, mostHeaderTime}, {"ReadTimeout", l.Read, mostRead},
		{"WriteTimeout", l.Write, mostWrite}, {"IdleTimeout", l.Idle, mostIdle},
	} {
		if limit.got <= 0 || limit.got > limit.most {
			v.fail("%s is %s; it has to be set, and at most %s", limit.name, limit.got, limit.most)
		}
	}
	if l.Header <= 0 || l.Header > mostHeader {
		v.fail("headers may have %d bytes; it has to be set, and at most %d", l.Header, mostHeader)
	}
	for _, rt := range f.Routes {
		if rt.Body < 0 || rt.Body > mostBody {
			v.fail("%s takes a body of %d bytes", rt.Pattern, rt.Body)
		}
	}
}

func access(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, rt := range f.Routes {
		if !slices.Contains(auth.Permissions(), rt.Need) {
			v.fail("%s needs %q, which nobody knows", rt.Pattern, rt.Need)
		}
	}
	for _, a := range f.Answers {
		if a.Kind == asked && a.Pattern != "" && !a.Anyone && a.Status < 300 {
			v.fail("a stranger is let in: %s", a)
		}
	}
}

func binary(f *Facts, v *verdict) {
	if f.Build == nil {
		v.skip("the binary does not tell how it was built")
		return
	}
	settings := map[string]string{}
	for _, s := range f.Build.Settings {
		settings[s.Key] = s.Value
	}
	if settings["-trimpath"] != "true" {
		v.fail("it was built without -trimpath: paths of the machine that built it are inside")
	}
	if settings["-race"] == "true" {
		v.fail("it was built with -race, and is many times slower")
	}
	if settings["vcs.modified"] == "true" {
		v.fail("it was built from files that are not committed")
	}
	v.skip("of known vulnerabilities: that needs the public list of the day; the project's own runs look (scripts/lint)")
}
