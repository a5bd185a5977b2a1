package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// The syscall package has no number for setns.
var setns = map[string]uintptr{"amd64": 308, "arm64": 268}

// enter runs a program inside the namespaces that `hold` keeps.
func enter(pidFile string, command []string) error {
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return fmt.Errorf("the node's namespaces are not there: %w", err)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1)
	runtime.LockOSThread() // children are started by the thread that went inside
	if err := join(strings.TrimSpace(string(text))); err != nil {
		return err
	}
	child := exec.Command(command[0], command[1:]...)
	child.Dir = "/"
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	go func() {
		for received := range signals {
			child.Process.Signal(received)
		}
	}()
	err = child.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		os.Exit(max(ended.ExitCode(), 1))
	}
	return err
}

func join(pid string) error {
	number, known := setns[runtime.GOARCH]
	if !known {
		return fmt.Errorf("not supported on %s", runtime.GOARCH)
	}
	var descriptors []int
	for _, kind := range []string{"pid", "mnt"} { // opened before either is entered: /proc is another one inside
		descriptor, err := syscall.Open("/proc/"+pid+"/ns/"+kind, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("namespace %s of process %s: %w", kind, pid, err)
		}
		descriptors = append(descriptors, descriptor)
	}
	// A thread that shares its working directory with others may not change its mounts.
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return err
	}
	for _, descriptor := range descriptors {
		if _, _, errno := syscall.RawSyscall(number, uintptr(descriptor), 0, 0); errno != 0 {
			return fmt.Errorf("setns: %w", errno)
		}
	}
	return nil
}
