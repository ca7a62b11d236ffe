package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/ledger"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// approvalQueue is the acts of one unit that wait for a second person: its pages, and who
// decides there.
type approvalQueue struct {
	unit approval.Unit
	path string
	need auth.Permission
}

var (
	pointApprovals = approvalQueue{unit: approval.Points, path: "/console/approvals/points/", need: auth.ManagePoints}
	stockApprovals = approvalQueue{unit: approval.Items, path: "/console/approvals/stock/", need: auth.ManageRewards}
)

// approvalRoutes are the pages of both queues, and corrections, which may end up there.
func (c *Console) approvalRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /console/residents/{id}/points/", Need: auth.ManagePoints, Handle: c.correctPage},
		{Pattern: "POST /console/residents/{id}/points/", Need: auth.ManagePoints, Handle: c.correctPoints},
		{Pattern: "GET /console/residents/{id}/pin/", Need: auth.ManageResidents, Handle: c.pinPage},
		{Pattern: "POST /console/residents/{id}/pin/", Need: auth.ManageResidents, Handle: c.setPIN},
	}
	for _, q := range []approvalQueue{pointApprovals, stockApprovals} {
		routes = append(routes,
			web.Route{Pattern: "GET " + q.path, Need: q.need, Handle: c.approvals(q)},
			web.Route{Pattern: "GET " + q.path + "{id}/", Need: q.need, Handle: c.approvalPage(q)},
			web.Route{Pattern: "POST " + q.path + "{id}/agree/", Need: q.need, Handle: c.decide(q, c.approval.Agree, "approval.agreed")},
			web.Route{Pattern: "POST " + q.path + "{id}/refuse/", Need: q.need, Handle: c.decide(q, c.approval.Refuse, "approval.refused")},
			web.Route{Pattern: "POST " + q.path + "{id}/withdraw/", Need: q.need, Handle: c.decide(q, c.approval.Withdraw, "approval.withdrawn")})
	}
	return routes
}

// reach is what somebody decides on in a queue.
func (q approvalQueue) reach(p auth.Principal) approval.Reach {
	return approval.Reach{Unit: q.unit, Scope: p.Scope}
}

type approvalsView struct {
	web.Page
	Queue approvalQueue
	Tabs  []ui.Tab
	Rows  []approval.Request
	Next  string
}

// GET /console/approvals/points/ and /console/approvals/stock/
func (c *Console) approvals(q approvalQueue) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, reach := r.Context(), q.reach(web.PrincipalOf(r.Context()))
		filter := approval.Filter{State: approval.Waiting, Cursor: r.URL.Query().Get("after")}
		all := r.URL.Query().Get("state") == "all"
		if all {
			filter.State = ""
		}
		page, err := c.approval.Requests(ctx, reach, filter)
		if err != nil {
			return err
		}
		waiting, err := c.approval.Count(ctx, reach)
		if err != nil {
			return err
		}
		v := approvalsView{Page: q.page(r), Queue: q, Rows: page.Rows, Next: page.Next, Tabs: []ui.Tab{
			{Href: q.path, Text: i18n.T(ctx, "approval.state.waiting"), Count: waiting, Counted: true, Current: !all},
			{Href: q.path + "?state=all", Text: i18n.T(ctx, "approval.all"), Current: all},
		}}
		return web.Render(w, r, http.StatusOK, approvalsTempl(v))
	}
}

func (q approvalQueue) page(r *http.Request) web.Page {
	if q.unit == approval.Items {
		return web.NewPage(r, "approval.title_stock")
	}
	return web.NewPage(r, "approval.title_points")
}

type approvalView struct {
	web.Page
	Queue   approvalQueue
	Request approval.Request
	Form    *form.Form
}

// own says whether the reader asked for it, and so may not decide.
func (v approvalView) own() bool { return v.Request.AskedBy == v.Principal.ID }

// approvalAct is a decision on a request.
type approvalAct func(ctx context.Context, actor audit.Actor, reach approval.Reach, id uuid.UUID, reason string) (approval.Request, error)

// GET /console/approvals/points/{id}/ and /console/approvals/stock/{id}/
func (c *Console) approvalPage(q approvalQueue) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return c.showApproval(w, r, q, form.Empty()) }
}

// POST …/agree/, …/refuse/, …/withdraw/
func (c *Console) decide(q approvalQueue, act approvalAct, done string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.PathID(r, "id")
		if err != nil {
			return err
		}
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		ctx := r.Context()
		reason := f.Note("reason", 500)
		if f.OK() {
			req, err := act(ctx, web.ActorOf(r), q.reach(web.PrincipalOf(ctx)), id, reason)
			if err := f.Keep(err); err != nil {
				return err
			}
			if f.OK() {
				web.Flash(w, r, ui.Done, done, "Name", req.TargetName)
				web.Redirect(w, r, q.path)
				return nil
			}
		}
		return c.showApproval(w, r, q, f)
	}
}

func (c *Console) showApproval(w http.ResponseWriter, r *http.Request, q approvalQueue, f *form.Form) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	req, err := c.approval.Request(r.Context(), q.reach(web.PrincipalOf(r.Context())), id)
	if err != nil {
		return err
	}
	v := approvalView{Page: web.NewPage(r, "approval.one", "What", approvalKindText(r.Context(), req.Kind), "Name", req.TargetName), Queue: q, Request: req, Form: f}
	return web.RenderForm(w, r, f, approvalTempl(v))
}

// waitingFor are the acts on points that wait for a resident or a weigh-in; none for
// those who may not decide on points.
func (c *Console) waitingFor(ctx context.Context, target uuid.UUID) ([]approval.Request, error) {
	p := web.PrincipalOf(ctx)
	if !p.May(pointApprovals.need) {
		return nil, nil
	}
	page, err := c.approval.Requests(ctx, pointApprovals.reach(p), approval.Filter{State: approval.Waiting, Target: target})
	return page.Rows, err
}

// approvalPath is the page of a request.
func approvalPath(q approvalQueue, id uuid.UUID) string { return q.path + id.String() + "/" }

// approvalKindText names an act that waits.
func approvalKindText(ctx context.Context, k approval.Kind) string {
	switch k {
	case approval.CorrectPoints:
		return i18n.T(ctx, "approval.kind.points_correct")
	case approval.VoidWeighIn:
		return i18n.T(ctx, "approval.kind.weigh_in_void")
	case approval.ReturnRedemption:
		return i18n.T(ctx, "approval.kind.redemption_return")
	case approval.AdjustStock:
		return i18n.T(ctx, "approval.kind.stock_adjust")
	case approval.CountStock:
		return i18n.T(ctx, "approval.kind.stock_count")
	}
	return string(k)
}

// amountText is how much an act moves, with its sign.
func amountText(ctx context.Context, r approval.Request) string {
	if r.Unit == approval.Points {
		return i18n.T(ctx, "approval.points", "Points", i18n.Signed(ledger.Points(r.Amount)))
	}
	sign := ""
	if r.Amount > 0 {
		sign = "+"
	}
	return i18n.T(ctx, "approval.items", "Items", sign+i18n.Number(r.Amount))
}

// targetPath is the page of what an act is about; "" when the reader may not open it.
func targetPath(p auth.Principal, r approval.Request) string {
	id := r.TargetID.String()
	switch {
	case r.TargetKind == "resident" && p.May(auth.ManageResidents):
		return residentPath(r.TargetID)
	case r.TargetKind == "weigh_in" && p.May(auth.ManagePoints):
		return weighInPath(r.TargetID)
	case r.TargetKind == "reward" && p.May(auth.ManageRewards):
		return "/console/rewards/" + id + "/"
	case r.TargetKind == "redemption" && p.May(auth.ManageRewards):
		return "/console/redemptions/" + id + "/"
	}
	return ""
}

func stateText(ctx context.Context, s approval.State) string {
	switch s {
	case approval.Agreed:
		return i18n.T(ctx, "approval.state.agreed")
	case approval.Refused:
		return i18n.T(ctx, "approval.state.refused")
	case approval.Withdrawn:
		return i18n.T(ctx, "approval.state.withdrawn")
	default:
		return i18n.T(ctx, "approval.state.waiting")
	}
}

func approvalTone(s approval.State) string {
	switch s {
	case approval.Agreed:
		return "leaf"
	case approval.Refused:
		return "clay"
	case approval.Waiting:
		return "sun"
	}
	return ""
}

// approvalWorks are the queues of acts that wait for somebody else than who asked.
func (c *Console) approvalWorks(ctx context.Context, p auth.Principal) ([]ui.Work, error) {
	var list []ui.Work
	for _, q := range []approvalQueue{pointApprovals, stockApprovals} {
		if !p.May(q.need) {
			continue
		}
		n, err := c.approval.Count(ctx, q.reach(p))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			list = append(list, q.work(ctx, n))
		}
	}
	return list, nil
}

func (q approvalQueue) work(ctx context.Context, n int) ui.Work {
	w := ui.Work{Count: n, What: i18n.T(ctx, "approval.work_points", "Count", n), Why: i18n.T(ctx, "approval.work_why"),
		Act: i18n.T(ctx, "approval.work_act"), Href: q.path, Urgent: true}
	if q.unit == approval.Items {
		w.What = i18n.T(ctx, "approval.work_stock", "Count", n)
	}
	return w
}
