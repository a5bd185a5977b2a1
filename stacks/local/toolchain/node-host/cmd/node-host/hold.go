package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

// hold starts the namespaces' first process, says where it is once everything is mounted, and waits for its end.
func hold(home, pidFile string, programs []string) error {
	// The kernel ends the child when the thread that started it ends, not the process: so it must be one that stays.
	runtime.LockOSThread()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	mounted, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe", append([]string{"init", home}, programs...)...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{tell}
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	if err := child.Start(); err != nil {
		return fmt.Errorf("no namespaces of our own, is this root with CAP_SYS_ADMIN? %w", err)
	}
	tell.Close()
	go func() {
		for received := range signals {
			child.Process.Signal(received)
		}
	}()
	if _, err := mounted.Read(make([]byte, 1)); err == nil {
		if err := writeWhole(pidFile, strconv.Itoa(child.Process.Pid)); err != nil {
			child.Process.Kill()
			return err
		}
	}
	err = child.Wait()
	os.Remove(pidFile)
	return err
}

func writeWhole(path, text string) error {
	half := path + ".new"
	if err := os.WriteFile(half, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(half, path)
}
