package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// FlowSignIn is a resident's sign-in that waits for its code.
const FlowSignIn Flow = "signin"

// signInLife is how long it waits: several codes may be asked for meanwhile.
const signInLife = 15 * time.Minute

// ErrNoWay says that a code cannot reach a resident: their number is none, or somebody
// else's as well, and no e-mail address is confirmed.
var ErrNoWay = errs.New(errs.Forbidden, "NO_WAY", "error.auth.no_way")

// SignIn is what a resident typed, and what their browser has kept.
type SignIn struct {
	Username string
	Password string
	Device   string // secret of a remembered browser
	Flow     string // secret of a sign-in that waits already
	Session  string // token of the session that this one replaces
}

// SignedIn is what a sign-in leads to: a session, or the question for a code.
type SignedIn struct {
	Token       string // of the session, for its cookie; empty: a code is asked for
	Principal   Principal
	Device      string // secret of a browser that is remembered from now on; empty: none
	DeviceUntil time.Time
	Flow        string // secret of the sign-in that waits for its code, for its cookie
	Until       time.Time
}

// signInWait is what a waiting sign-in holds.
type signInWait struct {
	Login   uuid.UUID      `json:"login"` // its row in the history
	Channel notify.Channel `json:"channel"`
	SentAt  time.Time      `json:"sent_at"`
}

// SignInResident checks a resident's username and password. A browser that they had
// remembered is signed in; on any other a code goes out, and FinishSignIn comes next.
// Refusals: those of SignInStaff, ErrNoWay, and those of a code that cannot be sent.
func (s *Service) SignInResident(ctx context.Context, actor audit.Actor, in SignIn) (SignedIn, error) {
	a, device, err := s.attemptOn(ctx, in.Device, in.Username, actor.IP)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	var refused error
	_, err = s.passed(ctx, actor, a, func(account) string { return in.Password }, func(ctx context.Context, tx *db.Tx, who account) (err error) {
		out, refused = SignedIn{}, nil
		if device != uuid.Nil {
			out.Token, err = s.enterByDevice(ctx, tx, actor, in, who, device)
			return err
		}
		out, refused, err = s.waitForCode(ctx, tx, actor, in, who.resident)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil || out.Token == "" {
		return out, err
	}
	out.Principal, err = s.PrincipalOf(ctx, ResidentSurface, out.Token)
	return out, err
}

// attemptOn is attemptOf on a browser that may be remembered for whoever has the name.
func (s *Service) attemptOn(ctx context.Context, secret, username, ip string) (attempt, uuid.UUID, error) {
	a := s.attemptOf(ResidentSurface, username, ip)
	if secret == "" {
		return a, uuid.Nil, nil
	}
	who, err := s.accountOf(ctx, ResidentSurface, username)
	if err != nil {
		return attempt{}, uuid.Nil, fmt.Errorf("find account: %w", err)
	}
	device, err := browserFor(ctx, s.db, hashToken(secret), who.id, s.now())
	if err != nil || device == uuid.Nil {
		return a, uuid.Nil, err
	}
	a.device, a.way = s.lockKey("device", device.String()), WayDevice
	return a, device, nil
}

func (s *Service) enterByDevice(ctx context.Context, tx *db.Tx, actor audit.Actor, in SignIn, who account, device uuid.UUID) (string, error) {
	if err := touchBrowser(ctx, tx, device, actor, s.now()); err != nil {
		return "", err
	}
	if err := s.recordLogin(ctx, tx, actor, Login{Surface: ResidentSurface, Subject: who.id, Typed: in.Username, Success: true, Way: WayDevice}); err != nil {
		return "", err
	}
	return s.replaceSession(ctx, tx, actor, in.Session, who)
}

// replaceSession opens a session and ends the one that the browser came with.
func (s *Service) replaceSession(ctx context.Context, tx *db.Tx, actor audit.Actor, old string, who account) (string, error) {
	if old != "" {
		if _, err := deleteSession(ctx, tx, ResidentSurface, hashToken(old)); err != nil {
			return "", err
		}
	}
	return s.openSession(ctx, tx, actor, ResidentSurface, who)
}

// waitForCode sends a code and opens the flow that waits for it; a browser that waits for
// the same resident already goes on waiting.
func (s *Service) waitForCode(ctx context.Context, tx *db.Tx, actor audit.Actor, in SignIn, r people.Resident) (out SignedIn, refused, err error) {
	var wait signInWait
	f, err := s.findFlow(ctx, tx, FlowSignIn, in.Flow, &wait)
	if err == nil && f.subject == r.ID && s.now().Before(wait.SentAt.Add(s.cfg.CodeAgain)) {
		return SignedIn{Flow: in.Flow, Until: f.expiresAt}, nil, nil
	}
	if err != nil && !errors.Is(err, ErrFlowOver) {
		return SignedIn{}, nil, err
	}
	reach, err := s.people.ReachOf(ctx, tx, r)
	if err != nil {
		return SignedIn{}, nil, err
	}
	wait = signInWait{Login: db.NewID(), Channel: firstWay(reach), SentAt: s.now()}
	login := Login{ID: wait.Login, Surface: ResidentSurface, Subject: r.ID, Typed: in.Username, Reason: CodePending, Way: WayCode}
	if wait.Channel == "" {
		login.Reason = OtherReason
		return SignedIn{}, ErrNoWay, s.recordLogin(ctx, tx, actor, login)
	}
	secret, f, err := s.openFlow(ctx, tx, FlowSignIn, r.ID, wait, signInLife)
	if err != nil {
		return SignedIn{}, nil, err
	}
	_, err = s.sendCode(ctx, tx, actor, signInCode(f, r, reach, wait.Channel))
	switch {
	case errs.KindOf(err) != errs.Internal: // a cap: what was counted so far stays counted
		login.Reason = OtherReason
		return SignedIn{}, err, errors.Join(endFlow(ctx, tx, f.id), s.recordLogin(ctx, tx, actor, login))
	case err != nil:
		return SignedIn{}, nil, err
	}
	return SignedIn{Flow: secret, Until: f.expiresAt}, nil, s.recordLogin(ctx, tx, actor, login)
}

// firstWay is how a code goes unless somebody asks for another way; "" when there is none.
func firstWay(reach people.Reach) notify.Channel {
	switch {
	case reach.Phone != "":
		return notify.SMS
	case reach.Email != "":
		return notify.Mail
	default:
		return ""
	}
}

func signInCode(f flow, r people.Resident, reach people.Reach, c notify.Channel) codeOf {
	return codeOf{purpose: ForSignIn, channel: c, to: recipientOf(r, reach), session: f.id.String(), subject: r.ID}
}

// recipientOf is a resident where codes reach them.
func recipientOf(r people.Resident, reach people.Reach) notify.Recipient {
	return notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Phone: reach.Phone, Email: reach.Email, Language: r.Language}
}

// begun is a sign-in that waits, read anew.
type begun struct {
	flow     flow
	wait     signInWait
	resident people.Resident
	reach    people.Reach
}

func (s *Service) waitingSignIn(ctx context.Context, q db.Q, secret string) (w begun, err error) {
	if w.flow, err = s.findFlow(ctx, q, FlowSignIn, secret, &w.wait); err != nil {
		return begun{}, err
	}
	if w.resident, err = s.people.ByID(ctx, q, w.flow.subject); err != nil {
		return begun{}, err
	}
	if w.reach, err = s.people.ReachOf(ctx, q, w.resident); err != nil {
		return begun{}, err
	}
	return w, residentRefusal(w.resident)
}

// CodeWait is what the page that asks for a code says.
type CodeWait struct {
	Channel notify.Channel
	To      string         // masked
	AgainIn time.Duration  // until a new one may be asked for
	Other   notify.Channel // another way that there is; "": none
}

// SignInWait tells about a sign-in that waits for its code. Error: ErrFlowOver.
func (s *Service) SignInWait(ctx context.Context, secret string) (CodeWait, error) {
	w, err := s.waitingSignIn(ctx, s.db, secret)
	if err != nil {
		return CodeWait{}, err
	}
	out := CodeWait{Channel: w.wait.Channel, To: MaskPhone(w.reach.Phone), AgainIn: max(0, w.wait.SentAt.Add(s.cfg.CodeAgain).Sub(s.now()))}
	switch {
	case w.wait.Channel == notify.Mail:
		out.To = MaskEmail(w.reach.Email)
		if w.reach.Phone != "" {
			out.Other = notify.SMS
		}
	case w.reach.Email != "":
		out.Other = notify.Mail
	}
	return out, nil
}

// SendSignInCode sends another code for a sign-in that waits; channel "" keeps the way.
// Errors: ErrFlowOver, and those of a code that cannot be sent.
func (s *Service) SendSignInCode(ctx context.Context, actor audit.Actor, secret string, channel notify.Channel) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.waitingSignIn(ctx, tx, secret)
		if err != nil {
			return err
		}
		if channel == notify.SMS && w.reach.Phone != "" || channel == notify.Mail && w.reach.Email != "" {
			w.wait.Channel = channel
		}
		w.wait.SentAt = s.now()
		if _, err := s.sendCode(ctx, tx, actor, signInCode(w.flow, w.resident, w.reach, w.wait.Channel)); err != nil {
			return err
		}
		return s.keepFlow(ctx, tx, w.flow, w.wait)
	})
	if err != nil {
		return fmt.Errorf("send sign-in code: %w", err)
	}
	return nil
}

// FinishSignIn opens the session of a sign-in that waits. remember has the browser
// skip the code for thirty days. Errors: ErrCodeWrong, ErrCodeTries, ErrCodesOff,
// ErrFlowOver, and those of people who may no longer come in.
func (s *Service) FinishSignIn(ctx context.Context, actor audit.Actor, in SignIn, code string, remember bool) (SignedIn, error) {
	w, err := s.waitingSignIn(ctx, s.db, in.Flow)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = s.takeCode(ctx, actor, signInCode(w.flow, w.resident, w.reach, w.wait.Channel), code, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = s.finish(ctx, tx, actor, in, w, remember)
		return err
	})
	if errors.Is(err, ErrCodeWrong) || errors.Is(err, ErrCodeTries) {
		return SignedIn{}, errors.Join(err, s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return setLogin(ctx, tx, w.wait.Login, false, CodeWrong, WayCode)
		}))
	}
	if err != nil {
		return SignedIn{}, err
	}
	out.Principal, err = s.PrincipalOf(ctx, ResidentSurface, out.Token)
	return out, err
}

func (s *Service) finish(ctx context.Context, tx *db.Tx, actor audit.Actor, in SignIn, w begun, remember bool) (out SignedIn, err error) {
	if err := endFlow(ctx, tx, w.flow.id); err != nil {
		return SignedIn{}, err
	}
	r, err := s.people.ByID(ctx, tx, w.resident.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if refusal := residentRefusal(r); refusal != nil {
		return SignedIn{}, refusal
	}
	if out.Token, err = s.replaceSession(ctx, tx, actor, in.Session, account{id: r.ID, name: r.FullName}); err != nil {
		return SignedIn{}, err
	}
	if remember {
		if out.Device, out.DeviceUntil, err = s.rememberBrowser(ctx, tx, actor, r.ID, in.Device); err != nil {
			return SignedIn{}, err
		}
	}
	if w.wait.Channel == notify.SMS {
		if err := people.MarkPhoneVerified(ctx, tx, r.ID, s.now()); err != nil {
			return SignedIn{}, err
		}
	}
	return out, setLogin(ctx, tx, w.wait.Login, true, "", WayCode)
}
