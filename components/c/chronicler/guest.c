#include "../tiny-steps.h"

IMPORT("bench:tiny/chronicle@0.1.0", "hear")
extern void child_hear(uint64_t ms, const char *payload, size_t length, result *answer);

IMPORT("obelisk:log/log@1.0.0", "info")
extern void log_info(const char *message, size_t length);

IMPORT("stele:workflow/signals@1.0.0", "wait")
extern void signals_wait(const char *channel, size_t length, text *json);

EXPORT("bench:tiny/chronicle@0.1.0#hear")
result *hear(uint64_t ms, const char *payload, size_t length) {
  static const char word[] = "word", awake[] = "awake";
  log_info(payload, length);
  if (!step(0, payload, length) || !sleep_ms(ms)) return &answer;
  log_info(awake, sizeof awake - 1);
  answer.is_err = 0;
  signals_wait(word, sizeof word - 1, &answer.string);
  return &answer;
}

EXPORT("bench:tiny/chronicle@0.1.0#relay")
result *relay(uint64_t ms, const char *payload, size_t length) {
  log_info(payload, length);
  child_hear(ms, payload, length, &answer);
  return &answer;
}
