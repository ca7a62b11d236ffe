package console

import (
	"context"
	"strings"
	"time"

	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/web/i18n"
)

// messageWords says what a message is about; a kind without words of its own is shown by
// its name.
func messageWords(ctx context.Context, kind string) string {
	if key := messageKey(kind); key != "" {
		return i18n.T(ctx, key)
	}
	return kind
}

// messageKey is the catalogue key of a kind's words; "" for none.
func messageKey(kind string) string {
	switch kind {
	case "code.registration":
		return "console.messages.kind.code_registration"
	case "code.sign_in":
		return "console.messages.kind.code_sign_in"
	case "code.reset":
		return "console.messages.kind.code_reset"
	case "code.new_phone":
		return "console.messages.kind.code_new_phone"
	case "code.new_email":
		return "console.messages.kind.code_new_email"
	case "resident.received":
		return "console.messages.kind.received"
	case "resident.approved":
		return "console.messages.kind.approved"
	case "resident.rejected":
		return "console.messages.kind.rejected"
	case "resident.referral":
		return "console.messages.kind.referral"
	case announcedKind:
		return "console.messages.kind.announcement"
	case rewards.AnnouncedKind:
		return "console.messages.kind.reward_new"
	}
	if key := scheduleKey(kind); key != "" {
		return key
	}
	return accountKey(kind)
}

// scheduleKey is messageKey for what is told about the trucks.
func scheduleKey(kind string) string {
	switch kind {
	case schedule.SuspendedKind:
		return "schedule.kind.suspend"
	case schedule.MovedKind:
		return "schedule.kind.move"
	case schedule.AddedKind:
		return "schedule.kind.add"
	case schedule.LiftedKind:
		return "schedule.kind.lift"
	}
	return ""
}

// accountKey is messageKey for what is told about accounts and their safety.
func accountKey(kind string) string {
	switch kind {
	case "auth.device":
		return "console.messages.kind.device"
	case "auth.token_reuse":
		return "console.messages.kind.token_reuse"
	case "staff.created":
		return "console.messages.kind.staff_created"
	case "staff.suspended":
		return "console.messages.kind.staff_suspended"
	case "staff.restored":
		return "console.messages.kind.staff_restored"
	case "staff.unlocked":
		return "console.messages.kind.staff_unlocked"
	case "staff.password_reset":
		return "console.messages.kind.staff_password"
	case "staff.locked":
		return "console.messages.kind.staff_locked"
	case "staff.second_on", "staff.second_off", "staff.second_reset", "staff.recovery_used":
		return "console.messages.kind.staff_second"
	}
	return ""
}

func channelWords(ctx context.Context, c notify.Channel) string {
	if c == notify.Push {
		return i18n.T(ctx, "console.messages.push")
	}
	if c == notify.Mail {
		return i18n.T(ctx, "console.messages.mail")
	}
	return i18n.T(ctx, "console.messages.sms")
}

func statusWords(ctx context.Context, s notify.Status) string { return i18n.T(ctx, statusKey(s)) }

func statusKey(s notify.Status) string {
	switch s {
	case notify.Queued:
		return "console.messages.status.queued"
	case notify.Sending:
		return "console.messages.status.sending"
	case notify.Sent:
		return "console.messages.status.sent"
	case notify.Delivered:
		return "console.messages.status.delivered"
	case notify.Failed:
		return "console.messages.status.failed"
	case notify.Expired:
		return "console.messages.status.expired"
	default:
		return "console.messages.status.cancelled"
	}
}

// statusLook is the colour and the sign that go with a status.
func statusLook(s notify.Status) (tone, icon string) {
	switch s {
	case notify.Queued:
		return "", "clock"
	case notify.Sending:
		return "sea", "refresh-cw"
	case notify.Sent:
		return "leaf", "check"
	case notify.Delivered:
		return "leaf", "circle-check"
	case notify.Failed:
		return "clay", "triangle-alert"
	case notify.Expired:
		return "sun", "clock"
	default:
		return "", "ban"
	}
}

// reasonWords says why a message has not gone out, with the carrier's words.
func reasonWords(ctx context.Context, m notify.Entry) string {
	s := ""
	if t := m.Reason.Text(); t.Key != "" {
		s = i18n.Say(ctx, t)
	}
	if m.Error != "" {
		s = strings.TrimSpace(s + " “" + m.Error + "”")
	}
	return s
}

// maskAddress hides most of a phone number or an e-mail address.
func maskAddress(address string) string {
	if strings.Contains(address, "@") {
		return people.MaskEmail(address)
	}
	return people.MaskPhone(address)
}

// recipientName is whom a message is for. A visitor has no name yet, and after a year
// nobody has one here.
func recipientName(ctx context.Context, m notify.Entry) string {
	switch {
	case m.Name != "":
		return m.Name
	case m.Audience == notify.Visitor:
		return i18n.T(ctx, "console.messages.visitor")
	default:
		return i18n.T(ctx, "console.messages.nameless")
	}
}

// oneOnly names the filter that no field shows.
func oneOnly(ctx context.Context, f notify.Filter) string {
	if f.Mark != "" {
		return i18n.T(ctx, "console.messages.one_address")
	}
	return i18n.T(ctx, "console.messages.one_person")
}

// costText is what a message cost; a dash for nothing.
func costText(m notify.Entry) string {
	if m.Cost == 0 {
		return "—"
	}
	return i18n.Pesos(m.Cost)
}

// stepClass is how a status stands in the history: passed, going on, or gone wrong.
func stepClass(s notify.Status) string {
	switch s {
	case notify.Sent, notify.Delivered:
		return "done"
	case notify.Queued, notify.Sending:
		return "now"
	default:
		return "late"
	}
}

func stepIcon(s notify.Status) string {
	_, icon := statusLook(s)
	return icon
}

// stepTime is when a message came to where it stands.
func stepTime(m notify.Entry) time.Time {
	if m.SentAt != nil {
		return *m.SentAt
	}
	return m.UpdatedAt
}
