package ui

import (
	"testing"

	"ekolek/internal/web/i18n"
)

func TestAgentName(t *testing.T) {
	ctx := i18n.With(t.Context(), i18n.Filipino)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 9; SM-J260G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                   "Chrome, Android",
		"Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36":        "Samsung Internet, Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":           "Edge, Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0":                                                        "Firefox, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"okhttp/4.12.0":                   "App sa telepono",
		"curl/8.5":                        "Hindi kilalang device",
		"":                                "Hindi kilalang device",
		"<script>alert(1)</script> Linux": "Linux",
	} {
		if got := AgentName(ctx, agent); got != want {
			t.Errorf("%.60s is called %q, want %q", agent, got, want)
		}
	}
}
