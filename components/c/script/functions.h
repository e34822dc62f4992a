/* The functions that a script may call, as the host extends them. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H
#include "answers.h"

typedef struct {
  const char *name;
  void (*call)(text arg);
  execution_id (*submit)(join_set_handle set, text arg);
  void (*next)(join_set_handle set);
  void (*get)(execution_id id);
  /* NULL for a stub. */
  execution_id (*schedule)(schedule_at at, text arg);
} extended;

/* `;` stands for the end of a line and `~` for `;`, so that a script may hold another. */
static text nested(text arg) {
  growing script = {0};
  put(&script, arg);
  for (size_t i = 0; i < script.length; i++) {
    char *c = script.bytes + i;
    *c = *c == ';' ? '\n' : *c == '~' ? ';' : *c;
  }
  return (text){script.bytes, script.length};
}

/* The parameters, if any, follow the result type, written with `arg`. */
#define EXTENDED(ifc, fn, result, ...)                                                                   \
  static void fn##_call(text arg) {                                                                      \
    (void)arg;                                                                                           \
    SHOW(result, ifc##_##fn(__VA_ARGS__));                                                               \
  }                                                                                                      \
  static execution_id fn##_submit(join_set_handle set, text arg) {                                       \
    (void)arg;                                                                                           \
    return ifc##_##fn##_submit(set, ##__VA_ARGS__);                                                      \
  }                                                                                                      \
  static void fn##_next(join_set_handle set) {                                                           \
    OUTCOME(result_##result##_await_next_extension_error, ifc##_##fn##_await_next(set));                 \
  }                                                                                                      \
  static void fn##_get(execution_id id) { OUTCOME(result_##result##_get_extension_error, ifc##_##fn##_get(id)); }

#define SCHEDULED(ifc, fn, result, ...)                                \
  EXTENDED(ifc, fn, result, ##__VA_ARGS__)                             \
  static execution_id fn##_schedule(schedule_at at, text arg) {        \
    (void)arg;                                                         \
    return ifc##_##fn##_schedule(at, ##__VA_ARGS__);                   \
  }

SCHEDULED(work, echo, result_text_text, arg)
SCHEDULED(work, fail, result_text_text, arg)
SCHEDULED(work, typed, result_u32_work_error, (u32)number(arg))
SCHEDULED(work, nothing, result_none_none)
SCHEDULED(work, crash, result_text_text)
SCHEDULED(work, spin, result_text_text)
SCHEDULED(script, run, result_text_text, nested(arg))
SCHEDULED(script, run_cancellable, result_text_text, nested(arg))
SCHEDULED(script, run_typed, result_u32_flow_error, nested(arg))
SCHEDULED(script, bare, result_none_none, nested(arg))
EXTENDED(approval, approve, result_text_text, arg)

#define ENTRY(name, fn, schedule) {name, fn##_call, fn##_submit, fn##_next, fn##_get, schedule}

static const extended functions[] = {
  ENTRY("echo", echo, echo_schedule),
  ENTRY("fail", fail, fail_schedule),
  ENTRY("typed", typed, typed_schedule),
  ENTRY("nothing", nothing, nothing_schedule),
  ENTRY("crash", crash, crash_schedule),
  ENTRY("spin", spin, spin_schedule),
  ENTRY("approve", approve, NULL),
  ENTRY("run", run, run_schedule),
  ENTRY("run-cancellable", run_cancellable, run_cancellable_schedule),
  ENTRY("run-typed", run_typed, run_typed_schedule),
  ENTRY("bare", bare, bare_schedule),
};

#endif
