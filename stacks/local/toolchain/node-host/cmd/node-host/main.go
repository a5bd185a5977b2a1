// Command node-host gives the container node namespaces of its own for mounts and processes, so that nothing of it can outlive
// it: whatever containerd and the kubelet mount or start ends with the one process that holds them.
//
//	node-host hold  <home> <pid file> [<program> …]   holds the namespaces until SIGTERM; the pid file names the process to enter
//	                                                  by, and the programs are found inside as /run/programs/<name>
//	node-host enter <pid file> <program> …            runs a program inside of them; its signals and its exit code pass through
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "node-host:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "hold":
		return hold(args[1], args[2], args[3:])
	case len(args) >= 2 && args[0] == "init":
		return initialize(args[1], args[2:])
	case len(args) >= 3 && args[0] == "enter":
		return enter(args[1], args[2:])
	}
	return fmt.Errorf("usage: node-host hold <home> <pid file> [<program> …] | enter <pid file> <program> [argument …]")
}
