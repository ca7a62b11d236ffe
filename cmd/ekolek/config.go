package main

import (
	"fmt"
	"text/tabwriter"
)

type configCmd struct{}

// Run prints the settings even when something is wrong with them, and then what.
func (configCmd) Run(c console) error {
	cfg, problems := c.config()
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tVALUE\tSOURCE")
	for _, row := range cfg.Describe() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", row.Name, row.Value, row.Source)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if problems != nil {
		return finding{problems}
	}
	return nil
}
