package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// api: the address that the former system's guides name answers JSON, and the description
// of what the phone apps may ask is there.
func api(ctx context.Context, s *site) (string, error) {
	root, err := s.get(ctx, "/api/")
	if err != nil {
		return "", err
	}
	if root.StatusCode >= 500 || !root.json() {
		return "", fmt.Errorf("/api/ answers %d %s", root.StatusCode, root.Header.Get("Content-Type"))
	}
	a, err := s.get(ctx, "/api/openapi.json")
	if err != nil {
		return "", err
	}
	var doc struct{ Paths map[string]any }
	if err := a.status(http.StatusOK); err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil || len(doc.Paths) == 0 {
		return "", errors.New("/api/openapi.json describes nothing")
	}
	return fmt.Sprintf("%d addresses described", len(doc.Paths)), nil
}

// apiRefuses: without a token, and with one that is none, a phone app is told to sign in.
func apiRefuses(ctx context.Context, s *site) (string, error) {
	for _, path := range []string{"/api/current_points/", "/api/current_user_data/", "/api/family_members/"} {
		for _, header := range []string{"Accept: application/json", "Authorization: Bearer smoke"} {
			a, err := s.get(ctx, path, header)
			if err != nil {
				return "", err
			}
			if err := a.status(http.StatusUnauthorized); err != nil {
				return "", err
			}
			if !a.json() {
				return "", fmt.Errorf("%s refuses with %q, which an app cannot read", path, a.Header.Get("Content-Type"))
			}
		}
	}
	return "401, as JSON", nil
}

func apiMethods(ctx context.Context, s *site) (string, error) {
	a, err := s.get(ctx, "/api/login/")
	if err != nil {
		return "", err
	}
	if err := a.status(http.StatusMethodNotAllowed); err != nil {
		return "", err
	}
	if a.Header.Get("Allow") == "" || !a.json() {
		return "", errors.New("the refusal does not say what is allowed")
	}
	return "405, Allow: " + a.Header.Get("Allow"), nil
}

// foreignOrigin: a page of another site must not read the API with a visitor's rights.
func foreignOrigin(ctx context.Context, s *site) (string, error) {
	const evil = "https://smoke.invalid"
	a, err := s.get(ctx, "/api/current_points/", "Origin: "+evil)
	if err != nil {
		return "", err
	}
	allowed := a.Header.Get("Access-Control-Allow-Origin")
	if s.local() && allowed == "*" {
		return "", errLeftOut("development lets every origin in")
	}
	if allowed == "*" || allowed == evil {
		return "", fmt.Errorf("it lets %s in: see CORS_ALLOWED_ORIGINS", allowed)
	}
	return "no other origin is let in", nil
}
