package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// Refusals of a phone app's token. The apps tell them apart; people are told to log in.
var (
	ErrNoToken       = errs.New(errs.Unauthenticated, "NO_TOKEN", "error.auth.token")
	ErrTokenHeader   = errs.New(errs.Unauthenticated, "TOKEN_HEADER", "error.auth.token") // not "Bearer" and one value
	ErrTokenInvalid  = errs.New(errs.Unauthenticated, "TOKEN_INVALID", "error.auth.token")
	ErrTokenExpired  = errs.New(errs.Unauthenticated, "TOKEN_EXPIRED", "error.auth.token") // or ended before its time
	ErrTokenType     = errs.New(errs.Unauthenticated, "TOKEN_TYPE", "error.auth.token")    // a refresh token for an access token
	ErrTokenForeign  = errs.New(errs.Unauthenticated, "TOKEN_FOREIGN", "error.auth.token") // staff's for a resident's, or the reverse
	ErrTokenNobody   = errs.New(errs.Unauthenticated, "TOKEN_NOBODY", "error.auth.token")  // its holder is gone
	ErrTokenInactive = errs.New(errs.Unauthenticated, "TOKEN_INACTIVE", "error.auth.token")
)

// maxToken bounds what is parsed; the longest that the reference signs has 800 bytes.
const maxToken = 4096

// The two types of token. One is never taken for the other.
const (
	AccessToken  = "access"
	RefreshToken = "refresh"
)

// common is what every token says. residentClaims and staffClaims are what the reference
// signs, in its order and no more: phones stay signed in when the city changes systems.
type common struct {
	Type string `json:"token_type"`
	Exp  int64  `json:"exp"`
	Iat  int64  `json:"iat"`
	ID   string `json:"jti"` // 32 hexadecimal digits
}

type residentClaims struct {
	common
	UserID string `json:"user_id"`
}

type staffClaims struct {
	common
	aboutStaff
}

// aboutStaff is what a collector's app knows of them. What they may do is read anew on
// every call.
type aboutStaff struct {
	AdminID   string  `json:"admin_id"`
	Username  string  `json:"username"`
	Role      Role    `json:"role"`
	Email     *string `json:"email"`
	IsAdmin   bool    `json:"is_admin"`
	Residents bool    `json:"can_manage_users"`
	Settings  bool    `json:"can_manage_controls"`
	Points    bool    `json:"can_manage_points"`
	Rewards   bool    `json:"can_manage_rewards"`
}

// claims are what is read of a token.
type claims struct {
	common
	UserID  string `json:"user_id"`
	AdminID string `json:"admin_id"`
}

// The six that jwt.Claims asks for.

func (c common) GetExpirationTime() (*jwt.NumericDate, error) {
	if c.Exp == 0 {
		return nil, nil
	}
	return jwt.NewNumericDate(time.Unix(c.Exp, 0)), nil
}
func (c common) GetIssuedAt() (*jwt.NumericDate, error)  { return nil, nil }
func (c common) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }
func (c common) GetIssuer() (string, error)              { return "", nil }
func (c common) GetSubject() (string, error)             { return "", nil }
func (c common) GetAudience() (jwt.ClaimStrings, error)  { return nil, nil }

// surface tells whose token it is; empty when it names nobody, or two.
func (c claims) surface() Surface {
	switch {
	case c.AdminID != "" && c.UserID == "":
		return StaffSurface
	case c.UserID != "" && c.AdminID == "":
		return ResidentSurface
	default:
		return ""
	}
}

// subject is the id of the token's holder.
func (c claims) subject() (uuid.UUID, error) {
	id, err := uuid.Parse(c.UserID + c.AdminID)
	if err != nil || c.surface() == "" {
		return uuid.Nil, ErrTokenForeign
	}
	return id, nil
}

// sign makes the token of some claims: the same claims, the same bytes.
func (s *Service) sign(c jwt.Claims) (string, error) {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(s.cfg.SecretKey))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}

// verifying are the keys that a token may be signed with: ours, and the former ones.
func (s *Service) verifying() jwt.VerificationKeySet {
	set := jwt.VerificationKeySet{Keys: []jwt.VerificationKey{[]byte(s.cfg.SecretKey)}}
	for _, key := range s.cfg.FormerKeys {
		set.Keys = append(set.Keys, []byte(key))
	}
	return set
}

// parseToken reads a token of a type that our key signed and that has not ended.
func (s *Service) parseToken(token, kind string) (claims, error) {
	if token == "" || len(token) > maxToken || s.cfg.SecretKey == "" {
		return claims{}, ErrTokenInvalid
	}
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	_, err := parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.verifying(), nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return claims{}, ErrTokenExpired
	case err != nil || c.ID == "" || len(c.ID) > 64 || c.Type == "":
		return claims{}, ErrTokenInvalid.Because(err)
	case c.Type != kind:
		return claims{}, ErrTokenType
	}
	return c, nil
}

// ResidentOfToken tells who holds an access token of the residents' app. A resident who
// may no longer access, but was not suspended, is told so as Principal.Barred: their app
// shows why. Errors: the refusals of tokens.
func (s *Service) ResidentOfToken(ctx context.Context, token string) (Principal, error) {
	c, id, err := s.tokenOf(token, ResidentSurface)
	if err != nil {
		return Principal{}, err
	}
	r, err := s.people.ByID(ctx, s.db, id)
	switch {
	case errors.Is(err, people.ErrResidentNotFound):
		return Principal{}, ErrTokenNobody
	case err != nil:
		return Principal{}, err
	case !r.Active:
		return Principal{}, ErrTokenInactive
	}
	if err := s.afterEpoch(ctx, c, id, r.SuspendedAt); err != nil {
		return Principal{}, err
	}
	return Principal{Surface: ResidentSurface, ID: id, Name: r.FullName, Username: r.Username, Language: r.Language,
		ExpiresAt: time.Unix(c.Exp, 0).UTC(), Resident: r, Barred: !people.CanAccess(r)}, nil
}

// StaffOfToken tells who holds an access token of the collectors' app. Role, status and
// barangays are read anew. Errors: the refusals of tokens.
func (s *Service) StaffOfToken(ctx context.Context, token string) (Principal, error) {
	c, id, err := s.tokenOf(token, StaffSurface)
	if err != nil {
		return Principal{}, err
	}
	st, due, err := s.staffWithDues(ctx, s.db, id)
	switch {
	case errors.Is(err, ErrStaffNotFound):
		return Principal{}, ErrTokenNobody
	case err != nil:
		return Principal{}, err
	case st.Status != StaffApproved:
		return Principal{}, ErrTokenInactive
	}
	if err := s.afterEpoch(ctx, c, id, nil); err != nil {
		return Principal{}, err
	}
	return Principal{Surface: StaffSurface, ID: id, Name: st.FullName, Username: st.Username, Language: st.Language,
		Role: st.Role, Scope: st.Scope(), MustChangePassword: due.password,
		MustSetUpSecond: !due.hasSecond && s.needsSecond(st.Role), ExpiresAt: time.Unix(c.Exp, 0).UTC()}, nil
}

// afterEpoch is ErrTokenExpired for a token that was ended before its time: by a new
// password, or when its resident was suspended, and then stays so when that is over.
func (s *Service) afterEpoch(ctx context.Context, c claims, subject uuid.UUID, suspended *time.Time) error {
	epoch, err := epochSecond(ctx, s.db, subject, suspended)
	if err == nil && c.Iat <= epoch {
		err = ErrTokenExpired
	}
	return err
}

// epochSecond is the second up to which a person's tokens count no more; 0 when none of
// them was ended. suspended is when a resident was last suspended or restored.
func epochSecond(ctx context.Context, q db.Q, subject uuid.UUID, suspended *time.Time) (int64, error) {
	at, err := epochOf(ctx, q, subject)
	if err != nil {
		return 0, fmt.Errorf("read epoch of %s: %w", subject, err)
	}
	if suspended != nil && suspended.After(at) {
		at = *suspended
	}
	if at.IsZero() {
		return 0, nil
	}
	return at.Unix(), nil
}

func (s *Service) tokenOf(token string, surface Surface) (claims, uuid.UUID, error) {
	c, err := s.parseToken(token, AccessToken)
	if err != nil {
		return claims{}, uuid.Nil, err
	}
	if c.surface() != surface {
		return claims{}, uuid.Nil, ErrTokenForeign
	}
	id, err := c.subject()
	return c, id, err
}
