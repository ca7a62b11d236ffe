package mobile

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/errs"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

type wasteType struct {
	ID   uuid.UUID    `json:"id"`
	Name string       `json:"name"`
	Rate wire.PerKilo `json:"points_per_kg"`
}

// GET /mobile/api/admin/waste-types/
func (m *Mobile) wasteTypes(w http.ResponseWriter, r *http.Request) error {
	types, err := m.collection.Types(r.Context())
	if err != nil {
		return err
	}
	list := []wasteType{}
	for _, t := range types {
		if t.Active {
			list = append(list, wasteType{t.ID, t.Name, wire.PerKilo(t.Rate)})
		}
	}
	slices.SortFunc(list, func(a, b wasteType) int { return cmp.Compare(a.Name, b.Name) })
	return web.JSON(w, http.StatusOK, struct {
		Success bool        `json:"success"`
		Types   []wasteType `json:"waste_types"`
		Count   int         `json:"count"`
	}{true, list, len(list)})
}

// weighed is a weigh-in as its answer tells it.
type weighed struct {
	ID          int64       `json:"id"`
	UserName    string      `json:"user_name"`
	WasteType   string      `json:"waste_type"`
	Kilos       wire.Kilos  `json:"weight_kg"`
	Points      wire.Points `json:"points_earned"`
	At          wire.Time   `json:"timestamp"`
	ProcessedBy string      `json:"processed_by"`
}

// Refusals of weigh-ins.
var (
	errNoUserID  = refuseCollector(http.StatusBadRequest, "", "User ID is required")
	errNoWeight  = refuseCollector(http.StatusBadRequest, "", "Waste type and weight are required")
	errBadWeight = refuseCollector(http.StatusBadRequest, "", "Invalid weight value")
	errNoType    = refuseCollector(http.StatusNotFound, "WASTE_TYPE_NOT_FOUND", "Waste type not found or not available")
)

// POST /mobile/api/admin/waste-transaction/
func (m *Mobile) wasteTransaction(w http.ResponseWriter, r *http.Request) error {
	act, err := m.readAct(r, errWeighReach)
	if err != nil {
		return err
	}
	line, err := act.line()
	if err != nil {
		return act.refuse(err)
	}
	receipt, err := m.collection.Record(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, collection.Entry{
		RequestKey: act.key, Unkeyed: act.key == "", Resident: act.of.Resident.ID, IdentifiedBy: identifiedBy(act.of.By), Lines: []collection.EntryLine{line},
	})
	if err != nil {
		return act.refuse(weighInRefusal(err))
	}
	return web.JSON(w, http.StatusCreated, struct {
		Success     bool        `json:"success"`
		Transaction weighed     `json:"transaction"`
		NewPoints   wire.Points `json:"user_new_points"`
	}{true, weighed{receipt.Number, receipt.ResidentName, materials(receipt.WeighIn), wire.Kilos(receipt.Grams), wire.Points(receipt.Points),
		wire.Time(receipt.CollectedAt), receipt.CollectorName}, wire.Points(receipt.Balance)})
}

// act is what a collector does for a resident: what was sent, under which key, and for
// whom. refused is why the resident cannot be served now; a repeat of what was done
// before is answered all the same, and only the books know repeats.
type act struct {
	body
	key     string
	of      people.Identified
	refused error
}

// refuse is the answer to an act that was not done: about the resident first.
func (a act) refuse(err error) error { return cmp.Or(a.refused, err) }

// readAct reads a request and finds the resident whom it names.
func (m *Mobile) readAct(r *http.Request, outside *refusal) (a act, err error) {
	if a.key, err = requestKey(r); err != nil {
		return act{}, err
	}
	if a.body, err = readBody(r); err != nil {
		return act{}, err
	}
	if a.empty("user_id") {
		return act{}, errNoUserID
	}
	text, ok := a.word("user_id")
	if !ok {
		return act{}, errNoUser
	}
	a.of, a.refused = m.identify(r.Context(), web.PrincipalOf(r.Context()), text, outside)
	if a.of.Resident.ID == uuid.Nil {
		return act{}, a.refused
	}
	return a, nil
}

// line is the one material of a weigh-in.
func (b body) line() (collection.EntryLine, error) {
	if b.empty("waste_type_id") || b.empty("weight_kg") {
		return collection.EntryLine{}, errNoWeight
	}
	text, ok := b.word("weight_kg")
	grams, isWeight := readKilos(text)
	if !ok || !isWeight {
		return collection.EntryLine{}, errBadWeight
	}
	id, ok := b.uuid("waste_type_id")
	if !ok {
		return collection.EntryLine{}, errNoType
	}
	return collection.EntryLine{Type: id, Gross: grams}, nil
}

// weighInRefusal is the book's refusal in the app's words. One line was sent, so what is
// wrong with it is its type or its weight.
func weighInRefusal(err error) error {
	switch {
	case errors.Is(err, people.ErrResidentNotFound), errors.Is(err, collection.ErrResidentNotActive):
		return errNoUser.because(err)
	case wrongField(err, "lines.1.type"):
		return errNoType.because(err)
	case wrongField(err, "lines.1.gross"):
		return errBadWeight.because(err)
	}
	return err
}

func wrongField(err error, name string) bool {
	e, ok := errs.As(err)
	return ok && e.Fields[name].Key != ""
}

// materials names what was weighed; the Station weighs several at once.
func materials(w collection.WeighIn) string {
	names := make([]string, len(w.Lines))
	for i, l := range w.Lines {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}
