package web

import (
	"html/template"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/held"
)

// Memory is what the face keeps at most of what it has answered, in bytes; what is 0 is the
// default.
type Memory struct {
	Answers int // 32 MiB: ten thousand rows of lists, or two thousand assignments with their events
	Events  int // 16 MiB of JSON of events
	Past    int // states that look back: four times the read model, or 64 MiB if that is more
}

func (m Memory) filled() Memory {
	if m.Answers == 0 {
		m.Answers = 32 << 20
	}
	if m.Events == 0 {
		m.Events = 16 << 20
	}
	return m
}

// Remembered is about how many bytes of all three are kept.
func (s *Server) Remembered() int { return s.answers.Bytes() + s.Coded.Bytes() + s.Past.Bytes() }

// CodedEvents keeps the JSON of events that were sent, since a trail is asked for
// again and again and only grows. It decides nothing about rights: what is asked
// for is an event as the caller may see it, read for this caller. An event never
// changes but by losing parts, to a redaction or to rights: what the reader's sight
// leaves of it, and whether its texts are there, stand in the key, so that one that
// has lost something is never answered with the JSON of one that has it.
type CodedEvents struct{ *held.Held[CodedKey, []byte] }

// CodedKey is an event and what a sight and redactions have left of it.
type CodedKey struct {
	Hash  workflow.Hash // of the event: it covers all but the texts
	Sight workflow.Sight
	Texts bool
}

// NewCodedEvents keeps nothing yet, and so many bytes at most.
func NewCodedEvents(bytes int) CodedEvents { return CodedEvents{held.New[CodedKey, []byte](bytes)} }

// answers keeps what was answered to reads: open pages and departments' systems ask for the
// same thing again and again while nothing happens. The key is the state of the whole program
// and the question, so a handler need not say what its answer depends on. Any event, redaction,
// change of rules or second that passes empties the memory. A second is the finest step of a due
// instant, so a light never turns within one.
type answers struct {
	*held.Held[question, Reply]
	mu   sync.Mutex
	last standing // of what is kept
}

// standing is what every answer depends on.
type standing struct {
	position   uint64 // of the read model
	redactions uint64
	second     int64 // of the plan clock
	rules      workflow.Rules
}

// question is who asks for what.
type question struct {
	standing
	who           workflow.Actor
	lang, address string
}

// Reply is what a program is sent, or the rows of a list page.
type Reply struct {
	Body []byte
	Tag  string // ETag; empty: none
	Rows ListRows
}

// ListRows is one page of the list of assignments as printed.
type ListRows struct {
	HTML  []template.HTML
	Next  string
	Total int
}

func (a Reply) size() int {
	n := len(a.Body)
	for _, r := range a.Rows.HTML {
		n += len(r) + 16
	}
	return n
}

func newAnswers(bytes int) *answers { return &answers{Held: held.New[question, Reply](bytes)} }

// at empties the memory when the program no longer stands where it did.
func (m *answers) at(now standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now != m.last {
		m.last = now
		m.Forget()
	}
}

// Answered is the answer to the request: the kept one, or the one that fill makes now. fill reads
// everything that the answer depends on, since what was read before the question was asked may be
// older than the state it is kept under; it reports whether the answer may be kept. Answers about the
// past are not kept: nobody asks for them twice.
func (s *Server) Answered(c *fiber.Ctx, fill func() (_ Reply, keep bool, _ error)) (Reply, error) {
	if s.Back != nil {
		a, _, err := fill()
		return a, err
	}
	now := standing{s.Book.Seq(), s.Journal.Redactions(), s.Now().Unix(), s.Rules()}
	s.answers.at(now)
	// Fiber uses the bytes of a request again.
	q := question{now, session.From(c).Actor, strings.Clone(s.Lang(c)), strings.Clone(c.OriginalURL())}
	stand := s.answers.Stand()
	if a, found := s.answers.Get(q); found {
		return a, nil
	}
	a, keep, err := fill()
	if err == nil && keep {
		s.answers.Put(stand, q, a, a.size()+len(q.address)+answerOverhead)
	}
	return a, err
}

// answerOverhead is about what a key and its place take.
const answerOverhead = 512

// SendKept answers with bytes that nobody changes any more: they are not copied.
func SendKept(c *fiber.Ctx, kind string, body []byte) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Response().SetBodyRaw(body)
	return nil
}
