package auth

import "testing"

// The matrix as the city reads it, row by row: super administrator, operations
// manager, content and rewards manager, security analyst.
func TestMatrix(t *testing.T) {
	matrix := map[Permission][4]bool{
		ManageResidents: {true, true, false, false},
		ManageSettings:  {true, false, false, false},
		ManagePoints:    {true, true, false, false},
		ManageRewards:   {true, false, true, false},
		ManageSchedules: {true, true, false, false},
		ManageSecurity:  {true, false, false, true},
		ManageLearning:  {true, false, true, false},
		ManageGames:     {true, false, true, false},
		ViewAll:         {true, false, false, true},
		ManageStaff:     {true, false, false, false},
		ManageBackups:   {true, false, false, false},
		UseStation:      {true, true, false, false},
		Redeem:          {true, true, false, false},

		AnyStaff:          {true, true, true, true},
		ChangeOwnPassword: {true, true, true, true},
		SetUpSecondFactor: {true, true, true, true},
		Anyone:            {true, true, true, true},
		Resident:          {false, false, false, false},
	}
	for need, want := range matrix {
		for i, role := range Roles() {
			p := Principal{Surface: StaffSurface, Role: role}
			if got := p.May(need); got != want[i] {
				t.Errorf("%s may %s: %v, want %v", role, need, got, want[i])
			}
		}
	}
	known := len(matrix) - 5 // without those that do not depend on the role
	if n := len(grants(SuperAdmin)); n != known {
		t.Errorf("the super administrator has %d permissions, the table %d", n, known)
	}
}

func TestMayWithoutARole(t *testing.T) {
	due := Principal{Surface: StaffSurface, Role: SuperAdmin, MustChangePassword: true}
	second := Principal{Surface: StaffSurface, Role: SuperAdmin, MustSetUpSecond: true}
	both := Principal{Surface: StaffSurface, Role: SuperAdmin, MustChangePassword: true, MustSetUpSecond: true}
	resident := Principal{Surface: ResidentSurface}
	for _, need := range append(grants(SuperAdmin), AnyStaff, Resident, ChangeOwnPassword, SetUpSecondFactor, Anyone, "") {
		own := need == Anyone || need == ChangeOwnPassword || need == SetUpSecondFactor
		cases := []struct {
			who  string
			p    Principal
			want bool
		}{
			{"nobody", Principal{}, need == Anyone},
			{"a resident", resident, need == Anyone || need == Resident},
			{"staff with a password change due", due, need == Anyone || need == ChangeOwnPassword},
			{"staff with a second factor due", second, own},
			{"staff with both due", both, need == Anyone || need == ChangeOwnPassword},
			{"an unknown role", Principal{Surface: StaffSurface, Role: "mayor"}, own || need == AnyStaff},
			{"a resident who claims a role", Principal{Surface: ResidentSurface, Role: SuperAdmin}, need == Anyone || need == Resident},
		}
		for _, c := range cases {
			if got := c.p.May(need); got != c.want {
				t.Errorf("%s may %q: %v, want %v", c.who, need, got, c.want)
			}
		}
	}
}

func TestScopeOfRoles(t *testing.T) {
	for _, role := range Roles() {
		st := Staff{Role: role}
		if got, want := st.Scope().All, role != OperationsManager; got != want {
			t.Errorf("%s reaches the whole city: %v, want %v", role, got, want)
		}
	}
	if Role("mayor").Valid() || !SuperAdmin.Valid() {
		t.Error("Valid is wrong")
	}
}
