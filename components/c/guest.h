/* What a guest without a C library needs: an allocator for the values that the host puts into its memory. */
#ifndef GUEST_H
#define GUEST_H
#include "component.h"

/* Laid out as the canonical ABI lays out result<text, text> and results with a smaller payload. */
typedef struct {
  uint8_t is_err;
  union {
    text string;
    uint32_t u32;
  };
} result;

extern unsigned char __heap_base;
static uintptr_t heap_top = (uintptr_t)&__heap_base;

/* Only grows; a caller who knows what is no longer needed sets heap_top back. */
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  uintptr_t start = (heap_top + align - 1) & ~(uintptr_t)(align - 1);
  size_t pages = __builtin_wasm_memory_size(0), page = 65536;
  if (start + size < start) __builtin_trap();
  if (start + size > pages * page) {
    size_t more = (start + size - pages * page + page - 1) / page;
    if (__builtin_wasm_memory_grow(0, more) == (size_t)-1) __builtin_trap();
  }
  heap_top = start + size;
  if (old_size > 0) __builtin_memcpy((void *)start, old, old_size < size ? old_size : size);
  return (void *)start;
}

#endif
