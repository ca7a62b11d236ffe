package console

import (
	"net/http"

	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// pictureBody is more than a picture may have, so that one that is too large is refused
// beside its field and not by a page of its own.
const pictureBody = 12 << 20

// GET /console/rewards/{id}/picture/ is where a refused picture leaves a browser that is
// reloaded: the form stands on the item's page.
func (c *Console) picturePage(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	web.Redirect(w, r, rewardPath(item.ID)+"#picture")
	return nil
}

// POST /console/rewards/{id}/picture/
func (c *Console) setPicture(w http.ResponseWriter, r *http.Request) error {
	item, err := c.itemOf(r)
	if err != nil {
		return err
	}
	draft, err := c.files.Draft()
	if err != nil {
		return c.refusePicture(w, r, item, err)
	}
	defer func() { _ = draft.Close() }() // the sweep takes what cannot be removed now
	_, name, err := form.ReadFile(r, "file", draft)
	if err == nil {
		err = c.rewards.SetPicture(r.Context(), web.ActorOf(r), item.ID, files.Upload{Name: name, Content: draft})
	}
	if err != nil {
		return c.refusePicture(w, r, item, err)
	}
	web.Flash(w, r, ui.Done, "console.picture.done", "Name", item.Name)
	web.Redirect(w, r, rewardPath(item.ID))
	return nil
}

// refusePicture shows the item again with what a person can mend, or wait for; every other
// error it returns.
func (c *Console) refusePicture(w http.ResponseWriter, r *http.Request, item rewards.Item, err error) error {
	f := form.Empty()
	e, ok := errs.As(err)
	switch {
	case !ok:
		return err
	case e.Kind == errs.Unavailable, e.Kind == errs.Full:
		f.Refuse("file", e.Text.Key)
		web.Note(r, err)
	default:
		if err := f.Take(err); err != nil {
			return err
		}
	}
	return c.showReward(w, r, rewardView{Item: item, Form: itemForm(item), Picture: f}, web.StatusOf(err))
}
