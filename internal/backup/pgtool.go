package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"ekolek/internal/db"
)

// dumpPostgres writes a dump in the custom format, and counts at the same moment what
// the database holds.
func dumpPostgres(ctx context.Context, o Options, d *db.DB, file string, m *Manifest) error {
	version, err := d.ServerVersion(ctx)
	if err != nil {
		return fmt.Errorf("ask for the server's version: %w", err)
	}
	tool, err := findTool(ctx, "pg_dump", version/10000)
	if err != nil {
		return err
	}
	m.Tool = strconv.Itoa(tool.major)
	return d.Snapshot(ctx, func(ctx context.Context, q db.Q, snapshot string) error {
		// The archive is compressed as a whole, so the dump is not.
		if err := tool.run(ctx, o.Database.URL, "--format=custom", "--compress=0", "--snapshot="+snapshot, "--file="+file, "--no-password"); err != nil {
			return err
		}
		return m.count(ctx, q, db.Postgres)
	})
}

// loadPostgres restores a dump into an empty database, all of it or nothing. Who owned
// what stays behind: the one who restores owns it.
func loadPostgres(ctx context.Context, database, file string, m Manifest) error {
	major, err := strconv.Atoi(m.Tool)
	if err != nil {
		return problem(Damaged, "the backup does not say which pg_dump made it")
	}
	tool, err := findTool(ctx, "pg_restore", major)
	if err != nil {
		return err
	}
	name, err := db.ServerOf(database).Name()
	if err != nil {
		return err
	}
	return tool.run(ctx, database, "--dbname="+name, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password", file)
}

// tool is one of PostgreSQL's client programs.
type tool struct {
	path  string
	major int
}

// findTool finds a client program that is at least of a version: the oldest such one,
// since a newer one may write what an older server does not know.
func findTool(ctx context.Context, name string, major int) (tool, error) {
	var found []tool
	for _, path := range toolPaths(name) {
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		if err != nil {
			continue // a leftover, or a wrapper without its package
		}
		if v := toolVersion.FindSubmatch(out); v != nil {
			n, _ := strconv.Atoi(string(v[1])) // it is digits
			found = append(found, tool{path, n})
		}
	}
	slices.SortStableFunc(found, func(a, b tool) int { return a.major - b.major })
	for _, t := range found {
		if t.major >= major {
			return t, nil
		}
	}
	if len(found) == 0 {
		return tool{}, problem(NoTool, "%s is not installed here: install PostgreSQL's client programs, version %d (Debian: postgresql-client-%d)", name, major, major)
	}
	newest := found[len(found)-1]
	return tool{}, problem(NoTool, "%s here is version %d (%s), and version %d is needed: install it (Debian: postgresql-client-%d)", name, newest.major, newest.path, major, major)
}

var toolVersion = regexp.MustCompile(`\) (\d+)`)

// toolPaths are the places where a program may be. Debian keeps each version in a folder
// of its own, and in PATH a wrapper that picks one.
func toolPaths(name string) []string {
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is good
	if more, _ := filepath.Glob("/usr/pgsql-*/bin/" + name); len(more) > 0 {
		paths = append(paths, more...)
	}
	if at, err := exec.LookPath(name); err == nil {
		paths = append(paths, at)
	}
	return paths
}

// run runs the program on a database. Who connects, and with which password, goes by the
// environment: arguments are for everybody to see.
func (t tool) run(ctx context.Context, database string, args ...string) error {
	env, err := toolEnv(database)
	if err != nil {
		return err
	}
	// The child dies with this program, which the operating system ties to the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, t.path, args...)
	cmd.Env, cmd.SysProcAttr = env, dieWithUs()
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return problem(ToolFailed, "%s failed", filepath.Base(t.path)).because(errors.New(lastLines(said.String(), err)))
	}
	return nil
}

// lastLines is the end of what a program said, or how it ended.
func lastLines(said string, err error) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if lines[0] == "" {
		return err.Error()
	}
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}

// toolEnv is the environment of PostgreSQL's programs: where to connect, and none of our
// own settings.
func toolEnv(database string) ([]string, error) {
	cfg, err := pgconn.ParseConfig(database)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read") // the parser's words would show the password
	}
	hosts, ports := []string{cfg.Host}, []string{strconv.Itoa(int(cfg.Port))}
	for _, f := range cfg.Fallbacks {
		port := strconv.Itoa(int(f.Port))
		if last := len(hosts) - 1; f.Host != hosts[last] || port != ports[last] { // else the same host without TLS
			hosts, ports = append(hosts, f.Host), append(ports, port)
		}
	}
	env := []string{"PGHOST=" + strings.Join(hosts, ","), "PGPORT=" + strings.Join(ports, ","), "PGUSER=" + cfg.User,
		"PGDATABASE=" + cfg.Database, "PGPASSWORD=" + cfg.Password, "PGAPPNAME=ekolek backup", "PGCONNECT_TIMEOUT=10", "LC_MESSAGES=C"}
	_, query, _ := strings.Cut(database, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read")
	}
	for option, name := range map[string]string{"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
		"target_session_attrs": "PGTARGETSESSIONATTRS", "channel_binding": "PGCHANNELBINDING"} {
		if v := values.Get(option); v != "" {
			env = append(env, name+"="+v)
		}
	}
	if len(hosts) > 1 && values.Get("target_session_attrs") == "" {
		env = append(env, "PGTARGETSESSIONATTRS=read-write") // the primary, where the program writes
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"} {
		if v, ok := os.LookupEnv(name); ok && !slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") }) {
			env = append(env, name+"="+v)
		}
	}
	return env, nil
}
