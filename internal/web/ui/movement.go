package ui

import (
	"context"
	"strings"

	"ekolek/internal/ledger"
	"ekolek/internal/report"
	"ekolek/internal/web/i18n"
)

// MovesOf writes a statement's movements as the passbook shows them.
func MovesOf(ctx context.Context, rows []report.Movement) []Move {
	moves := make([]Move, 0, len(rows))
	for _, m := range rows {
		moves = append(moves, Move{
			Icon: movementIcon(m.Kind), Text: MovementText(ctx, m), Figure: movementFigure(m), At: m.At,
			Amount: i18n.Signed(m.Points), Out: m.Points < 0, Note: movementNote(ctx, m),
			Balance: i18n.T(ctx, "web.move.balance", "Points", m.BalanceAfter),
		})
	}
	return moves
}

// MovementText is what a movement was, in words: the materials, the reward, the cause.
func MovementText(ctx context.Context, m report.Movement) string {
	switch m.Kind {
	case ledger.KindWeighIn:
		var names []string
		for _, n := range m.Materials {
			names = append(names, i18n.Pick(ctx, n.En, n.Fil))
		}
		return strings.Join(names, ", ")
	case ledger.KindRedemption:
		return i18n.Pick(ctx, m.Item.En, m.Item.Fil)
	case ledger.KindReversal:
		return reversalText(ctx, m)
	case ledger.KindReferral:
		return i18n.T(ctx, "web.move.referral")
	case ledger.KindLearning:
		return i18n.T(ctx, "web.move.learning")
	case ledger.KindGame:
		return i18n.T(ctx, "web.move.game")
	case ledger.KindImport:
		return i18n.T(ctx, "web.move.import")
	default:
		return i18n.T(ctx, "web.move.adjustment")
	}
}

func reversalText(ctx context.Context, m report.Movement) string {
	switch m.Undoes {
	case ledger.KindWeighIn:
		return i18n.T(ctx, "web.move.weigh_in_voided")
	case ledger.KindRedemption:
		return i18n.T(ctx, "web.move.redemption_returned")
	default:
		return i18n.T(ctx, "web.move.corrected")
	}
}

func movementFigure(m report.Movement) string {
	switch {
	case m.Kind == ledger.KindWeighIn:
		return i18n.Kilos(m.Grams)
	case m.Kind == ledger.KindRedemption && m.Quantity > 1:
		return "× " + i18n.Number(m.Quantity)
	default:
		return ""
	}
}

func movementNote(ctx context.Context, m report.Movement) string {
	switch {
	case m.Undone:
		return i18n.T(ctx, "web.move.undone")
	case m.Kind == ledger.KindReversal:
		return m.Reason
	default:
		return ""
	}
}

func movementIcon(k ledger.Kind) string {
	switch k {
	case ledger.KindWeighIn:
		return "scale"
	case ledger.KindRedemption:
		return "gift"
	case ledger.KindReversal:
		return "undo-2"
	case ledger.KindReferral:
		return "users"
	case ledger.KindLearning:
		return "graduation-cap"
	case ledger.KindGame:
		return "gamepad-2"
	default:
		return "wallet"
	}
}
