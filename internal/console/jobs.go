package console

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/jobs"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type jobsView struct {
	web.Page
	Form  *form.Form // the filters
	State jobs.State
	Tabs  []ui.Tab
	Kinds []ui.Option
	Lag   time.Duration // how long the job that waits longest has been due
	Rows  []jobs.Job
	Next  string
}

// Stuck says that the queue does not keep up, or that nobody works it.
func (v jobsView) Stuck() bool { return v.Lag > jobs.StuckAfter }

// GET /console/jobs/?state=&kind=&after=
func (c *Console) jobs(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	filter := jobs.Filter{State: knownJobState(f.Text("state", 20)), Kind: f.Text("kind", 100), Cursor: f.Text("after", 50)}
	page, err := c.queue.List(ctx, filter)
	if err != nil {
		return err
	}
	counts, err := c.queue.Counts(ctx, filter.Kind)
	if err != nil {
		return err
	}
	v := jobsView{Page: web.NewPage(r, "console.jobs.title"), Form: f, State: filter.State, Kinds: jobKindOptions(ctx, c.queue.Kinds()),
		Rows: page.Rows, Next: page.Next}
	if v.Lag, err = c.queue.Lag(ctx); err != nil {
		return err
	}
	v.Tabs = v.tabs(ctx, counts)
	return web.Render(w, r, http.StatusOK, jobsTempl(v))
}

// knownJobState drops a state that is none.
func knownJobState(s string) jobs.State {
	if slices.Contains(jobs.States(), jobs.State(s)) {
		return jobs.State(s)
	}
	return ""
}

func (v jobsView) tabs(ctx context.Context, counts map[jobs.State]int64) []ui.Tab {
	var all int64
	var tabs []ui.Tab
	for _, s := range jobs.States() {
		all += counts[s]
		tabs = append(tabs, ui.Tab{Href: v.Query("state", string(s)), Text: jobStateText(ctx, s), Count: int(counts[s]), Counted: true, Current: v.State == s})
	}
	return append([]ui.Tab{{Href: v.Query("state", ""), Text: i18n.T(ctx, "console.jobs.tab_all"), Count: int(all), Counted: true, Current: v.State == ""}}, tabs...)
}

func jobKindOptions(ctx context.Context, kinds []string) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.jobs.all_kinds")}}
	for _, k := range kinds {
		options = append(options, ui.Option{Value: k, Text: jobWords(ctx, jobs.Job{Kind: k})})
	}
	return options
}

type jobView struct {
	web.Page
	Job jobs.Job
}

// MayAct says whether the reader may run jobs again and cancel them.
func (v jobView) MayAct() bool { return v.Principal.May(auth.ManageSecurity) }

// GET /console/jobs/{id}/
func (c *Console) job(w http.ResponseWriter, r *http.Request) error {
	j, err := c.jobOf(r)
	if err != nil {
		return err
	}
	v := jobView{Page: web.NewPage(r, "console.job.title", "Number", strconv.FormatInt(j.ID, 10)), Job: j}
	return web.Render(w, r, http.StatusOK, jobTempl(v))
}

// jobOf is the job that the address names.
func (c *Console) jobOf(r *http.Request) (jobs.Job, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return jobs.Job{}, jobs.ErrNotFound.Because(err)
	}
	return c.queue.Find(r.Context(), id)
}

// jobAct is something that a person does to a job.
type jobAct struct {
	name    string // in the address
	may     func(jobs.Job) bool
	apply   func(*jobs.Queue, context.Context, audit.Actor, int64) error
	refusal error
	danger  bool
}

var jobActs = []jobAct{
	{name: "retry", may: jobs.Job.MayRetry, apply: (*jobs.Queue).Retry, refusal: jobs.ErrNotRetried},
	{name: "cancel", may: jobs.Job.MayCancel, apply: (*jobs.Queue).Cancel, refusal: jobs.ErrNotCancelled, danger: true},
}

func (a jobAct) words(ctx context.Context, j jobs.Job) actWords {
	if a.name == "retry" {
		return actWords{Question: i18n.T(ctx, "console.job.retry.question"), Button: i18n.T(ctx, "console.job.retry"), Done: "console.job.retry.done",
			Effects: []string{i18n.T(ctx, "console.job.retry.effect"), i18n.T(ctx, "console.job.retry.effect_attempts", "Count", j.Attempt)}}
	}
	return actWords{Question: i18n.T(ctx, "console.job.cancel.question"), Button: i18n.T(ctx, "console.job.cancel"), Done: "console.job.cancel.done",
		Effects: []string{i18n.T(ctx, "console.job.cancel.effect"), i18n.T(ctx, "console.job.cancel.effect_back")}}
}

type jobActView struct {
	web.Page
	Form  *form.Form
	Act   jobAct
	Words actWords
	Job   jobs.Job
}

// GET /console/jobs/{id}/retry/, …/cancel/
func (c *Console) jobActPage(a jobAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		j, err := c.jobOf(r)
		if err != nil {
			return err
		}
		if !a.may(j) {
			return a.refusal
		}
		return c.showJobAct(w, r, a, j, form.Empty())
	}
}

// POST to the same addresses.
func (c *Console) jobAct(a jobAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		j, err := c.jobOf(r)
		if err != nil {
			return err
		}
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		if err := f.Take(a.apply(c.queue, r.Context(), web.ActorOf(r), j.ID)); err != nil {
			return err
		}
		if !f.OK() {
			return c.showJobAct(w, r, a, j, f)
		}
		web.Flash(w, r, ui.Done, a.words(r.Context(), j).Done)
		web.Redirect(w, r, jobPath(j.ID))
		return nil
	}
}

func (c *Console) showJobAct(w http.ResponseWriter, r *http.Request, a jobAct, j jobs.Job, f *form.Form) error {
	words := a.words(r.Context(), j)
	v := jobActView{Page: web.NewPage(r, "console.act.title", "Act", words.Button, "Name", jobWords(r.Context(), j)), Form: f, Act: a, Words: words, Job: j}
	return web.RenderForm(w, r, f, jobActTempl(v))
}

// jobPath is the page of a job.
func jobPath(id int64) string { return "/console/jobs/" + strconv.FormatInt(id, 10) + "/" }

// jobWords says what a job does; a kind without words of its own is shown by its name.
func jobWords(ctx context.Context, j jobs.Job) string {
	switch j.Kind {
	case "notify.deliver":
		return i18n.T(ctx, "console.jobs.kind.deliver")
	case "notify.campaign":
		return i18n.T(ctx, "console.jobs.kind.campaign")
	case "schedule.remind":
		return i18n.T(ctx, "console.jobs.kind.remind")
	case "auth.reset":
		return i18n.T(ctx, "console.jobs.kind.reset")
	case "auth.tell_locked":
		return i18n.T(ctx, "console.jobs.kind.tell_locked")
	case "check.run":
		return i18n.T(ctx, "console.jobs.kind.check")
	case "ledger.verify":
		return i18n.T(ctx, "console.jobs.kind.ledger_verify")
	case "backup.make":
		return i18n.T(ctx, "console.jobs.kind.backup")
	case "every":
		return periodicWords(ctx, j.Periodic)
	default:
		return j.Kind
	}
}

func periodicWords(ctx context.Context, name string) string {
	switch name {
	case "":
		return i18n.T(ctx, "console.jobs.kind.every")
	case "auth.purge":
		return i18n.T(ctx, "console.jobs.kind.auth_purge")
	case "backup.nightly":
		return i18n.T(ctx, "console.jobs.kind.backup_nightly")
	case "db.forget_keys":
		return i18n.T(ctx, "console.jobs.kind.forget_keys")
	case "rewards.expire":
		return i18n.T(ctx, "console.jobs.kind.expire")
	case "schedule.remind":
		return i18n.T(ctx, "console.jobs.kind.schedule_remind")
	case "schedule.reminded":
		return i18n.T(ctx, "console.jobs.kind.schedule_reminded")
	case "check.daily":
		return i18n.T(ctx, "console.jobs.kind.check_daily")
	case "ledger.verify_nightly":
		return i18n.T(ctx, "console.jobs.kind.verify_nightly")
	case "notify.campaigns":
		return i18n.T(ctx, "console.jobs.kind.notify_campaigns")
	case "notify.expire":
		return i18n.T(ctx, "console.jobs.kind.notify_expire")
	case "notify.purge":
		return i18n.T(ctx, "console.jobs.kind.notify_purge")
	default:
		return name
	}
}

// jobCode is the name by which the program and its log know a job.
func jobCode(j jobs.Job) string {
	if j.Periodic != "" {
		return j.Periodic
	}
	return j.Kind
}

func jobStateText(ctx context.Context, s jobs.State) string {
	switch s {
	case jobs.Waiting:
		return i18n.T(ctx, "console.jobs.state.waiting")
	case jobs.Running:
		return i18n.T(ctx, "console.jobs.state.running")
	case jobs.Retryable:
		return i18n.T(ctx, "console.jobs.state.retryable")
	case jobs.GivenUp:
		return i18n.T(ctx, "console.jobs.state.given_up")
	case jobs.Cancelled:
		return i18n.T(ctx, "console.jobs.state.cancelled")
	default:
		return i18n.T(ctx, "console.jobs.state.done")
	}
}

// jobTone is the colour and the sign that go with a state.
func jobTone(s jobs.State) (tone, icon string) {
	switch s {
	case jobs.Waiting:
		return "", "clock"
	case jobs.Running:
		return "sea", "cog"
	case jobs.Retryable:
		return "sun", "refresh-cw"
	case jobs.GivenUp:
		return "clay", "triangle-alert"
	case jobs.Cancelled:
		return "", "ban"
	default:
		return "leaf", "check"
	}
}

// jobWhen is the moment that matters in a job's state, and what it is the moment of.
func jobWhen(ctx context.Context, j jobs.Job) (what string, at time.Time) {
	switch {
	case j.Later:
		return i18n.T(ctx, "console.jobs.when.due"), j.DueAt
	case j.State == jobs.Waiting:
		return i18n.T(ctx, "console.jobs.when.waits"), j.DueAt
	case j.State == jobs.Retryable:
		return i18n.T(ctx, "console.jobs.when.again"), j.DueAt
	case j.EndedAt != nil:
		return i18n.T(ctx, "console.jobs.when.ended"), *j.EndedAt
	case j.StartedAt != nil:
		return i18n.T(ctx, "console.jobs.when.began"), *j.StartedAt
	default:
		return i18n.T(ctx, "console.jobs.when.made"), j.CreatedAt
	}
}

// jobArgs are a job's parameters, one to a line.
func jobArgs(j jobs.Job) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(j.Args), "", "  "); err != nil {
		return j.Args
	}
	return out.String()
}

// jobMessage is the message that a job delivers; uuid.Nil for any other job.
func jobMessage(j jobs.Job) uuid.UUID {
	var args struct {
		ID uuid.UUID `json:"id"`
	}
	if j.Kind != "notify.deliver" || json.Unmarshal([]byte(j.Args), &args) != nil {
		return uuid.Nil
	}
	return args.ID
}
