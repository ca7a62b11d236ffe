package people

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// ProofLife is how long a proof is good for: long enough to fetch the goods.
const ProofLife = 10 * time.Minute

// Bounds on guessing. A guess hits one of three live codes or the PIN, so fifteen a day
// hit with a chance of 1 to 16,000. A member of staff's bound is for those who try one
// guess at everybody.
const (
	proofTries        = 5 // wrong ones of a resident
	proofTriesWithin  = 15 * time.Minute
	proofTriesADay    = 15 // of a resident
	staffProofsFailed = 60 // of a member of staff, a day
)

// Proof says that a resident was there and agreed.
type Proof struct {
	ID         uuid.UUID
	ResidentID uuid.UUID
	By         By // ByLive, ByPIN
	ExpiresAt  time.Time
	Replayed   bool // this key was answered before
}

// Proving is what a member of staff sends about the resident before them.
type Proving struct {
	RequestKey string // made by the form, once for each try
	Resident   uuid.UUID
	Text       string // a scanned live code, its six figures, or the PIN
}

// Refusals of proofs.
var (
	ErrProofWrong   = errs.New(errs.Invalid, "PROOF_WRONG", "error.people.proof_wrong")
	ErrProofTries   = errs.New(errs.TooMany, "PROOF_TRIES", "error.people.proof_tries")
	ErrProofOther   = errs.New(errs.Invalid, "PROOF_OF_ANOTHER", "error.people.proof_of_another")
	ErrProofInvalid = errs.New(errs.Conflict, "PROOF_INVALID", "error.people.proof_invalid")
	ErrLiveOld      = errs.New(errs.Invalid, "LIVE_CODE_OLD", "error.people.live_old")
	ErrLiveUsed     = errs.New(errs.Conflict, "LIVE_CODE_USED", "error.people.live_used")
)

// Prove takes a resident's live code or PIN. A try is counted, and stays counted, before
// anything is compared; each live code is taken once. The same key of the same member of
// staff gives the same proof. Errors: ErrProofWrong, ErrProofTries, ErrProofOther for
// another's live code, ErrLiveOld, ErrLiveUsed, ErrPINTooNew; ErrResidentNotFound and
// ErrOutside; db.ErrKeyReused.
func (s *Service) Prove(ctx context.Context, actor audit.Actor, scope Scope, p Proving) (Proof, error) {
	if actor.Kind != audit.Staff || actor.ID == uuid.Nil || p.RequestKey == "" || len(p.RequestKey) > 100 {
		return Proof{}, errors.New("prove: not a member of staff, or no request key")
	}
	p.Text = cleanProof(p.Text)
	r, err := s.residentInReach(ctx, s.db, scope, p.Resident)
	if err != nil {
		return Proof{}, err
	}
	proof, err := s.prove(ctx, actor, r, p)
	if err != nil {
		return Proof{}, fmt.Errorf("prove %s: %w", p.Resident, err)
	}
	return proof, nil
}

func (s *Service) prove(ctx context.Context, actor audit.Actor, r Resident, p Proving) (Proof, error) {
	row := proofRow{Proof: Proof{ID: db.NewID(), ResidentID: r.ID}, staff: actor.ID, key: p.RequestKey, hash: s.proofHash(p)}
	guess := !strings.HasPrefix(p.Text, ek2Prefix) // nobody guesses a code of 64 bits
	first, err := s.replayOrCount(ctx, row, guess)
	if err != nil || first.Replayed {
		return first, err
	}
	err = s.match(ctx, &row, p.Text)
	if guess && errors.Is(err, ErrProofWrong) {
		return Proof{}, errors.Join(err, s.tellGuessed(ctx, actor, r))
	}
	if err != nil {
		return Proof{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if guess {
			if err := uncountTries(ctx, tx, r.ID, actor.ID); err != nil {
				return err
			}
		}
		first, err = s.keepProof(ctx, tx, row)
		return err
	})
	return first, err
}

// replayOrCount answers a key that was answered before; any other guess it counts.
func (s *Service) replayOrCount(ctx context.Context, row proofRow, guess bool) (first Proof, err error) {
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		refused = nil
		first, err = replayProof(ctx, tx, row)
		if err != nil || first.Replayed || !guess {
			return err
		}
		refused, err = countTries(ctx, tx, row.ResidentID, row.staff, s.now())
		return err
	})
	if err != nil {
		return Proof{}, err
	}
	return first, refused
}

// countTries counts a try of a resident and of a member of staff, in this order.
func countTries(ctx context.Context, tx *db.Tx, resident, staff uuid.UUID, now time.Time) (refused, err error) {
	t, err := countTry(ctx, tx, resident, now)
	if err != nil {
		return nil, err
	}
	if t.tries > proofTries {
		refused = proofTriesIn(t.until.Sub(now))
	}
	if t.today > proofTriesADay {
		refused = proofTriesIn(untilTomorrow(now))
	}
	if t, err = countTry(ctx, tx, staff, now); err != nil {
		return nil, err
	}
	if t.today > staffProofsFailed {
		refused = proofTriesIn(untilTomorrow(now))
	}
	return refused, nil
}

// proofTriesIn tells how many minutes to wait, rounded up.
func proofTriesIn(wait time.Duration) error {
	told := *ErrProofTries.After(wait)
	told.Text = errs.T(told.Text.Key, "Count", int((wait+time.Minute-1)/time.Minute))
	return &told
}

func untilTomorrow(now time.Time) time.Duration {
	y, m, d := now.In(db.Manila).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, db.Manila).Sub(now)
}

// match finds out what the text proves, and by which way.
func (s *Service) match(ctx context.Context, row *proofRow, text string) error {
	if strings.HasPrefix(text, ek2Prefix) {
		card, step, err := s.cardByLive(ctx, text)
		if err == nil && card.ResidentID != row.ResidentID {
			err = ErrProofOther
		}
		row.live(card, step)
		return err
	}
	if len(text) != liveDigits {
		return ErrProofWrong
	}
	card, err := cardOf(ctx, s.db, row.ResidentID)
	if err != nil && !errors.Is(err, ErrCardUnknown) {
		return err
	}
	if err == nil && card.valid(s.now()) == nil {
		for _, step := range liveSteps(s.now()) {
			if hmac.Equal([]byte(s.liveCode(card, step)), []byte(text)) {
				row.live(card, step)
				return nil
			}
		}
	}
	row.By = ByPIN
	return s.matchPIN(ctx, row.ResidentID, row.staff, text)
}

// keepProof writes the proof down; of a live code, the first one.
func (s *Service) keepProof(ctx context.Context, tx *db.Tx, row proofRow) (Proof, error) {
	now := s.now()
	row.ExpiresAt = now.Add(ProofLife)
	fresh, err := insertProof(ctx, tx, row, now)
	if err != nil || fresh {
		return row.Proof, err
	}
	first, err := replayProof(ctx, tx, row)
	if err == nil && !first.Replayed {
		err = ErrLiveUsed
	}
	return first, err
}

// replayProof finds the proof of a key; one that is not Replayed is none.
func replayProof(ctx context.Context, tx *db.Tx, row proofRow) (Proof, error) {
	first, hash, err := proofByKey(ctx, tx, row.staff, row.key)
	if db.IsNoRows(err) {
		return Proof{}, nil
	}
	if err != nil {
		return Proof{}, err
	}
	if hash != row.hash {
		return Proof{}, db.ErrKeyReused
	}
	first.Replayed = true
	return first, db.Confirm(ctx, tx)
}

// UseProof spends a proof on one receipt, in the transaction that hands out: of several
// that try, one succeeds. by says how the resident proved it. Error: ErrProofInvalid,
// when there is none of this resident to this member of staff, or it was used, or is too old.
func UseProof(ctx context.Context, tx *db.Tx, id, resident, staff, usedBy uuid.UUID, at time.Time) (by string, err error) {
	by, err = useProof(ctx, tx, id, resident, staff, usedBy, at)
	if db.IsNoRows(err) {
		err = ErrProofInvalid
	}
	if err != nil {
		return "", fmt.Errorf("use proof %s: %w", id, err)
	}
	return by, nil
}

// tellGuessed warns a resident, and the trail, when the last of the tries was wrong.
func (s *Service) tellGuessed(ctx context.Context, actor audit.Actor, r Resident) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tries, err := triesOf(ctx, tx, r.ID)
		if err != nil || tries != proofTries {
			return err
		}
		if err := s.tell(ctx, tx, notify.Message{Kind: "resident.proof_failed", To: Recipient(r),
			Notice: &notify.Notice{Type: "other", Text: errs.T("people.proof.guessed", "Staff", actor.Name), Link: "/me/"}}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.proof_failed", TargetKind: "resident",
			TargetID: r.ID, TargetName: r.FullName, Details: map[string]any{"tries": tries}})
	})
}

// Purge drops proofs that nobody used. What was used stays, as evidence of its receipt.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return deleteStaleProofs(ctx, tx, s.now().Add(-24*time.Hour))
	})
}

// cleanProof drops the blanks and hyphens between figures.
func cleanProof(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, ek2Prefix) || len(text) > maxIdentifier {
		return text
	}
	digits := strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(text)
	if strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

func (s *Service) proofHash(p Proving) string {
	return s.vault.Hash("proof-request", p.Resident.String()+"\x00"+p.Text)
}

// proofRow is a proof as it is kept.
type proofRow struct {
	Proof
	staff  uuid.UUID
	key    string
	hash   string
	card   uuid.NullUUID // of a live code, with serial and step
	serial uint32
	step   uint32
}

func (r *proofRow) live(c Card, step uint32) {
	r.By, r.card, r.serial, r.step = ByLive, uuid.NullUUID{UUID: c.ID, Valid: true}, c.Serial, step
}
