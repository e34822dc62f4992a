/* Texts that lie in someone else's memory, and one that grows. */
#ifndef TEXT_H
#define TEXT_H
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../component.h"

#define LITERAL(string) ((text){string, sizeof string - 1})

static inline text text_of(const char *string) { return (text){string, strlen(string)}; }

static inline bool same(text a, text b) { return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0; }

static inline bool is(text a, const char *string) { return same(a, text_of(string)); }

static inline bool starts_with(text a, text start) {
  return a.length >= start.length && memcmp(a.bytes, start.bytes, start.length) == 0;
}

static inline text after(text a, size_t count) {
  return count > a.length ? (text){a.bytes, 0} : (text){a.bytes + count, a.length - count};
}

static inline bool holds(text a, char c) { return memchr(a.bytes, c, a.length) != NULL; }

/* Takes what stands before the first `separator`, or everything, off the text. */
static inline text take(text *from, char separator) {
  const char *found = from->length == 0 ? NULL : memchr(from->bytes, separator, from->length);
  text taken = {from->bytes, found == NULL ? from->length : (size_t)(found - from->bytes)};
  *from = after(*from, taken.length + 1);
  return taken;
}

static inline u64 number(text digits) {
  u64 n = 0;
  for (size_t i = 0; i < digits.length; i++) n = n * 10 + (u64)(digits.bytes[i] - '0');
  return n;
}

typedef struct {
  char *bytes;
  size_t length, capacity;
} growing;

static inline void put(growing *to, text more) {
  if (to->length + more.length > to->capacity) {
    to->capacity = 2 * (to->length + more.length);
    to->bytes = realloc(to->bytes, to->capacity);
    if (to->bytes == NULL) __builtin_trap();
  }
  if (more.length > 0) memcpy(to->bytes + to->length, more.bytes, more.length);
  to->length += more.length;
}

static inline void put_number(growing *to, u64 n) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + n % 10);
  while ((n /= 10) > 0);
  put(to, (text){digits + at, sizeof digits - at});
}

#endif
