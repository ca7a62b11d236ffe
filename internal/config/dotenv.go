package config

import "strings"

// parseDotenv reads NAME=value lines the way python-decouple does, so that a file
// written for the former system keeps its meaning: nothing is expanded, a # inside a
// value belongs to it, one pair of matching quotes around a value is taken off. The
// numbers of lines that are neither that, nor empty, nor a comment are returned too.
func parseDotenv(data string) (values map[string]string, badLines []int) {
	values = map[string]string{}
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			badLines = append(badLines, n)
			continue
		}
		values[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	return values, badLines
}

func unquote(v string) string {
	if len(v) >= 2 && (v[0] == '\'' || v[0] == '"') && v[len(v)-1] == v[0] {
		return v[1 : len(v)-1]
	}
	return v
}
