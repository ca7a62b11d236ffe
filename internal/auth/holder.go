package auth

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// holder is whom tokens are made for.
type holder struct {
	surface Surface
	id      uuid.UUID
	claims  string
	epoch   int64
}

// holderOf is whom new tokens are for: somebody who may sign in.
func (s *Service) holderOf(ctx context.Context, q db.Q, surface Surface, id uuid.UUID) (h holder, err error) {
	h = holder{surface: surface, id: id}
	if surface == StaffSurface {
		st, err := s.staffByID(ctx, q, id)
		if errors.Is(err, ErrStaffNotFound) {
			return h, ErrTokenNobody
		}
		if err != nil {
			return h, err
		}
		if refusal := staffRefusal(st); refusal != nil {
			return h, refusal
		}
		if h.claims, err = claimsOf(st); err != nil {
			return h, err
		}
		h.epoch, err = epochSecond(ctx, q, id, nil)
		return h, err
	}
	r, err := s.people.ByID(ctx, q, id)
	if errors.Is(err, people.ErrResidentNotFound) {
		return h, ErrTokenNobody
	}
	if err != nil {
		return h, err
	}
	if refusal := residentRefusal(r); refusal != nil {
		return h, refusal
	}
	h.epoch, err = epochSecond(ctx, q, id, r.SuspendedAt)
	return h, err
}

// claimsOf is what a collector's token says of them.
func claimsOf(st Staff) (string, error) {
	c := aboutStaff{AdminID: st.ID.String(), Username: st.Username, Role: st.Role, IsAdmin: true, Residents: st.Role.May(ManageResidents),
		Settings: st.Role.May(ManageSettings), Points: st.Role.May(ManagePoints), Rewards: st.Role.May(ManageRewards)}
	if st.Email != "" {
		c.Email = &st.Email
	}
	encoded, err := json.Marshal(c)
	return string(encoded), err
}

// recipient is whom a notice about tokens is for.
func (s *Service) recipient(ctx context.Context, q db.Q, surface Surface, id uuid.UUID) (notify.Recipient, error) {
	if surface == StaffSurface {
		st, err := s.staffByID(ctx, q, id)
		return notify.Recipient{Audience: notify.Staff, ID: id, Name: st.FullName, Language: st.Language}, err
	}
	r, err := s.people.ByID(ctx, q, id)
	return notify.Recipient{Audience: notify.Resident, ID: id, Name: r.FullName, Language: r.Language}, err
}
