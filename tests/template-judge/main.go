// Renders templates with Go's text/template and sprig: each line of the input is {"template": ..., "data": ...} in JSON,
// each line of the output {"text": ...} or {"error": ...}. Whole numbers of the data become int64.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type request struct {
	Template string          `json:"template"`
	Data     json.RawMessage `json:"data"`
}

func numbers(value any) any {
	switch one := value.(type) {
	case map[string]any:
		for name, member := range one {
			one[name] = numbers(member)
		}
	case []any:
		for place, member := range one {
			one[place] = numbers(member)
		}
	case json.Number:
		if whole, err := one.Int64(); err == nil {
			return whole
		}
		number, _ := one.Float64()
		return number
	}
	return value
}

func render(line []byte) (text string, err error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return "", err
	}
	var data any
	decoder := json.NewDecoder(bytes.NewReader(asked.Data))
	decoder.UseNumber()
	if err := decoder.Decode(&data); err != nil {
		return "", err
	}
	parsed, err := template.New("").Funcs(sprig.TxtFuncMap()).Parse(asked.Template)
	if err != nil {
		return "", err
	}
	var made bytes.Buffer
	err = parsed.Execute(&made, numbers(data))
	return made.String(), err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		text, err := render(lines.Bytes())
		answer := map[string]string{"text": text}
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}
