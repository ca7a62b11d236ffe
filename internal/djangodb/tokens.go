package djangodb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
)

// phoneToken is a refresh token of the old system's phone apps, with the number under which
// the list of those that were ended names it.
type phoneToken struct {
	auth.OldToken
	number string
}

// bringTokens brings the refresh tokens over that phones still hold: those go on working
// here, when the secret key is the same, and those that were ended stay refused.
func (im *importer) bringTokens(ctx context.Context) error {
	live, err := im.liveTokens(ctx)
	if err != nil {
		return err
	}
	ended, err := im.endedTokens(ctx, live)
	if err != nil {
		return err
	}
	judge := func(_ string, t *phoneToken) error {
		if at, ok := ended[t.number]; ok {
			t.Ended = &at
		}
		return im.judgeToken(t)
	}
	return bring(ctx, im, table[phoneToken]{tableToken, true, im.compareTokens, im.writeTokens}, read(ctx, im, tableToken, decodeToken, judge))
}

// liveTokens are the numbers of the tokens that have not expired.
func (im *importer) liveTokens(ctx context.Context) (map[string]bool, error) {
	live := map[string]bool{}
	for row, err := range im.src.Rows(ctx, tableToken) {
		if err != nil {
			return nil, err
		}
		if expires := row.NullTime("expires_at"); expires != nil && expires.After(im.Now()) {
			live[row.Text("id")] = true
		}
	}
	return live, nil
}

// endedToken is a row of the list of tokens that were ended before their time.
type endedToken struct {
	token string
	at    time.Time
}

func (im *importer) endedTokens(ctx context.Context, live map[string]bool) (map[string]time.Time, error) {
	rows, err := readAll(ctx, im, tableEndedToken, func(r Row) endedToken {
		return endedToken{r.Text("token_id"), r.Time("blacklisted_at")}
	}, func(_ string, e *endedToken) error {
		if !live[e.token] {
			return leftExpired
		}
		return nil
	})
	ended := make(map[string]time.Time, len(rows))
	for _, e := range rows {
		ended[e.token] = e.at
	}
	return ended, err
}

// tokenBody is what a token says about itself. Its signature was checked by whoever wrote
// it down.
type tokenBody struct {
	UserID  string `json:"user_id"`
	AdminID string `json:"admin_id"`
	Issued  int64  `json:"iat"`
}

func decodeToken(r Row) phoneToken {
	t := phoneToken{OldToken: auth.OldToken{JTI: r.Text("jti"), Expires: r.Time("expires_at"), Surface: auth.ResidentSurface}, number: r.Text("id")}
	body := bodyOf(r.Text("token"))
	t.Subject = r.NullUUID("user_id").UUID
	switch {
	case t.Subject != uuid.Nil:
	case body.AdminID != "": // the old system names no owner of collectors' tokens
		t.Surface, t.Subject = auth.StaffSurface, parsedOrNil(body.AdminID)
	default:
		t.Subject = parsedOrNil(body.UserID)
	}
	switch created := r.NullTime("created_at"); {
	case body.Issued > 0:
		t.Issued = time.Unix(body.Issued, 0).UTC()
	case created != nil:
		t.Issued = *created
	default:
		t.Issued = t.Expires
	}
	return t
}

// bodyOf reads the middle part of a token; one that cannot be read says nothing.
func bodyOf(text string) (body tokenBody) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return tokenBody{}
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &body) != nil {
		return tokenBody{}
	}
	return body
}

func parsedOrNil(text string) uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil
	}
	return id
}

func (im *importer) judgeToken(t *phoneToken) error {
	switch {
	case !t.Expires.After(im.Now()):
		return leftExpired
	case t.JTI == "" || len(t.JTI) > 64:
		return errors.New("its jti is not one that the old system gave")
	case t.Surface == auth.ResidentSurface && im.residents[t.Subject] == nil, t.Surface == auth.StaffSurface && !im.staff[t.Subject].kept:
		return tooMany("nobody who was brought over holds them")
	}
	return nil
}

// compareTokens counts with each token the line that ended it.
func (im *importer) compareTokens(ctx context.Context, batch []phoneToken) ([]verdict, error) {
	names := make([]string, len(batch))
	for i, t := range batch {
		names[i] = t.JTI
	}
	here, err := auth.KnownTokens(ctx, im.DB, names)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(batch))
	counts := im.counts(tableEndedToken)
	for i, t := range batch {
		verdicts[i].here = here[t.JTI]
		switch {
		case t.Ended == nil:
		case here[t.JTI]:
			counts.Present++
		default:
			counts.New++
		}
	}
	return verdicts, nil
}

func (im *importer) writeTokens(ctx context.Context, tx *db.Tx, fresh []phoneToken) error {
	for _, t := range fresh {
		if inserted, err := im.auth.ImportToken(ctx, tx, t.OldToken); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}
