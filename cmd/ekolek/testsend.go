package main

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

type testSendCmd struct {
	Channel string `arg:"" enum:"mail,sms" help:"What to send: mail or sms."`
	Address string `arg:"" help:"Where to: an e-mail address, or a mobile number."`
}

// Run sends one message at once and tells what the provider said, in its words.
func (s testSendCmd) Run(ctx context.Context, c console) error {
	channel, canonical := notify.Mail, people.CanonicalEmail
	if s.Channel == "sms" {
		channel, canonical = notify.SMS, people.CanonicalPhone
	}
	address, ok := canonical(s.Address)
	if !ok {
		return errors.New("this is no address for " + s.Channel)
	}
	return c.withApp(ctx, func(a *app.App) error {
		a.ShowMessages(c.out)
		tried, err := a.Notify.Check(ctx, channel, address)
		if err != nil {
			return err
		}
		return s.tell(c, a, tried)
	})
}

func (testSendCmd) tell(c console, a *app.App, tried notify.Checked) error {
	switch {
	case tried.OK && tried.Provider == "file":
		fmt.Fprintf(c.out, "written to %s; nothing was sent\n", a.OutboxDir())
	case tried.OK && tried.ID != "":
		fmt.Fprintf(c.out, "ok: %s took it as %s\n", tried.Provider, tried.ID)
	case tried.OK:
		fmt.Fprintf(c.out, "ok: %s took it\n", tried.Provider)
	case tried.Unclear:
		return finding{errors.New("it may have been sent: " + tried.Words)}
	default:
		return finding{errors.New("it was not sent: " + tried.Words)}
	}
	return nil
}
