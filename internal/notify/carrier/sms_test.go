package carrier

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/config"
)

// gateway answers every request alike and keeps the last one.
func gateway(t *testing.T, status int, body string) (url string, last func() (*http.Request, string)) {
	t.Helper()
	var request *http.Request
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request, sent = r, string(data)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() (*http.Request, string) { return request, sent }
}

func TestIProg(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		id      string // of a success
		outcome Outcome
		words   string
	}{
		"queued":                        {200, `{"status":200,"message":"SMS successfully queued for delivery.","message_id":"iSms-XHYBk8"}`, "iSms-XHYBk8", 0, ""},
		"the status as text":            {200, `{"status":"200","message":"ok","message_id":12345}`, "12345", 0, ""},
		"no credit inside a 200":        {200, `{"status":500,"message":"Insufficient balance"}`, "", Temporary, "500: Insufficient balance"},
		"bad token inside a 200":        {200, `{"status":500,"message":"Invalid Token"}`, "", Temporary, "Invalid Token"},
		"several words":                 {200, `{"status":422,"message":["Sender name is not registered","Try again"]}`, "", Temporary, "Sender name is not registered; Try again"},
		"a bad number inside a 200":     {200, `{"status":500,"message":"Invalid phone number 639171234567"}`, "", Permanent, "Invalid phone number …"},
		"a bad number as 422":           {422, `{"status":422,"message":"The phone number format is invalid."}`, "", Permanent, "phone number"},
		"about us as 400":               {400, `{"status":400,"message":"sms_provider is not known"}`, "", Temporary, "400"},
		"a success that is none":        {500, `{"status":200,"message":"x","message_id":"iSms-1"}`, "", Temporary, "500"},
		"no status":                     {200, `{"message":"SMS successfully queued for delivery."}`, "", Unclear, "cannot be read"},
		"a list":                        {200, `[]`, "", Unclear, "cannot be read"},
		"a status of another sort":      {200, `{"status":{"code":200}}`, "", Temporary, ""},
		"a token in the words":          {200, `{"status":500,"message":"Invalid Token SG.n33dle-n33dle-n33dle"}`, "", Temporary, "Invalid Token …"},
		"maintenance without any words": {503, `{}`, "", Temporary, "503: Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			server, last := gateway(t, c.status, c.body)
			g := newIProg(config.SMS{URL: server + "/api/v1/sms_messages", Token: secretKey, Provider: 2, Sender: "Ka Prets", Timeout: 5 * time.Second})
			receipt, err := g.Send(t.Context(), text)
			r, sent := last()
			var got map[string]any
			if jsonErr := json.Unmarshal([]byte(sent), &got); jsonErr != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
				t.Fatalf("%s %v: %q", r.Method, r.Header, sent)
			}
			want := map[string]any{"api_token": secretKey, "phone_number": "639171234567", "message": text.Body, "sms_provider": 2.0, "sender_name": "Ka Prets"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if c.id != "" {
				if err != nil || receipt.ID != c.id {
					t.Errorf("%+v, %v; want %s", receipt, err, c.id)
				}
				return
			}
			wantFailure(t, err, c.outcome, c.words)
		})
	}
}

func TestSemaphore(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		id      string
		outcome Outcome
		words   string
	}{
		"pending": {200, `[{"message_id":1234567,"user_id":99,"user":"x@example.com","account_id":1,"account":"City","recipient":"639171234567","message":"m",
			"sender_name":"EKOLEK","network":"Globe","status":"Pending","type":"Single","source":"Api","created_at":"2026-11-24 01:01:01","updated_at":"2026-11-24 01:01:01"}]`, "1234567", 0, ""},
		"queued":                     {200, `[{"message_id":"7","status":"Queued"}]`, "7", 0, ""},
		"failed at once":             {200, `[{"message_id":7,"status":"Failed"}]`, "", Temporary, "gave it up: Failed"},
		"a bad sender inside a 200":  {200, `[{"senderName":"The senderName supplied is not valid"}]`, "", Temporary, "senderName supplied"},
		"a bad number inside a 200":  {200, `{"number":["The number format is invalid."]}`, "", Permanent, "The number format is invalid."},
		"a bad key":                  {403, `{"apikey":["The selected apikey is invalid."]}`, "", Temporary, "does not let us send"},
		"no credit":                  {500, `["Your current balance of 0 credits is not sufficient. This transaction requires 1 credits."]`, "", Temporary, "balance of 0 credits"},
		"about the message":          {400, `{"message":["The message field is required."]}`, "", Temporary, "400"},
		"too many":                   {429, `{"message":"Too Many Attempts."}`, "", Temporary, "429"},
		"a message without a number": {200, `[{"status":"Pending"}]`, "", Unclear, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			server, last := gateway(t, c.status, c.body)
			g := newSemaphore(config.SMS{SemaphoreKey: secretKey, SemaphoreSender: "EKOLEK", Timeout: 5 * time.Second})
			g.url = server + "/api/v4/"
			receipt, err := g.Send(t.Context(), text)
			r, sent := last()
			got, formErr := url.ParseQuery(sent)
			want := url.Values{"apikey": {secretKey}, "number": {"639171234567"}, "message": {text.Body}, "sendername": {"EKOLEK"}}
			if diff := cmp.Diff(want, got); formErr != nil || diff != "" || r.URL.Path != "/api/v4/priority" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("%s %v %v\n%s", r.URL, r.Header, formErr, diff)
			}
			if c.id != "" {
				if err != nil || receipt.ID != c.id {
					t.Errorf("%+v, %v; want %s", receipt, err, c.id)
				}
				return
			}
			wantFailure(t, err, c.outcome, c.words)
		})
	}
}

func TestSemaphoresRouteForBulk(t *testing.T) {
	server, last := gateway(t, 200, `[{"message_id":1,"status":"Pending"}]`)
	g := newSemaphore(config.SMS{SemaphoreKey: secretKey, Timeout: 5 * time.Second})
	g.url = server + "/api/v4/"
	if _, err := g.Send(t.Context(), Text{To: number, Body: "hello"}); err != nil {
		t.Fatal(err)
	}
	if r, sent := last(); r.URL.Path != "/api/v4/messages" || sent != "apikey="+secretKey+"&message=hello&number=639171234567" {
		t.Errorf("%s: %s", r.URL, sent)
	}
}
