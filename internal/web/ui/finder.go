package ui

import (
	"context"

	"github.com/a-h/templ"

	"ekolek/internal/web/i18n"
)

// CameraTexts are the sentences that a page's module says about its camera.
func CameraTexts(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-say-hold":        i18n.T(ctx, "station.hold"),
		"data-say-opening":     i18n.T(ctx, "station.opening"),
		"data-camera-denied":   i18n.T(ctx, "station.camera_denied"),
		"data-camera-missing":  i18n.T(ctx, "station.camera_missing"),
		"data-camera-busy":     i18n.T(ctx, "station.camera_busy"),
		"data-camera-insecure": i18n.T(ctx, "station.camera_insecure"),
		"data-camera-decoder":  i18n.T(ctx, "station.camera_decoder"),
	}
}
