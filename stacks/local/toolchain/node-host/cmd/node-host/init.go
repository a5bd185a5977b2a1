package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The home inside the namespaces, whatever its path is outside.
const estate = "/run/estate"

// What containers get to end by themselves once the node is told to.
const grace = 5 * time.Second

// Settings the kubelet insists on. It is shown these instead of the machine's, which it would otherwise change.
var kernelSettings = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// initialize is the first process of the namespaces: it mounts, reaps what is orphaned, and ends everything on SIGTERM.
func initialize(home string, programs []string) error {
	// The holder's end is ours, and with us everything inside ends.
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); errno != 0 {
		return errno
	}
	if err := mountAll(home, programs); err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	told := os.NewFile(3, "mounted")
	if _, err := told.Write([]byte{1}); err != nil {
		return err
	}
	told.Close()
	var deadline <-chan time.Time
	for {
		select {
		case received := <-signals:
			if received != syscall.SIGCHLD && deadline == nil {
				deadline = time.After(grace)
				syscall.Kill(-1, syscall.SIGTERM) // everything inside, but ourselves
			}
			if nothingLeft := reap(); nothingLeft && deadline != nil {
				return nil
			}
		case <-deadline:
			return nil // the kernel kills what is left
		}
	}
}

// reap collects ended children; true when there is no child any more.
func reap() bool {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err == syscall.ECHILD {
			return true
		}
		if pid <= 0 {
			return false
		}
	}
}

// kept is something that stays visible where the folders above it are covered.
type kept struct {
	from, to string
	folder   bool
}

func mountAll(home string, programs []string) error {
	// What is needed may lie below a folder that is about to be covered: an open file still leads to it.
	opened, err := os.Open(home)
	if err != nil {
		return err
	}
	defer opened.Close()
	all := []kept{
		{held(opened), estate, true},
		{estate + "/containers/kubelet", "/var/lib/kubelet", true},
		{estate + "/containers/logs", "/var/log/pods", true},
		{estate + "/containers/cni", "/var/lib/cni", true}, // who follows the notes there outlives us
	}
	for _, program := range programs {
		opened, err := os.Open(program)
		if err != nil {
			return err
		}
		defer opened.Close()
		all = append(all, kept{held(opened), filepath.Join("/run/programs", filepath.Base(program)), false})
	}
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE); err != nil {
		return err
	}
	if err := mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC); err != nil {
		return err
	}
	// The kubelet, containerd and the network plugins write to fixed places: these are the node's own.
	for _, folder := range []string{"/run", "/var/lib", "/var/log"} {
		if err := mount("tmpfs", folder, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV); err != nil {
			return err
		}
	}
	for _, each := range all {
		if err := each.show(); err != nil {
			return err
		}
	}
	return showKernelSettings()
}

func held(file *os.File) string {
	return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
}

func (each kept) show() error {
	folder := each.to
	if !each.folder {
		folder = filepath.Dir(each.to)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if !each.folder {
		if err := os.WriteFile(each.to, nil, 0o755); err != nil {
			return err
		}
	}
	return mount(each.from, each.to, "", syscall.MS_BIND)
}

func showKernelSettings() error {
	for name, value := range kernelSettings {
		shown := filepath.Join("/run/kernel", name)
		if err := os.MkdirAll(filepath.Dir(shown), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(shown, []byte(value+"\n"), 0o444); err != nil {
			return err
		}
		if err := mount(shown, filepath.Join("/proc/sys", name), "", syscall.MS_BIND); err != nil {
			return err
		}
	}
	return nil
}

func mount(source, target, kind string, flags uintptr) error {
	if err := syscall.Mount(source, target, kind, flags, ""); err != nil {
		return fmt.Errorf("mount %s: %w", target, err)
	}
	return nil
}
