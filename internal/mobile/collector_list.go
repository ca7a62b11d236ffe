package mobile

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
)

// How many rows of each kind the app gets: when it does not say, and at most.
const (
	fewTransactions  = 20
	mostTransactions = 100
)

type wasteRow struct {
	ID         int64       `json:"id"`
	Type       string      `json:"type"`
	UserName   string      `json:"user_name"`
	WasteType  string      `json:"waste_type"`
	Kilos      wire.Kilos  `json:"weight_kg"`
	Points     wire.Points `json:"points_earned"`
	At         wire.Time   `json:"timestamp"`
	FamilyCode string      `json:"family_code"`
}

type redemptionRow struct {
	ID         uuid.UUID   `json:"id"`
	Type       string      `json:"type"`
	UserName   string      `json:"user_name"`
	RewardName string      `json:"reward_name"`
	Points     wire.Points `json:"points_used"`
	Status     string      `json:"status"`
	At         wire.Time   `json:"timestamp"`
	FamilyCode string      `json:"family_code"`
}

// transactionsNote tells the app what the first of its two lists shows.
const transactionsNote = "Waste transactions show all recent transactions (no admin tracking in model)"

// GET /mobile/api/admin/transactions/?limit=20
//
// Weighed is the whole city's, as the note says and the app expects; handed out is the
// collector's own.
func (m *Mobile) transactions(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := web.PrincipalOf(ctx)
	limit, err := readLimit(r)
	if err != nil {
		return err
	}
	answer := struct {
		Success     bool            `json:"success"`
		Waste       []wasteRow      `json:"waste_transactions"`
		Redemptions []redemptionRow `json:"redemptions"`
		AdminName   string          `json:"admin_name"`
		Note        string          `json:"note"`
	}{true, []wasteRow{}, []redemptionRow{}, who.Name, transactionsNote}
	if limit > 0 {
		weighIns, err := m.collection.Recent(ctx, people.City, limit)
		if err != nil {
			return err
		}
		handedOut, err := m.rewards.Recent(ctx, who.ID, limit)
		if err != nil {
			return err
		}
		answer.Waste, answer.Redemptions = wasteRows(weighIns), redemptionRows(handedOut)
	}
	return web.JSON(w, http.StatusOK, answer)
}

// readLimit is how many rows are asked for; 0 is none.
func readLimit(r *http.Request) (int, error) {
	text := strings.TrimSpace(r.URL.Query().Get("limit"))
	if text == "" {
		return fewTransactions, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, refuseCollector(http.StatusBadRequest, "INVALID_LIMIT", "Invalid limit")
	}
	return min(n, mostTransactions), nil
}

func wasteRows(list []collection.WeighIn) []wasteRow {
	rows := make([]wasteRow, len(list))
	for i, w := range list {
		rows[i] = wasteRow{w.Number, "waste_collection", w.ResidentName, materials(w), wire.Kilos(w.Grams), wire.Points(w.Points), wire.Time(w.CollectedAt), w.FamilyCode}
	}
	return rows
}

func redemptionRows(list []rewards.Redemption) []redemptionRow {
	rows := make([]redemptionRow, len(list))
	for i, d := range list {
		rows[i] = redemptionRow{d.ID, "redemption", d.ResidentName, d.ItemName, wire.Points(d.Points), "completed", wire.Time(d.At), d.FamilyCode}
	}
	return rows
}
