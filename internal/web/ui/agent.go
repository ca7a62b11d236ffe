package ui

import (
	"context"
	"strings"

	"ekolek/internal/web/i18n"
)

// mark is a word in what a browser says about itself, and what a person calls it.
type mark struct{ word, name string }

// browsers and systems are tried in their order: nearly every browser also says that it is
// Chrome, Safari and Mozilla, and a phone that it is Linux.
var (
	browsers = []mark{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"UCBrowser", "UC Browser"}, {"YaBrowser", "Yandex"},
		{"FxiOS", "Firefox"}, {"Firefox", "Firefox"}, {"CriOS", "Chrome"}, {"Chromium", "Chromium"}, {"Chrome", "Chrome"}, {"Safari", "Safari"},
	}
	systems = []mark{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
	apps = []string{"okhttp", "Dart/", "Expo", "CFNetwork", "ReactNative"} // libraries of phone apps
)

// AgentName is a browser as a person knows it: "Chrome, Android". It trusts nothing of
// what the browser says but a few names.
func AgentName(ctx context.Context, userAgent string) string {
	browser, system := find(userAgent, browsers), find(userAgent, systems)
	for _, app := range apps {
		if strings.Contains(userAgent, app) {
			browser = i18n.T(ctx, "web.agent.app")
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + ", " + system
	case browser+system != "":
		return browser + system
	default:
		return i18n.T(ctx, "web.agent.unknown")
	}
}

func find(userAgent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.word) {
			return m.name
		}
	}
	return ""
}
