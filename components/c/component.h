/* What all guests in C share: how a component's functions are named, and the types that its bindings are made of. */
#ifndef COMPONENT_H
#define COMPONENT_H
#include <stddef.h>
#include <stdint.h>

#define IMPORT(interface, function) __attribute__((import_module(interface), import_name(function)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

typedef struct {
  const char *bytes;
  size_t length;
} text;

/* What a type is made of. */
typedef struct shape {
  enum { shape_integer, shape_string, shape_record, shape_choice } kind;
  /* Of an integer, in bytes. */
  size_t size;
  /* Of a choice: where its payload lies behind the u8 of its case, and the name and the payload of each case. */
  size_t payload_at;
  const char *const *names;
  const struct shape *const *payloads;
} shape;

static const shape shape_u16 = {.kind = shape_integer, .size = 2};
static const shape shape_u32 = {.kind = shape_integer, .size = 4};
static const shape shape_u64 = {.kind = shape_integer, .size = 8};
static const shape shape_text = {.kind = shape_string};

#endif
