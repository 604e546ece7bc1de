package jot

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sample has a field of every kind that Writer knows.
type sample struct {
	Text     string     `json:"text"`
	SomeText string     `json:"some_text,omitempty"`
	Int      int        `json:"int"`
	SomeInt  int        `json:"some_int,omitempty"`
	Seq      uint64     `json:"seq"`
	Bool     bool       `json:"bool"`
	SomeBool bool       `json:"some_bool,omitempty"`
	Time     time.Time  `json:"time"`
	Null     *time.Time `json:"null"`
	SomeTime *time.Time `json:"some_time,omitempty"`
	Other    any        `json:"other"`
	List     []inner    `json:"list"`
	SomeList []string   `json:"some_list,omitempty"`
}

type inner struct {
	N int `json:"n"`
}

func (s *sample) write(w *Writer) {
	w.Open()
	w.Text(`"text":`, s.Text)
	w.SomeText(`"some_text":`, s.SomeText)
	w.Int(`"int":`, s.Int)
	w.SomeInt(`"some_int":`, s.SomeInt)
	w.Seq(`"seq":`, s.Seq)
	w.Bool(`"bool":`, s.Bool)
	w.SomeBool(`"some_bool":`, s.SomeBool)
	w.Time(`"time":`, s.Time)
	w.TimeOrNull(`"null":`, s.Null)
	w.SomeTime(`"some_time":`, s.SomeTime)
	w.Other(`"other":`, s.Other)
	Array(w, `"list":`, s.List, func(i *inner) {
		w.Open()
		w.Int(`"n":`, i.N)
		w.Close()
	})
	SomeArray(w, `"some_list":`, s.SomeList, func(t *string) { w.B = AppendText(w.B, *t) })
	w.Close()
}

// What Writer writes is what encoding/json writes; what has no JSON form is noted.
func TestWriterIsJSON(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "科技厅", "<&>", "a\u2028", "\u2029", "“”…", "\"\\\n\x00\x7f", "\xff", "\xe2\x80", "\xe2\x80\xa8", "\ufffd"}))
	times := rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(-1<<37, 1<<38).Draw(t, "s"), rapid.SampledFrom([]int64{0, 1, 500000000}).Draw(t, "ns"))
		return at.In(time.FixedZone("", rapid.SampledFrom([]int{0, 8 * 3600, -3*3600 - 1800, 30 * 3600}).Draw(t, "zone")))
	})
	rapid.Check(t, func(t *rapid.T) {
		s := sample{Text: texts.Draw(t, "text"), SomeText: texts.Draw(t, "some text"), Int: rapid.Int().Draw(t, "int"), SomeInt: rapid.IntRange(-1, 1).Draw(t, "some int"),
			Seq: rapid.Uint64().Draw(t, "seq"), Bool: rapid.Bool().Draw(t, "bool"), SomeBool: rapid.Bool().Draw(t, "some bool"), Time: times.Draw(t, "time"),
			Null: rapid.Ptr(times, true).Draw(t, "null"), SomeTime: rapid.Ptr(times, true).Draw(t, "some time"), Other: rapid.SampledFrom([]any{nil, 1.5, "<x>", []int{1}}).Draw(t, "other"),
			SomeList: rapid.SliceOfN(texts, 0, 2).Draw(t, "texts")}
		if n := rapid.IntRange(-1, 2).Draw(t, "items"); n >= 0 {
			s.List = make([]inner, n)
		}
		want, err := json.Marshal(s)
		w := Writer{B: make([]byte, 0, rapid.IntRange(0, 500).Draw(t, "memory"))}
		s.write(&w)
		if w.Bad != (err != nil) || err == nil && string(w.B) != string(want) {
			t.Fatalf("json %s %v\njot  %s, bad %v", want, err, w.B, w.Bad)
		}
	})
}
