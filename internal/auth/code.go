package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// Purpose says what a one-time code is good for. A code for one is worth nothing for
// another.
type Purpose string

// The purposes.
const (
	ForRegistration Purpose = "registration"
	ForSignIn       Purpose = "sign_in"
	ForReset        Purpose = "reset"
	ForNewPhone     Purpose = "new_phone"
	ForNewEmail     Purpose = "new_email"
)

// Caps on codes (NIST SP 800-63B 3.2.2, 3.1.3; a text message costs the city money). Those
// of an address are for all purposes together. A family or city hall stands behind one
// network, so that one's are wide.
const (
	codesAnHour        = 3
	codesADay          = 6
	networkCodesAnHour = 30
	networkCodesADay   = 100

	forgetTries  = 15 * time.Minute // after the first wrong one
	codeFailures = 30               // in a row; then the office has to help
	repeatWithin = time.Minute      // the same code again by the same client
	codeKept     = 25 * time.Hour   // longer than any cap looks back
)

// codeOf says which code is meant: everything that it is bound to.
type codeOf struct {
	purpose Purpose
	channel notify.Channel
	to      notify.Recipient // with the channel's address
	session string           // who asks: a flow's id, or a phone app's account
	subject uuid.UUID        // uuid.Nil while nobody is known
	// open says that nothing secret was needed to ask for the code: a username, a scanned
	// card. Such sends leave the last one of the hour and of the day to the owner.
	open bool
}

// sent tells about a code that is on its way.
type sent struct {
	expiresAt time.Time
	againAt   time.Time // a new one may be asked for from then on
}

// Refusals of codes. Those of TooMany tell when to try again.
var (
	ErrCodeWrong   = errs.New(errs.Invalid, "CODE_WRONG", "error.auth.code_wrong")       // not this one, or none, or too old
	ErrCodeTries   = errs.New(errs.TooMany, "CODE_TRIES", "error.auth.code_tries")       // wrong too often
	ErrCodeTooSoon = errs.New(errs.TooMany, "CODE_TOO_SOON", "error.auth.code_too_soon") // the last one was sent a moment ago
	ErrCodeLimit   = errs.New(errs.TooMany, "CODE_LIMIT", "error.auth.code_limit")       // hourly or daily cap
	ErrCodesOff    = errs.New(errs.Forbidden, "CODES_OFF", "error.auth.codes_off")       // thirty wrong ones in a row
)

// sendCode makes a new code and puts it into the outbox, in the caller's transaction; the
// one before it is void. Errors: ErrCodeTooSoon, ErrCodeLimit, ErrCodeTries, ErrCodesOff.
func (s *Service) sendCode(ctx context.Context, tx *db.Tx, actor audit.Actor, c codeOf) (sent, error) {
	now := s.now()
	if err := s.maySend(ctx, tx, actor, c, now); err != nil {
		return sent{}, err
	}
	if err := voidCodes(ctx, tx, s.codeKey(c), now); err != nil {
		return sent{}, fmt.Errorf("void codes: %w", err)
	}
	text, out := newCode(), sent{expiresAt: now.Add(s.cfg.CodeLife), againAt: now.Add(s.cfg.CodeAgain)}
	added, err := s.notify.Add(ctx, tx, codeMessage(c, text, s.cfg.CodeLife, out.expiresAt))
	if err != nil {
		return sent{}, fmt.Errorf("send code: %w", err)
	}
	r := codeRow{
		id: db.NewID(), codeOf: c, addressKey: s.codeKey(c), addressHash: s.codeAddress(c), messageID: added.SMS,
		ipHash: s.networkHash(actor.IP), sentAt: now, expiresAt: out.expiresAt,
	}
	if c.channel == notify.Mail {
		r.messageID = added.Mail
	}
	if r.messageID == uuid.Nil {
		return sent{}, fmt.Errorf("send code for %s: no address for %s", c.purpose, c.channel)
	}
	r.hash = s.codeHash(r.id, c, text)
	if err := insertCode(ctx, tx, r); err != nil {
		return sent{}, fmt.Errorf("keep code: %w", err)
	}
	return out, nil
}

// maySend asks all limits. The locks that it takes make the answer true until the commit.
func (s *Service) maySend(ctx context.Context, tx *db.Tx, actor audit.Actor, c codeOf, now time.Time) error {
	failures, err := codeFailuresOf(ctx, tx, c.subject, c.purpose)
	if err != nil {
		return fmt.Errorf("read wrong codes: %w", err)
	}
	if failures >= codeFailures {
		return ErrCodesOff
	}
	address, network := s.codeAddress(c), s.networkHash(actor.IP)
	if _, err := holdCount(ctx, tx, address, now); err != nil {
		return fmt.Errorf("line up codes of an address: %w", err)
	}
	tries, err := holdCount(ctx, tx, s.codeKey(c), now)
	if err != nil {
		return fmt.Errorf("read tries: %w", err)
	}
	if tries.n >= s.codeLimit().most && tries.until.After(now) {
		return inMinutes(ErrCodeTries, tries.until.Sub(now))
	}
	times, err := codesToAddress(ctx, tx, address, now.Add(-24*time.Hour), codesADay)
	if err != nil {
		return fmt.Errorf("count codes of an address: %w", err)
	}
	if len(times) > 0 {
		if wait := times[0].Add(s.cfg.CodeAgain).Sub(now); wait > 0 {
			return inSeconds(ErrCodeTooSoon, wait)
		}
	}
	spare := 0
	if c.open {
		spare = 1
	}
	if wait := waitFor(times, now, codesAnHour-spare, codesADay-spare); wait > 0 {
		return inMinutes(ErrCodeLimit, wait)
	}
	return s.networkMaySend(ctx, tx, network, now)
}

func (s *Service) networkMaySend(ctx context.Context, tx *db.Tx, network string, now time.Time) error {
	if network == "" {
		return nil // a command
	}
	if _, err := holdCount(ctx, tx, network, now); err != nil {
		return fmt.Errorf("line up codes of a network: %w", err)
	}
	times, err := codesFromNetwork(ctx, tx, network, now.Add(-24*time.Hour), networkCodesADay)
	if err != nil {
		return fmt.Errorf("count codes of a network: %w", err)
	}
	if wait := waitFor(times, now, networkCodesAnHour, networkCodesADay); wait > 0 {
		return inMinutes(ErrCodeLimit, wait)
	}
	return nil
}

// waitFor tells how long until neither cap is reached. times are of what was sent, the
// newest first.
func waitFor(times []time.Time, now time.Time, hour, day int) time.Duration {
	var wait time.Duration
	if len(times) >= hour {
		wait = times[hour-1].Add(time.Hour).Sub(now)
	}
	if len(times) >= day {
		wait = max(wait, times[day-1].Add(24*time.Hour).Sub(now))
	}
	return wait
}

// takeCode judges a code and, when it is right, consumes it and does what it opens, in
// one transaction. It opens that transaction itself: a try is counted, and stays counted,
// before the code is looked at. Errors: ErrCodeWrong, ErrCodeTries, ErrCodesOff, and those
// of open.
func (s *Service) takeCode(ctx context.Context, actor audit.Actor, c codeOf, code string, open func(ctx context.Context, tx *db.Tx) error) error {
	_, _, err := s.take(ctx, actor, c, code, "", func(ctx context.Context, tx *db.Tx) (uuid.UUID, error) {
		return uuid.Nil, open(ctx, tx)
	})
	return err
}

// takeCodeOrRepeat is takeCode for an app that may send the same code twice. open gives
// the id of what it made; the same code again within a minute, by the same client, gives
// that id once more, with again set, and opens nothing.
func (s *Service) takeCodeOrRepeat(ctx context.Context, actor audit.Actor, c codeOf, code string,
	open func(ctx context.Context, tx *db.Tx) (uuid.UUID, error)) (answer uuid.UUID, again bool, err error) {
	client := s.vault.Hash("code-client", actor.IP+"|"+actor.UserAgent)
	return s.take(ctx, actor, c, code, client, open)
}

func (s *Service) take(ctx context.Context, actor audit.Actor, c codeOf, code, client string,
	open func(ctx context.Context, tx *db.Tx) (uuid.UUID, error)) (answer uuid.UUID, again bool, err error) {
	if code = cleanCode(code); code == "" {
		return uuid.Nil, false, ErrCodeWrong // not a code at all, so not a try either
	}
	row, err := s.countTry(ctx, c, client)
	if err != nil {
		return uuid.Nil, false, err
	}
	if !hmac.Equal([]byte(row.hash), []byte(s.codeHash(row.id, c, code))) {
		return uuid.Nil, false, s.wrongCode(ctx, actor, c, row.failures)
	}
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		answer, again, refused = uuid.Nil, false, nil
		// Before the code: the order in which sendCode locks.
		if err := clearCount(ctx, tx, s.codeKey(c)); err != nil {
			return err
		}
		if err := clearCodeFailures(ctx, tx, c.subject, c.purpose); err != nil {
			return err
		}
		now := s.now()
		won, err := useCode(ctx, tx, row.id, client, now)
		if err != nil {
			return err
		}
		if !won {
			answer, err = answerOf(ctx, tx, row.id, client, now.Add(-repeatWithin))
			again = err == nil
			return err
		}
		if answer, refused = open(ctx, tx); refused != nil {
			return refused
		}
		return setCodeAnswer(ctx, tx, row.id, answer)
	})
	if refused != nil {
		return uuid.Nil, false, errors.Join(refused, s.uncountTry(ctx, c))
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("take code: %w", err)
	}
	return answer, again, nil
}

// countTry counts a guess and gives the code that it is a guess at. Only what it commits
// lets anybody compare.
func (s *Service) countTry(ctx context.Context, c codeOf, client string) (row codeRow, err error) {
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		refused = nil
		now := s.now()
		var err error
		// A guess at no code is not counted: whoever knows a name could lock its owner out.
		if row, err = liveCode(ctx, tx, s.codeKey(c), c.session, client, now, now.Add(-repeatWithin)); err != nil {
			if errors.Is(err, ErrCodeWrong) {
				refused, err = err, nil
			}
			return err
		}
		tries, err := countUp(ctx, tx, s.codeKey(c), s.codeLimit(), now)
		if err != nil {
			return err
		}
		if s.codeLimit().over(tries) {
			refused = inMinutes(ErrCodeTries, tries.until.Sub(now))
			return nil
		}
		if row.failures, err = countCodeFailure(ctx, tx, c.subject, c.purpose, now); err == nil && row.failures > codeFailures {
			refused = ErrCodesOff
		}
		return err
	})
	if err != nil {
		return codeRow{}, fmt.Errorf("count try: %w", err)
	}
	return row, refused
}

// wrongCode answers a wrong code. The last one that an account may have in a row is kept in
// the audit trail: from then on only the office helps.
func (s *Service) wrongCode(ctx context.Context, actor audit.Actor, c codeOf, failures int) error {
	if failures != codeFailures {
		return ErrCodeWrong
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "auth.codes_off", TargetKind: string(c.to.Audience),
			TargetID: c.subject, TargetName: c.to.Name, Details: map[string]any{"purpose": c.purpose}})
	})
	if err != nil {
		return err
	}
	return ErrCodeWrong
}

// uncountTry takes back the try of a right code whose act was refused for another reason:
// the code is as good as before, and no wrong one was tried.
func (s *Service) uncountTry(ctx context.Context, c codeOf) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := countDown(ctx, tx, s.codeKey(c)); err != nil {
			return err
		}
		return uncountCodeFailure(ctx, tx, c.subject, c.purpose)
	})
}

// newCode draws six figures.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("auth: " + err.Error()) // crypto/rand never fails: it ends the program instead
	}
	return fmt.Sprintf("%06d", n)
}

// cleanCode drops the blanks and hyphens that people type; "" when no code is left.
func cleanCode(code string) string {
	code = strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code))
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// codeHash is what is kept of a code. Six figures are quickly tried out, so the hash is
// keyed, and over everything that the code is bound to.
func (s *Service) codeHash(id uuid.UUID, c codeOf, code string) string {
	return s.vault.Hash("code", strings.Join([]string{id.String(), string(c.purpose), c.addressText(), c.session, code}, "\x00"))
}

func (s *Service) codeKey(c codeOf) string {
	return s.vault.Hash("code-purpose", string(c.purpose)+"\x00"+c.addressText())
}

func (s *Service) codeAddress(c codeOf) string { return s.vault.Hash("code-address", c.addressText()) }

// addressText is where the code goes: people keeps phones and addresses in one spelling.
func (c codeOf) addressText() string {
	if c.channel == notify.Mail {
		return string(c.channel) + "\x00" + strings.ToLower(c.to.Email)
	}
	return string(c.channel) + "\x00" + c.to.Phone
}

// inMinutes and inSeconds tell how long to wait, rounded up.
func inMinutes(e *errs.Error, wait time.Duration) error { return waiting(e, wait, time.Minute) }
func inSeconds(e *errs.Error, wait time.Duration) error { return waiting(e, wait, time.Second) }

func codeLimitIn(wait time.Duration) error { return inMinutes(ErrCodeLimit, wait) }

func waiting(e *errs.Error, wait, unit time.Duration) error {
	told := *e.After(wait)
	told.Text.Args = map[string]any{"Count": int((wait + unit - 1) / unit)}
	return &told
}
