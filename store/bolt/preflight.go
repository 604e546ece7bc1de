package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// The layout of a bbolt file, version 2, as far as it must be read before bbolt
// maps it: bbolt trusts what the pages say, and a file shorter than they say
// ends the process with SIGBUS, a circle of branch pages with a full stack.
const (
	pageHead    = 16 // id 8, flags 2, count 2, overflow 4
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	metaSum     = 56 // offset of the checksum, behind magic, version, page size, flags, root, sequence, freelist, high-water mark, transaction
	flagBranch  = 0x01
	flagLeaf    = 0x02
	flagFree    = 0x10
	noFreelist  = 1<<64 - 1
	flagBucket  = 0x01 // of a leaf element
	elemSize    = 16   // of a branch or leaf element
)

// meta is one of a file's two meta pages.
type meta struct {
	pageSize, root, freelist, pages, txid uint64
}

// readMeta reads the meta page at the offset; false when it is not a whole one.
func readMeta(r io.ReaderAt, at int64) (m meta, ok bool) {
	var b [pageHead + metaSum + 8]byte
	if n, err := r.ReadAt(b[:], at); n < len(b) {
		_ = err // a short file: there is no page here
		return m, false
	}
	p, u32, u64 := b[pageHead:], binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
	sum := fnv.New64a()
	sum.Write(p[:metaSum]) // #nosec G104 -- a hash takes every write
	if u32(p) != metaMagic || u32(p[4:]) != metaVersion || u64(p[metaSum:]) != sum.Sum64() {
		return m, false
	}
	m = meta{pageSize: uint64(u32(p[8:])), root: u64(p[16:]), freelist: u64(p[32:]), pages: u64(p[40:]), txid: u64(p[48:])}
	sane := m.pageSize >= 1024 && m.pageSize <= 1<<24 && m.pageSize&(m.pageSize-1) == 0 && m.pages < 1<<38
	return m, sane
}

var errNoMeta = errors.New("neither of its two meta pages is whole: not a store, or its beginning was overwritten")

// newestMeta is the meta page bbolt will believe. The first page tells the page
// size; when it is torn, the second is looked for where each size would put it.
func newestMeta(r io.ReaderAt) (newest meta, err error) {
	err = errNoMeta
	if m, ok := readMeta(r, 0); ok {
		newest, err = m, nil
	}
	for size := int64(1024); size <= 1<<24; size *= 2 {
		if err == nil && newest.pageSize != uint64(size) {
			continue
		}
		if m, ok := readMeta(r, size); ok && m.pageSize == uint64(size) && (err != nil || m.txid > newest.txid) {
			newest, err = m, nil
		}
	}
	return newest, err
}

// preflight refuses a file that bbolt would not survive. It holds the lock while it looks,
// so that another process's writing is not taken for damage.
func (f *File) preflight() error {
	h, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer h.Close() // only read; this also lets go of the lock
	if err := f.lock(h); err != nil {
		return err
	}
	info, err := h.Stat()
	if err != nil {
		return err
	}
	bad := &DamagedError{Path: f.path, Found: info.Size()}
	switch m, err := newestMeta(h); {
	case !info.Mode().IsRegular():
		bad.Reason = "this is not a regular file"
	case info.Size() == 0:
		bad.Reason, bad.Expected = "the file is empty", 4*int64(os.Getpagesize())
	case err != nil:
		bad.Reason = err.Error()
	case m.pages*m.pageSize > uint64(info.Size()): // #nosec G115 -- a file's size is not negative
		bad.Reason, bad.Expected = "the file has been cut", int64(m.pages*m.pageSize) // #nosec G115 -- a size to be told; one absurd enough to wrap is told as absurd
	default:
		err := walkFile(h, info.Size(), m, f.o.ReadOnly)
		if err == nil {
			return nil
		}
		bad.Reason = err.Error()
	}
	return bad
}

// lock takes the lock that bbolt will take, shared for a file that is only read. It goes
// when h is closed.
func (f *File) lock(h *os.File) error {
	how := syscall.LOCK_EX
	if f.o.ReadOnly {
		how = syscall.LOCK_SH
	}
	const pause = 50 * time.Millisecond
	for wait := f.o.Wait; ; {
		err := syscall.Flock(int(h.Fd()), how|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if wait -= pause; wait <= 0 {
			return ErrInUse
		}
		time.Sleep(pause)
	}
}

// walkFile maps the file, which is locked and as long as it must be, and walks it.
// all is for who means to read everything anyway.
func walkFile(f *os.File, size int64, m meta, all bool) (err error) {
	data, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, syscall.Munmap(data)) }()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a page cannot be read: %v", r)
		}
	}()
	w := &walk{data: data, meta: m, seen: make([]bool, m.pages), all: all || size <= wholeWalk}
	if err := w.free(); err != nil {
		return err
	}
	return w.root()
}

// walk checks the shape of the tree: references stay inside the file, no page is
// reached twice, none is free, and each says what it is. A page of an older tree
// in the place of a leaf would send a cursor of bbolt round in a circle until the
// memory is full.
type walk struct {
	data []byte
	meta meta
	seen []bool
	// all pages are looked at; otherwise, of the leaves under one branch page, only
	// the first is.
	all bool
}

// wholeWalk is up to which size of the file Open looks at all pages: they come
// from the disk after a reboot, half a gigabyte in a second or so. Beyond it,
// branch pages alone are read, a hundredth of the file.
const wholeWalk = 512 << 20

// page is one page with its overflow.
type page struct {
	id    uint64
	flags uint16
	count int
	body  []byte // the whole page, header included
}

// page finds any page.
func (w *walk) page(id uint64) (p page, err error) {
	if id < 2 || id >= w.meta.pages {
		return p, fmt.Errorf("page %d lies outside the store's %d pages", id, w.meta.pages)
	}
	p.body = w.data[id*w.meta.pageSize:]
	p.id = binary.NativeEndian.Uint64(p.body)
	p.flags = binary.NativeEndian.Uint16(p.body[8:])
	p.count = int(binary.NativeEndian.Uint16(p.body[10:]))
	more := uint64(binary.NativeEndian.Uint32(p.body[12:]))
	if p.id != id {
		return p, fmt.Errorf("page %d says it is page %d", id, p.id)
	}
	if more >= w.meta.pages-id {
		return p, fmt.Errorf("page %d runs over the store's end", id)
	}
	p.body = p.body[:(more+1)*w.meta.pageSize]
	return p, nil
}

// read finds a page of the tree.
func (w *walk) read(id uint64) (p page, err error) {
	if p, err = w.page(id); err != nil {
		return p, err
	}
	if p.flags != flagBranch && p.flags != flagLeaf {
		return p, fmt.Errorf("page %d is neither branch nor leaf (flags %#x)", id, p.flags)
	}
	if pageHead+p.count*elemSize > len(p.body) {
		return p, fmt.Errorf("page %d says it has %d entries, more than fit", id, p.count)
	}
	return p, nil
}

// root walks the tree of buckets, then each bucket's tree. Ours are not nested.
func (w *walk) root() error {
	return w.tree(w.meta.root, func(p page) error {
		for i := range p.count {
			e := pageHead + i*elemSize
			flags := binary.NativeEndian.Uint32(p.body[e:])
			pos, ksize := uint64(binary.NativeEndian.Uint32(p.body[e+4:])), uint64(binary.NativeEndian.Uint32(p.body[e+8:]))
			vsize := uint64(binary.NativeEndian.Uint32(p.body[e+12:]))
			start := uint64(e) + pos + ksize
			if flags&flagBucket == 0 || vsize < 16 || start+vsize > uint64(len(p.body)) {
				return fmt.Errorf("page %d: entry %d of the list of buckets is garbled", p.id, i)
			}
			root := binary.NativeEndian.Uint64(p.body[start:])
			if root == 0 {
				continue // small: it lies inline in this entry
			}
			if err := w.tree(root, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// tree walks the pages under id. leaf, when given, sees every leaf page.
func (w *walk) tree(id uint64, leaf func(page) error) error {
	if err := w.reach(id); err != nil {
		return err
	}
	p, err := w.read(id)
	if err != nil {
		return err
	}
	if p.flags == flagLeaf {
		if leaf != nil {
			return leaf(p)
		}
		return nil
	}
	if p.count == 0 {
		return fmt.Errorf("branch page %d is empty", id)
	}
	skip := false
	for i := range p.count {
		e := pageHead + i*elemSize
		pos, ksize := uint64(binary.NativeEndian.Uint32(p.body[e:])), uint64(binary.NativeEndian.Uint32(p.body[e+4:]))
		child := binary.NativeEndian.Uint64(p.body[e+8:])
		if uint64(e)+pos+ksize > uint64(len(p.body)) {
			return fmt.Errorf("branch page %d: entry %d is garbled", id, i)
		}
		if skip {
			err = w.reach(child)
		} else {
			err = w.tree(child, leaf)
		}
		if err != nil {
			return err
		}
		if i == 0 && !w.all && leaf == nil { // all leaves are equally deep
			first, err := w.read(child)
			if err != nil {
				return err
			}
			skip = first.flags == flagLeaf
		}
	}
	return nil
}

// reach notes a page of the tree. A page that is reached twice, or that is free,
// is where a damaged reference leads.
func (w *walk) reach(id uint64) error {
	if id < 2 || id >= w.meta.pages {
		return fmt.Errorf("page %d lies outside the store's %d pages", id, w.meta.pages)
	}
	if w.seen[id] {
		return fmt.Errorf("page %d is free, or reached twice", id)
	}
	w.seen[id] = true
	return nil
}

// free notes the pages of the freelist and the freelist itself.
func (w *walk) free() error {
	if w.meta.freelist == noFreelist {
		return nil
	}
	if err := w.reach(w.meta.freelist); err != nil {
		return err
	}
	p, err := w.page(w.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != flagFree {
		return fmt.Errorf("page %d is not the list of free pages (flags %#x)", p.id, p.flags)
	}
	ids, count := p.body[pageHead:], uint64(p.count) // #nosec G115 -- read from 16 bits
	if count == 0xFFFF {                             // more than the header can say: the first entry says it
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("page %d says that %d pages are free, more than fit", p.id, count)
	}
	for i := range count {
		if err := w.reach(binary.NativeEndian.Uint64(ids[i*8:])); err != nil {
			return err
		}
	}
	return nil
}
