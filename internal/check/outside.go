package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Names are what DNS says about the domain that mail comes from.
type Names struct {
	Domain string
	SPF    bool // which servers may send its mail
	DMARC  bool // what to do with mail that others send in its name
}

// outside are the checks that ask the world.
func outside() []Check {
	return []Check{
		{ID: "EK.W067", Class: Warning, Deploy: true, Title: "Others can tell our mail from a forgery.",
			Mend: "Let whoever keeps the domain publish SPF (TXT, v=spf1 …) and DMARC (TXT of _dmarc, v=DMARC1 …), DKIM as the mail service says, and CAA.", judge: forgedMail},
	}
}

// outsideTime bounds each question to the world.
const outsideTime = 5 * time.Second

func (f *Facts) lookOutside(ctx context.Context, p Parts) {
	f.Why["SMSAhead"], f.Why["Names"] = "the gateway is not asked", "DNS is not asked"
	if p.Client != nil && f.Config.SMS.Enabled && f.Config.SMS.URL != "" {
		ahead, err := clockOf(ctx, p.Client, f.Config.SMS.URL)
		if err != nil {
			f.Why["SMSAhead"] = "the gateway does not tell its time"
		} else {
			f.SMSAhead = &ahead
		}
	}
	if domain := senderDomain(f.Config); p.Resolver != nil && domain != "" {
		names, err := namesOf(ctx, p.Resolver, domain)
		if err != nil {
			f.Why["Names"] = "DNS does not answer for " + domain
		} else {
			f.Names = &names
		}
	}
}

// clockOf is how far a server's Date is ahead of our clock, to the second. Only its root
// is asked for, without any token.
func clockOf(ctx context.Context, c *http.Client, address string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, outsideTime)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.Scheme+"://"+u.Host+"/", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	_ = res.Body.Close() // HEAD has none
	date, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0, fmt.Errorf("no date: %w", err)
	}
	return date.Sub(time.Now().Truncate(time.Second)), nil
}

// namesOf asks DNS. A name without a record is an answer; silence is an error.
func namesOf(ctx context.Context, r *net.Resolver, domain string) (Names, error) {
	ctx, cancel := context.WithTimeout(ctx, outsideTime)
	defer cancel()
	n := Names{Domain: domain}
	if _, err := r.LookupHost(ctx, domain); err != nil {
		if _, mxErr := r.LookupMX(ctx, domain); mxErr != nil {
			return n, err
		}
	}
	for name, record := range map[string]struct {
		begins string
		there  *bool
	}{domain: {"v=spf1", &n.SPF}, "_dmarc." + domain: {"v=dmarc1", &n.DMARC}} {
		texts, err := r.LookupTXT(ctx, name)
		var dns *net.DNSError
		if err != nil && !(errors.As(err, &dns) && dns.IsNotFound) {
			return n, err
		}
		for _, text := range texts {
			if strings.HasPrefix(strings.ToLower(text), record.begins) {
				*record.there = true
			}
		}
	}
	return n, nil
}

func forgedMail(f *Facts, v *verdict) {
	if !f.need(v, "Names", f.Names != nil) {
		return
	}
	if !f.Names.SPF {
		v.fail("%s has no SPF record", f.Names.Domain)
	}
	if !f.Names.DMARC {
		v.fail("%s has no DMARC record", f.Names.Domain)
	}
	v.skip("of DKIM and CAA: the first lies under a name that only the mail service knows, the second is not asked for")
}
