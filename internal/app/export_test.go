package app

import "ekolek/internal/web"

// NewAt is New with another clock.
var NewAt = newAt

// Events are the streams of open pages.
func (a *App) Events() *web.Events { return a.events }

// Stop ends what Start began.
func (a *App) Stop() error { return a.stop() }
