package main

import "unsafe"

// What the host has put into this memory or may still read from it: the collector must not take it away.
var held [][]byte

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	// Words, so that any value is aligned.
	words := make([]uint64, size/8+1)
	block := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)
	if oldSize > 0 {
		copy(block, unsafe.Slice((*byte)(old), oldSize))
	}
	held = append(held, block)
	return unsafe.Pointer(&words[0])
}

// Memory for the adapter from preview 1, which asks for it before this runtime has begun: no Go code gives it out.
var adapterMemory [256 * 1024]byte

//go:wasmexport adapter_memory
func adapterMemoryAt() unsafe.Pointer { return unsafe.Pointer(&adapterMemory) }

// A result<string, string> as the canonical ABI lays it out: its pointers have 32 bits, Go's own 64.
type result struct {
	isErr  uint32
	bytes  uint32
	length uint32
}

var returned result

//go:wasmexport test:surroundings/surroundings@0.1.0#attempt
func export(what unsafe.Pointer, whatLength uint32, with unsafe.Pointer, withLength uint32) unsafe.Pointer {
	text, err := attempt(unsafe.String((*byte)(what), whatLength), unsafe.String((*byte)(with), withLength))
	returned = result{}
	if err != nil {
		text = err.Error()
		returned.isErr = 1
	}
	bytes := []byte(text)
	held = append(held, bytes)
	returned.bytes = uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
	returned.length = uint32(len(bytes))
	return unsafe.Pointer(&returned)
}
