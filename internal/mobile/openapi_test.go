package mobile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The description names every route of both apps, and nothing else.
func TestEveryRouteIsDescribed(t *testing.T) {
	m := New(Deps{})
	var patterns []string
	for _, rt := range slices.Concat(m.ResidentRoutes(), m.CollectorRoutes()) {
		patterns = append(patterns, rt.Pattern)
	}
	slices.Sort(patterns)
	about := described()
	if diff := cmp.Diff(patterns, slices.Sorted(maps.Keys(about))); diff != "" {
		t.Errorf("- routes, + described:\n%s", diff)
	}
	for pattern, o := range about {
		if o.summary == "" || len(o.gives)+len(o.refuses) == 0 && pattern != "GET /api/openapi.json" {
			t.Errorf("%s: nothing is said of it", pattern)
		}
	}
}

func TestDescriptionHangsTogether(t *testing.T) {
	text := New(Deps{}).description()
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("version %q, %v", doc.OpenAPI, err)
	}
	for _, ref := range strings.Split(string(text), `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(ref, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if len(o.Responses) < 2 && path != "/api/openapi.json" {
				t.Errorf("%s %s has no answers", method, path)
			}
		}
	}
}
