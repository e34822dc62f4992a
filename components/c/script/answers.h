/* The text forms of what the host answers, the same in every language. */
#ifndef ANSWERS_H
#define ANSWERS_H
#include "script-guest.h"
#include "text.h"

static growing transcript;

/* The id of this execution, and the last one that was written. */
static text own, given;

static inline void say(const char *string) { put(&transcript, text_of(string)); }

/* Writes an id so that it does not depend on the execution's own, which stands as `E~`. */
static void put_id(text raw) {
  given = raw;
  text rest = after(raw, 1), prefix = after(own, 1);
  put(&transcript, (text){raw.bytes, raw.length > 0});
  if (starts_with(rest, prefix) && (rest.length == prefix.length || rest.bytes[prefix.length] == '.')) {
    say("~");
    put(&transcript, after(rest, prefix.length));
    return;
  }
  say("?");
  take(&rest, '.');
  if (rest.length > 0) {
    say(".");
    put(&transcript, rest);
  }
}

static void put_function(function of) {
  put(&transcript, of.interface_name);
  say(".");
  put(&transcript, of.function_name);
}

static void put_mismatch(function_mismatch of) {
  put_function(of.specified_function);
  say(", ");
  if (of.actual_function.tag == option_function_none) say("none");
  else put_function(of.actual_function.as.some);
  text kept = given;
  say(", ");
  put_id(of.actual_id.as.execution_id.id);
  given = kept;
}

static bool is_option(const shape *of) {
  return of != NULL && of->kind == shape_choice && strcmp(of->names[0], "none") == 0;
}

/* The payload of a choice; that of an option in it when it is there. NULL when there is none. */
static const shape *payload_of(const shape *of, const void **value) {
  do {
    u8 tag = *(const u8 *)*value;
    *value = (const char *)*value + of->payload_at;
    of = of->payloads[tag];
  } while (is_option(of));
  return of;
}

/* `ok`, `ok(7)`, `err(odd(7))`; an option as what it holds, or `none`. */
static void show(const shape *of, const void *value) {
  if (of == &shape_execution_id || of == &shape_delay_id) return put_id(((const execution_id *)value)->id);
  if (of == &shape_response_id) return put_id(((const response_id *)value)->as.execution_id.id);
  if (of == &shape_function_mismatch) return put_mismatch(*(const function_mismatch *)value);
  if (of == &shape_text) return put(&transcript, *(const text *)value);
  if (of == &shape_u32) return put_number(&transcript, *(const u32 *)value);
  if (of->kind != shape_choice) __builtin_trap();
  const char *name = of->names[*(const u8 *)value];
  const shape *payload = payload_of(of, &value);
  if (is_option(of) && payload != NULL) return show(payload, value);
  say(name);
  if (payload == NULL) return;
  say("(");
  show(payload, value);
  say(")");
}

/* What a call gives, or the case that it fails with. */
static void show_outcome(const shape *of, const void *value) {
  bool is_err = *(const u8 *)value != 0;
  const shape *payload = of->payloads[is_err];
  if (is_err) say("!");
  if (payload == NULL) say("ok");
  else show(payload, (const char *)value + of->payload_at);
}

#define SHOW(type, ...)                  \
  do {                                   \
    type answer = __VA_ARGS__;           \
    show(&shape_##type, &answer);        \
  } while (0)
#define OUTCOME(type, ...)               \
  do {                                   \
    type answer = __VA_ARGS__;           \
    show_outcome(&shape_##type, &answer); \
  } while (0)

#endif
