/* What a guest with a C library needs: memory for the values that the host puts into it. Nothing is freed: an instance
 * serves one execution. */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H
#include <stdlib.h>

#include "component.h"

/* Aligned for any value, as malloc is; an empty block lies anywhere. */
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (size == 0) return (void *)align;
  void *block = realloc(old_size == 0 ? NULL : old, size);
  if (block == NULL) __builtin_trap();
  return block;
}

#endif
