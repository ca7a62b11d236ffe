package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	tests := []struct {
		name   string
		stream []string
		want   tally
		shows  string // what the person must see
	}{
		{"a test and a sub-test pass", []string{
			`{"Action":"start","Package":"p"}`,
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"pass","Package":"p","Test":"TestA/x"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"pass","Package":"p","Elapsed":1.5}`,
		}, tally{passed: 2}, "ok    p 1.5s"},
		{"one fails and says why, one is skipped", []string{
			`{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:1: got 2\n"}`,
			`{"Action":"fail","Package":"p","Test":"TestA"}`,
			`{"Action":"skip","Package":"p","Test":"TestB"}`,
			`{"Action":"fail","Package":"p"}`,
		}, tally{failed: 1, skipped: 1}, "got 2"},
		{"a package does not build", []string{
			`{"Action":"build-output","ImportPath":"p [p.test]","Output":"undefined: x\n"}`,
			`{"Action":"build-fail","ImportPath":"p [p.test]"}`,
			`{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
		}, tally{failed: 1}, "undefined: x"},
		{"a test never ends", []string{
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}`,
			`{"Action":"fail","Package":"p"}`,
		}, tally{failed: 1}, "panic: test timed out"},
		{"passing tests are not noisy, plain lines are shown", []string{
			`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`go: a plain line`,
		}, tally{passed: 1}, "go: a plain line"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			got := count(strings.NewReader(strings.Join(test.stream, "\n")), &out)
			if got != test.want {
				t.Errorf("counted %v, want %v", got, test.want)
			}
			if !strings.Contains(out.String(), test.shows) {
				t.Errorf("printed %q, want %q in it", out.String(), test.shows)
			}
			if strings.Contains(out.String(), "chatter") {
				t.Error("printed what a passing test said")
			}
		})
	}
}

// The form of the last line is read by machines.
func TestTallyForm(t *testing.T) {
	got := tally{passed: 12, failed: 1, skipped: 3}.String()
	if want := "12 passed, 1 failed, 3 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlanRunsEveryPackageOnce(t *testing.T) {
	var got []string
	for _, s := range plan([]string{"ekolek/internal/db", "ekolek/internal/errs", "ekolek/e2e"}) {
		got = append(got, s.packages...)
	}
	if want := "ekolek/internal/errs ekolek/internal/db ekolek/e2e"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
