package audit

// ActionKey is the catalogue key of an action's name; "" for an action that this program
// does not write: then its own name is shown.
func ActionKey(action string) string {
	for _, key := range actionKeys() {
		if key[len("audit.action."):] == action {
			return key
		}
	}
	return ""
}

// actionKeys are the names of everything that the trail may hold.
func actionKeys() []string {
	return []string{
		"audit.action.approval.agree",
		"audit.action.approval.ask",
		"audit.action.approval.refuse",
		"audit.action.approval.withdraw",
		"audit.action.auth.alarm",
		"audit.action.auth.codes_off",
		"audit.action.auth.end_all",
		"audit.action.auth.lock",
		"audit.action.auth.token_reuse",
		"audit.action.backup.make",
		"audit.action.barangay.add",
		"audit.action.barangay.edit",
		"audit.action.campaign.start",
		"audit.action.campaign.stop",
		"audit.action.card.reissue",
		"audit.action.card.revoke",
		"audit.action.family.edit",
		"audit.action.family.register",
		"audit.action.holiday.add",
		"audit.action.holiday.delete",
		"audit.action.holiday.edit",
		"audit.action.import.django",
		"audit.action.message.cancel",
		"audit.action.message.resend",
		"audit.action.job.cancel",
		"audit.action.job.retry",
		"audit.action.points.correct",
		"audit.action.points_set_refused",
		"audit.action.push.end",
		"audit.action.push.subscribe",
		"audit.action.reminder.set",
		"audit.action.requisition.make",
		"audit.action.requisition.void",
		"audit.action.reservation.add",
		"audit.action.reservation.cancel",
		"audit.action.reservation.expire",
		"audit.action.resident.approve",
		"audit.action.resident.contact",
		"audit.action.resident.device_add",
		"audit.action.resident.device_end",
		"audit.action.resident.edit",
		"audit.action.resident.end_sessions",
		"audit.action.resident.forget_device",
		"audit.action.resident.join",
		"audit.action.resident.news",
		"audit.action.resident.password",
		"audit.action.resident.pin_remove",
		"audit.action.resident.pin_set",
		"audit.action.resident.proof_failed",
		"audit.action.resident.reject",
		"audit.action.resident.restore",
		"audit.action.resident.suspend",
		"audit.action.reward.add",
		"audit.action.reward.edit",
		"audit.action.reward.picture",
		"audit.action.reward.redeem",
		"audit.action.reward.return",
		"audit.action.reward_category.add",
		"audit.action.reward_category.edit",
		"audit.action.reward_place.add",
		"audit.action.reward_place.edit",
		"audit.action.schedule.add",
		"audit.action.schedule.correct",
		"audit.action.schedule.lift",
		"audit.action.schedule.line_add",
		"audit.action.schedule.line_delete",
		"audit.action.schedule.line_edit",
		"audit.action.schedule.mark",
		"audit.action.schedule.move",
		"audit.action.schedule.suspend",
		"audit.action.staff.app_sign_in",
		"audit.action.staff.app_sign_out",
		"audit.action.staff.create",
		"audit.action.staff.edit",
		"audit.action.staff.end_sessions",
		"audit.action.staff.password",
		"audit.action.staff.reactivate",
		"audit.action.staff.second_codes",
		"audit.action.staff.second_failed",
		"audit.action.staff.second_off",
		"audit.action.staff.second_on",
		"audit.action.staff.second_reset",
		"audit.action.staff.sign_in",
		"audit.action.staff.sign_in_failed",
		"audit.action.staff.sign_out",
		"audit.action.staff.suspend",
		"audit.action.staff.unlock",
		"audit.action.stock.adjusted",
		"audit.action.stock.received",
		"audit.action.stock.transferred",
		"audit.action.terms.activate",
		"audit.action.terms.paper",
		"audit.action.terms.write",
		"audit.action.waste_type.add",
		"audit.action.waste_type.edit",
		"audit.action.waste_type.rate",
		"audit.action.weigh_in.record",
		"audit.action.weigh_in.void",
	}
}

// KindKey is the catalogue key of a kind of actors.
func KindKey(k ActorKind) string {
	switch k {
	case Staff:
		return "audit.actor.staff"
	case Resident:
		return "audit.actor.resident"
	case System:
		return "audit.actor.system"
	case Nobody:
		return "audit.actor.anyone"
	}
	return ""
}

// TargetKey is the catalogue key of a kind of targets; "" for none, or one that this
// program does not write.
func TargetKey(kind string) string {
	switch kind {
	case "barangay":
		return "audit.target.barangay"
	case "family":
		return "audit.target.family"
	case "job":
		return "audit.target.job"
	case "resident":
		return "audit.target.resident"
	case "message":
		return "audit.target.message"
	case "staff":
		return "audit.target.staff"
	case "waste_type":
		return "audit.target.waste_type"
	case "weigh_in":
		return "audit.target.weigh_in"
	case "reservation":
		return "audit.target.reservation"
	case "reward":
		return "audit.target.reward"
	case "reward_category":
		return "audit.target.reward_category"
	case "reward_place":
		return "audit.target.reward_place"
	case "redemption":
		return "audit.target.redemption"
	case "requisition":
		return "audit.target.requisition"
	case "holiday":
		return "audit.target.holiday"
	case "schedule":
		return "audit.target.schedule"
	case "schedule_exception":
		return "audit.target.schedule_exception"
	case "terms":
		return "audit.target.terms"
	}
	return ""
}
