#include "../allocator.h"
#include "worker.h"

result_text_text export_work_echo(text said) {
  return (result_text_text){.tag = result_text_text_ok, .as.ok = said};
}

result_text_text export_work_fail(text said) {
  return (result_text_text){.tag = result_text_text_err, .as.err = said};
}

result_u32_work_error export_work_typed(u32 n) {
  static const char why[] = "nothing to be had";
  if (n == 0) {
    work_error error = {.tag = work_error_permanent_refusal, .as.permanent_refusal = {why, sizeof why - 1}};
    return (result_u32_work_error){.tag = result_u32_work_error_err, .as.err = error};
  }
  if (n % 2 == 1) {
    work_error error = {.tag = work_error_odd, .as.odd = n};
    return (result_u32_work_error){.tag = result_u32_work_error_err, .as.err = error};
  }
  return (result_u32_work_error){.tag = result_u32_work_error_ok, .as.ok = n};
}

result_none_none export_work_nothing(void) { return (result_none_none){result_none_none_ok}; }

result_text_text export_work_crash(void) { __builtin_trap(); }

static volatile u32 turns;

result_text_text export_work_spin(void) {
  for (;;) turns++;
}
