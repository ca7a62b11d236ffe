package telemetry

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// scrubber is the second line of defence. The first is that types which hold a secret
// or a person do not show it (slog.LogValuer), and that nothing of what people type is
// logged. Here what slipped into a text all the same is taken out by its looks: error
// texts of libraries quote what they were given.
type scrubber struct {
	secrets *strings.Replacer // nil: none configured
}

// shortest is how long a configured value must be to be looked for: a password "pass"
// would blot out half of the log.
const shortest = 8

func newScrubber(secrets []string) *scrubber {
	var pairs []string
	for _, s := range secrets {
		if len(s) >= shortest {
			pairs = append(pairs, s, hidden)
		}
	}
	if pairs == nil {
		return &scrubber{}
	}
	return &scrubber{strings.NewReplacer(pairs...)}
}

// What takes the place of something that is not shown.
const (
	hidden      = "[hidden]"
	hiddenPhone = "[phone]"
	hiddenMail  = "[e-mail]"
)

// Looks of what no line may show. Bounded repeats keep a long text cheap.
var (
	bearer   = regexp.MustCompile(`(?i)\b(bearer|basic|token)[ =:]+[A-Za-z0-9._~+/=-]{8,}`)
	jwt      = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(\.[A-Za-z0-9_-]*)?`)
	userinfo = regexp.MustCompile(`(://[^/\s:@]{0,64}):[^/\s@]{1,256}@`)
	mailbox  = regexp.MustCompile(`[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63}){1,8}`)
	phone    = regexp.MustCompile(`(?:\+\s?63|\b63|\b0)[ .-]?\(?9\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}\b`)
	query    = regexp.MustCompile(`(?i)\b(password|passwd|pass|secret|token|code|otp|api_?key|sessionid|authorization)(["']?\s?[=:]\s?["']?)[^\s"'&,;}]{3,}`)
)

// text takes out what a text may not show.
func (s *scrubber) text(v string) string {
	if len(v) < 6 || isID(v) {
		return v
	}
	if s.secrets != nil {
		v = s.secrets.Replace(v)
	}
	// Most lines have none of these, and looking for a byte is far cheaper than matching.
	if strings.Contains(v, "://") {
		v = userinfo.ReplaceAllString(v, "$1:"+hidden+"@")
	}
	if strings.IndexByte(v, '@') >= 0 {
		v = mailbox.ReplaceAllString(v, hiddenMail)
	}
	if strings.Contains(v, "eyJ") {
		v = jwt.ReplaceAllString(v, hidden)
	}
	if strings.ContainsAny(v, "=: ") {
		v = bearer.ReplaceAllString(v, "$1 "+hidden)
		if strings.ContainsAny(v, "=:") {
			v = query.ReplaceAllString(v, "$1$2"+hidden)
		}
	}
	if manyDigits(v) {
		v = phone.ReplaceAllString(v, hiddenPhone)
	}
	return v
}

// attr takes it out of an attribute, its groups too.
func (s *scrubber) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, s.text(v.String()))
	case slog.KindGroup:
		inner := v.Group()
		clean := make([]slog.Attr, len(inner))
		for i := range inner {
			clean[i] = s.attr(inner[i])
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		return slog.String(a.Key, s.text(textOf(v.Any())))
	default:
		return slog.Attr{Key: a.Key, Value: v}
	}
}

// textOf is any value as text: errors and Stringers as they say, the rest as %+v, for
// nothing else can be searched.
func textOf(v any) string {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%+v", v)
}

// isID says that a text is a UUID, whose digits may look like a phone's.
func isID(v string) bool {
	if len(v) != 36 || v[8] != '-' || v[13] != '-' || v[18] != '-' || v[23] != '-' {
		return false
	}
	for i := range len(v) {
		c := v[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// manyDigits says whether a phone's ten digits could stand in a text.
func manyDigits(v string) bool {
	n := 0
	for i := range len(v) {
		if v[i] >= '0' && v[i] <= '9' {
			if n++; n == 10 {
				return true
			}
		}
	}
	return false
}
