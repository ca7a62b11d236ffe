package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Problem is one thing wrong with the configuration, and how to mend it.
type Problem struct {
	Name string // the variable
	What string
	Mend string
}

// Problems are all of them at once.
type Problems []Problem

// Error lists every problem on a line of its own. No secret is in it.
func (p Problems) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "problems in the configuration: %d", len(p))
	for _, x := range p {
		fmt.Fprintf(&b, "\n  %s %s. %s", x.Name, x.What, x.Mend)
	}
	return b.String()
}

// Load reads the environment ("NAME=value" each, as os.Environ gives it), then the
// file dotenv for what is missing there, then the defaults. An empty value counts as
// missing; NAME_FILE names a file that holds the value. The error is a Problems.
func Load(environ []string, dotenv string) (Config, error) {
	l := &loader{environ: map[string]string{}, dotenv: map[string]string{}, found: map[string]found{}, shown: map[string]found{}}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		l.environ[name] = value
	}
	l.readDotenv(dotenv)
	table := l.c.settings()
	l.lookUp(table)
	for _, s := range table {
		l.parse(s)
	}
	l.derive()
	if !l.c.Debug {
		l.checkProduction(table)
	}
	l.checkRelations()
	l.describe(table)
	if len(l.problems) > 0 {
		if !l.isSet("DJANGO_DEBUG") {
			l.warn("DJANGO_DEBUG is not set, so this is production. For development set it to True.")
		}
		return l.c, l.problems
	}
	return l.c, nil
}

// loader carries what one Load knows.
type loader struct {
	c               Config
	environ, dotenv map[string]string
	found           map[string]found // as given, or the default
	shown           map[string]found // what took its place
	problems        Problems
}

// found is a value and its source.
type found struct{ value, source string }

// Where a value came from. A source of "" means that it was not set.
const (
	fromEnvironment = "environment"
	fromDotenv      = ".env"
	fromDefault     = "default"
)

func (l *loader) problem(name, what, mend string) {
	l.problems = append(l.problems, Problem{name, what, mend})
}

func (l *loader) warn(format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) readDotenv(path string) {
	data, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.problem(path, "cannot be read", "Make it readable for this user, or remove it.")
		return
	}
	values, badLines := parseDotenv(string(data))
	for _, n := range badLines {
		l.problem(path, fmt.Sprintf("line %d is not NAME=value", n), "Put # in front of a comment.")
	}
	l.dotenv = values
}

// lookUp finds the source and the text of every setting.
func (l *loader) lookUp(table []setting) {
	known := map[string]bool{}
	for _, s := range table {
		known[s.name], known[s.name+"_FILE"] = true, true
		f := l.lookUpIn(l.environ, s.name, fromEnvironment)
		if f.source == "" {
			f = l.lookUpIn(l.dotenv, s.name, fromDotenv)
		}
		if f.source == "" && s.value != "" {
			f = found{s.value, fromDefault}
		}
		l.found[s.name] = f
	}
	for _, d := range deprecatedNames {
		known[d.name] = true
		l.acceptDeprecated(d)
	}
	l.joinPlatform()
	for _, name := range slices.Sorted(maps.Keys(l.dotenv)) {
		if !known[name] {
			l.warn("%s in .env is not a setting; is it spelt right?", name)
		}
	}
}

func (l *loader) lookUpIn(values map[string]string, name, source string) found {
	value, file := values[name], values[name+"_FILE"]
	if file == "" {
		if value == "" {
			return found{}
		}
		return found{value, source}
	}
	if value != "" {
		l.problem(name, "is set twice, also as "+name+"_FILE", "Keep one of them.")
		return found{value, source}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		l.problem(name+"_FILE", "names a file that cannot be read: "+file, "Correct the path, or make the file readable for this user.")
		return found{}
	}
	return found{strings.TrimSpace(string(data)), source + ", " + name + "_FILE"}
}

func (l *loader) acceptDeprecated(d deprecated) {
	value := cmp.Or(l.environ[d.name], l.dotenv[d.name])
	if value == "" {
		return
	}
	l.warn("%s is deprecated: %s.", d.name, d.instead)
	if d.takesFor != "" && l.found[d.takesFor].source == "" {
		l.found[d.takesFor] = found{value, d.name}
	}
}

func (l *loader) parse(s setting) {
	f := l.found[s.name]
	if f.value == "" {
		return
	}
	if err := s.set(f.value); err != nil {
		what := err.Error()
		if s.mask == nil {
			what += fmt.Sprintf(", not %q", f.value)
		}
		l.problem(s.name, what, s.help)
	}
}

// derive sets what follows from several settings, or from none.
func (l *loader) derive() {
	c := &l.c
	if c.Debug {
		c.AllowedHosts, c.CORSOrigins = []string{"*"}, []string{"*"}
		l.shown["ALLOWED_HOSTS"] = found{"*", "development"}
		l.shown["CORS_ALLOWED_ORIGINS"] = found{"*", "development"}
		if c.SecretKey == "" {
			l.developmentKey()
		}
	}
	c.Email.From = cmp.Or(c.Email.From, c.Email.User)
	c.Email.SendGridKey = cmp.Or(c.Email.SendGridKey, c.Email.Password)
	if l.isSet("CELERY_BROKER_URL") {
		l.warn("CELERY_BROKER_URL is not used: jobs wait in the database, so no broker and no Celery worker is needed (docs/jobs.md).")
	}
	l.deriveDatabase()
	l.deriveCache()
	l.deriveNodes()
	l.deriveStorage()
	l.deriveBackup()
}

func (l *loader) deriveDatabase() {
	if l.found["DATABASE_URL"].source != "" {
		return
	}
	named := slices.ContainsFunc([]string{"DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"}, l.isSet)
	if !named {
		l.c.Database.Path = filepath.Join(l.c.DataDir, "ekolek.sqlite3")
		if file, err := filepath.Abs(l.c.Database.Path); err == nil {
			l.shown["DATABASE_URL"] = found{"sqlite://" + file, fromDefault}
		}
		return
	}
	u := url.URL{Scheme: "postgres", Path: "/" + l.found["DB_NAME"].value}
	u.User = url.UserPassword(l.found["DB_USER"].value, l.found["DB_PASSWORD"].value)
	host, port := l.found["DB_HOST"].value, l.found["DB_PORT"].value
	if strings.HasPrefix(host, "/") {
		u.RawQuery = url.Values{"host": {host}, "port": {port}}.Encode()
	} else {
		hosts := items(host) // a primary and its standbys: whichever takes writes
		for i := range hosts {
			hosts[i] = net.JoinHostPort(hosts[i], port)
		}
		u.Host = strings.Join(hosts, ",")
	}
	l.c.Database.URL = Secret(u.String())
	l.shown["DATABASE_URL"] = found{u.String(), "DB_ settings"}
}

// deriveCache: CACHE_BACKEND says which, CACHE_LOCATION where; REDIS_URL fills in
// when they are silent.
func (l *loader) deriveCache() {
	location := cmp.Or(l.found["CACHE_LOCATION"].value, l.found["REDIS_URL"].value)
	kind := cacheKind(l.found["CACHE_BACKEND"].value)
	switch {
	case kind == "LocMemCache" && l.isSet("CACHE_BACKEND"):
	case location != "":
		if err := redis()(location); err != nil {
			l.problem("CACHE_LOCATION", err.Error(), "Or leave it empty: the cache is in memory then.")
			return
		}
		l.c.CacheURL = Secret(location)
	case kind == "RedisCache":
		l.problem("CACHE_LOCATION", "is required with CACHE_BACKEND RedisCache", "Set it to the server's address, such as redis://localhost:6379/0.")
	}
}

// isSet says that a value was given, here or in .env.
func (l *loader) isSet(name string) bool {
	source := l.found[name].source
	return source != "" && source != fromDefault
}

func (l *loader) describe(table []setting) {
	var secrets []string
	for _, s := range table {
		f, ok := l.shown[s.name]
		if !ok {
			f = l.found[s.name]
		}
		if s.mask != nil {
			secrets = append(secrets, secretsIn(f.value)...)
			f.value = s.mask(f.value)
		}
		l.c.rows = append(l.c.rows, Row{Name: s.name, Value: f.value, Source: cmp.Or(f.source, "not set")})
	}
	l.c.secrets = func() []string { return secrets }
}
