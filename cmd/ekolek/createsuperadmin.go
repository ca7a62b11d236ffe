package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
)

type createsuperadminCmd struct {
	Username      string `help:"Name to sign in with. Asked for when it is missing, as are the others."`
	FullName      string `help:"Name that others see."`
	Email         string `help:"Optional."`
	PasswordStdin bool   `help:"Read the password from standard input, its first line."`
}

// Run makes a super administrator who may sign in at once.
func (s createsuperadminCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		if err := a.CheckSchema(ctx); err != nil {
			return err
		}
		in, err := s.ask(c)
		if err != nil {
			return err
		}
		staff, err := a.Auth.CreateStaff(ctx, audit.Command("createsuperadmin"), in)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "made super administrator %s\n", staff.Username)
		return nil
	})
}

// ask takes the flags and asks for the rest.
func (s createsuperadminCmd) ask(c console) (auth.NewStaff, error) {
	in := auth.NewStaff{Username: s.Username, FullName: s.FullName, Email: s.Email, Role: auth.SuperAdmin}
	lines := bufio.NewReader(c.in)
	if s.PasswordStdin && (in.Username == "" || in.FullName == "") {
		return in, errors.New("--password-stdin leaves nothing to ask with: give --username and --full-name too")
	}
	for _, q := range []struct {
		question string
		to       *string
	}{{"Username: ", &in.Username}, {"Full name: ", &in.FullName}} {
		if *q.to == "" {
			fmt.Fprint(c.out, q.question)
			answer, err := readLine(lines)
			if err != nil {
				return in, err
			}
			*q.to = answer
		}
	}
	var err error
	in.Password, err = s.askPassword(c, lines)
	return in, err
}

// askPassword asks twice at a terminal, without showing what is typed.
func (s createsuperadminCmd) askPassword(c console, lines *bufio.Reader) (string, error) {
	if s.PasswordStdin {
		return readLine(lines)
	}
	file, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errors.New("no terminal to ask for a password at: use --password-stdin")
	}
	var typed [2]string
	for i, question := range []string{"Password: ", "Password again: "} {
		fmt.Fprint(c.out, question)
		password, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(c.out)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		typed[i] = string(password)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords are not the same")
	}
	return typed[0], nil
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return line, nil
}
