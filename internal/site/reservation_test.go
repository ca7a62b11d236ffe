package site_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// reserving is the form of a reservation, as its page holds it.
func (c *town) reserving(b *testkit.Browser, item uuid.UUID) (path, key, place string) {
	c.t.Helper()
	path = "/rewards/reserve/" + item.String() + "/"
	a := b.Get(path).Is(http.StatusOK).Sound(path)
	return path, a.Find(`input[name="key"]`).AttrOr("value", ""), a.Find(`input[name="place"]`).AttrOr("value", "")
}

func TestReserve(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		rice := c.rice()
		juan := c.Resident(t, c.Barangays[0])
		c.Give(t, juan, 20_050)
		b := c.as(juan)
		path, key, place := c.reserving(b, rice)
		b.Get(path+"?quantity=2").Value("#quantity", "2").Has(".sum", "200.5").Has(".sum", "− 120").Has(".sum tfoot", "80.5").Has("main", "City office until Fri 27 Nov")
		b.Get(path+"?quantity=99").Value("#quantity", "3")

		a := b.Post(path, "key", key, "place", place, "quantity", "2").Is(http.StatusSeeOther)
		first := a.Header.Get("Location")
		b.Post(path, "key", key, "place", place, "quantity", "2").LeadsTo(first) // tapped twice
		a = b.Get(first).Is(http.StatusOK).Sound(first)
		a.Has("h1", "2 kg Rice").Has("main", "120 points held").Has(".trail", "Ready at City office").Has(".trail", "Until Fri 27 Nov").Has("main .chip", "3 days left")
		reservation := c.onlyReservation(juan)
		a.Has(".qr-code", reservation.TypedCode())
		if a.Find(`svg.qr[aria-label="Code of the reservation"] path`).Length() != 1 {
			t.Error("no code is drawn")
		}
		b.Get("/home/").Has(".balance-num", "80.5").Has(".balance", "120 more held").Has("main", "Reserved for you").Has("main", "2 kg Rice")
		b.Get("/rewards/").Has("main", "2 kg Rice").Has(".rewards", "8 left")
		b.Get("/rewards/mine/").Has("main", "2 kg Rice").Has("main", "City office, until Fri 27 Nov")
		b.Get("/rewards/mine/?show=all").Has(".moves", "2 kg Rice")

		b.Post(path, "key", key, "place", place, "quantity", "1").Is(http.StatusUnprocessableEntity).Has("#errors", "reserved something before") // gone back, changed, sent again
		if n := len(c.reservations(juan)); n != 1 {
			t.Errorf("%d reservations", n)
		}
	})
}

func (c *town) reservations(r people.Resident) []rewards.Reservation {
	c.t.Helper()
	page, err := c.rewards.Reservations(c.t.Context(), people.City, rewards.ReservationFilter{Resident: r.ID})
	must(c.t, err)
	return page.Rows
}

func (c *town) onlyReservation(r people.Resident) rewards.Reservation {
	c.t.Helper()
	all := c.reservations(r)
	if len(all) != 1 {
		c.t.Fatalf("%d reservations, want one", len(all))
	}
	return all[0]
}

// Sixteen taps at once reserve once, and all are led to the same reservation.
func TestTappedManyTimesReservesOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		rice := c.rice()
		juan := c.Resident(t, c.Barangays[0])
		c.Give(t, juan, 60_000)
		b := c.as(juan)
		path, key, place := c.reserving(b, rice)
		const taps = 16
		ends := make([]string, taps)
		var all sync.WaitGroup
		for i := range taps {
			all.Go(func() {
				a := b.Post(path, "key", key, "place", place, "quantity", "1")
				ends[i] = fmt.Sprint(a.Status, a.Header.Get("Location"))
			})
		}
		all.Wait()
		want := "303/rewards/reservations/" + c.onlyReservation(juan).ID.String() + "/"
		for _, end := range ends {
			if end != want {
				t.Errorf("a tap ends at %s, want %s", end, want)
			}
		}
		b.Get("/home/").Has(".balance-num", "540")
	})
}

func TestReserveTellsWhatIsWrong(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	rice := c.rice()
	juan := c.Resident(t, c.Barangays[0])
	c.Give(t, juan, 13_000)
	b := c.as(juan)
	for quantity, says := range map[string]string{"0": "", "-1": "", "two": "whole number", "": "whole number", "99999": ""} {
		path, key, place := c.reserving(b, rice)
		b.Post(path, "key", key, "place", place, "quantity", quantity).Refuses("quantity").Sound(path).Has("#quantity-error", says)
	}
	path, _, place := c.reserving(b, rice)
	b.Post(path, "place", place, "quantity", "1").Is(http.StatusUnprocessableEntity) // no key
	_, key, _ := c.reserving(b, rice)
	b.Post(path, "key", key, "place", uuid.NewString(), "quantity", "1").Is(http.StatusNotFound)
	b.Post(path, "key", key, "place", place, "quantity", "3").Is(http.StatusUnprocessableEntity).Has("#errors", "points")
	if n := len(c.reservations(juan)); n != 0 {
		t.Errorf("refused forms left %d reservations", n)
	}
	c.visitor().Get(path).LeadsTo("/login/?next=" + strings.ReplaceAll(path, "/", "%2F"))
}

func TestReserveAtOneOfSeveralPlaces(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	rice := c.rice()
	hall, err := c.rewards.SavePlace(t.Context(), c.Actor(c.Admin), rewards.PlaceForm{Name: "Pacita 1 hall", Active: true})
	must(t, err)
	_, err = c.rewards.Receive(t.Context(), c.Actor(c.Admin), rewards.StockChange{Item: rice, Place: hall, Quantity: 2, Reason: "Delivered"})
	must(t, err)
	juan := c.Resident(t, c.Barangays[0])
	c.Give(t, juan, 60_000)
	b := c.as(juan)
	b.Get("/rewards/").Has(".rewards", "12 left").Lacks(".rewards", "City office")
	path, key, _ := c.reserving(b, rice)
	a := b.Get(path+"?place="+hall.String()+"&quantity=5").Value("#quantity", "2")
	if most := a.Find(`input[name="place"][checked]`).AttrOr("data-most", ""); most != "2" {
		t.Errorf("the place offers %s at most", most)
	}
	b.Post(path, "key", key, "place", hall.String(), "quantity", "3").Is(http.StatusUnprocessableEntity)
	to := b.Post(path, "key", key, "place", hall.String(), "quantity", "2").Is(http.StatusSeeOther).Header.Get("Location")
	b.Get(to).Has(".trail", "Ready at Pacita 1 hall")
	b.Get("/rewards/"+rice.String()+"/").Has("main li", "Pacita 1 hall None left")
}

func TestCancelReservation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		rice := c.rice()
		juan, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		c.Give(t, juan, 10_000)
		b, stranger := c.as(juan), c.as(other)
		path, key, place := c.reserving(b, rice)
		page := b.Post(path, "key", key, "place", place, "quantity", "1").Header.Get("Location")
		cancel := page + "cancel/"
		stranger.Get(page).Is(http.StatusNotFound)
		stranger.Get(cancel).Is(http.StatusNotFound)
		stranger.Post(cancel).Is(http.StatusNotFound)

		b.Get(cancel).Is(http.StatusOK).Sound(cancel).Has("main", "1 kg Rice goes back to the shelf at City office, and 60 points come back")
		b.Post(cancel).LeadsTo(page)
		b.Post(cancel).LeadsTo(page)
		b.Get(page).Sound(page).Has("main", "Cancelled").Has("main", "60 points came back to you").Lacks("main", "points held")
		b.Get(cancel).LeadsTo(page)
		b.Get("/home/").Has(".balance-num", "100").Lacks("main", "Reserved for you")
		b.Get("/rewards/mine/?show=all").Has(".moves", "Cancelled")
	})
}

// An hour too late the points are back, whenever the job comes by.
func TestExpiredReservation(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	rice := c.rice()
	juan := c.Resident(t, c.Barangays[0])
	c.Give(t, juan, 10_000)
	b := c.as(juan)
	path, key, place := c.reserving(b, rice)
	page := b.Post(path, "key", key, "place", place, "quantity", "1").Header.Get("Location")
	c.Clock.Advance(73 * time.Hour)
	must(t, c.rewards.Expire(t.Context()))
	b = c.as(juan) // the first sign-in has ended by now
	b.Get(page).Has("main", "Not fetched in time").Has("main a", "Reserve again")
	b.Post(page + "cancel/").LeadsTo(page)
	b.Get("/home/").Has(".balance-num", "100")
}

func TestReceipt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		rice := c.rice()
		soap := c.reward(rewards.ItemForm{Name: "Soap", Price: 1850, Active: true, Stock: 9})
		juan, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		c.Give(t, juan, 20_000)
		b := c.as(juan)
		b.Get("/rewards/mine/").Sound("/rewards/mine/").Has("main", "Nothing is reserved").Has("main", "Nothing received yet")
		path, key, place := c.reserving(b, rice)
		page := b.Post(path, "key", key, "place", place, "quantity", "1").Header.Get("Location")
		given, err := c.rewards.Redeem(t.Context(), c.Actor(c.Admin), people.City, rewards.Request{RequestKey: "a", Resident: juan.ID, IdentifiedBy: "card",
			Wants: []rewards.Want{{Item: soap, Quantity: 2}}, Reservations: []uuid.UUID{c.onlyReservation(juan).ID}})
		must(t, err)
		receipt := "/rewards/receipts/" + given.ID.String() + "/"

		b.Get(page).Sound(page).Has("main", "60 points paid").Has(".trail", "Received").Has(`main a[href="`+receipt+`"]`, "Receipt")
		a := b.Get(receipt).Is(http.StatusOK).Sound(receipt)
		a.Has("main", given.Reference).Has(".sum", "1 kg Rice 60").Has(".sum", "2 × Soap 37").Has(".sum tfoot", "97").Has("main", "City office").Has("main", "Staff admin")
		if n := b.Get("/rewards/mine/").Has(".moves", "2 × Soap").Find(`.moves a[href="` + receipt + `"]`).Length(); n != 2 {
			t.Errorf("%d lines lead to the receipt", n)
		}
		c.as(other).Get(receipt).Is(http.StatusNotFound)

		soaps := given.Redemptions[0]
		if soaps.ItemID != soap {
			soaps = given.Redemptions[1]
		}
		_, err = c.rewards.Return(t.Context(), c.Actor(c.Admin), people.City, rewards.Returning{Redemption: soaps.ID, Reason: "The bars were wet"})
		must(t, err)
		b.Get(receipt).Has(".sum", "The bars were wet").Has(".sum tfoot", "+37")
		b.Get("/rewards/mine/").Has(".moves", "Returned")
	})
}

// A card and a phone show the small picture; a wide screen, and a tap, the large one.
func TestRewardPictures(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		var picture bytes.Buffer
		must(t, jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 1600, 900)), nil))
		id := c.rice()
		must(t, c.rewards.SetPicture(t.Context(), c.Actor(c.Admin), id, files.Upload{Kind: files.RewardPicture, Name: "bigas.jpg", Content: bytes.NewReader(picture.Bytes())}))
		item, err := c.rewards.ItemByID(t.Context(), id)
		must(t, err)
		paths, err := c.Files.Paths(t.Context(), item.PictureID.UUID, item.ThumbnailID.UUID)
		must(t, err)
		small := c.visitor().Get("/rewards/").Find(".reward-art img").AttrOr("src", "")
		page := c.visitor().Get("/rewards/" + id.String() + "/")
		phone, wide, tapped := page.Find(".reward-large img").AttrOr("src", ""), page.Find(".reward-large source").AttrOr("srcset", ""), page.Find("a.reward-large").AttrOr("href", "")
		wantSmall, wantLarge := paths[item.ThumbnailID.UUID], paths[item.PictureID.UUID]
		if wantSmall == "" || wantLarge == "" || small != wantSmall || phone != wantSmall || wide != wantLarge || tapped != wantLarge {
			t.Errorf("the card shows %q, the page %q and %q and leads to %q; the files are at %v", small, phone, wide, tapped, paths)
		}
	})
}
