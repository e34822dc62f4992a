#include "../guest.h"

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

static result *ok(uint32_t value) {
  answer.is_err = 0;
  answer.u32 = value;
  return &answer;
}

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

EXPORT("bench:tiny/flow@0.1.0#run")
result *run(uint32_t steps, const char *payload, size_t length) {
  for (uint32_t i = 0; i < steps; i++)
    if (!step(i, payload, length)) return &answer;
  return ok(steps);
}

EXPORT("bench:tiny/flow@0.1.0#sleep")
result *sleep(uint64_t ms) { return sleep_ms(ms) ? ok(0) : &answer; }

EXPORT("bench:tiny/flow@0.1.0#sleep-times")
result *sleep_times(uint32_t times, uint64_t ms) {
  for (uint32_t i = 0; i < times; i++)
    if (!sleep_ms(ms)) return &answer;
  return ok(times);
}

EXPORT("bench:tiny/flow@0.1.0#step-sleep-step")
result *step_sleep_step(uint64_t ms, const char *payload, size_t length) {
  if (!step(0, payload, length) || !sleep_ms(ms) || !step(1, payload, length)) return &answer;
  answer.is_err = 0;
  answer.string = (text){payload, length};
  return &answer;
}

EXPORT("bench:tiny/flow@0.1.0#nothing")
result *nothing(void) { return ok(0); }
