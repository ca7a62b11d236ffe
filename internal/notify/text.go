package notify

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ekolek/internal/errs"
)

// philippine is a mobile number that we may send to.
var philippine = regexp.MustCompile(`^\+639[0-9]{9}$`)

// shortest is what is left of a name when there is no room for it.
const shortest = 3

// fit says a text message within 160 septets. When names are too long for that, the
// longest are shortened; the sentence around them never is.
func (s *Service) fit(m Message) string {
	args := map[string]any{"City": s.opts.City, "Name": m.To.Name, "Code": m.Code}
	maps.Copy(args, m.SMS.Args)
	whole := map[string][]rune{} // what may be shortened
	for name, v := range args {
		if v, ok := v.(string); ok {
			clean := toGSM7(oneLine(v))
			if name != "Code" && name != "City" {
				clean = unlinked(clean)
				whole[name] = []rune(clean)
			}
			args[name] = clean
		}
	}
	for {
		text := toGSM7(s.opts.Words(languageOf(m.To), errs.Text{Key: m.SMS.Key, Args: args}))
		septets, _ := GSM7(text)
		name := longest(args, whole, text)
		if septets <= smsLength || name == "" {
			return text
		}
		left := utf8.RuneCountInString(args[name].(string)) - 1
		args[name] = strings.TrimRight(string(whole[name][:left]), " .,-")
	}
}

var (
	scheme = regexp.MustCompile(`(?i)\b[a-z]+://`)
	domain = regexp.MustCompile(`([\pL\d-])\.(\pL)`)
)

// unlinked keeps a value that somebody typed from being a link on a phone: no scheme, and
// a blank after each point before a letter.
func unlinked(s string) string {
	return domain.ReplaceAllString(scheme.ReplaceAllString(s, ""), "$1. $2")
}

// longest names the longest value that the text holds and that may be shortened; "" when
// none has more than shortest characters.
func longest(args map[string]any, whole map[string][]rune, text string) string {
	name, best := "", shortest
	for _, n := range slices.Sorted(maps.Keys(whole)) {
		v := args[n].(string)
		if length := utf8.RuneCountInString(v); length > best && strings.Contains(text, v) {
			name, best = n, length
		}
	}
	return name
}
