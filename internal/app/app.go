// Package app puts the rooms together: it opens what the configuration names, hands
// each part what it needs, serves HTTP and runs the queue until it is told to stop.
// It decides nothing about the city.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/cache"
	"ekolek/internal/collection"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/jobs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/telemetry"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// App is the program's parts, opened and joined.
type App struct {
	DB         *db.DB
	Vault      *db.Vault
	Log        *slog.Logger
	Files      *files.Service
	Notify     *notify.Service
	Approval   *approval.Service
	People     *people.Service
	Auth       *auth.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Schedule   *schedule.Service
	Report     *report.Service
	Cache      cache.Cache
	Queue      *jobs.Queue
	Backup     *backup.Service
	Sealing    *ledger.Sealing

	cfg    config.Config
	logs   *telemetry.Logs
	meters *telemetry.Metrics
	traces *telemetry.Traces
	cached cache.Counts
	health health
	mails  *carrier.Folder
	now    func() time.Time
	close  closers
	events *web.Events
	server *server
	drain  drain
}

// New opens the parts in the order in which they need each other. It starts nothing
// and does not ask for the schema's version, so commands use it too. w gets the log.
func New(ctx context.Context, cfg config.Config, w io.Writer) (*App, error) {
	return newAt(ctx, cfg, w, time.Now)
}

func newAt(ctx context.Context, cfg config.Config, w io.Writer, now func() time.Time) (_ *App, err error) {
	a := &App{cfg: cfg, now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close.Close())
		}
	}()
	if a.logs, err = openLogs(cfg, w); err != nil {
		return nil, err
	}
	log := a.logs.Logger()
	a.Log = log
	a.meters = telemetry.NewMetrics()
	a.openTraces()
	a.close = append(a.close, a.logs)
	if a.Vault, err = keysOf(cfg).Vault(); err != nil {
		return nil, err
	}
	if a.DB, err = OpenDB(ctx, cfg, log); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.DB)
	if err := a.attachVault(ctx); err != nil {
		return nil, err
	}
	if a.Cache, err = cache.Open(string(cfg.CacheURL)); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.Cache)
	a.Cache = cache.Counted(a.Cache, &a.cached)
	if a.Queue, err = jobs.Open(a.DB, jobs.Config{}, log); err != nil {
		return nil, err
	}
	if err := a.openFiles(); err != nil {
		return nil, err
	}
	return a, a.furnish()
}

// furnish makes the capabilities, and gives the queue its work.
func (a *App) furnish() error {
	a.mails = carrier.NewFolder(a.OutboxDir(), a.now)
	outbox, err := a.outbox(a.mails)
	if err != nil {
		return err
	}
	a.Notify = notify.New(a.DB, a.Vault, a.Queue, outbox, a.now)
	a.Approval = approval.Open(a.DB, a.now)
	a.Approval.Tell(a.tellDecision)
	a.People = people.New(a.DB, a.Vault, a.Notify, a.now).Paying(a.referral()).Keeping(a.Files).
		Scanning(a.cfg.LegacyUntil).TwoPersons(a.Approval, a.secondPoints())
	a.Notify.Telling(a.People.Crowd())
	a.Auth = auth.New(a.DB, a.Vault, a.Notify, a.People, a.signIns(), a.now)
	a.Auth.Work(a.Queue)
	a.Collection = collection.New(a.DB, a.Notify, a.now).Reading(a.DB.Reader()).TwoPersons(a.Approval, a.secondPoints())
	a.Rewards = rewards.New(a.DB, a.Notify, a.now).Under(a.rewardRules()).TwoPersons(a.Approval).Telling(a.rewardManagers).
		Keeping(a.Files).Reading(a.DB.Reader())
	a.Schedule = schedule.New(a.DB, a.Notify, a.now).Naming(a.materials).Crewing(a.crew).Reading(a.DB.Reader()).
		Reminding(a.People, a.Queue, a.cfg.ReminderHour)
	a.Report = report.New(a.DB, a.People, a.now).Reading(a.DB.Reader()).Issuing(a.issuer())
	a.openBackup()
	a.sealJournal()
	a.events = web.NewEvents(a.Notify.Hub(), a.Auth.LiveSessions, a.Log)
	a.keepHouse()
	a.measure()
	a.trace()
	return nil
}

// signIns is what the configuration says about signing in.
func (a *App) signIns() auth.Config {
	return auth.Config{
		SecretKey: string(a.cfg.SecretKey), FormerKeys: plain(a.cfg.FormerSecrets), Production: !a.cfg.Debug, Issuer: "E-KOLEK " + a.cfg.City,
		CodeLife: a.cfg.OTP.Expiry, CodeTries: a.cfg.OTP.MaxAttempts, CodeAgain: a.cfg.OTP.ResendCooldown,
		AccessLife: a.cfg.Tokens.Access, RefreshLife: a.cfg.Tokens.Refresh,
	}
}

// referral is what the configuration says about bringing others.
func (a *App) referral() people.Referral {
	return people.Referral{New: ledger.Points(a.cfg.Referral.New) * 100, Referrer: ledger.Points(a.cfg.Referral.Referrer) * 100}
}

// rewardRules is what the configuration says about handing out rewards.
func (a *App) rewardRules() rewards.Rules {
	return rewards.Rules{
		ReservationLife: time.Duration(a.cfg.Rewards.ReservationDays) * 24 * time.Hour, ReservationsMax: a.cfg.Rewards.ReservationsMax,
		ProofAbove: ledger.Points(a.cfg.Rewards.ProofAbove) * 100, SecondPoints: a.secondPoints(), SecondStock: int64(a.cfg.TwoPersons.Stock),
	}
}

// secondPoints are from where on an act on points needs two persons.
func (a *App) secondPoints() ledger.Points { return ledger.Points(a.cfg.TwoPersons.Points) * 100 }

// issuer is what the configuration says about official forms.
func (a *App) issuer() report.Issuer {
	return report.Issuer{Entity: cmp.Or(a.cfg.Forms.Entity, a.cfg.City), Fund: a.cfg.Forms.Fund}
}

// rewardManagers are those who are told when stock runs low.
func (a *App) rewardManagers(ctx context.Context, q db.Q) ([]uuid.UUID, error) {
	staff, err := a.Auth.StaffWith(ctx, q, auth.ManageRewards)
	ids := make([]uuid.UUID, len(staff))
	for i, s := range staff {
		ids[i] = s.ID
	}
	return ids, err
}

// materials are the waste types as the plan of the trucks names them.
func (a *App) materials(ctx context.Context, q db.Q) ([]schedule.Material, error) {
	types, err := a.Collection.TypesIn(ctx, q)
	out := make([]schedule.Material, len(types))
	for i, t := range types {
		out[i] = schedule.Material{ID: t.ID, Name: t.Name, NameFil: t.NameFil, Class: string(t.Class)}
	}
	return out, err
}

// crew are those who ride with the trucks.
func (a *App) crew(ctx context.Context, q db.Q) ([]schedule.Collector, error) {
	staff, err := a.Auth.StaffWith(ctx, q, auth.UseStation)
	out := make([]schedule.Collector, len(staff))
	for i, s := range staff {
		out[i] = schedule.Collector{ID: s.ID, Name: s.FullName}
	}
	return out, err
}

// outbox is what the configuration says about messages. Development writes them to files,
// whatever is configured: nobody's phone rings because a programmer tries something.
func (a *App) outbox(files *carrier.Folder) (notify.Options, error) {
	o := notify.Options{
		City: a.cfg.City, SiteURL: a.cfg.SiteURL, Words: i18n.In, Keep: time.Duration(a.cfg.MessageDays) * 24 * time.Hour,
		Gateways: []carrier.Carrier[carrier.Text]{files.Texts()}, Mailers: []carrier.Carrier[carrier.Letter]{files.Letters()},
	}
	o.Push = a.pushService()
	if a.cfg.Debug {
		return o, nil
	}
	sms := a.cfg.SMS
	o.Gateways, o.SMSOff, o.Abroad = carrier.Gateways(sms), !sms.Enabled, sms.Abroad
	o.Cost, o.CityCap, o.NumberCap = sms.Cost, sms.CityCap*100, sms.NumberCap*100
	var err error
	o.Mailers, err = carrier.Mailers(a.cfg.Email, files)
	return o, err
}

// OutboxDir is where messages lie that are written to files instead of being sent.
func (a *App) OutboxDir() string { return filepath.Join(a.cfg.DataDir, notify.OutboxFolder) }

// ShowMessages also prints those messages from now on, readable.
func (a *App) ShowMessages(w io.Writer) { a.mails.Show(w) }

// ErrDatabase says that the database could not be opened.
var ErrDatabase = errors.New("the database does not open")

// OpenDB opens the database that the configuration names. A SQLite file's folder is
// made when it is not there.
func OpenDB(ctx context.Context, cfg config.Config, log *slog.Logger) (*db.DB, error) {
	o := db.Options{URL: string(cfg.Database.URL), Path: cfg.Database.Path, MaxConns: cfg.Database.MaxConns, Log: log,
		ReplicaURL: string(cfg.Database.ReplicaURL), ReplicaLag: cfg.Database.ReplicaLag}
	if o.URL == "" {
		if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
	}
	d, err := db.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return d, nil
}

// Close stops what Start began and closes everything, the last opened first.
func (a *App) Close() error {
	return errors.Join(a.stop(), a.close.Close())
}

// closers closes several things, the last one first.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i].Close())
	}
	return errors.Join(errs...)
}
