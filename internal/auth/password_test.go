package auth

import (
	"strings"
	"testing"

	"ekolek/internal/errs"
)

func TestCheckPassword(t *testing.T) {
	own := []string{"juan.delacruz", "Juan dela Cruz", "juan@example.com"}
	cases := map[string]string{
		"tatlong itlog sa basket":      "",
		"correct horse battery":        "",
		"Xk2#vQ9!mTz4pL":               "",
		"kalabaw-bukid-7":              "",
		"ñandú sa bakuran":             "",
		strings.Repeat("kalabaw ", 15): "", // 120 characters
		"short1!":                      "error.auth.password_short",
		"ññññññññññ":                   "error.auth.password_short",
		strings.Repeat("x9 k", 33):     "error.auth.password_long",
		"aaaaaaaaaaaaaaaa":             "error.auth.password_common",
		"abababababababab":             "error.auth.password_common",
		"12345678901234":               "error.auth.password_common",
		"837465019283":                 "error.auth.password_common",
		"abcdefghijklmnop":             "error.auth.password_common",
		"password1234":                 "error.auth.password_common",
		"P@ssw0rd!2026":                "error.auth.password_common",
		"passwordpassword":             "error.auth.password_common",
		"QwertyUiop123":                "error.auth.password_common",
		"qazwsxedc123456":              "error.auth.password_common",
		"iloveyou-iloveyou":            "error.auth.password_common",
		"Ekolek-2026-Ekolek":           "error.auth.password_common",
		"SanPedroCity2026":             "error.auth.password_common",
		"Admin@123456789":              "error.auth.password_common",
		"mahalkita143143":              "error.auth.password_common",
		"juandelacruz1990":             "error.auth.password_personal",
		"JuanCruz!!2026##":             "error.auth.password_personal",
		"password-juan-1":              "error.auth.password_personal",
	}
	for password, want := range cases {
		got := ""
		if e, ok := errs.As(CheckPassword("password", password, own...)); ok {
			got = e.Fields["password"].Key
		}
		if got != want {
			t.Errorf("CheckPassword(%q) = %q, want %q", password, got, want)
		}
	}
}

func TestTemporaryPasswordsPass(t *testing.T) {
	for range 50 {
		p := temporaryPassword()
		if err := CheckPassword("password", p, "manager", "Staff Manager"); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
}
