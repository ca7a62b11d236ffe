package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// MaxCorrection bounds one correction: a slip of the finger must not fill the ledger.
const MaxCorrection ledger.Points = 100_000_00

// Correction is points that the office gives or takes, because the books were wrong.
type Correction struct {
	RequestKey string // made by the form, once for each correction
	Resident   uuid.UUID
	Points     ledger.Points // signed
	Reason     string
}

// Corrected tells what a correction did.
type Corrected struct {
	Points   ledger.Points
	Balance  ledger.Points // available after it; of one that waits, as it would be
	Waiting  bool          // nothing happened yet: a second person must agree
	Replayed bool
}

// Refusals of corrections.
var (
	ErrCorrectAccess = errs.New(errs.Conflict, "RESIDENT_NOT_ACTIVE", "error.people.correct_access")

	// errSecondPerson undoes a correction that one person alone may not make.
	errSecondPerson = errors.New("a second person must agree")
)

// TwoPersons is the service that puts corrections before a second person: those that
// bring what one member of staff gave and took from one resident in a day to an amount or
// above it; never, when it is 0.
func (s *Service) TwoPersons(a *approval.Service, from ledger.Points) *Service {
	c := *s
	c.approval, c.secondFrom = a, from
	a.Handle(approval.CorrectPoints, c.correctAgreed)
	return &c
}

// CorrectPoints gives a resident points or takes them away, and tells them why; or asks a
// second person first. The same request key of the same member of staff answers again
// what it answered. Errors: fields; ErrResidentNotFound, ErrOutside; ErrCorrectAccess for
// an applicant; ledger.ErrInsufficientPoints; approval.ErrAlreadyAsked; db.ErrKeyReused.
func (s *Service) CorrectPoints(ctx context.Context, actor audit.Actor, scope Scope, c Correction) (out Corrected, err error) {
	if c.RequestKey == "" || len(c.RequestKey) > 100 || actor.ID == uuid.Nil {
		return Corrected{}, errors.New("correct points: no request key, or no member of staff")
	}
	if c.Reason, err = c.check(); err != nil {
		return Corrected{}, err
	}
	act := func(do func(context.Context, *db.Tx, audit.Actor, Resident, Correction) (Corrected, error)) error {
		return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			out, err = s.correctOnce(ctx, tx, actor, scope, c, do)
			return err
		})
	}
	// What one person may do is found out by doing it: only then does the balance's row
	// keep others from doing the same at the same time.
	if err = act(s.correctAlone); errors.Is(err, errSecondPerson) {
		err = act(s.askCorrection)
	}
	if err != nil {
		return Corrected{}, fmt.Errorf("correct points of %s: %w", c.Resident, err)
	}
	return out, nil
}

func (c Correction) check() (reason string, err error) {
	var f errs.Fields
	if c.Points == 0 || c.Points > MaxCorrection || c.Points < -MaxCorrection {
		f.Add("points", "error.people.correct_points", "Max", MaxCorrection.String())
	}
	reason = cleanText(&f, "reason", c.Reason, true, maxReason)
	return reason, f.Err()
}

// correctOnce answers a repeat, or acts.
func (s *Service) correctOnce(ctx context.Context, tx *db.Tx, actor audit.Actor, scope Scope, c Correction,
	do func(context.Context, *db.Tx, audit.Actor, Resident, Correction) (Corrected, error)) (Corrected, error) {
	place := "points.correct:" + actor.ID.String()
	hash := db.HashRequest(fmt.Appendf(nil, "%s\x00%d\x00%s", c.Resident, c.Points, c.Reason))
	fresh, answer, err := db.ClaimKey(ctx, tx, place, c.RequestKey, hash, s.now())
	if err != nil {
		return Corrected{}, err
	}
	var out Corrected
	if !fresh {
		err := json.Unmarshal([]byte(answer), &out)
		out.Replayed = true
		return out, err
	}
	r, err := s.residentInReach(ctx, tx, scope, c.Resident)
	if err != nil {
		return Corrected{}, err
	}
	if r.Status != Approved {
		return Corrected{}, ErrCorrectAccess
	}
	if out, err = do(ctx, tx, actor, r, c); err != nil {
		return Corrected{}, err
	}
	stored, err := json.Marshal(out)
	if err != nil {
		return Corrected{}, err
	}
	return out, db.StoreAnswer(ctx, tx, place, c.RequestKey, string(stored))
}

// correctAlone is a correction by one person. Error: errSecondPerson, and then everything
// is to be undone.
func (s *Service) correctAlone(ctx context.Context, tx *db.Tx, actor audit.Actor, r Resident, c Correction) (Corrected, error) {
	out, err := s.correct(ctx, tx, actor, r, c, db.NewID(), nil)
	if err != nil || s.secondFrom == 0 {
		return out, err
	}
	today, err := correctedOn(ctx, tx, r.ID, actor.ID, db.Day(s.now()))
	if err == nil && today >= s.secondFrom {
		err = errSecondPerson
	}
	return out, err
}

// NeedsSecond says whether a correction would wait for a second person, as things stand.
func (s *Service) NeedsSecond(ctx context.Context, actor audit.Actor, resident uuid.UUID, p ledger.Points) (bool, error) {
	if s.secondFrom == 0 || p == 0 {
		return false, nil
	}
	today, err := correctedOn(ctx, s.db, resident, actor.ID, db.Day(s.now()))
	if err != nil {
		return false, fmt.Errorf("sum up corrections of %s: %w", resident, err)
	}
	return today+max(p, -p) >= s.secondFrom, nil
}

// correct posts, notes and tells. source is what the ledger knows the correction by.
func (s *Service) correct(ctx context.Context, tx *db.Tx, actor audit.Actor, r Resident, c Correction, source uuid.UUID, more map[string]any) (Corrected, error) {
	now := s.now()
	_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: source, Account: r.ID, Points: c.Points, Actor: actor, Reason: c.Reason, At: now})
	if err != nil {
		return Corrected{}, err
	}
	b, err := ledger.BalanceOf(ctx, tx, r.ID)
	if err != nil {
		return Corrected{}, err
	}
	if err := s.tellCorrected(ctx, tx, r, c); err != nil {
		return Corrected{}, err
	}
	details := map[string]any{"reason": c.Reason, "points": int64(c.Points), "balance": int64(b.Posted)}
	for name, value := range more {
		details[name] = value
	}
	return Corrected{Points: c.Points, Balance: b.Available()}, audit.Record(ctx, tx, actor, now, audit.Event{
		Action: "points.correct", TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName, Details: details})
}

// askCorrection puts a correction before a second person. What cannot be done anyway is
// refused at once.
func (s *Service) askCorrection(ctx context.Context, tx *db.Tx, actor audit.Actor, r Resident, c Correction) (Corrected, error) {
	b, err := ledger.BalanceOf(ctx, tx, r.ID)
	if err != nil {
		return Corrected{}, err
	}
	says := errs.T("people.correct.says_give", "Name", r.FullName, "Points", c.Points.String(), "Before", b.Posted.String(), "After", (b.Posted + c.Points).String())
	if c.Points < 0 {
		says = errs.T("people.correct.says_take", "Name", r.FullName, "Points", (-c.Points).String(), "Before", b.Posted.String(), "After", (b.Posted + c.Points).String())
	}
	_, err = s.approval.Ask(ctx, tx, actor, approval.Asking{
		Kind: approval.CorrectPoints, TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName,
		Amount: int64(c.Points), Unit: approval.Points, Barangay: r.BarangayID, Reason: c.Reason, Says: []errs.Text{says},
	})
	return Corrected{Points: c.Points, Balance: b.Available() + c.Points, Waiting: true}, err
}

// correctAgreed carries a correction out that a second person agreed to.
func (s *Service) correctAgreed(ctx context.Context, tx *db.Tx, actor audit.Actor, req approval.Request) error {
	r, err := s.residentByID(ctx, tx, req.TargetID)
	if err != nil {
		return err
	}
	c := Correction{Resident: r.ID, Points: ledger.Points(req.Amount), Reason: req.Reason}
	_, err = s.correct(ctx, tx, actor, r, c, req.ID, map[string]any{"asked_by": req.AskedByName, "request": req.ID})
	return err
}

func (s *Service) tellCorrected(ctx context.Context, tx *db.Tx, r Resident, c Correction) error {
	hundredths := int64(c.Points)
	text := errs.T("people.correct.notice_give", "Points", c.Points.String(), "Reason", c.Reason)
	if c.Points < 0 {
		text = errs.T("people.correct.notice_take", "Points", (-c.Points).String(), "Reason", c.Reason)
	}
	return s.tell(ctx, tx, notify.Message{Kind: "resident.points_corrected", To: Recipient(r),
		Notice: &notify.Notice{Type: "other", Text: text, Link: "/points/", Points: &hundredths}})
}
