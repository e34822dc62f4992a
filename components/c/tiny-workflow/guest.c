#include "../tiny-steps.h"

static result *ok(uint32_t value) {
  answer.is_err = 0;
  answer.u32 = value;
  return &answer;
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
