package djangodb

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
)

// Reasons that many rows share.
const (
	leftOld     tooMany = "older than the history here reaches"
	leftExpired tooMany = "expired: nobody can use them any more"
)

const badAddress = "the network address is none; left empty"

// bringLogins brings the history of the residents' sign-ins over. The old system kept none
// of its staff.
func (im *importer) bringLogins(ctx context.Context) error {
	names := make(map[string]uuid.UUID, len(im.residents))
	for id, r := range im.residents {
		names[r.username] = id
	}
	judge := func(_ string, l *auth.Login) error { return im.judgeLogin(l, names) }
	return bring(ctx, im, table[auth.Login]{tableLogin, true, im.compareLogins, im.writeLogins}, read(ctx, im, tableLogin, decodeLogin, judge))
}

func decodeLogin(r Row) auth.Login {
	l := auth.Login{
		ID: rowID(tableLogin, r.Text("id")), Surface: auth.ResidentSurface, Typed: r.Text("username"), Success: r.Bool("success", false),
		Way: auth.WayCode, IP: r.Text("ip_address"), UserAgent: r.Text("user_agent"), At: r.Time("timestamp"),
	}
	if !l.Success {
		l.Way, l.Reason = loginFailure(r.Text("failure_reason"))
	}
	return l
}

// loginFailure reads the reference's words for a failure.
func loginFailure(text string) (auth.Way, string) {
	way := auth.WayPassword
	what, byCard := strings.CutSuffix(text, " (QR)")
	if byCard {
		way = auth.WayCard
	}
	switch what {
	case "Invalid credentials":
		return way, auth.BadCredentials
	case "Account not approved", "Family not approved":
		return way, auth.NotYetApproved
	case "Account inactive":
		return way, auth.IsSuspended
	case "Failed OTP verification":
		return auth.WayCode, auth.CodeWrong
	default:
		return way, auth.OtherReason
	}
}

func (im *importer) judgeLogin(l *auth.Login, names map[string]uuid.UUID) error {
	if l.At.Before(im.Now().Add(-auth.LoginHistory)) {
		return leftOld
	}
	l.Subject = names[l.Typed] // nobody's, when the name is
	var ok bool
	if l.IP, ok = addressOf(l.IP); !ok {
		im.leftOut[remark{FindAltered, tableLogin, badAddress}]++
	}
	return nil
}

func (im *importer) compareLogins(ctx context.Context, batch []auth.Login) ([]verdict, error) {
	return known(batch, func(l auth.Login) uuid.UUID { return l.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return auth.KnownLogins(ctx, im.DB, ids) })
}

func (im *importer) writeLogins(ctx context.Context, tx *db.Tx, fresh []auth.Login) error {
	for _, l := range fresh {
		if err := im.auth.ImportLogin(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}
