package report

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// chunk is how many rows of an export are read at once. Between chunks the database is
// free, however slowly the reader takes them.
const chunk = 1000

// WeighInFilter narrows the export of weigh-ins as it narrows the list on the page.
type WeighInFilter struct {
	From, To  string // Manila days of weighing, both included
	Barangay  uuid.UUID
	Collector uuid.UUID
	Type      uuid.UUID
	Resident  uuid.UUID
}

// WeighIns is one row for each material of each weigh-in, newest first. The voided ones
// are in it, with the reason.
func (s *Service) WeighIns(ctx context.Context, scope people.Scope, f WeighInFilter) Table {
	return Table{
		Name: "report.weigh_ins",
		Head: []string{"report.col.weighed_at", "report.col.barangay", "report.col.collector", "report.col.resident", "report.col.family", "report.col.family_code",
			"report.col.material", "report.col.gross_kg", "report.col.tare_kg", "report.col.kg", "report.col.rate", "report.col.points",
			"report.col.identified", "report.col.note", "report.col.voided_at", "report.col.void_reason", "report.col.id"},
		Rows: stream(func(after db.Cursor) ([]keyed, error) { return exportWeighIns(ctx, s.behind, scope, f, after, chunk) }),
	}
}

// RedemptionFilter narrows the export of redemptions as it narrows the list on the page.
type RedemptionFilter struct {
	From, To string // Manila days, both included
	Barangay uuid.UUID
	Staff    uuid.UUID
	Item     uuid.UUID
	Place    uuid.UUID
	Resident uuid.UUID
	State    string // given, returned; empty: both
}

// Redemptions is one row for each redemption, newest first.
func (s *Service) Redemptions(ctx context.Context, scope people.Scope, f RedemptionFilter) Table {
	return Table{
		Name: "report.redemptions",
		Head: []string{"report.col.redeemed_at", "report.col.receipt", "report.col.place", "report.col.barangay", "report.col.staff", "report.col.resident", "report.col.family", "report.col.family_code",
			"report.col.reward", "report.col.quantity", "report.col.unit", "report.col.price", "report.col.points", "report.col.identified", "report.col.note",
			"report.col.returned_at", "report.col.returned_by", "report.col.reason", "report.col.id"},
		Rows: stream(func(after db.Cursor) ([]keyed, error) {
			return exportRedemptions(ctx, s.behind, scope, f, after, chunk)
		}),
	}
}

// Residents is one row for each resident of the filter, newest first.
func (s *Service) Residents(ctx context.Context, scope people.Scope, f people.ResidentFilter) Table {
	return Table{
		Name: "report.residents",
		Head: []string{"report.col.registered_at", "report.col.resident", "report.col.username", "report.col.phone", "report.col.family", "report.col.family_code",
			"report.col.barangay", "report.col.representative", "report.col.status", "report.col.status_reason", "report.col.points", "report.col.id"},
		Rows: s.residentRows(ctx, scope, f),
	}
}

func (s *Service) residentRows(ctx context.Context, scope people.Scope, f people.ResidentFilter) iter.Seq2[[]any, error] {
	f.Cursor, f.Limit = "", db.MaxLimit
	return func(yield func([]any, error) bool) {
		for {
			page, err := s.people.Residents(ctx, scope, f)
			if err != nil {
				yield(nil, err)
				return
			}
			balances, err := s.balances(ctx, page.Rows)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range page.Rows {
				if !yield(residentRow(r, balances[r.ID].Posted), nil) {
					return
				}
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				return
			}
		}
	}
}

func (s *Service) balances(ctx context.Context, residents []people.Resident) (map[uuid.UUID]ledger.Balance, error) {
	ids := make([]uuid.UUID, len(residents))
	for i, r := range residents {
		ids[i] = r.ID
	}
	return ledger.Balances(ctx, s.db, ids)
}

func residentRow(r people.Resident, balance ledger.Points) []any {
	return []any{r.CreatedAt, r.FullName, r.Username, r.Phone, r.FamilyName, r.FamilyCode, r.BarangayName,
		yesWord(r.Representative), stateWord(r.State()), stateReason(r), balance, r.ID.String()}
}

// stateReason is why a resident was rejected or suspended.
func stateReason(r people.Resident) string {
	if r.State() == people.Suspended {
		return r.SuspendedReason
	}
	return r.StatusReason
}

// StatementTable is a resident's passbook, newest first.
func (s *Service) StatementTable(ctx context.Context, resident uuid.UUID, from, to string) Table {
	return Table{
		Name: "report.statement",
		Head: []string{"report.col.at", "report.col.kind", "report.col.what", "report.col.kg", "report.col.points", "report.col.balance", "report.col.reason", "report.col.id"},
		Rows: s.statementRows(ctx, resident, StatementFilter{From: from, To: to, Limit: db.MaxLimit}),
	}
}

func (s *Service) statementRows(ctx context.Context, resident uuid.UUID, f StatementFilter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			page, err := s.Statement(ctx, resident, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, m := range page.Rows {
				if !yield(m.row(), nil) {
					return
				}
			}
			if f.Before = page.Next; f.Before == 0 {
				return
			}
		}
	}
}

func (m Movement) row() []any {
	what := m.Item.En
	for i, material := range m.Materials {
		if i > 0 {
			what += ", "
		}
		what += material.En
	}
	var grams any
	if m.Grams > 0 {
		grams = m.Grams
	}
	return []any{m.At, KindWord(m.Kind), what, grams, m.Points, m.BalanceAfter, m.Reason, m.ID.String()}
}

// TrailTable is the audit trail, newest first.
func (s *Service) TrailTable(ctx context.Context, f audit.Filter) Table {
	return Table{
		Name: "report.audit",
		Head: []string{"report.col.at", "report.col.actor", "report.col.actor_kind", "report.col.action", "report.col.target_kind", "report.col.target",
			"report.col.details", "report.col.ip", "report.col.user_agent", "report.col.request_id", "report.col.id"},
		Rows: s.trailRows(ctx, f),
	}
}

func (s *Service) trailRows(ctx context.Context, f audit.Filter) iter.Seq2[[]any, error] {
	f.Cursor, f.Limit = "", db.MaxLimit
	return func(yield func([]any, error) bool) {
		for {
			page, err := audit.List(ctx, s.behind, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range page.Rows {
				if !yield(trailRow(e), nil) {
					return
				}
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				return
			}
		}
	}
}

func trailRow(e audit.Entry) []any {
	return []any{e.At, e.Actor.Name, Word(audit.KindKey(e.Actor.Kind)), known(audit.ActionKey(e.Action), e.Action),
		known(audit.TargetKey(e.TargetKind), e.TargetKind), e.TargetName, e.Details, e.Actor.IP, e.Actor.UserAgent, e.Actor.RequestID, e.ID.String()}
}

// known is a name from the catalogues, or the name itself when they have none.
func known(key, name string) any {
	if key == "" {
		return name
	}
	return Word(key)
}

// keyed is an export's row with its place in the order.
type keyed struct {
	at    db.Cursor
	cells []any
}

// stream reads chunk after chunk, each from where the one before ended, until one is empty.
func stream(read func(after db.Cursor) ([]keyed, error)) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		after, err := db.ParseCursor("")
		for err == nil {
			var rows []keyed
			rows, err = read(after)
			for _, row := range rows {
				if !yield(row.cells, nil) {
					return
				}
				after = row.at
			}
			if len(rows) == 0 {
				break
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// KindWord is a transfer's kind in words.
func KindWord(k ledger.Kind) Word {
	switch k {
	case ledger.KindWeighIn:
		return "report.kind.weigh_in"
	case ledger.KindRedemption:
		return "report.kind.redemption"
	case ledger.KindReferral:
		return "report.kind.referral"
	case ledger.KindLearning:
		return "report.kind.learning"
	case ledger.KindGame:
		return "report.kind.game"
	case ledger.KindAdjustment:
		return "report.kind.adjustment"
	case ledger.KindImport:
		return "report.kind.import"
	case ledger.KindReversal:
		return "report.kind.reversal"
	}
	return ""
}

// identifiedWord says how a resident was known at the Station.
func identifiedWord(by string) Word {
	switch by {
	case "card":
		return "report.by.card"
	case "code":
		return "report.by.code"
	case "legacy_card":
		return "report.by.legacy_card"
	case "live":
		return "report.by.live"
	case "reservation":
		return "report.by.reservation"
	case "search", "username", "family_code":
		return "report.by.search"
	case "import":
		return "report.by.import"
	}
	return ""
}

// stateWord is a resident's state in words.
func stateWord(s people.Status) Word {
	switch s {
	case people.Pending:
		return "report.status.pending"
	case people.Approved:
		return "report.status.approved"
	case people.Rejected:
		return "report.status.rejected"
	case people.Suspended:
		return "report.status.suspended"
	}
	return ""
}

// yesWord is yes or nothing.
func yesWord(yes bool) Word {
	if yes {
		return "report.yes"
	}
	return ""
}

// moment is a cell of a time that may be missing.
func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}
