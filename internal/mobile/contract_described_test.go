package mobile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// undescribed says how the last answer differs from what the description promises.
func (r *replay) undescribed(e exchange) []string {
	r.t.Helper()
	if !strings.HasPrefix(e.Path, "/api/") && !strings.HasPrefix(e.Path, "/mobile/") || e.Method == http.MethodOptions {
		return nil // pages
	}
	if r.described == nil {
		answer := r.send(r.request(exchange{Method: "GET", Path: "/api/openapi.json", Header: map[string]string{"X-Forwarded-Proto": "https"}}))
		r.described, _ = parse(answer.Body.String()).(map[string]any)
	}
	path, _, _ := strings.Cut(r.ours(e.Path), "?")
	methods := r.pathOf(path)
	switch {
	case methods == nil:
		return []string{"no such path"}
	case r.last.Code == http.StatusMethodNotAllowed || r.last.Code == http.StatusNotAcceptable, r.last.Code == http.StatusNotFound && strings.Contains(path, "/abc/"):
		return nil // said once for all addresses; an id that is none is another address
	}
	operation, ok := methods[strings.ToLower(e.Method)].(map[string]any)
	if !ok {
		return []string{"no such method"}
	}
	response, ok := dig(operation, "responses", strconv.Itoa(r.last.Code)).(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("status %d", r.last.Code)}
	}
	return r.conforms("", dig(response, "content", "application/json", "schema").(map[string]any), parse(r.last.Body.String()))
}

// pathOf finds a path, whatever its ids.
func (r *replay) pathOf(path string) map[string]any {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for pattern, methods := range r.described["paths"].(map[string]any) {
		wanted := strings.Split(strings.TrimSuffix(pattern, "/"), "/")
		if slices.EqualFunc(wanted, parts, func(want, got string) bool { return want == got || strings.HasPrefix(want, "{") }) {
			return methods.(map[string]any)
		}
	}
	return nil
}

func dig(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// conforms holds a value against a schema: the few keywords that ours use.
func (r *replay) conforms(path string, schema map[string]any, v any) []string {
	if ref, ok := schema["$ref"].(string); ok {
		return r.conforms(path, dig(r.described, "components", "schemas", ref[strings.LastIndex(ref, "/")+1:]).(map[string]any), v)
	}
	if choices, ok := schema["anyOf"].([]any); ok {
		var last []string
		for _, choice := range choices {
			if last = r.conforms(path, choice.(map[string]any), v); last == nil {
				return nil
			}
		}
		return last
	}
	kinds, ok := schema["type"].([]any)
	if !ok {
		kinds = []any{schema["type"]}
	}
	if !slices.Contains(kinds, any(kindOf(v))) && !(kindOf(v) == "integer" && slices.Contains(kinds, any("number")) && schema["format"] == nil) {
		return []string{fmt.Sprintf("%s is %s, not %v", path, kindOf(v), kinds)}
	}
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, r.conforms(path+"[]", schema["items"].(map[string]any), item)...)
		}
	case map[string]any:
		for _, name := range schema["required"].([]any) {
			if _, there := v[name.(string)]; !there {
				out = append(out, path+"."+name.(string)+" is missing")
			}
		}
		for name, value := range v {
			property, ok := dig(schema, "properties", name).(map[string]any)
			if !ok {
				out = append(out, path+"."+name+" is not described")
				continue
			}
			out = append(out, r.conforms(path+"."+name, property, value)...)
		}
	}
	return out
}

// kindOf is a value's type in a schema's words. A float that is whole, 10.0, is a number
// to a phone and not an integer.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if isFloat(v) {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	default:
		return "object"
	}
}
