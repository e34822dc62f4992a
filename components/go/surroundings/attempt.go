// What Go's standard library has on wasip1, through the adapter from preview 1.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {}

func attempt(what, with string) (string, error) {
	switch what {
	case "env":
		value, isSet := os.LookupEnv(with)
		if !isSet {
			return "", errors.New("not set")
		}
		return value, nil
	case "args":
		return strings.Join(os.Args, " "), nil
	case "now":
		return strconv.FormatInt(time.Now().Unix(), 10), nil
	case "sleep":
		ms, err := strconv.Atoi(with)
		wanted := time.Duration(ms) * time.Millisecond
		before := time.Now()
		time.Sleep(wanted)
		return strconv.FormatBool(time.Since(before) >= wanted), err
	case "random":
		var drawn [8]byte
		_, err := rand.Read(drawn[:])
		return strconv.FormatUint(binary.LittleEndian.Uint64(drawn[:]), 10), err
	case "say":
		_, err := fmt.Println(with)
		return "", err
	case "complain":
		_, err := fmt.Fprintln(os.Stderr, with)
		return "", err
	case "hear":
		heard, err := io.ReadAll(os.Stdin)
		return string(heard), err
	case "read":
		contents, err := os.ReadFile(with)
		return string(contents), err
	case "write":
		return "", os.WriteFile(with, []byte("x"), 0o600)
	case "list":
		return list(with)
	case "dial":
		_, err := net.DialTimeout("tcp", with, time.Second)
		return "connected", err
	case "resolve":
		host, _, _ := net.SplitHostPort(with)
		found, err := net.LookupHost(host)
		return strings.Join(found, " "), err
	case "panic":
		panic(with)
	case "exit":
		code, _ := strconv.Atoi(with)
		os.Exit(code)
	}
	return "", errors.New("no " + what)
}

func list(path string) (string, error) {
	entries, err := os.ReadDir(path)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " "), err
}
