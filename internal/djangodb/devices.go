package djangodb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
)

// device is a phone that signs in by a fingerprint or a face, with what the old system
// compared as its fingerprint.
type device struct {
	auth.Device
	fingerprint string
}

// bringDevices brings the phones over. The old system verified no signature, so that it
// took any text for a key: phones with such a one are shown, and must register anew.
func (im *importer) bringDevices(ctx context.Context) error {
	all, err := readAll(ctx, im, tableDevice, decodeDevice, im.judgeDevice)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b device) int { return older(a.Registered, b.Registered, a.ID, b.ID) })
	return bring(ctx, im, table[device]{tableDevice, false, im.compareDevices, im.writeDevices}, each(im.oneOfEach(all)))
}

func decodeDevice(r Row) device {
	return device{
		Device: auth.Device{
			ID: r.UUID("id"), Resident: r.UUID("user_id"), DeviceID: r.Text("device_id"), Credential: r.Text("credential_id"),
			Name: r.Text("device_name"), Type: strings.ToLower(r.Text("device_type")), Model: r.Text("device_model"), OS: r.Text("os_version"),
			App: r.Text("app_version"), PublicKey: r.Text("public_key"), Active: r.Bool("is_active", true), Trusted: r.Bool("is_trusted", false),
			Failures: int(min(r.Int("failed_attempts"), 1000)), Registered: r.Time("registered_at"), LastUsed: r.NullTime("last_used_at"),
			ExpiresAt: r.NullTime("expires_at"),
		},
		fingerprint: r.Text("device_fingerprint"),
	}
}

func (im *importer) judgeDevice(_ string, d *device) error {
	switch {
	case im.residents[d.Resident] == nil:
		return fmt.Errorf("its resident %s was not brought over, or is not in the source", d.Resident)
	case d.DeviceID == "" || d.Credential == "":
		return tooMany("no device id, or no key's name")
	}
	return nil
}

// oneOfEach leaves out phones with the name or the key of an older one.
func (im *importer) oneOfEach(all []device) []device {
	names, keys := map[string]string{}, map[string]string{}
	counts := im.counts(tableDevice)
	return slices.DeleteFunc(all, func(d device) bool {
		id := d.ID.String()
		byName, byKey := firstHolder(names, d.DeviceID, id), firstHolder(keys, d.Credential, id)
		if byName != "" || byKey != "" {
			counts.Skipped++
			im.find(FindSkipped, tableDevice, id, "the older phone %s has the same device id or key", max(byName, byKey))
			return true
		}
		if !d.Verifiable() && d.Active {
			im.leftOut[remark{FindNote, tableDevice, "the key is of no kind that can be verified; the phone asks its owner to register it again"}]++
		}
		im.devices[d.ID] = true
		return false
	})
}

func (im *importer) compareDevices(ctx context.Context, batch []device) ([]verdict, error) {
	ids := make([]uuid.UUID, len(batch))
	for i, d := range batch {
		ids[i] = d.ID
	}
	here, err := auth.KnownDevices(ctx, im.DB, ids)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(batch))
	for i, d := range batch {
		verdicts[i] = verdict{here: here[d.ID], row: d.ID.String()}
		if here[d.ID] {
			continue
		}
		taken, err := auth.DeviceTaken(ctx, im.DB, d.Device)
		if err != nil {
			return nil, err
		}
		if taken { // registered here meanwhile
			verdicts[i].here, verdicts[i].differ = true, []string{"its owner: the phone was registered here anew"}
			delete(im.devices, d.ID)
		}
	}
	return verdicts, nil
}

func (im *importer) writeDevices(ctx context.Context, tx *db.Tx, fresh []device) error {
	for _, d := range fresh {
		if inserted, err := im.auth.ImportDevice(ctx, tx, d.Device, d.fingerprint); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// deviceAttempt is an attempt to sign in by a phone's fingerprint.
type deviceAttempt struct {
	auth.Attempt
	device, resident uuid.UUID
	userAgent        string
}

// bringAttempts brings the attempts of the phones over.
func (im *importer) bringAttempts(ctx context.Context) error {
	return bring(ctx, im, table[deviceAttempt]{tableAttempt, true, im.compareAttempts, im.writeAttempts},
		read(ctx, im, tableAttempt, decodeAttempt, im.judgeAttempt))
}

func decodeAttempt(r Row) deviceAttempt {
	return deviceAttempt{
		Attempt: auth.Attempt{ID: r.UUID("id"), Success: r.Bool("success", false), Reason: r.Text("failure_reason"),
			IP: r.Text("ip_address"), At: r.Time("attempted_at")},
		device: r.NullUUID("device_id").UUID, resident: r.UUID("user_id"), userAgent: r.Text("user_agent"),
	}
}

func (im *importer) judgeAttempt(_ string, a *deviceAttempt) error {
	switch {
	case a.At.Before(im.Now().Add(-auth.BiometricHistory)):
		return leftOld
	case !im.devices[a.device]:
		return tooMany("its phone was not brought over, or is not in the source")
	case im.residents[a.resident] == nil:
		return tooMany("its resident was not brought over, or is not in the source")
	}
	var ok bool
	if a.IP, ok = addressOf(a.IP); !ok {
		im.leftOut[remark{FindAltered, tableAttempt, badAddress}]++
	}
	return nil
}

func (im *importer) compareAttempts(ctx context.Context, batch []deviceAttempt) ([]verdict, error) {
	return known(batch, func(a deviceAttempt) uuid.UUID { return a.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return auth.KnownAttempts(ctx, im.DB, ids) })
}

func (im *importer) writeAttempts(ctx context.Context, tx *db.Tx, fresh []deviceAttempt) error {
	for _, a := range fresh {
		if inserted, err := im.auth.ImportAttempt(ctx, tx, a.Attempt, a.device, a.resident, a.userAgent); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}
