package console

import (
	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// rewardRoutes are the catalogue, its stock, and what was reserved and handed out.
func (c *Console) rewardRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/rewards/", Need: auth.ManageRewards, Handle: c.rewardItems},
		{Pattern: "POST /console/rewards/", Need: auth.ManageRewards, Handle: c.restock},
		{Pattern: "GET /console/rewards.csv", Need: auth.ManageRewards, Handle: c.exportRewardItems},
		{Pattern: "GET /console/rewards.xlsx", Need: auth.ManageRewards, Handle: c.exportRewardItems},
		{Pattern: "GET /console/rewards/new/", Need: auth.ManageRewards, Handle: c.rewardPage},
		{Pattern: "POST /console/rewards/new/", Need: auth.ManageRewards, Handle: c.saveReward},
		{Pattern: "GET /console/rewards/{id}/", Need: auth.ManageRewards, Handle: c.rewardPage},
		{Pattern: "POST /console/rewards/{id}/", Need: auth.ManageRewards, Handle: c.saveReward},
		{Pattern: "GET /console/rewards/{id}/picture/", Need: auth.ManageRewards, Handle: c.picturePage},
		{Pattern: "POST /console/rewards/{id}/picture/", Need: auth.ManageRewards, Handle: c.setPicture, Body: pictureBody},
		{Pattern: "GET /console/rewards/{id}/stock/", Need: auth.ManageRewards, Handle: c.stockPage},
		{Pattern: "POST /console/rewards/{id}/stock/", Need: auth.ManageRewards, Handle: c.changeStock},
		{Pattern: "GET /console/rewards/{id}/transfer/", Need: auth.ManageRewards, Handle: c.transferPage},
		{Pattern: "POST /console/rewards/{id}/transfer/", Need: auth.ManageRewards, Handle: c.transfer},
		{Pattern: "GET /console/rewards/moves/", Need: auth.ManageRewards, Handle: c.stockBook},
		{Pattern: "GET /console/rewards/moves.csv", Need: auth.ManageRewards, Handle: c.exportStockBook},
		{Pattern: "GET /console/rewards/moves.xlsx", Need: auth.ManageRewards, Handle: c.exportStockBook},
		{Pattern: "GET /console/rewards/count/", Need: auth.ManageRewards, Handle: c.countPage},
		{Pattern: "POST /console/rewards/count/", Need: auth.ManageRewards, Handle: c.count},
		{Pattern: "GET /console/rewards/places/", Need: auth.ManageRewards, Handle: c.places},
		{Pattern: "POST /console/rewards/places/", Need: auth.ManageRewards, Handle: c.savePlace},
		{Pattern: "GET /console/rewards/categories/", Need: auth.ManageRewards, Handle: c.categories},
		{Pattern: "POST /console/rewards/categories/", Need: auth.ManageRewards, Handle: c.saveCategory},

		{Pattern: "GET /console/reservations/", Need: auth.ManageRewards, Handle: c.reservations},
		{Pattern: "GET /console/reservations.csv", Need: auth.ManageRewards, Handle: c.exportReservations},
		{Pattern: "GET /console/reservations.xlsx", Need: auth.ManageRewards, Handle: c.exportReservations},
		{Pattern: "GET /console/reservations/{id}/cancel/", Need: auth.ManageRewards, Handle: c.cancelReservationPage},
		{Pattern: "POST /console/reservations/{id}/cancel/", Need: auth.ManageRewards, Handle: c.cancelReservation},

		{Pattern: "GET /console/redemptions/", Need: auth.ManageRewards, Handle: c.redemptions},
		{Pattern: "GET /console/redemptions.csv", Need: auth.ManageRewards, Handle: c.exportRedemptions},
		{Pattern: "GET /console/redemptions.xlsx", Need: auth.ManageRewards, Handle: c.exportRedemptions},
		{Pattern: "GET /console/redemptions/{id}/", Need: auth.ManageRewards, Handle: c.redemption},
		{Pattern: "GET /console/redemptions/{id}/return/", Need: auth.ManageRewards, Handle: c.returnPage},
		{Pattern: "POST /console/redemptions/{id}/return/", Need: auth.ManageRewards, Handle: c.returnRedemption},
	}
}
