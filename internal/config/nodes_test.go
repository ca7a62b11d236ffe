package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const pushKey = "VAPID_PRIVATE_KEY=d7dGB1mb1TELsFSs62ea7VfP9smbum8Z_mqptY2TDZs"

func TestSeveralNodes(t *testing.T) {
	sqlite := append(without(production(), "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"), "DATABASE_URL=sqlite:///srv/ekolek.sqlite3")
	sqlite = slices.Clip(sqlite) // every append below is to a copy
	for name, tt := range map[string]struct {
		env     []string
		problem string // "": none
		warning string // words of the warnings about NODE_COUNT, in their order
	}{
		"one":                     {sqlite, "", ""},
		"several on SQLite":       {append(sqlite, "NODE_COUNT=3", "REDIS_URL=redis://cache", pushKey), "NODE_COUNT", ""},
		"several without a cache": {production("NODE_COUNT=3"), "", "shared cache"},
		"several":                 {production("NODE_COUNT=3", "REDIS_URL=redis://cache", pushKey), "", ""},
		"several with keys":       {production("NODE_COUNT=3", "REDIS_URL=redis://cache"), "", "VAPID_PRIVATE_KEY"},
		"half a key":              {production("VAPID_PRIVATE_KEY=" + pushKey[18:40]), "VAPID_PRIVATE_KEY", ""},
		"no subject":              {production("VAPID_SUBJECT=cenro@example.gov.ph"), "VAPID_SUBJECT", ""},
		"a readable subject":      {production("VAPID_SUBJECT=http://example.gov.ph"), "VAPID_SUBJECT", ""},
		"a subject":               {production("VAPID_SUBJECT=mailto:cenro@example.gov.ph"), "", ""},
		"none":                    {production("NODE_COUNT=0"), "NODE_COUNT", ""},
		"replica":                 {production("DATABASE_REPLICA_URL=postgres://reader@standby/cenro"), "", ""},
		"replica of SQLite":       {append(sqlite, "DATABASE_REPLICA_URL=postgres://reader@standby/cenro"), "DATABASE_REPLICA_URL", ""},
		"replica in SQLite":       {production("DATABASE_REPLICA_URL=sqlite:///srv/copy.sqlite3"), "DATABASE_REPLICA_URL", ""},
		"replica is the primary":  {append(slices.Clip(sqlite[:len(sqlite)-1]), "DATABASE_URL=postgres://db/cenro", "DATABASE_REPLICA_URL=postgres://db/cenro"), "DATABASE_REPLICA_URL", ""},
		"no lag":                  {production("REPLICA_MAX_LAG_SECONDS=0"), "REPLICA_MAX_LAG_SECONDS", ""},
		"drain for hours":         {production("DRAIN_SECONDS=3600"), "DRAIN_SECONDS", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load(tt.env, "")
			if got := names(problemsOf(t, err)); (tt.problem == "") != (len(got) == 0) || tt.problem != "" && !slices.Contains(got, tt.problem) {
				t.Errorf("problems %v, want %q", err, tt.problem)
			}
			about := strings.Join(slices.DeleteFunc(slices.Clone(c.Warnings), func(w string) bool { return !strings.HasPrefix(w, "NODE_COUNT") }), " ")
			if (about != "") != (tt.warning != "") || !regexp.MustCompile(tt.warning).MatchString(about) {
				t.Errorf("warnings %q, want one about %q", c.Warnings, tt.warning)
			}
		})
	}
}

func TestDevelopmentDoesNotDrain(t *testing.T) {
	for name, tt := range map[string]struct {
		env  []string
		want time.Duration
	}{
		"production":  {production(), 5 * time.Second},
		"none":        {production("DRAIN_SECONDS=0"), 0},
		"development": {[]string{"DJANGO_DEBUG=True"}, 0},
		"asked for":   {[]string{"DJANGO_DEBUG=True", "DRAIN_SECONDS=2"}, 2 * time.Second},
	} {
		c, err := Load(append(tt.env, "DATA_DIR="+t.TempDir()), "")
		if err != nil || c.Drain != tt.want {
			t.Errorf("%s: %v, %v; want %v", name, c.Drain, err, tt.want)
		}
	}
}

// A primary and its standbys are named together, by either way of naming.
func TestSeveralDatabaseServers(t *testing.T) {
	hosts := without(production("DB_HOST=db1.internal, db2.internal"), "DB_HOST=db.internal")
	hosts = slices.DeleteFunc(hosts, func(e string) bool { return e == "DB_HOST=db.internal" })
	url := append(without(hosts, "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"), "DATABASE_URL=postgres://ekolek:Tr1cky-pass-w9@db1.internal:5433,db2.internal:5433/cenro")
	for name, env := range map[string][]string{"settings": hosts, "URL": url} {
		c, err := Load(env, "")
		if err != nil || !strings.Contains(string(c.Database.URL), "@db1.internal:5433,db2.internal:5433/cenro") {
			t.Errorf("%s: %s, %v", name, string(c.Database.URL), err)
		}
		for _, row := range c.Describe() {
			if row.Name == "DATABASE_URL" && (!strings.Contains(row.Value, "db2.internal:5433") || strings.Contains(strings.ToLower(row.Value), "tr1cky")) {
				t.Errorf("%s is shown as %s", name, row.Value)
			}
		}
	}
}
