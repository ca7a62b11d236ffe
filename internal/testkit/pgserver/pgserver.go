// Package pgserver runs throw-away PostgreSQL servers of this machine's own programs on
// 127.0.0.1, a primary and its hot standbys, as an unprivileged user. Tests kill,
// promote and restart them; scripts/testenv starts one for all the others.
package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Admin is the superuser of every server here.
const Admin = "postgres"

// Options say what a server is like.
type Options struct {
	Files    map[string]string // written into the data folder: "pg_hba.conf"
	Settings []string          // "name=value", given at every start; they win over the files
	Password string            // of Admin, when pg_hba.conf asks for one
}

// Server is a throw-away server and the folder with all that it owns.
type Server struct {
	Port int

	bin, dir string
	options  Options
	log      bytes.Buffer
	cmd      *exec.Cmd
	done     chan struct{} // closed when the process has ended
}

// Find finds the folder of the server's programs, which Debian keeps out of PATH: the
// newest version that is installed.
func Find() (bin string, ok bool) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		at, err := exec.LookPath("initdb")
		return filepath.Dir(at), err == nil
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), true
}

// New makes a cluster and starts its server.
func New(ctx context.Context, bin string, o Options) (*Server, error) {
	s, err := empty(bin, o)
	if err != nil {
		return nil, err
	}
	args := []string{"--pgdata=" + s.data(), "--username=" + Admin, "--auth=trust", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"}
	if o.Password != "" {
		args = append(args, "--pwfile="+filepath.Join(s.dir, "password"))
		err = s.writeFile(filepath.Join(s.dir, "password"), o.Password)
	}
	if err == nil {
		_, err = s.run(ctx, "", "initdb", args...)
	}
	if err == nil {
		err = s.write(o.Files)
	}
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// Standby copies a running server and starts the copy, which follows it. conninfo is
// added to how it signs in: "user=replicator password=…".
func (s *Server) Standby(ctx context.Context, slot, conninfo string, o Options) (*Server, error) {
	c, err := empty(s.bin, o)
	if err != nil {
		return nil, err
	}
	_, err = c.run(ctx, "", "pg_basebackup", "--pgdata="+c.data(), "--checkpoint=fast", "--no-sync", "--wal-method=stream",
		"--write-recovery-conf", "--create-slot", "--slot="+slot,
		"--dbname="+fmt.Sprintf("host=127.0.0.1 port=%d application_name=%s %s", s.Port, slot, conninfo))
	if err == nil {
		err = c.write(o.Files)
	}
	if err == nil {
		err = c.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	return c, nil
}

// Base takes a base backup of a running server: a copy that is not started. Recover
// starts it.
func (s *Server) Base(ctx context.Context) (*Server, error) {
	c, err := empty(s.bin, s.options)
	if err != nil {
		return nil, err
	}
	_, err = c.run(ctx, "", "pg_basebackup", "--pgdata="+c.data(), "--checkpoint=fast", "--no-sync", "--wal-method=stream",
		"--dbname="+fmt.Sprintf("host=127.0.0.1 port=%d user=%s", s.Port, Admin))
	if err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	return c, nil
}

// Recover writes files into the data folder of a base backup and starts it.
func (s *Server) Recover(ctx context.Context, files map[string]string) error {
	if err := s.write(files); err != nil {
		return err
	}
	return s.Start(ctx)
}

// empty is a folder that the server's user owns, and a port.
func empty(bin string, o Options) (*Server, error) {
	dir, err := os.MkdirTemp("", "ekolek-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, options: o}
	credential, err := serverUser()
	if err == nil && credential != nil {
		err = os.Chown(dir, int(credential.Uid), int(credential.Gid))
	}
	if err == nil {
		s.Port, err = freePort()
	}
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL is the address of a database for a user; password may be empty.
func (s *Server) URL(database, user, password string) string {
	if password != "" {
		user += ":" + password
	}
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", user, s.Port, database)
}

// write puts files into the data folder.
func (s *Server) write(files map[string]string) error {
	for name, text := range files {
		if err := s.writeFile(filepath.Join(s.data(), name), text); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file that the server's user owns, and nobody else reads.
func (s *Server) writeFile(path, text string) error {
	credential, err := serverUser()
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err == nil && credential != nil {
		err = os.Chown(path, int(credential.Uid), int(credential.Gid))
	}
	return err
}

// Start starts the server and waits until it takes connections.
func (s *Server) Start(ctx context.Context) error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.Port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range s.options.Settings {
		args = append(args, "-c", setting)
	}
	cmd, err := s.command(exec.Command(filepath.Join(s.bin, "postgres"), args...))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	cmd.SysProcAttr.Setpgid = true // an interrupt at the keyboard reaches the tests first
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	s.cmd, s.done = cmd, done
	go func() {
		_ = cmd.Wait() // how it ended shows in its log
		close(done)
	}()
	return s.waitReady(ctx)
}

func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return fmt.Errorf("the server ended:\n%s", s.log.String())
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", ctx.Err())
		case <-tick.C:
		}
		ready := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port))
		if ready.Run() == nil {
			return nil
		}
	}
}

// Configure writes files into the data folder and has the server read them.
func (s *Server) Configure(ctx context.Context, files map[string]string) error {
	if err := s.write(files); err != nil {
		return err
	}
	_, err := s.run(ctx, "", "pg_ctl", "reload", "-D", s.data())
	return err
}

// Script runs psql on a text as Admin; variables are "name=value".
func (s *Server) Script(ctx context.Context, database, text string, variables ...string) error {
	args := []string{"--no-psqlrc", "--set=ON_ERROR_STOP=1", "--quiet", "--dbname=" + s.URL(database, Admin, s.options.Password)}
	for _, v := range variables {
		args = append(args, "--set="+v)
	}
	_, err := s.run(ctx, text, "psql", args...)
	return err
}

// Promote makes a standby the primary and waits until it is.
func (s *Server) Promote(ctx context.Context) error {
	_, err := s.run(ctx, "", "pg_ctl", "promote", "-D", s.data(), "-w", "-t", "30")
	return err
}

// Kill ends the server as a power cut does: postmaster and children at once.
func (s *Server) Kill() error {
	if s.cmd == nil {
		return nil
	}
	pid := s.cmd.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil { // it starts no more children
		return err
	}
	for _, child := range childrenOf(pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // one that has just ended is no error
	}
	err := s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
	return err
}

// childrenOf reads who has a process as parent. The server's children lead groups of
// their own.
func childrenOf(pid int) (children []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	for _, file := range all {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		own, rest, _ := strings.Cut(string(stat), " ")
		after := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:]) // state, parent, …
		if len(after) > 1 && after[1] == strconv.Itoa(pid) {
			n, _ := strconv.Atoi(own) // the glob took digits only
			children = append(children, n)
		}
	}
	return children
}

// Stop ends the server in order, transactions under way excepted.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt) // "fast shutdown"; it may have ended already
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // "immediate shutdown", children included
		<-s.done
	}
	s.cmd = nil
}

// Remove stops the server and removes its folder.
func (s *Server) Remove() error {
	s.Stop()
	return os.RemoveAll(s.dir)
}

// Log is what the server said.
func (s *Server) Log() string { return s.log.String() }

// run runs one of PostgreSQL's programs as the server's user.
func (s *Server) run(ctx context.Context, in, program string, args ...string) (string, error) {
	cmd, err := s.command(exec.CommandContext(ctx, filepath.Join(s.bin, program), args...))
	if err != nil {
		return "", err
	}
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return string(out), nil
}

func (s *Server) command(cmd *exec.Cmd) (*exec.Cmd, error) {
	credential, err := serverUser()
	cmd.Dir, cmd.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: credential}
	return cmd, err
}

// serverUser tells who runs the server: PostgreSQL refuses root, so root lends the
// folder to the user that Debian's package made, or to nobody.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// freePort finds one below those that the system lends to clients: a client that tries
// again and again while the server is away could otherwise connect to itself and keep
// the server from its port.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// FreePort is a port of 127.0.0.1 for a server that is going to be killed and started again.
func FreePort() (int, error) { return freePort() }
