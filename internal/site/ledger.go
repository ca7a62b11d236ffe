package site

import (
	"context"
	"net/http"
	"strconv"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/web"
)

const ledgerPath = "/ledger/"

// Checkpoints shown on one page, and given in one file: more than a year of them.
const (
	ledgerRows = 31
	ledgerFile = 400
)

type ledgerView struct {
	web.Page
	City   string
	Last   seal.Checkpoint // its Number is 0 before the first
	Key    string          // the id of the key that signed it
	Rows   []seal.Checkpoint
	Next   string
	Issued ledger.Points
	Spent  ledger.Points
	Held   ledger.Points
}

// GET /ledger/ — the city's signed checkpoints, for everybody: whoever keeps one can prove
// a later rewriting of the books.
func (s *Site) openBooks(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := ledgerView{Page: web.NewPage(r, "site.ledger.title"), City: s.city}
	var err error
	if v.Last, err = s.sealing.LastCheckpoint(ctx); err != nil {
		return err
	}
	v.Key, v.Issued, v.Spent, v.Held = v.Last.Key, ledger.Points(v.Last.Issued), ledger.Points(v.Last.Redeemed), ledger.Points(v.Last.Held())
	if v.Rows, v.Next, err = s.checkpoints(ctx, beforeOf(r)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ledgerTempl(v))
}

// checkpoints are those of a page, the newest first, and where the next page begins.
func (s *Site) checkpoints(ctx context.Context, before int64) (rows []seal.Checkpoint, next string, err error) {
	p, err := s.sealing.Published(ctx, before, ledgerRows)
	if err != nil {
		return nil, "", err
	}
	for i := len(p.Checkpoints) - 1; i >= 0; i-- {
		c, err := seal.ParseCheckpoint(p.Checkpoints[i].Text)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, c)
	}
	if n := len(rows); n == ledgerRows && rows[n-1].Number > 1 {
		next = strconv.FormatInt(rows[n-1].Number, 10)
	}
	return rows, next, nil
}

// publishedFile is what everybody may download, with the address of what came before.
type publishedFile struct {
	seal.Published
	Older string `json:"older,omitempty"`
}

// GET /ledger/checkpoints.json
func (s *Site) checkpointsJSON(w http.ResponseWriter, r *http.Request) error {
	p, err := s.sealing.Published(r.Context(), beforeOf(r), ledgerFile)
	if err != nil {
		return err
	}
	file := publishedFile{Published: p}
	if len(p.Checkpoints) == ledgerFile {
		first, err := seal.ParseCheckpoint(p.Checkpoints[0].Text)
		if err != nil {
			return err
		}
		file.Older = s.siteURL + ledgerPath + "checkpoints.json?after=" + strconv.FormatInt(first.Number, 10)
	}
	w.Header().Set("Cache-Control", "no-store") // it grows every night
	return web.JSON(w, http.StatusOK, file)
}

// GET /ledger/public-key.pem
func (s *Site) publicKey(w http.ResponseWriter, r *http.Request) error {
	p, err := s.sealing.Published(r.Context(), 0, 1)
	if err != nil {
		return err
	}
	if len(p.Keys) == 0 {
		return errs.New(errs.NotFound, "NO_LEDGER_KEY", "error.no_ledger_key")
	}
	text, err := seal.EncodePublicKey(p.Keys[len(p.Keys)-1].Public)
	if err != nil {
		return err
	}
	web.Attachment(w, "application/x-pem-file", "e-kolek-ledger-"+seal.KeyID(p.Keys[len(p.Keys)-1].Public)+".pem")
	_, err = w.Write(text)
	return err
}
