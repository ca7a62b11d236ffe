package site

import (
	"context"

	"ekolek/internal/people"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

func genders(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Text: i18n.T(ctx, "site.register.gender_none")},
		{Value: "female", Text: i18n.T(ctx, "site.register.gender_female")},
		{Value: "male", Text: i18n.T(ctx, "site.register.gender_male")},
		{Value: "other", Text: i18n.T(ctx, "site.register.gender_other")},
	}
}

func emailHelp(ctx context.Context, k kind) string {
	if k {
		return i18n.T(ctx, "site.register.email_help")
	}
	return ""
}

func passwordHelp(ctx context.Context, kept bool) string {
	if kept {
		return i18n.T(ctx, "site.register.password_kept")
	}
	return i18n.T(ctx, "site.register.password_help")
}

func statusHeadline(ctx context.Context, r people.Resident) string {
	switch r.State() {
	case people.Pending:
		return i18n.T(ctx, "site.register.status_pending")
	case people.Rejected:
		return i18n.T(ctx, "site.register.status_rejected")
	default:
		return i18n.T(ctx, "site.register.status_approved")
	}
}
