package site

import (
	"context"
	"net/url"

	"ekolek/internal/people"
	"ekolek/internal/web/i18n"
)

// referral is what a resident reads about bringing others.
type referral struct {
	Code    string
	Brought int // approved people who named the code
	Pays    people.Referral
	Share   string // to send to a neighbour
}

func (s *Site) referralOf(ctx context.Context, me people.Resident) (referral, error) {
	n, err := s.people.Referred(ctx, me.ReferralCode)
	if err != nil {
		return referral{}, err
	}
	return referral{Code: me.ReferralCode, Brought: n, Pays: s.people.Referral(),
		Share: i18n.T(ctx, "site.referral.share_text", "City", s.city, "Code", me.ReferralCode, "Address", s.siteURL+"/register/")}, nil
}

// smsShare is the address that opens the phone's own messages with the text in them.
func (r referral) smsShare() string { return "sms:?&body=" + url.PathEscape(r.Share) }
