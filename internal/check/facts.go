package check

import (
	"context"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// Facts are what was seen of a set-up. A pointer is nil when the thing could not be looked
// at, or when that failed; Why and Errs tell, by the field's name.
type Facts struct {
	Now      time.Time
	Version  string
	Config   config.Config
	Problems config.Problems
	Silences []Silence
	Environ  []string          // "NAME=value"
	Why      map[string]string // field → why it could not be looked at
	Errs     map[string]error  // field → what went wrong while looking

	Answers []Answer // of the handler, to strangers
	Inside  []Answer // of the same handler over an empty city, to people who are signed in
	Routes  []web.Mounted
	Limits  *Limits

	Database   *db.Facts
	Verified   *ledger.Verified
	Seals      *ledger.SealState
	Auth       *auth.Facts
	People     *people.Facts
	Backup     *BackupFacts
	Keys       []db.Key      // that have sealed something here, or did
	Uploads    *files.Limits // of what people send
	Demo       bool          // a made-up city was loaded here
	Folders    []Folder
	Secrets    []SecretFile
	Served     []string // folders of this disk from which files are given to strangers
	Memory     int64    // bytes that this machine, or this container, has
	Processors int
	Zone       *time.Location // Asia/Manila
	Build      *debug.BuildInfo

	SMSAhead *time.Duration // the gateway's clock against ours
	Names    *Names         // what DNS says about the sender's domain
}

// BackupFacts are the newest backup and the newest trial restore.
type BackupFacts struct{ Last, Test backup.Fact }

// Limits are those of the HTTP server.
type Limits struct {
	ReadHeader, Read, Write, Idle time.Duration
	Header                        int // bytes
}

// Parts are what Look looks at. Those that are nil are not looked at.
type Parts struct {
	Now      func() time.Time
	Config   config.Config
	Problems config.Problems
	Environ  []string
	Version  string

	DB      *db.DB
	DBError error // why DB is nil
	Auth    *auth.Service
	People  *people.Service
	Site    *web.Server // made as the running one is made, with a silent log
	Limits  Limits
	Served  []string // folders of this disk from which files are given to strangers
	// Inside gives answers of the same handler over an empty city; nil at the start.
	Inside func(ctx context.Context) ([]Answer, error)

	Resolver *net.Resolver // nil: DNS is not asked
	Client   *http.Client  // nil: the gateway's clock is not asked
}

// Look gathers the facts. What cannot be seen is told in Why; it is for each check to say
// what that means.
func Look(ctx context.Context, p Parts) *Facts {
	f := &Facts{
		Now: p.Now(), Version: p.Version, Config: p.Config, Problems: p.Problems, Environ: p.Environ,
		Why: map[string]string{}, Errs: map[string]error{}, Limits: &p.Limits,
	}
	f.lookAtMachine()
	uploads := files.LimitsOf()
	f.Uploads, f.Served = &uploads, p.Served
	f.Silences = ParseSilences(p.Config.CheckSilenced, f.Now, f.Zone)
	f.lookAtDisk()
	f.lookAtDatabase(ctx, p)
	if p.Site != nil {
		f.Routes = p.Site.Routes()
		f.Answers = Walk(p.Site.Handler(), f.Routes, f.Config)
	} else {
		f.Why["Answers"] = "the program could not be put together"
	}
	if p.Inside != nil {
		var err error
		if f.Inside, err = p.Inside(ctx); err != nil {
			f.Errs["Inside"] = err
		}
	} else {
		f.Why["Inside"] = "pages behind the sign-in are only opened by `ekolek check --deploy`"
	}
	f.lookOutside(ctx, p)
	return f
}

func (f *Facts) lookAtDatabase(ctx context.Context, p Parts) {
	if p.DB == nil {
		why := "the database cannot be reached"
		if p.DBError == nil {
			why = "the configuration has to be mended first"
		}
		for _, name := range []string{"Database", "Verified", "Seals", "Auth", "People", "Backup"} {
			f.Why[name] = why
		}
		if p.DBError != nil {
			f.Why["Reach"] = p.DBError.Error()
		}
		return
	}
	facts, err := p.DB.Facts(ctx)
	if err != nil {
		f.Errs["Database"] = err
	} else {
		f.Database = &facts
	}
	if f.Database == nil || !facts.Status.Ready() {
		for _, name := range []string{"Verified", "Seals", "Auth", "People", "Backup"} {
			f.Why[name] = "the database has another schema than this program"
		}
		return
	}
	f.Verified = seen(f, "Verified", func() (ledger.Verified, error) { return ledger.LastVerified(ctx, p.DB) })
	f.Seals = seen(f, "Seals", func() (ledger.SealState, error) { return ledger.StateOfSeals(ctx, p.DB, f.Now) })
	f.Auth = seen(f, "Auth", func() (auth.Facts, error) { return p.Auth.Facts(ctx) })
	f.Backup = seen(f, "Backup", func() (b BackupFacts, err error) {
		if b.Last, err = backup.Last(ctx, p.DB); err == nil {
			b.Test, err = backup.LastTest(ctx, p.DB)
		}
		return b, err
	})
	if keys := seen(f, "Keys", func() ([]db.Key, error) { return db.SealingKeys(ctx, p.DB) }); keys != nil {
		f.Keys = *keys
	}
	f.People = seen(f, "People", func() (people.Facts, error) { return p.People.Facts(ctx) })
	demo, err := db.Value(ctx, p.DB, "demo.loaded")
	if err != nil {
		f.Errs["Auth"] = err
	}
	f.Demo = demo != ""
}

// seen keeps what was seen, or why not.
func seen[T any](f *Facts, name string, look func() (T, error)) *T {
	v, err := look()
	if err != nil {
		f.Errs[name] = err
		return nil
	}
	return &v
}

// need says, in the verdict, why a fact is missing: a check that has to skip is told so.
func (f *Facts) need(v *verdict, name string, there bool) bool {
	switch err, failed := f.Errs[name]; {
	case failed:
		v.err = err
	case !there:
		v.skip(f.Why[name])
	}
	return there
}
