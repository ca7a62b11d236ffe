package config

import (
	"slices"
	"testing"
)

// INC-26: the name is known only after the first deployment, and then to the platform.
func TestPlatformNameIsEnough(t *testing.T) {
	for _, variable := range publicNames {
		env := without(production(), "ALLOWED_HOSTS", "SITE_URL", "CSRF_TRUSTED_ORIGINS")
		c, err := Load(append(env, variable+"=ekolek.example.app"), "")
		if err != nil {
			t.Errorf("%s: %v", variable, err)
		}
		if c.SiteURL != "https://ekolek.example.app" || !slices.Equal(c.AllowedHosts, []string{"ekolek.example.app"}) || !slices.Equal(c.CSRFOrigins, []string{"https://ekolek.example.app"}) {
			t.Errorf("%s: %s %v %v", variable, c.SiteURL, c.AllowedHosts, c.CSRFOrigins)
		}
	}
}

func TestPlatformNameJoinsWhatIsSet(t *testing.T) {
	c, err := Load(production("RAILWAY_PUBLIC_DOMAIN=ekolek.up.railway.app", "RENDER_EXTERNAL_HOSTNAME=ekolek.onrender.com"), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.SiteURL != "https://ekolek.sanpedro.ph" || len(c.AllowedHosts) != 4 || !slices.Contains(c.CSRFOrigins, "https://ekolek.onrender.com") {
		t.Errorf("%s %v %v", c.SiteURL, c.AllowedHosts, c.CSRFOrigins)
	}
	for _, r := range c.Describe() {
		if r.Name == "ALLOWED_HOSTS" && r.Source != "environment, RAILWAY_PUBLIC_DOMAIN, RENDER_EXTERNAL_HOSTNAME" {
			t.Errorf("source %q", r.Source)
		}
	}
}

// INC-34: what stands in guides and lists of passwords does not start production.
func TestKnownDefaultsAreRefused(t *testing.T) {
	for _, value := range []string{"django-" + "insecure-9f3c0a71be52d64809c1aa77qqmmzzwwxxyyooppuu", "Password-of-the-city", "admin123-admin123", "p@ssw0rd-for-cenro", "ekolek123-production", "letmein-please-now", "your-sms-token-here-1"} {
		for _, name := range []string{"DJANGO_SECRET_KEY", "DB_PASSWORD", "EMAIL_HOST_PASSWORD", "SMS_API_TOKEN"} {
			_, err := Load(append(without(production(), name), name+"="+value), "")
			if !slices.Contains(names(problemsOf(t, err)), name) {
				t.Errorf("%s takes %s", name, value)
			}
		}
	}
}
