package blob

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"ekolek/internal/config"
)

// DriveName is a folder of Google Drive.
const DriveName = "drive"

// driveAPI is where Google's interface is.
const driveAPI = "https://www.googleapis.com"

// idStock is how many ids are fetched at a time.
const idStock = "20"

// Drive keeps objects in a folder of Google Drive. They are shared with nobody: who reads
// them reads them here. Google makes the keys, before the upload, so that a try whose
// answer was lost can be repeated without making a second file.
type Drive struct {
	remote
	api    string
	folder string
	tokens *tokens

	mu  sync.Mutex
	ids []string // fetched and not used yet
}

// NewDrive makes the store; it asks for nothing yet. The error is a service account that
// cannot be read.
func NewDrive(c config.GoogleDrive) (*Drive, error) {
	r := newRemote()
	t, err := newTokens(r, c)
	if err != nil {
		return nil, err
	}
	return &Drive{remote: r, api: driveAPI, folder: c.FolderID, tokens: t}, nil
}

// Name is drive.
func (*Drive) Name() string { return DriveName }

// NewKey takes an id that Google has made.
func (d *Drive) NewKey(ctx context.Context) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.ids) == 0 {
		ids, err := d.fetchIDs(ctx)
		if err != nil {
			return "", err
		}
		d.ids = ids
	}
	id := d.ids[0]
	d.ids = d.ids[1:]
	return id, nil
}

func (d *Drive) fetchIDs(ctx context.Context) ([]string, error) {
	ctx, cancel := bounded(ctx, deleteTimeout)
	defer cancel()
	res, failed := d.ask(ctx, http.MethodGet, "/drive/v3/files/generateIds?space=drive&type=files&count="+idStock)
	if failed != nil {
		return nil, failed
	}
	var told struct {
		IDs []string `json:"ids"`
	}
	if err := decode(res, &told); err != nil {
		return nil, err
	}
	if len(told.IDs) == 0 {
		return nil, &Failure{Outcome: Down, Words: "Google gave no id for a new file"}
	}
	return told.IDs, nil
}

// driveFile is what Google tells about a file.
type driveFile struct {
	ID     string `json:"id"`
	Size   string `json:"size"`
	SHA256 string `json:"sha256Checksum"`
}

// Put opens an upload and sends the object in one piece. What Google then says of size and
// hash must be what was sent.
func (d *Drive) Put(ctx context.Context, key string, about About, content io.ReadSeeker) error {
	ctx, cancel := bounded(ctx, putTimeout)
	defer cancel()
	session, there, failed := d.begin(ctx, key, about)
	if failed != nil {
		return failed
	}
	if there {
		return d.compare(ctx, key, about)
	}
	res, failed := d.do(ctx, func(ctx context.Context) (*http.Request, error) {
		body, err := again(content)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, session, body)
		if err != nil {
			return nil, err
		}
		req.ContentLength = about.Size
		req.Header.Set("Content-Type", about.Type)
		return req, nil // the session's address is the permission
	}, func(res *http.Response, words []byte) *Failure {
		if res.StatusCode == http.StatusConflict {
			return nil // an earlier try has got through
		}
		return d.judge(res, words)
	})
	if failed != nil {
		return failed
	}
	if err := closed(res); err != nil {
		return err
	}
	return d.compare(ctx, key, about)
}

// begin opens an upload; there is true when a file of this id is there already.
func (d *Drive) begin(ctx context.Context, key string, about About) (session string, there bool, failed *Failure) {
	meta, err := json.Marshal(map[string]any{
		"id": key, "name": "ekolek-" + key, "parents": []string{d.folder}, "mimeType": about.Type,
		"appProperties": map[string]string{"ekolek": about.SHA256[:32]},
	})
	if err != nil {
		return "", false, FailureOf(err)
	}
	res, failed := d.authorized(ctx, func(ctx context.Context) (*http.Request, error) {
		address := d.api + "/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true&fields=id"
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(meta))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json; charset=UTF-8")
		req.Header.Set("X-Upload-Content-Type", about.Type)
		req.Header.Set("X-Upload-Content-Length", strconv.FormatInt(about.Size, 10))
		return req, nil
	}, func(res *http.Response, words []byte) *Failure {
		if res.StatusCode == http.StatusConflict {
			return nil
		}
		return d.judge(res, words)
	})
	if failed != nil {
		return "", false, failed
	}
	if err := closed(res); err != nil {
		return "", false, FailureOf(err)
	}
	if res.StatusCode == http.StatusConflict {
		return "", true, nil
	}
	session = res.Header.Get("Location")
	if err := sameHost(session, d.api); err != nil {
		return "", false, err
	}
	return session, false, nil
}

// sameHost keeps a file from being sent anywhere but to Google.
func sameHost(address, api string) *Failure {
	u, err := url.Parse(address)
	own, err2 := url.Parse(api)
	if err != nil || err2 != nil || u.Scheme != own.Scheme || u.Host != own.Host {
		return &Failure{Outcome: Down, Words: "Google gave no address for the upload"}
	}
	return nil
}

// compare asks what is there now.
func (d *Drive) compare(ctx context.Context, key string, about About) error {
	res, failed := d.ask(ctx, http.MethodGet, d.file(key)+"&fields=id,size,sha256Checksum")
	if failed != nil {
		return failed
	}
	var f driveFile
	if err := decode(res, &f); err != nil {
		return err
	}
	if f.Size != strconv.FormatInt(about.Size, 10) || (f.SHA256 != "" && !strings.EqualFold(f.SHA256, about.SHA256)) {
		return &Failure{Outcome: Down, Words: "Google has stored other bytes than were sent"}
	}
	return nil
}

// Get reads an object.
func (d *Drive) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	ctx, cancel := bounded(ctx, getTimeout)
	res, failed := d.ask(ctx, http.MethodGet, d.file(key)+"&alt=media")
	if failed != nil {
		cancel()
		return nil, failed
	}
	return body{res.Body, cancel}, nil
}

// Delete removes an object for good, not into the bin.
func (d *Drive) Delete(ctx context.Context, key string) error {
	ctx, cancel := bounded(ctx, deleteTimeout)
	defer cancel()
	res, failed := d.ask(ctx, http.MethodDelete, d.file(key))
	if failed != nil && failed.Outcome == Missing {
		return nil
	}
	if failed != nil {
		return failed
	}
	return closed(res)
}

func (d *Drive) file(key string) string {
	return "/drive/v3/files/" + url.PathEscape(key) + "?supportsAllDrives=true"
}

// ask sends a request without a body.
func (d *Drive) ask(ctx context.Context, method, path string) (*http.Response, *Failure) {
	return d.authorized(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, method, d.api+path, nil)
	}, d.judge)
}

// authorized adds the access token. One that was taken back early is asked for anew, once.
func (d *Drive) authorized(ctx context.Context, request func(context.Context) (*http.Request, error), judge func(*http.Response, []byte) *Failure) (*http.Response, *Failure) {
	for second := false; ; second = true {
		token, failed := d.tokens.token(ctx)
		if failed != nil {
			return nil, failed
		}
		expired := false
		res, failed := d.do(ctx, func(ctx context.Context) (*http.Request, error) {
			req, err := request(ctx)
			if err == nil {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			return req, err
		}, func(res *http.Response, words []byte) *Failure {
			expired = res.StatusCode == http.StatusUnauthorized
			return judge(res, words)
		})
		if failed == nil || !expired || second {
			return res, failed
		}
		d.tokens.forget(token)
	}
}

// judge words a refusal: Google says a reason and a sentence.
func (d *Drive) judge(res *http.Response, words []byte) *Failure {
	reason, sentence := googleWords(words)
	text := sentence
	if reason != "" {
		text = reason + ": " + sentence
	}
	f := said(Refused, res.StatusCode, tidy(text))
	switch {
	case res.StatusCode == http.StatusNotFound:
		f.Outcome = Missing
		if strings.Contains(sentence, d.folder) && d.folder != "" {
			f.Outcome, f.Mend = Refused, "The folder GOOGLE_DRIVE_FOLDER_ID is not there, or is not shared with this account: share it with the account as an editor."
		}
	case reason == "storageQuotaExceeded":
		f.Mend = "Google Drive is full. A service account has no room of its own: take a folder of a shared drive, or OAuth."
	case reason == "rateLimitExceeded", reason == "userRateLimitExceeded", reason == "sharingRateLimitExceeded":
		f.Outcome, f.again = Down, true
	case reason == "dailyLimitExceeded", reason == "quotaExceeded":
		f.Outcome, f.Mend = Down, "The quota of the Google project is used up for today."
	case reason == "accessNotConfigured", reason == "SERVICE_DISABLED":
		f.Mend = "Switch the Google Drive API on in the project of these credentials."
	case res.StatusCode == http.StatusUnauthorized:
		f.Mend = "Google does not accept the access token."
	case res.StatusCode == http.StatusForbidden:
		f.Mend = "Share the folder with the account as an editor."
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		f.Outcome = Down
	}
	return f
}

// googleWords are the reason and the sentence of a refusal.
func googleWords(body []byte) (reason, sentence string) {
	var told struct {
		Error struct {
			Message string `json:"message"`
			Errors  []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &told) != nil {
		return "", ""
	}
	if len(told.Error.Errors) > 0 {
		reason = told.Error.Errors[0].Reason
	}
	return reason, told.Error.Message
}

func decode(res *http.Response, into any) error {
	err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return &Failure{Outcome: Down, Words: "gave an answer that cannot be read", cause: err}
	}
	return nil
}
