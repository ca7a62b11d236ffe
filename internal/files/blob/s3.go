package blob

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ekolek/internal/config"
)

// S3Name is an S3-compatible store.
const S3Name = "s3"

// s3Folder begins every key, so that the bucket's owner sees what is ours.
const s3Folder = "ekolek/"

// emptyHash is the SHA-256 of no bytes: that of a request without a body.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// S3 keeps objects in a bucket. Three requests are all that it takes: PUT, GET and DELETE,
// each signed (Signature Version 4) together with the hash of its body, so that the store
// itself refuses bytes that were altered on the way.
type S3 struct {
	remote
	bucket string // address of the bucket, no slash at its end
	region string
	key    aws.Credentials
	sign   *v4.Signer
	now    func() time.Time
}

// NewS3 makes the store; it asks for nothing yet. now is the real clock: a signature of
// another time is worth nothing.
func NewS3(c config.S3, now func() time.Time) *S3 {
	endpoint := c.Endpoint
	if endpoint == "" {
		endpoint = "https://s3." + c.Region + ".amazonaws.com"
	}
	return &S3{
		remote: newRemote(), bucket: endpoint + "/" + c.Bucket, region: c.Region, now: now,
		key:  aws.Credentials{AccessKeyID: c.KeyID, SecretAccessKey: string(c.Secret)},
		sign: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }),
	}
}

// Name is s3.
func (*S3) Name() string { return S3Name }

// NewKey makes a random name.
func (*S3) NewKey(context.Context) (string, error) { return s3Folder + randomKey(), nil }

// Put sends an object in one request.
func (s *S3) Put(ctx context.Context, key string, about About, content io.ReadSeeker) error {
	ctx, cancel := bounded(ctx, putTimeout)
	defer cancel()
	res, failed := s.do(ctx, func(ctx context.Context) (*http.Request, error) {
		body, err := again(content)
		if err != nil {
			return nil, err
		}
		req, err := s.request(ctx, http.MethodPut, key, body)
		if err != nil {
			return nil, err
		}
		req.ContentLength = about.Size
		req.Header.Set("Content-Type", about.Type)
		return req, s.signed(ctx, req, about.SHA256)
	}, s.judge)
	if failed != nil {
		return failed
	}
	return closed(res)
}

// Get reads an object.
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	ctx, cancel := bounded(ctx, getTimeout)
	res, failed := s.send(ctx, http.MethodGet, key)
	if failed != nil {
		cancel()
		return nil, failed
	}
	return body{res.Body, cancel}, nil
}

// Delete removes an object. Stores answer alike whether it was there or not.
func (s *S3) Delete(ctx context.Context, key string) error {
	ctx, cancel := bounded(ctx, deleteTimeout)
	defer cancel()
	res, failed := s.send(ctx, http.MethodDelete, key)
	if failed != nil && failed.Outcome == Missing && failed.Mend == "" {
		return nil // some say that it is not there; but a bucket that is not there is a failure
	}
	if failed != nil {
		return failed
	}
	return closed(res)
}

// send asks without a body.
func (s *S3) send(ctx context.Context, method, key string) (*http.Response, *Failure) {
	return s.do(ctx, func(ctx context.Context) (*http.Request, error) {
		req, err := s.request(ctx, method, key, nil)
		if err != nil {
			return nil, err
		}
		return req, s.signed(ctx, req, emptyHash)
	}, s.judge)
}

func (s *S3) request(ctx context.Context, method, key string, content io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, s.bucket+"/"+key, content)
}

func (s *S3) signed(ctx context.Context, req *http.Request, hash string) error {
	req.Header.Set("X-Amz-Content-Sha256", hash)
	return s.sign.SignHTTP(ctx, s.key, req, hash, "s3", s.region, s.now())
}

// judge words a refusal. Stores say a code and a sentence, in XML.
func (s *S3) judge(res *http.Response, body []byte) *Failure {
	var said3 struct {
		Code    string
		Message string
	}
	_ = xml.Unmarshal(body, &said3) // an answer to HEAD, or of a proxy, has none
	words := strings.Trim(said3.Code+": "+said3.Message, ": ")
	f := said(Refused, res.StatusCode, tidy(words, s.key.SecretAccessKey, s.key.AccessKeyID))
	switch {
	case said3.Code == "NoSuchBucket":
		f.Outcome, f.Mend = Refused, "Make the bucket, or correct AWS_STORAGE_BUCKET_NAME."
	case res.StatusCode == http.StatusNotFound:
		f.Outcome = Missing
	case said3.Code == "InvalidAccessKeyId":
		f.Mend = "The store does not know AWS_ACCESS_KEY_ID: was the key deleted?"
	case said3.Code == "SignatureDoesNotMatch":
		f.Mend = "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID."
	case said3.Code == "RequestTimeTooSkewed":
		f.Mend = "This machine's clock is wrong: set it by NTP."
	case said3.Code == "AccessDenied", res.StatusCode == http.StatusForbidden:
		f.Mend = "Let the key read, write and delete objects of the bucket."
	case res.StatusCode >= 300 && res.StatusCode < 400, said3.Code == "AuthorizationHeaderMalformed":
		f.Mend = fmt.Sprintf("The bucket is in another region: set AWS_S3_REGION_NAME%s.", regionOf(res))
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		f.Outcome = Down
	case said3.Code == "RequestTimeout":
		f.Outcome, f.again = Down, true
	}
	return f
}

// regionOf is the region that a store says is right.
func regionOf(res *http.Response) string {
	if r := res.Header.Get("X-Amz-Bucket-Region"); r != "" {
		return " to " + tidy(r)
	}
	return ""
}

// closed reads an answer to its end, so that its connection serves again.
func closed(res *http.Response) error {
	_, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return &Failure{Outcome: Down, Words: "broke off while it answered", cause: err}
	}
	return nil
}
