package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"ekolek/internal/smoke"
)

type smokeCmd struct {
	URL          string `arg:"" help:"Address of the site, as people type it: https://ekolek.example.gov.ph."`
	JSON         bool   `help:"For programs."`
	User         string `help:"Also sign in as this resident, and out again. It shows in the account's history, and may send a code." placeholder:"NAME"`
	Staff        bool   `help:"The user is staff."`
	PasswordFile string `help:"File with the password, its first line." type:"path" placeholder:"FILE"`
	CA           string `name:"ca" help:"Trust the certificates of this PEM file, not the machine's: a test site's own." type:"path" placeholder:"FILE"`
	Connect      string `help:"Ask this address instead, before DNS leads to it." placeholder:"HOST:PORT"`
	ConnectHTTP  string `name:"connect-http" help:"The same for plain HTTP." placeholder:"HOST:PORT"`
}

// Run looks at a running site from outside and prints what it found, a line a check.
func (s smokeCmd) Run(ctx context.Context, c console) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	results, err := smoke.Run(ctx, o)
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range results {
		if r.Failed() {
			failed++
		}
	}
	if err := s.print(c, results); err != nil {
		return err
	}
	if failed > 0 {
		return finding{fmt.Errorf("%d of %d checks failed", failed, len(results))}
	}
	return nil
}

func (s smokeCmd) options() (smoke.Options, error) {
	o := smoke.Options{URL: s.URL, Connect: s.Connect, ConnectHTTP: s.ConnectHTTP}
	if s.CA != "" {
		pem, err := os.ReadFile(s.CA)
		if err != nil {
			return o, err
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return o, errors.New(s.CA + " has no certificate in it")
		}
	}
	switch {
	case s.User == "" && (s.PasswordFile != "" || s.Staff):
		return o, errors.New("give --user too")
	case s.User != "" && s.PasswordFile == "":
		return o, errors.New("give --password-file too; a password on the command line is seen by everybody on this machine")
	case s.User != "":
		text, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return o, err
		}
		password, _, _ := strings.Cut(string(text), "\n")
		o.Sign = &smoke.SignIn{User: s.User, Password: strings.TrimSuffix(password, "\r"), Staff: s.Staff}
	}
	return o, nil
}

func (s smokeCmd) print(c console, results []smoke.Result) error {
	if s.JSON {
		return printJSON(c, results)
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, r := range results {
		state := "ok"
		switch {
		case r.LeftOut:
			state = "--"
		case !r.OK:
			state = "FAILED"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", state, r.Name, r.Why)
	}
	return table.Flush()
}
