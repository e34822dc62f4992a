#include "../guest.h"

static result answer;

static result *ok(void) {
  answer.is_err = 0;
  return &answer;
}

static result *err(const char *why, size_t length) {
  answer.is_err = 1;
  answer.string = (text){why, length};
  return &answer;
}

EXPORT("bench:tiny/acts@0.1.0#step")
result *step(uint32_t index, const char *payload, size_t length) {
  (void)index;
  answer.is_err = 0;
  answer.string = (text){payload, length};
  return &answer;
}

EXPORT("bench:tiny/faults@0.1.0#trap")
result *trap(void) { __builtin_trap(); }

static volatile uint32_t turns;

EXPORT("bench:tiny/faults@0.1.0#spin")
result *spin(void) {
  for (;;) turns++;
}

EXPORT("bench:tiny/faults@0.1.0#grow")
result *grow(uint32_t pages) {
  static const char why[] = "no more memory";
  return __builtin_wasm_memory_grow(0, pages) == (size_t)-1 ? err(why, sizeof why - 1) : ok();
}

/* Called through a pointer that the compiler may not see through, or it makes a loop of it. */
static uint32_t descend(uint32_t depth);
static uint32_t (*volatile below)(uint32_t) = descend;

static uint32_t descend(uint32_t depth) { return depth == 0 ? 0 : 1 + below(depth - 1); }

EXPORT("bench:tiny/faults@0.1.0#recurse")
result *recurse(uint32_t depth) {
  answer.u32 = descend(depth);
  return ok();
}
