package people_test

import (
	"testing"

	"ekolek/internal/people"
)

func TestMasks(t *testing.T) {
	for phone, want := range map[string]string{
		"+639171234567": "********567", "09171234567": "********567", "+12125550199": "*********199", "1234": "*234", "123": "**3", "1": "1", "": "",
	} {
		if got := people.MaskPhone(phone); got != want {
			t.Errorf("%q is shown as %q, want %q", phone, got, want)
		}
	}
	for email, want := range map[string]string{
		"maria.santos@example.com": "mar***@example.com", "marias@example.com": "ma***@example.com", "ma@example.com": "ma***@example.com",
		"m@example.com": "m***@example.com", "@example.com": "***@example.com", "ñandúes@example.com": "ñan***@example.com",
		"nobody": "nobody", "a@b@c": "a@b@c", "": "",
	} {
		if got := people.MaskEmail(email); got != want {
			t.Errorf("%q is shown as %q, want %q", email, got, want)
		}
	}
}
