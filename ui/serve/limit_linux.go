package serve

import "syscall"

// defaultMax leaves descriptors for the store and its files.
func defaultMax() int {
	const files, most, least = 256, 65536, 64
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil || r.Cur > most {
		return most
	}
	return max(int(r.Cur)-files, least)
}
