package serve

import "syscall"

// established is the state of a TCP connection both ends of which are open
// (TCP_ESTABLISHED of the kernel).
const established = 1

// peerThere reports whether the other end of a TCP connection is open; known is false
// where the descriptor is none. Bytes that wait to be read do not hide that it has left.
func peerThere(fd uintptr) (open, known bool) {
	// The first byte of tcp_info is the state, the lowest on the machines it is built for.
	info, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_INFO) // #nosec G115 -- a descriptor of ours
	return info&0xff == established, err == nil
}
