/* What workflows of the smallest kind are made of: a step, a sleep, and the answer to whoever called. */
#ifndef TINY_STEPS_H
#define TINY_STEPS_H
#include "guest.h"

IMPORT("bench:tiny/acts@0.1.0", "step")
extern void acts_step(uint32_t index, const char *payload, size_t length, result *answer);

/* schedule-at flattened: its case, then the payload of its `in`, a duration: case and amount. */
enum { schedule_in = 2, duration_milliseconds = 0, name_none = 0 };

typedef struct {
  uint8_t is_err;
  struct {
    uint64_t seconds;
    uint32_t nanoseconds;
  } at;
} slept;

IMPORT("obelisk:workflow/workflow-support@6.0.0", "sleep")
extern void support_sleep(uint32_t schedule, uint64_t duration, uint64_t amount, uint32_t name, const char *name_bytes,
                          size_t name_length, slept *answer);

static result answer;

/* False leaves the err of the step in `answer`. Its payload is not kept. */
static int step(uint32_t index, const char *payload, size_t length) {
  uintptr_t before = heap_top;
  acts_step(index, payload, length, &answer);
  if (answer.is_err) return 0;
  heap_top = before;
  return 1;
}

static int sleep_ms(uint64_t ms) {
  static const char why[] = "the sleep was cancelled";
  slept woke;
  support_sleep(schedule_in, duration_milliseconds, ms, name_none, 0, 0, &woke);
  if (woke.is_err) {
    answer.is_err = 1;
    answer.string = (text){why, sizeof why - 1};
  }
  return !woke.is_err;
}

#endif
