package check

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// signing is how long one key signs cards.
const signing = people.SigningPeriod

// database are the checks of the database.
func database() []Check {
	return []Check{
		{ID: "EK.E040", Class: Error, Title: "The database answers, and its schema is this program's.",
			Mend: "Start the database or mend DATABASE_URL; `ekolek migrate` brings the schema up to date. What somebody changed by hand has to be changed back by hand.", judge: reachable},
		{ID: "EK.E041", Class: Error, Warns: true, Title: "PostgreSQL keeps what it acknowledged.",
			Mend: "Set fsync, full_page_writes and synchronous_commit to on in postgresql.conf; checksums come with `pg_checksums --enable` while the server is stopped.", judge: durable},
		{ID: "EK.E042", Class: Error, Title: "SQLite keeps what it acknowledged.",
			Mend: "Put the file on a disk of this machine, and let nothing else set its pragmas.", judge: durableFile},
		{ID: "EK.E043", Class: Error, Deploy: true, Warns: true, Title: "This program's role cannot rewrite the journals.",
			Mend: "Give the tables to one role and let the program use another: docs/database.md, and `ekolek migrate --grant-to ROLE`.", judge: role},
		{ID: "EK.E044", Class: Error, Deploy: true, Warns: true, Title: "Nobody reads or writes on the way to the database.",
			Mend: "Add sslmode=verify-full to DATABASE_URL, or use a socket of this machine.", judge: encrypted},
		{ID: "EK.E045", Class: Error, Deploy: true, Title: "There are connections for everybody.",
			Mend: "Lower DB_MAX_CONNS or NODE_COUNT, or raise max_connections; a pooler has to work by the session.", judge: connections},
		{ID: "EK.E049", Class: Error, Deploy: true, Later: true, Warns: true, Title: "The clocks agree.",
			Mend: "Let chrony or systemd-timesyncd set the clocks of both machines.", judge: clocks},
	}
}

func reachable(f *Facts, v *verdict) {
	if why, ok := f.Why["Reach"]; ok {
		v.fail("the database cannot be reached: %s", why)
		return
	}
	if !f.need(v, "Database", f.Database != nil) {
		return
	}
	d := f.Database
	if d.Engine == db.Postgres && d.Major < 14 {
		v.fail("PostgreSQL %s is too old: 14 is the least", d.Version)
	}
	switch {
	case d.Status.Current > d.Status.Latest:
		v.fail("the database is at version %d, newer than this program's %d", d.Status.Current, d.Status.Latest)
	case !d.Status.Ready():
		v.fail("migrations are waiting: run `ekolek migrate` (%s)", strings.Join(d.Status.Pending, ", "))
	}
	for _, what := range d.Drift {
		v.fail("the schema is not the migrations': %s", what)
	}
}

// on says that a check is about this engine, and that the database was seen.
func (f *Facts) on(v *verdict, engine db.Engine) bool {
	return f.need(v, "Database", f.Database != nil) && f.Database.Engine == engine
}

func durable(f *Facts, v *verdict) {
	if !f.on(v, db.Postgres) {
		return
	}
	for name, on := range map[string]bool{"fsync": f.Database.Fsync, "full_page_writes": f.Database.FullPageWrites, "synchronous_commit": f.Database.SynchronousCommit} {
		if !on {
			v.fail("%s is off: what was acknowledged may be gone after a power cut", name)
		}
	}
	if !f.Database.Checksums {
		v.warn("data_checksums is off: a disk that lies is noticed late")
	}
}

// full is SQLite's synchronous level that flushes at every commit.
const full = 2

func durableFile(f *Facts, v *verdict) {
	if !f.on(v, db.SQLite) {
		return
	}
	d := f.Database
	if d.Journal != "wal" {
		v.fail("journal_mode is %s, not wal", d.Journal)
	}
	if d.Synchronous < full {
		v.fail("synchronous is below FULL: what was acknowledged may be gone after a power cut")
	}
	if !d.ForeignKeys {
		v.fail("foreign_keys is off")
	}
	if d.Network != "" {
		v.fail("the file lies on a network share (%s), where SQLite's locks do not hold", d.Network)
	}
}

// role: triggers already keep the journals, so what a role may do beyond its work is a
// second line. A managed service that gives one role only can be lived with, knowingly.
func role(f *Facts, v *verdict) {
	if !f.on(v, db.Postgres) || !f.Database.Status.Ready() {
		return
	}
	d := f.Database
	if d.Superuser {
		v.warn("the role is a superuser: a hole in this program would be one in the whole server")
	} else if d.Owns > 0 {
		v.warn("the role owns tables, and so may turn off what keeps the journals")
	}
	if !d.Superuser && len(d.MayRewrite) > 0 && d.Owns == 0 {
		v.warn("the role may rewrite %s", strings.Join(d.MayRewrite, ", "))
	}
}

func encrypted(f *Facts, v *verdict) {
	u, err := url.Parse(string(f.Config.Database.URL))
	if err != nil || f.Config.Database.URL == "" {
		return
	}
	query := u.Query()
	hosts := strings.Split(u.Host, ",")
	if h := query.Get("host"); h != "" {
		hosts = strings.Split(h, ",")
	}
	if slices.Contains([]string{"verify-full", "verify-ca"}, query.Get("sslmode")) {
		return
	}
	for _, host := range hosts {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.Trim(host, "[]")
		switch {
		case nextDoor(host):
		case private(host):
			v.warn("the way to %s is not encrypted and verified; it is a private network, which others on it can read", host)
		default:
			v.fail("the way to %s is not encrypted and verified", host)
		}
	}
}

// nextDoor says that a host is this machine: a socket's folder, or the loopback.
func nextDoor(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "" || host == "localhost" || strings.HasPrefix(host, "/")
}

// private says that a host is in a network of the city's own, or of its containers.
func private(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
}

// spare is kept for a person who looks, a backup, and the migrations.
const spare = 5

func connections(f *Facts, v *verdict) {
	if !f.on(v, db.Postgres) {
		return
	}
	d, nodes := f.Database, max(1, f.Config.Nodes)
	if need := d.Pool*nodes + d.Reserved + spare; need > d.MaxConnections {
		v.fail("%d nodes with %d connections each, %d reserved and %d spare are more than max_connections, %d", nodes, d.Pool, d.Reserved, spare, d.MaxConnections)
	}
	if d.Transactional {
		v.fail("a pooler gives out servers by the transaction, but locks and prepared statements live in a session")
	}
}

// The most by which clocks may differ. Codes of five minutes and cards that end at
// midnight bear that.
const (
	databaseClock = 2 * time.Second
	gatewayClock  = 5 * time.Second
)

func clocks(f *Facts, v *verdict) {
	if f.Database != nil && f.Database.Ahead.Abs() > databaseClock {
		v.fail("the clock differs from the database's by more than %s", databaseClock)
	}
	if f.SMSAhead != nil && f.SMSAhead.Abs() > gatewayClock {
		v.warn("the clock differs from the text message gateway's by more than %s", gatewayClock)
	}
	if f.need(v, "Database", f.Database != nil) && f.SMSAhead == nil && f.Why["SMSAhead"] != "" {
		v.skip("of the gateway's clock: " + f.Why["SMSAhead"])
	}
}
