package check

import (
	"path/filepath"
	"time"

	"ekolek/internal/db"
)

// books are the checks of points, backups and nodes.
func books() []Check {
	return []Check{
		{ID: "EK.E048", Class: Error, Deploy: true, Later: true, Title: "The books balance, somebody looked last night, and what is posted is sealed and signed.",
			Mend: "Run `ekolek ledger verify`; see the console's page of jobs why the nightly one, `ledger.seal` or `ledger.checkpoint` does not run. Books that do not balance: docs/ledger.md.", judge: balanced},
		{ID: "EK.E034", Class: Error, Deploy: true, Warns: true, Django: "caches.E001, W003", Title: "Several nodes share what they know.",
			Mend: "Set CACHE_LOCATION to a Redis or Valkey server that all nodes reach.", judge: sharing},
		{ID: "EK.W047", Class: Warning, Deploy: true, Title: "The city survives the loss of this machine.",
			Mend: "Let backups run (BACKUP_HOUR, BACKUP_DIR), and see /console/backups/ why one or its trial restore failed; for a loss of nothing see docs/cluster.md.", judge: surviving},
		{ID: "EK.E046", Class: Error, Deploy: true, Warns: true, Title: "The database is big enough for the city.",
			Mend: "Move to PostgreSQL: docs/database.md.", judge: outgrown},
	}
}

// nightly is how old the last verification may be, an hour more than a day.
const nightly = 25 * time.Hour

// unsealed is how long a transfer may wait for its seal: a run comes every 15 seconds.
const unsealed = time.Minute

func balanced(f *Facts, v *verdict) {
	if !f.need(v, "Verified", f.Verified != nil) || !f.need(v, "Seals", f.Seals != nil) {
		return
	}
	last := *f.Verified
	switch {
	case last.At.IsZero() && f.Database != nil && f.Now.Sub(f.Database.Since) < nightly:
		// a fresh installation: the first night is to come
	case last.At.IsZero():
		v.fail("the books were never verified")
	case !last.OK:
		v.fail("the books do not balance: %s", last.Line)
	case f.Now.Sub(last.At) > nightly:
		v.fail("the books were last verified more than %s ago", nightly)
	}
	switch waiting, signed := f.Seals.Waiting, f.Seals.Checkpoint.Made; {
	case !waiting.IsZero() && f.Now.Sub(waiting) > unsealed:
		v.fail("transfers have been waiting for their seal since %s", waiting.In(db.Manila).Format(time.DateTime))
	case f.Seals.Entries > 0 && f.Database != nil && f.Now.Sub(f.Database.Since) > nightly && f.Now.Sub(signed) > nightly:
		v.fail("no day of the books was signed for more than %s", nightly)
	}
}

func sharing(f *Facts, v *verdict) {
	if f.Config.Nodes > 1 && f.Config.CacheURL == "" {
		v.warn("NODE_COUNT is %d and there is no shared cache: every node sums up its own figures", f.Config.Nodes)
	}
	if f.Config.Nodes > 1 && f.Config.Backup.Dir != "" && !filepath.IsAbs(f.Config.Backup.Dir) {
		v.warn("BACKUP_DIR is relative, so every node would have its own")
	}
}

// The ages that backups may have: a day and two hours, and a week.
const (
	oldBackup = 26 * time.Hour
	oldTest   = 7 * 24 * time.Hour
)

// surviving: a city on one machine has its backups; one with nodes has a standby too.
func surviving(f *Facts, v *verdict) {
	if f.Config.Nodes > 1 && f.Database != nil && f.Database.Engine == db.Postgres && !f.Database.SyncStandby {
		v.fail("no standby is waited for: what was acknowledged last may be lost with the database's machine")
	}
	if !f.need(v, "Backup", f.Backup != nil) {
		return
	}
	young := f.Database != nil && f.Now.Sub(f.Database.Since) < oldBackup // the first night is to come
	last, test := f.Backup.Last, f.Backup.Test
	switch {
	case f.Config.Backup.Hour < 0 && last.GoodAt.IsZero():
		v.fail("BACKUP_HOUR is -1, and no backup was ever made")
	case !last.At.IsZero() && !last.OK:
		v.fail("the last backup failed: %s", last.Problem)
	case f.Now.Sub(last.GoodAt) > oldBackup && !young:
		v.fail("there is no backup of the last %s", oldBackup)
	}
	switch {
	case !test.At.IsZero() && !test.OK:
		v.fail("the last trial restore failed: %s", test.Problem)
	case f.Now.Sub(test.GoodAt) > oldTest && !young:
		v.fail("no backup was restored for trial in the last 7 days")
	}
}

// manyFamilies is where one file and one writer come near their limits; the SQLite file of
// such a city has some ten gigabytes after three years.
const manyFamilies = 100_000

func outgrown(f *Facts, v *verdict) {
	if !f.on(v, db.SQLite) {
		return
	}
	if f.Config.Nodes > 1 {
		v.fail("NODE_COUNT is %d, but SQLite serves one node", f.Config.Nodes)
	}
	if f.People != nil && f.People.Families > manyFamilies {
		v.warn("there are more than %d families in one SQLite file", manyFamilies)
	}
}
