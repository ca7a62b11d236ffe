package errs_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"ekolek/internal/errs"
)

var errOutOfStock = errs.New(errs.Conflict, "OUT_OF_STOCK", "error.out_of_stock", "Left", 3)

func TestKindAndTextSurviveWrapping(t *testing.T) {
	err := fmt.Errorf("redeem: %w", errOutOfStock.Because(io.ErrUnexpectedEOF).After(time.Second))
	if errs.KindOf(err) != errs.Conflict || !errors.Is(err, errOutOfStock) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("kind, code or cause is lost: %v", err)
	}
	e, ok := errs.As(err)
	if !ok || e.Text.Key != "error.out_of_stock" || e.Text.Args["Left"] != 3 || e.RetryAfter != time.Second {
		t.Errorf("got %+v", e)
	}
	if errOutOfStock.RetryAfter != 0 || errors.Unwrap(errOutOfStock) != nil {
		t.Error("a copy changed its sentinel")
	}
	for _, part := range []string{"OUT_OF_STOCK", "error.out_of_stock", "unexpected EOF"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the log line %q lacks %q", err, part)
		}
	}
}

func TestAnythingElseIsInternal(t *testing.T) {
	for _, err := range []error{nil, io.EOF, fmt.Errorf("x: %w", io.EOF)} {
		if errs.KindOf(err) != errs.Internal {
			t.Errorf("%v has kind %d", err, errs.KindOf(err))
		}
	}
	if errors.Is(errOutOfStock, errs.New(errs.Conflict, "OTHER", "error.other")) {
		t.Error("two codes are taken for one")
	}
}

func TestFieldsKeepTheFirstReason(t *testing.T) {
	var f errs.Fields
	if f.Err() != nil {
		t.Fatal("a form without complaints is refused")
	}
	f.Add("phone", "error.phone_invalid")
	f.Add("phone", "error.phone_taken")
	f.Add("email", "error.too_long", "Limit", 254)
	e, ok := errs.As(f.Err())
	if !ok || e.Kind != errs.Invalid || e.Fields["phone"].Key != "error.phone_invalid" || e.Fields["email"].Args["Limit"] != 254 {
		t.Errorf("got %+v", e)
	}
	if got := e.Error(); !strings.Contains(got, "email: error.too_long phone: error.phone_invalid") {
		t.Errorf("the log line is %q", got)
	}
	if one, ok := errs.As(errs.NewField("name", "form.required")); !ok || len(one.Fields) != 1 {
		t.Errorf("one field: %+v", one)
	}
}

func TestOddValuesAreAProgrammersError(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a name without a value was taken")
		}
	}()
	//lint:ignore SA5012 the odd number is what is tested
	errs.T("error.x", "Left")
}
