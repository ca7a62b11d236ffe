package config

import (
	"slices"
	"strings"
	"testing"
)

// Uploads have one place, and that place has what it needs.
func TestStorage(t *testing.T) {
	s3 := []string{"FILE_STORAGE=s3", "AWS_STORAGE_BUCKET_NAME=ekolek", "AWS_ACCESS_KEY_ID=AKIA9F3C0A71BE52", "AWS_SECRET_ACCESS_KEY=9f3c0a71be52d8e49f3c"}
	oauth := []string{"GOOGLE_DRIVE_FOLDER_ID=1Folder", "GOOGLE_DRIVE_OAUTH_CLIENT_ID=x.apps.googleusercontent.com",
		"GOOGLE_DRIVE_OAUTH_CLIENT_SECRET=GOCSPX-9f3c0a71be52", "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN=1//9f3c0a71be52d8e4"}
	account := []string{"GOOGLE_DRIVE_FOLDER_ID=1Folder", `GOOGLE_DRIVE_CREDENTIALS_JSON={"client_email":"ekolek@city.iam.gserviceaccount.com"}`}
	for name, tt := range map[string]struct {
		env     []string
		want    Storage
		problem string // "": none
	}{
		"nothing said":                {nil, LocalStorage, ""},
		"local":                       {[]string{"FILE_STORAGE=local"}, LocalStorage, ""},
		"nowhere":                     {[]string{"FILE_STORAGE=ftp"}, "", "FILE_STORAGE"},
		"s3":                          {s3, S3Storage, ""},
		"s3 without a bucket":         {without(s3, "AWS_STORAGE_BUCKET_NAME"), S3Storage, "AWS_STORAGE_BUCKET_NAME"},
		"s3 without a secret":         {without(s3, "AWS_SECRET_ACCESS_KEY"), S3Storage, "AWS_SECRET_ACCESS_KEY"},
		"s3 in the clear":             {append(slices.Clip(s3), "AWS_S3_ENDPOINT_URL=http://minio.example.ph"), S3Storage, "AWS_S3_ENDPOINT_URL"},
		"s3 on this machine":          {append(slices.Clip(s3), "AWS_S3_ENDPOINT_URL=http://127.0.0.1:9000"), S3Storage, ""},
		"a bucket to migrate to":      {without(s3, "FILE_STORAGE"), LocalStorage, ""},
		"drive by the seed's name":    {append(slices.Clip(oauth), "USE_GOOGLE_DRIVE=True"), DriveStorage, ""},
		"drive by both names":         {append(slices.Clip(oauth), "USE_GOOGLE_DRIVE=True", "FILE_STORAGE=drive"), DriveStorage, ""},
		"drive by a service account":  {append(slices.Clip(account), "FILE_STORAGE=drive"), DriveStorage, ""},
		"drive without a folder":      {append(without(oauth, "GOOGLE_DRIVE_FOLDER_ID"), "USE_GOOGLE_DRIVE=True"), DriveStorage, "GOOGLE_DRIVE_FOLDER_ID"},
		"drive without a token":       {append(without(oauth, "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN"), "USE_GOOGLE_DRIVE=True"), DriveStorage, "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN"},
		"two places":                  {append(slices.Concat(oauth, s3), "USE_GOOGLE_DRIVE=True"), S3Storage, "FILE_STORAGE"},
		"drive, and local said":       {append(slices.Clip(oauth), "USE_GOOGLE_DRIVE=True", "FILE_STORAGE=local"), LocalStorage, "FILE_STORAGE"},
		"a drive folder to read from": {oauth, LocalStorage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load(production(tt.env...), "")
			got := names(problemsOf(t, err))
			if tt.problem == "" && err != nil || tt.problem != "" && !slices.Equal(got, []string{tt.problem}) {
				t.Errorf("problems %v, want %q: %v", got, tt.problem, err)
			}
			if tt.want != "" && c.Storage != tt.want {
				t.Errorf("storage %q, want %q", c.Storage, tt.want)
			}
		})
	}
	c, err := Load(production("NODE_COUNT=3", "REDIS_URL=redis://cache"), "")
	if err != nil || !slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.HasPrefix(w, "FILE_STORAGE is local") }) {
		t.Errorf("several machines with a disk each: %q, %v", c.Warnings, err)
	}
	if _, err := Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "FILE_STORAGE=s3"}, ""); !slices.Equal(names(problemsOf(t, err)), []string{"FILE_STORAGE"}) {
		t.Errorf("development: %v", err)
	}
}
