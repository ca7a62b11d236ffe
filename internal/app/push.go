package app

import (
	"cmp"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"

	"ekolek/internal/config"
	"ekolek/internal/notify/carrier"
)

// vapidFile is where the key of push messages is kept that no setting names.
const vapidFile = "vapid.key"

// pushService hands messages to the push services of browsers. It is what development does
// too: they reach only whoever subscribed here.
func (a *App) pushService() *carrier.Push {
	return carrier.NewPush(carrier.PushConfig{Key: a.vapidKey(), Subject: pushSubject(a.cfg), Local: a.cfg.Debug, Now: a.now})
}

// vapidKey reads the key when it is first needed: no command makes one that sends nothing.
func (a *App) vapidKey() func() (carrier.VAPIDKey, error) {
	if text := string(a.cfg.Push.Key); text != "" {
		return sync.OnceValues(func() (carrier.VAPIDKey, error) { return carrier.ParseVAPIDKey(text) })
	}
	var mu sync.Mutex
	var key carrier.VAPIDKey
	return func() (_ carrier.VAPIDKey, err error) {
		mu.Lock()
		defer mu.Unlock()
		if key.Public() == "" { // an error is not kept: a folder may become writable
			key, err = carrier.KeptVAPIDKey(filepath.Join(a.cfg.DataDir, vapidFile))
		}
		return key, err
	}
}

// pushSubject is where a push service finds whoever looks after this.
func pushSubject(cfg config.Config) string {
	subject := cfg.Push.Subject
	if from, err := mail.ParseAddress(cfg.Email.From); err == nil {
		subject = cmp.Or(subject, "mailto:"+from.Address)
	}
	if strings.HasPrefix(cfg.SiteURL, "https://") {
		subject = cmp.Or(subject, cfg.SiteURL)
	}
	return cmp.Or(subject, "mailto:webmaster@localhost")
}
