package check

import (
	"net/http"
	"slices"
	"time"
)

// signIns are the checks of accounts, cookies and codes.
func signIns() []Check {
	return []Check{
		{ID: "EK.E010", Class: Error, Deploy: true, Django: "security.W010, W011, W012", Title: "Cookies travel by HTTPS only.",
			Mend: "Every cookie is made by web.Server, which adds Secure in production.", judge: secureCookies},
		{ID: "EK.E013", Class: Error, Deploy: true, Django: "security.W013, W014, W015", Title: "Scripts cannot read cookies.",
			Mend: "Every cookie is made by web.Server, which adds HttpOnly.", judge: hiddenCookies},
		{ID: "EK.E016", Class: Error, Deploy: true, Django: "security.W016", Title: "Nor do those against forgery travel readable.",
			Mend: "As for EK.E010.", judge: forgeryCookies},
		{ID: "EK.E051", Class: Error, Deploy: true, Later: true, Title: "No account is open to whoever has read a manual.",
			Mend: "Change the password or suspend the account at /console/staff/; a made-up city is dropped with its database.", judge: openAccounts},
		{ID: "EK.E052", Class: Error, Deploy: true, Later: true, Warns: true, Title: "Super administrators are few, and have a second factor.",
			Mend: "Let each sign in once and set it up; see /console/staff/. `ekolek createsuperadmin` makes the first one.", judge: superAdmins},
		{ID: "EK.E053", Class: Error, Deploy: true, Title: "Password hashes cost enough, and not more than the machine has.",
			Mend: "Give the machine or container more memory, or fewer processors.", judge: hashes},
		{ID: "EK.E054", Class: Error, Deploy: true, Title: "Phone apps' tokens are signed, and short-lived.",
			Mend: "Set JWT_ACCESS_TOKEN_LIFETIME_HOURS to 1.", judge: tokens},
		{ID: "EK.E055", Class: Error, Deploy: true, Title: "One-time codes are short-lived and few.",
			Mend: "Set OTP_EXPIRY_MINUTES to at most 5, OTP_MAX_ATTEMPTS to at most 3, OTP_RESEND_COOLDOWN_SECONDS to at least 60.", judge: codes},
		{ID: "EK.I071", Class: Info, Deploy: true, Title: "Super administrators' passwords are not old.",
			Mend: "The city's rules ask for a new one every 90 days: /console/password/.", judge: oldPasswords},
	}
}

// eachCookie judges every cookie that is set over HTTPS. Of one that is taken away only
// the flags count, as a browser wants them the same.
func (f *Facts) eachCookie(v *verdict, judge func(Answer, *http.Cookie)) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.all() {
		for _, line := range a.Header["Set-Cookie"] {
			if c, err := http.ParseSetCookie(line); err == nil && a.Secure {
				judge(a, c)
			}
		}
	}
}

// againstForgery are names of cookies that hold a token against forged requests.
var againstForgery = []string{"ekolek_csrftoken", "csrftoken", "__Host-csrftoken", "ekolek_csrf", "__Host-ekolek_csrf"}

func secureCookies(f *Facts, v *verdict) {
	f.eachCookie(v, func(a Answer, c *http.Cookie) {
		if !c.Secure && !slices.Contains(againstForgery, c.Name) {
			v.fail("the cookie %s is not Secure: %s", c.Name, a)
		}
	})
}

func hiddenCookies(f *Facts, v *verdict) {
	f.eachCookie(v, func(a Answer, c *http.Cookie) {
		if !c.HttpOnly {
			v.fail("the cookie %s is not HttpOnly: %s", c.Name, a)
		}
	})
}

func forgeryCookies(f *Facts, v *verdict) {
	f.eachCookie(v, func(a Answer, c *http.Cookie) {
		if !c.Secure && slices.Contains(againstForgery, c.Name) {
			v.fail("the cookie %s is not Secure: %s", c.Name, a)
		}
	})
}

func openAccounts(f *Facts, v *verdict) {
	if !f.need(v, "Auth", f.Auth != nil) {
		return
	}
	if f.Demo {
		v.fail("a made-up city was loaded into this database, with a password that everybody knows")
	}
	for _, name := range f.Auth.WellKnown {
		v.fail("a well-known password opens the account %s", name)
	}
	for _, a := range f.Answers {
		if a.Pattern == "GET /admin/setup/" && a.Kind == asked && a.Status == http.StatusOK && f.Auth.Staff > 0 {
			v.fail("the page that makes the first administrator is still open")
		}
	}
}

// manySuperAdmins is where nobody knows any more who may do everything.
const manySuperAdmins = 5

func superAdmins(f *Facts, v *verdict) {
	if !f.need(v, "Auth", f.Auth != nil) {
		return
	}
	if n := f.Auth.WithoutSecond; n > 0 {
		v.fail("super administrators without a second factor: %d", n)
	}
	switch n := f.Auth.SuperAdmins; {
	case n == 0:
		v.warn("there is no super administrator")
	case n > manySuperAdmins:
		v.warn("super administrators: %d, more than %d", n, manySuperAdmins)
	}
}

// The least that a password hash costs (OWASP, argon2id), and the most memory that all of
// them together may take.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
)

func hashes(f *Facts, v *verdict) {
	if !f.need(v, "Auth", f.Auth != nil) {
		return
	}
	a := f.Auth
	if a.HashMemory < hashMemory || a.HashPasses < hashPasses {
		v.fail("a password hash costs %d KiB and %d passes; %d and %d are the least", a.HashMemory, a.HashPasses, hashMemory, hashPasses)
	}
	if all := int64(a.HashSlots) * int64(a.HashMemory) << 10; f.Memory > 0 && all*2 > f.Memory {
		v.fail("%d password hashes at once take more than half of the memory, %d MB", a.HashSlots, f.Memory>>20)
	}
}

func tokens(f *Facts, v *verdict) {
	if f.Config.Tokens.Access > time.Hour {
		v.fail("a token that was copied is good for %s", f.Config.Tokens.Access)
	}
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.Answers {
		if a.Kind == forged && a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden {
			v.fail("a token that nobody signed is not refused: %s", a)
		}
	}
}

func codes(f *Facts, v *verdict) {
	o := f.Config.OTP
	if o.Expiry > 5*time.Minute {
		v.fail("a code is good for %s", o.Expiry)
	}
	if o.MaxAttempts > 3 {
		v.fail("a code may be guessed %d times", o.MaxAttempts)
	}
	if o.ResendCooldown < time.Minute {
		v.fail("the next code may follow after %s", o.ResendCooldown)
	}
	if f.Auth != nil && f.Auth.CodesADay <= 0 {
		v.fail("there is no daily limit on codes")
	}
}

func oldPasswords(f *Facts, v *verdict) {
	if f.need(v, "Auth", f.Auth != nil) && f.Auth.OldPasswords > 0 {
		v.fail("super administrators' passwords older than 90 days: %d", f.Auth.OldPasswords)
	}
}
