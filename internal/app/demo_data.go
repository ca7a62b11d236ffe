package app

import (
	"ekolek/internal/auth"
	"ekolek/internal/collection"
)

// The people of the demo city are made up. Barangays are San Pedro's real ones.

// DemoPassword opens every demo account.
const DemoPassword = "punong-mangga-7"

// DemoStaff is one demo account of the office.
type DemoStaff struct {
	Username, Name string
	Role           auth.Role
	Barangays      []string // of an operations manager
}

// DemoOffice lists the demo accounts of the office, one of each role at least.
func DemoOffice() []DemoStaff {
	return []DemoStaff{
		{"demo.admin", "Luzviminda Arceo", auth.SuperAdmin, nil},
		{"demo.kolektor", "Joel Magtanggol", auth.OperationsManager, []string{"San Antonio", "Landayan", "Cuyab", "Pacita 1", "Pacita 2", "Magsaysay"}},
		{"demo.kolektor2", "Arlene Dimaculangan", auth.OperationsManager, []string{"San Vicente", "Langgam", "Nueva", "Chrysanthemum", "Poblacion", "Santo Niño", "Narra"}},
		{"demo.rewards", "Benigno Salonga", auth.ContentRewardsManager, nil},
		{"demo.security", "Katrina Villaruel", auth.SecurityAnalyst, nil},
	}
}

// demoFamily is a household; its first member represents it.
type demoFamily struct {
	name, barangay, address string
	members                 []demoMember
	state                   demoState
}

type demoMember struct {
	username, first, last, gender string
	zeal                          float64 // chance of a weigh-in on a collection day
}

// demoState is how far a family got.
type demoState int

const (
	demoApproved demoState = iota
	demoPending
	demoRejected
)

func demoFamilies() []demoFamily {
	return []demoFamily{
		{"Dela Cruz", "San Antonio", "Blk 4 Lot 12 Sampaloc St.", []demoMember{{"demo.maria", "Maria", "Dela Cruz", "female", 0.5}, {"demo.jose", "Jose", "Dela Cruz", "male", 0.2}, {"demo.anna", "Anna", "Dela Cruz", "female", 0.15}}, demoApproved},
		{"Santos", "Landayan", "118 Mabini St.", []demoMember{{"demo.ramon", "Ramon", "Santos", "male", 0.35}, {"demo.liza", "Liza", "Santos", "female", 0.25}}, demoApproved},
		{"Reyes", "Pacita 1", "Blk 21 Lot 3 Kalayaan Ave.", []demoMember{{"demo.tess", "Teresita", "Reyes", "female", 0.45}, {"demo.mark", "Mark", "Reyes", "male", 0.1}}, demoApproved},
		{"Bautista", "San Vicente", "27 Rizal St.", []demoMember{{"demo.edu", "Eduardo", "Bautista", "male", 0.4}}, demoApproved},
		{"Garcia", "Cuyab", "Purok 3, 9 Lakeside Rd.", []demoMember{{"demo.lorna", "Lorna", "Garcia", "female", 0.55}, {"demo.paolo", "Paolo", "Garcia", "male", 0.2}, {"demo.jenny", "Jenny", "Garcia", "female", 0.1}}, demoApproved},
		{"Mendoza", "Magsaysay", "64 Bonifacio St.", []demoMember{{"demo.rodel", "Rodel", "Mendoza", "male", 0.3}}, demoApproved},
		{"Aquino", "Langgam", "Sitio Bayan, 5 Narra Rd.", []demoMember{{"demo.cora", "Corazon", "Aquino", "female", 0.4}, {"demo.noel", "Noel", "Aquino", "male", 0.15}}, demoApproved},
		{"Villanueva", "Nueva", "31 Luna St.", []demoMember{{"demo.grace", "Grace", "Villanueva", "female", 0.35}}, demoApproved},
		{"Ramos", "Chrysanthemum", "Blk 9 Lot 30 Ilang-Ilang St.", []demoMember{{"demo.danilo", "Danilo", "Ramos", "male", 0.3}, {"demo.aileen", "Aileen", "Ramos", "female", 0.3}}, demoApproved},
		{"Flores", "Poblacion", "3 Plaza St.", []demoMember{{"demo.charo", "Rosario", "Flores", "female", 0.45}}, demoApproved},
		{"Castillo", "Santo Niño", "77 Riles St.", []demoMember{{"demo.efren", "Efren", "Castillo", "male", 0.25}}, demoApproved},
		{"Navarro", "Narra", "14 Acacia Rd.", []demoMember{{"demo.belen", "Belen", "Navarro", "female", 0.3}}, demoApproved},
		{"Salazar", "Pacita 2", "Blk 2 Lot 8 Adelfa St.", []demoMember{{"demo.irene", "Irene", "Salazar", "female", 0}}, demoPending},
		{"Peñaflor", "San Antonio", "Blk 17 Lot 5 Duhat St.", []demoMember{{"demo.nonoy", "Nonoy", "Peñaflor", "male", 0}}, demoPending},
		{"Domingo", "G.S.I.S.", "42 Maginhawa St.", []demoMember{{"demo.vic", "Victor", "Domingo", "male", 0}}, demoPending},
		{"Torres", "San Vicente", "8 Rizal St.", []demoMember{{"demo.gil", "Gil", "Torres", "male", 0}}, demoRejected},
	}
}

// DemoResident is a demo account that the command names.
type DemoResident struct{ Username, About string }

// DemoResidents are some of the demo city's people: one who earns much, two of other
// families, and one who still waits for approval and so cannot sign in.
func DemoResidents() []DemoResident {
	return []DemoResident{
		{"demo.maria", "San Antonio, represents a family of three"},
		{"demo.lorna", "Cuyab, the keenest of all"},
		{"demo.cora", "Langgam"},
		{"demo.irene", "Pacita 2, not approved yet: cannot sign in"},
	}
}

// demoMaterial is a waste type with what a household typically brings of it.
type demoMaterial struct {
	name, nameFil string
	class         collection.Class
	factor, icon  string
	points        string // a kilogram
	grams         int    // a middling load
	often         int    // weight in the draw
}

func demoMaterials() []demoMaterial {
	return []demoMaterial{
		{"PET bottles", "Boteng plastik (PET)", collection.Recyclable, "PET", "art-pet", "12", 1400, 10},
		{"Mixed paper", "Papel", collection.Recyclable, "Mixed Paper (primarily residential)", "art-paper", "4", 2500, 7},
		{"Cardboard", "Karton", collection.Recyclable, "Corrugated Containers", "art-box", "5", 3200, 8},
		{"Glass bottles", "Boteng babasagin", collection.Recyclable, "Glass", "art-glass", "2.5", 3800, 5},
		{"Scrap metal", "Bakal at yero", collection.Recyclable, "Mixed Metals", "art-metal", "15", 1800, 3},
		{"Aluminum cans", "Latang aluminyo", collection.Recyclable, "Aluminum Cans", "art-can", "40", 450, 6},
	}
}

// The places where stock lies; the first is the default one.
const (
	demoPlace     = "City Environment Office"
	demoHallPlace = "Pacita 1 Barangay Hall"
)

// demoReward is an item of the catalogue.
type demoReward struct {
	category, name, nameFil, unit, icon string
	about, aboutFil                     string
	points                              string
	cost                                int64 // of one, in centavos
	received, hall                      int64 // the first deliveries: to the office, to the hall
	reorder                             int64
}

func demoRewards() []demoReward {
	return []demoReward{
		{"Groceries", "Rice", "Bigas", "kg", "art-rice", "Well-milled local rice. Bring your own bag or container.", "Lokal na bigas na well-milled. Magdala ng sariling lalagyan.", "60", 4450, 200, 40, 20},
		{"Groceries", "Sardines", "Sardinas", "can", "art-sardines", "In tomato sauce, 155 g.", "May tomato sauce, 155 g.", "30", 2375, 150, 24, 24},
		{"Groceries", "Cooking oil 350 ml", "Mantika 350 ml", "bottle", "art-oil", "Coconut oil in a bottle that you may bring back.", "Mantika ng niyog, nasa boteng puwedeng ibalik.", "75", 5600, 40, 0, 10},
		{"Groceries", "Eggs, half a dozen", "Itlog, kalahating dosena", "tray", "art-eggs", "Medium eggs, on Tuesdays and Fridays.", "Katamtamang laki, tuwing Martes at Biyernes.", "65", 5100, 14, 0, 12},
		{"Household", "Laundry soap", "Sabong panlaba", "bar", "art-soap", "A long bar of 380 g.", "Mahabang bareta, 380 g.", "25", 1900, 100, 12, 20},
		{"School", "Notebook", "Kuwaderno", "piece", "art-notebook", "80 leaves, made of recycled paper.", "80 pahina, gawa sa recycled na papel.", "35", 2800, 80, 0, 15},
		{"Household", "Umbrella", "Payong", "piece", "art-umbrella", "Folds to the size of a bottle.", "Natitiklop hanggang kasinlaki ng bote.", "180", 14500, 12, 0, 5},
	}
}
