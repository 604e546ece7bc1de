package storetest

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// Addresses for servers that are told where to listen, and may be stopped and started
// again there, are below the ports that a system gives to whoever asks for any (from 32768 on
// Linux, from 49152 elsewhere): in between nobody is given them.
const firstPort, ports = 20_000, 12_000

var asked atomic.Int64

// Address is a loopback address that nobody listens on, and that only another call could
// give out again: each process begins at a place of its own, and goes on from there.
func Address() (string, error) {
	for range ports {
		n := (int64(os.Getpid())*37 + asked.Add(1)) % ports
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", firstPort+n))
		if err == nil {
			return ln.Addr().String(), ln.Close()
		}
	}
	return "", fmt.Errorf("all ports from %d to %d are taken: end what listens there", firstPort, firstPort+ports)
}
