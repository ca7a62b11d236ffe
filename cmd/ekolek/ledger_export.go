package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"ekolek/internal/app"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
)

type ledgerPublicKeyCmd struct{}

// Run prints the key that signs now, in the form that openssl reads, too.
func (ledgerPublicKeyCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		published, err := ledger.Publish(ctx, a.DB, 0, 1)
		if err != nil {
			return err
		}
		n := len(published.Keys)
		if n == 0 {
			return finding{errors.New("there is no key yet: the first checkpoint makes one")}
		}
		text, err := seal.EncodePublicKey(published.Keys[n-1].Public)
		if err == nil {
			_, err = c.out.Write(text)
		}
		return err
	})
}

type ledgerExportCmd struct {
	Folder string `arg:"" help:"Folder for the files; it is made."`
	Named  bool   `help:"Also tell who acted, and the reasons: personal data, for an auditor who may see them."`
}

// Run writes the files. None is overwritten.
func (e ledgerExportCmd) Run(ctx context.Context, c console) error {
	return c.withSchema(ctx, func(a *app.App) error {
		if err := os.MkdirAll(e.Folder, 0o700); err != nil {
			return err
		}
		err := ledger.Export(ctx, a.DB, e.Named, func(name string) (io.WriteCloser, error) {
			return os.OpenFile(filepath.Join(e.Folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		})
		if err == nil {
			fmt.Fprintf(c.out, "written to %s; whoever has the public key proves it with: ekolek ledger check-export %s --public-key FILE\n", e.Folder, e.Folder)
		}
		return err
	})
}

type ledgerCheckExportCmd struct {
	Folder    string `arg:"" help:"Folder with the files." type:"existingdir"`
	PublicKey string `required:"" help:"File with the public key, from a source other than the files." type:"existingfile"`
	Published string `help:"Checkpoints that you kept, as /ledger/checkpoints.json gives them." type:"existingfile"`
}

// Run proves the files, and plays the whole journal again.
func (e ledgerCheckExportCmd) Run(c console) error {
	key, err := readPublicKey(e.PublicKey)
	if err != nil {
		return err
	}
	kept, err := readKept(e.Published)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(e.Folder)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // it was only read
	s, err := ledger.CheckArchive(root.FS(), key, kept)
	if err != nil {
		return asFinding(err)
	}
	fmt.Fprintf(c.out, "ok: %s\nok: issued %s, redeemed %s, in balances %s\n", s, ledger.Points(s.Issued), ledger.Points(s.Redeemed), ledger.Points(s.Issued-s.Redeemed))
	return nil
}

type ledgerProveCmd struct {
	Resident string `arg:"" help:"The resident's id, as it stands in the address of their page in the console."`
	Out      string `short:"o" help:"File to write; without it, standard output."`
}

// Run writes the statement.
func (p ledgerProveCmd) Run(ctx context.Context, c console) error {
	id, err := uuid.Parse(p.Resident)
	if err != nil {
		return fmt.Errorf("%q is not the id of a resident", p.Resident)
	}
	return c.withSchema(ctx, func(a *app.App) error {
		s, err := ledger.Prove(ctx, a.DB, id)
		if err != nil {
			return err
		}
		data, err := json.MarshalIndent(s, "", "\t")
		if err != nil {
			return err
		}
		data = append(data, '\n')
		if p.Out != "" {
			return os.WriteFile(p.Out, data, 0o600)
		}
		_, err = c.out.Write(data)
		return err
	})
}

type ledgerCheckProofCmd struct {
	File      string `arg:"" help:"The statement." type:"existingfile"`
	PublicKey string `required:"" help:"File with the public key, from a source other than the statement." type:"existingfile"`
}

// Run tells what the statement proves.
func (p ledgerCheckProofCmd) Run(c console) error {
	key, err := readPublicKey(p.PublicKey)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(p.File)
	if err != nil {
		return err
	}
	var s seal.Statement
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	proof, err := s.Check(key)
	if err != nil {
		return asFinding(err)
	}
	fmt.Fprintf(c.out, "ok: account %s has %d entries without a gap, and %s points after the last one\n", s.Account, proof.Entries, ledger.Points(proof.Balance))
	if proof.Until.Number > 0 {
		fmt.Fprintf(c.out, "signed up to %s, checkpoint %d, fingerprint %s\n", proof.Until.Day, proof.Until.Number, proof.Until.Head.Short())
	}
	if proof.Unsigned > 0 {
		fmt.Fprintf(c.out, "%d of the entries are sealed, and signed with the next checkpoint\n", proof.Unsigned)
	}
	return nil
}

func readPublicKey(file string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// readKept reads checkpoints that somebody kept; nil for no file.
func readKept(file string) (*seal.Published, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // nobody kept any
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var kept seal.Published
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &kept, nil
}

// asFinding tells what is wrong with the books from what went wrong while looking.
func asFinding(err error) error {
	if errors.As(err, new(*seal.Finding)) && !errors.Is(err, fs.ErrNotExist) {
		return finding{err}
	}
	return err
}
