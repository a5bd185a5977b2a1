// Command probe measures who reaches whom. Told so by the variable PROBE, it answers on TCP and UDP, or tries connections and says what
// came of them, as one line of JSON on its output and in its termination message.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// A target is answered when a connection is accepted (tcp) or a datagram comes back (udp).
type target struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
}

type order struct {
	// Port to answer on, TCP and UDP, until the end comes by signal.
	Listen int `json:"listen"`
	// Tried until it answers, before anything else: then the network of this pod is known to work.
	Control        *target  `json:"control"`
	ControlSeconds int      `json:"controlSeconds"`
	Targets        []target `json:"targets"`
	// How long each target is tried before its silence counts.
	Seconds int `json:"seconds"`
}

type outcome struct {
	Control string            `json:"control"`
	Targets map[string]string `json:"targets"`
}

const (
	answered = "answered"
	refused  = "refused"
	silent   = "silent"

	attempt         = time.Second
	pause           = 200 * time.Millisecond
	terminationFile = "/dev/termination-log"
)

func main() {
	var orders order
	if err := json.Unmarshal([]byte(os.Getenv("PROBE")), &orders); err != nil {
		fail(fmt.Errorf("PROBE is not the JSON it should be: %w", err))
	}
	if orders.Listen != 0 {
		listen(orders.Listen)
		return
	}
	said, err := json.Marshal(try(orders))
	if err != nil {
		fail(err)
	}
	fmt.Println(string(said))
	// Outside of a pod there is nobody to read it.
	_ = os.WriteFile(terminationFile, said, 0o644)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func try(orders order) outcome {
	result := outcome{Control: silent, Targets: map[string]string{}}
	if orders.Control != nil {
		result.Control = reach(*orders.Control, time.Duration(orders.ControlSeconds)*time.Second)
		if result.Control != answered {
			return result // silence of the others would say nothing
		}
	}
	var both sync.WaitGroup
	var lock sync.Mutex
	for _, each := range orders.Targets {
		both.Add(1)
		go func() {
			defer both.Done()
			came := reach(each, time.Duration(orders.Seconds)*time.Second)
			lock.Lock()
			defer lock.Unlock()
			result.Targets[each.Name] = came
		}()
	}
	both.Wait()
	return result
}

// reach tries until there is an answer or the time is over, and gives the last that came.
func reach(to target, within time.Duration) string {
	came := silent
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(pause) {
		if came = once(to); came == answered {
			break
		}
	}
	return came
}

func once(to target) string {
	connection, err := net.DialTimeout(to.Protocol, to.Address, attempt)
	if err != nil {
		return because(err)
	}
	defer connection.Close()
	if to.Protocol == "tcp" {
		return answered
	}
	_ = connection.SetDeadline(time.Now().Add(attempt))
	if _, err := connection.Write([]byte("probe")); err != nil {
		return because(err)
	}
	if _, err := connection.Read(make([]byte, 16)); err != nil {
		return because(err)
	}
	return answered
}

func because(err error) string {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return refused
	}
	return silent
}

func listen(port int) {
	datagrams, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", port))
	if err != nil {
		fail(err)
	}
	streams, err := net.Listen("tcp4", fmt.Sprintf(":%d", port)) // last: who finds it open finds both
	if err != nil {
		fail(err)
	}
	go echo(datagrams)
	go greet(streams)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}

func echo(datagrams net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		length, from, err := datagrams.ReadFrom(buffer)
		if err == nil {
			_, _ = datagrams.WriteTo(buffer[:length], from)
		}
	}
}

func greet(streams net.Listener) {
	for {
		if connection, err := streams.Accept(); err == nil {
			_ = connection.Close()
		}
	}
}
