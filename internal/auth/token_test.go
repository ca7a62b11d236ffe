package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var handset = audit.Actor{Kind: audit.Nobody, IP: "198.51.100.7", UserAgent: "Dart/3.5"}

// payload is what a token says.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a token: %q", token)
	}
	head, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || string(head) != `{"alg":"HS256","typ":"JWT"}` {
		t.Fatalf("header %s: %v", head, err)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// The claims are the reference's, all of them and no others: phones stay signed in when
// the city changes systems, in both directions.
func TestTokensSayWhatTheReferenceSays(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	tokens, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, r.ID)
	must(t, err)
	now := float64(w.Clock.Now().Unix())
	access, refresh := payload(t, tokens.Access), payload(t, tokens.Refresh)
	if len(access["jti"].(string)) != 32 || len(refresh["jti"].(string)) != 32 || access["jti"] == refresh["jti"] {
		t.Errorf("jti %v and %v", access["jti"], refresh["jti"])
	}
	delete(access, "jti")
	delete(refresh, "jti")
	if diff := cmp.Diff(map[string]any{"token_type": "access", "iat": now, "exp": now + 3600, "user_id": r.ID.String()}, access); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"token_type": "refresh", "iat": now, "exp": now + 30*86400, "user_id": r.ID.String()}, refresh); diff != "" {
		t.Error(diff)
	}

	tokens, err = w.Auth.OpenTokens(t.Context(), handset, auth.StaffSurface, w.Manager.ID)
	must(t, err)
	access = payload(t, tokens.Access)
	delete(access, "jti")
	if diff := cmp.Diff(map[string]any{"token_type": "access", "iat": now, "exp": now + 3600, "admin_id": w.Manager.ID.String(), "username": "manager",
		"role": "operations_manager", "email": nil, "is_admin": true,
		"can_manage_users": true, "can_manage_controls": false, "can_manage_points": true, "can_manage_rewards": false}, access); diff != "" {
		t.Error(diff)
	}
}

func TestAccessTokensOpenTheirOwnSideOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		waiting := w.Applicant(t, w.Barangays[0])
		mine, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, r.ID)
		must(t, err)
		staffs, err := w.Auth.OpenTokens(t.Context(), handset, auth.StaffSurface, w.Manager.ID)
		must(t, err)
		if _, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, waiting.ID); !errors.Is(err, auth.ErrPending) {
			t.Errorf("tokens for someone nobody approved: %v", err)
		}
		p, err := w.Auth.ResidentOfToken(t.Context(), mine.Access)
		if err != nil || p.ID != r.ID || !p.May(auth.Resident) || p.May(auth.AnyStaff) {
			t.Fatalf("resident: %+v, %v", p, err)
		}
		p, err = w.Auth.StaffOfToken(t.Context(), staffs.Access)
		if err != nil || p.ID != w.Manager.ID || !p.May(auth.UseStation) || p.May(auth.TokenHolder) || p.Scope.Staff != w.Manager.ID {
			t.Fatalf("staff: %+v, %v", p, err)
		}
		now := w.Clock.Now()
		jti := strings.Repeat("0a", 16)
		old := w.Auth.SignToken(auth.AccessToken, waiting.ID, now, now.Add(time.Hour), jti) // as the reference gave it out
		if p, err := w.Auth.ResidentOfToken(t.Context(), old); err != nil || !p.Barred || p.May(auth.Resident) || !p.May(auth.TokenHolder) {
			t.Errorf("a waiting resident's old token: %+v, %v", p, err)
		}
		for name, c := range map[string]struct {
			token string
			want  error
		}{
			"empty":              {"", auth.ErrTokenInvalid},
			"garbage":            {"x.y.z", auth.ErrTokenInvalid},
			"cut":                {mine.Access[:len(mine.Access)-2], auth.ErrTokenInvalid},
			"another key":        {signWith(t, []byte("another key"), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "iat": now.Unix(), "jti": jti, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"no method":          {unsigned(t, jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "jti": jti, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"another method":     {signHS512(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "jti": jti, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"no end":             {signWith(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "iat": now.Unix(), "jti": jti, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"no id":              {signWith(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"no type":            {signWith(t, w.Auth.Key(), jwt.MapClaims{"exp": now.Unix() + 60, "jti": jti, "user_id": r.ID.String()}), auth.ErrTokenInvalid},
			"too long":           {signWith(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "jti": jti, "user_id": r.ID.String(), "x": strings.Repeat("x", 4096)}), auth.ErrTokenInvalid},
			"refresh for access": {mine.Refresh, auth.ErrTokenType},
			"expired":            {w.Auth.SignToken(auth.AccessToken, r.ID, now.Add(-2*time.Hour), now, jti), auth.ErrTokenExpired},
			"staff's":            {staffs.Access, auth.ErrTokenForeign},
			"nobody's":           {w.Auth.SignToken(auth.AccessToken, uuid.New(), now, now.Add(time.Hour), jti), auth.ErrTokenNobody},
			"not an id":          {signWith(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "jti": jti, "user_id": "1"}), auth.ErrTokenForeign},
			"both sides'":        {signWith(t, w.Auth.Key(), jwt.MapClaims{"token_type": "access", "exp": now.Unix() + 60, "jti": jti, "user_id": r.ID.String(), "admin_id": w.Manager.ID.String()}), auth.ErrTokenForeign},
		} {
			if _, err := w.Auth.ResidentOfToken(t.Context(), c.token); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, err := w.Auth.StaffOfToken(t.Context(), mine.Access); !errors.Is(err, auth.ErrTokenForeign) {
			t.Errorf("a resident's token on the staff's side: %v", err)
		}
	})
}

func signWith(t *testing.T, key []byte, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)
	must(t, err)
	return token
}

func signHS512(t *testing.T, key []byte, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS512, c).SignedString(key)
	must(t, err)
	return token
}

func unsigned(t *testing.T, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
	must(t, err)
	return token
}

// What ends access ends tokens, on the next call; when it is given back, old tokens stay
// dead, and new ones made in the same second live.
func TestTokensEndWithAccess(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		open := func() auth.Tokens {
			t.Helper()
			tokens, err := w.Auth.OpenTokens(ctx, handset, auth.ResidentSurface, r.ID)
			must(t, err)
			return tokens
		}
		resident := func(tokens auth.Tokens, want error) {
			t.Helper()
			if _, err := w.Auth.ResidentOfToken(ctx, tokens.Access); !errors.Is(err, want) {
				t.Errorf("access: %v, want %v", err, want)
			}
		}
		first := open()
		resident(first, nil)

		_, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, r.ID, "test")
		must(t, err)
		resident(first, auth.ErrTokenInactive)
		if _, err := w.Auth.Refresh(ctx, handset, auth.ResidentSurface, first.Refresh); !errors.Is(err, auth.ErrSuspended) {
			t.Errorf("refresh of a suspended resident: %v", err)
		}
		_, err = w.People.Restore(ctx, w.Actor(w.Admin), people.City, r.ID, "test")
		must(t, err)
		resident(first, auth.ErrTokenExpired)
		if _, err := w.Auth.Refresh(ctx, handset, auth.ResidentSurface, first.Refresh); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("refresh with a token from before a suspension: %v", err)
		}

		second := open() // in the same second
		resident(second, nil)
		w.Clock.Advance(time.Minute)
		must(t, w.Auth.SetResidentPassword(ctx, w.Actor(w.Admin), r.ID, "tatlong itlog at dalawang tuyo"))
		resident(second, auth.ErrTokenExpired)
		third := open()
		resident(third, nil)

		collector, err := w.Auth.OpenTokens(ctx, handset, auth.StaffSurface, w.Manager.ID)
		must(t, err)
		_, err = w.Auth.SuspendStaff(ctx, w.Actor(w.Admin), w.Manager.ID, "test")
		must(t, err)
		if _, err := w.Auth.StaffOfToken(ctx, collector.Access); !errors.Is(err, auth.ErrTokenInactive) {
			t.Errorf("a suspended collector's token: %v", err)
		}
		if _, err := w.Auth.Refresh(ctx, handset, auth.StaffSurface, collector.Refresh); !errors.Is(err, auth.ErrSuspended) {
			t.Errorf("a suspended collector's refresh: %v", err)
		}
		_, err = w.Auth.ReactivateStaff(ctx, w.Actor(w.Admin), w.Manager.ID)
		must(t, err)
		if _, err := w.Auth.StaffOfToken(ctx, collector.Access); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("a collector's token from before the suspension: %v", err)
		}
	})
}

// Nothing that is not one of our tokens is read as one, and nothing makes the parser panic.
func FuzzToken(f *testing.F) {
	w := testkit.NewEmptyWorld(f, testkit.DB(f))
	now := w.Clock.Now()
	good := w.Auth.SignToken(auth.AccessToken, uuid.Nil, now, now.Add(time.Hour), strings.Repeat("a", 32))
	for _, seed := range []string{"", ".", "..", good, good + ".", good[:20], "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.bnVsbA.", strings.Repeat(".", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		jti, err := w.Auth.ParseToken(token, auth.AccessToken)
		if err == nil && token != good {
			// The last letter of base64 has bits that say nothing.
			if len(token) != len(good) || token[:len(token)-1] != good[:len(good)-1] {
				t.Errorf("%q was read as token %s", token, jti)
			}
		}
	})
}
