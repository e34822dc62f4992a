/* The script guest: `components/README.md` describes the language. */
#include "../allocator.h"
#include "answers.h"
#include "functions.h"
#include "script-guest.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What is wrong with the script itself ends it with an err. */
static growing mistake;

static bool wrong(const char *before, text what, const char *behind) {
  put(&mistake, text_of("script: "));
  put(&mistake, text_of(before));
  put(&mistake, what);
  put(&mistake, text_of(behind));
  return false;
}

static struct {
  text slot;
  join_set_handle set;
  bool open;
} sets[256];
static size_t set_count;

static join_set_handle *find_set(text slot) {
  for (size_t i = 0; i < set_count; i++)
    if (sets[i].open && same(sets[i].slot, slot)) return &sets[i].set;
  return NULL;
}

static void put_set(text slot, join_set_handle set) {
  if (set_count == COUNT(sets)) __builtin_trap();
  sets[set_count].slot = slot;
  sets[set_count].set = set;
  sets[set_count++].open = true;
  say("ok");
}

static void forget_set(text slot) {
  for (size_t i = 0; i < set_count; i++)
    if (same(sets[i].slot, slot)) sets[i].open = false;
}

/* The words of a line, and what they stand for. */
typedef struct {
  text word[5];
  join_set_handle set;
  schedule_at at;
  const extended *fn;
} words;

static bool read_time(text written, schedule_at *at) {
  text rest = written, kind = take(&rest, ':');
  if (is(kind, "now")) return at->tag = schedule_at_now, true;
  if (is(kind, "at")) {
    at->tag = schedule_at_at;
    at->as.at.seconds = number(take(&rest, '.'));
    at->as.at.nanoseconds = (u32)number(rest);
    return true;
  }
  duration *in = &at->as.in;
  text unit = take(&rest, ':');
  at->tag = schedule_at_in;
  if (is(kind, "in") && is(unit, "ms")) return *in = (duration){duration_milliseconds, {.milliseconds = number(rest)}}, true;
  if (is(kind, "in") && is(unit, "s")) return *in = (duration){duration_seconds, {.seconds = number(rest)}}, true;
  if (is(kind, "in") && is(unit, "min")) return *in = (duration){duration_minutes, {.minutes = (u32)number(rest)}}, true;
  if (is(kind, "in") && is(unit, "h")) return *in = (duration){duration_hours, {.hours = (u32)number(rest)}}, true;
  if (is(kind, "in") && is(unit, "d")) return *in = (duration){duration_days, {.days = (u32)number(rest)}}, true;
  return wrong("", written, " is no time");
}

static bool find_function(text name, const extended **fn) {
  for (size_t i = 0; i < COUNT(functions); i++)
    if (is(name, functions[i].name)) return *fn = &functions[i], true;
  return wrong("there is no function ", name, "");
}

static execution_id id_in(words w, size_t place) { return (execution_id){w.word[place]}; }

/* The interface is named by the word at `place`, its function by the next. */
static function function_in(words w, size_t place) {
  growing name = {0};
  bool is_short = !holds(w.word[place], ':');
  if (is_short) put(&name, LITERAL("contract:guests/"));
  put(&name, w.word[place]);
  if (is_short) put(&name, LITERAL("@1.0.0"));
  return (function){{name.bytes, name.length}, w.word[place + 1]};
}

static void do_id(words w) { (void)w; SHOW(execution_id, workflow_support_execution_id_current()); }
static void do_generate(words w) { (void)w; SHOW(execution_id, workflow_support_execution_id_generate()); }

static void do_create(words w) { put_set(w.word[0], workflow_support_join_set_create()); }

static void do_named(words w) {
  result_join_set_handle_join_set_create_error made = workflow_support_join_set_create_named(w.word[1]);
  if (made.tag == result_join_set_handle_join_set_create_error_ok) put_set(w.word[0], made.as.ok);
  else show_outcome(&shape_result_join_set_handle_join_set_create_error, &made);
}

static void do_close(words w) {
  forget_set(w.word[0]);
  workflow_support_join_set_close(w.set);
  say("ok");
}

static void do_drop(words w) {
  forget_set(w.word[0]);
  join_set_drop((int32_t)w.set);
  say("ok");
}

static void do_set_id(words w) { put(&transcript, join_set_id(w.set)); }
static void do_last(words w) { SHOW(option_response_id, join_set_last_id(w.set)); }

static void do_submit(words w) {
  OUTCOME(result_execution_id_submit_json_error, workflow_support_submit_json(w.set, function_in(w, 1), w.word[3]));
}

static void do_delay(words w) { SHOW(delay_id, workflow_support_submit_delay(w.set, w.at)); }

static void do_next(words w) {
  OUTCOME(result_result_option_text_option_text_join_next_error, workflow_support_join_next(w.set));
}

static void do_try(words w) {
  OUTCOME(result_result_option_text_option_text_join_next_try_error, workflow_support_join_next_try(w.set));
}

static void do_until_ready(words w) {
  typedef result_result_option_text_option_text_join_next_try_error tried;
  tried answer;
  do answer = workflow_support_join_next_try(w.set);
  while (answer.tag != 0 && answer.as.err.tag == join_next_try_error_pending);
  show_outcome(&shape_result_result_option_text_option_text_join_next_try_error, &answer);
}

static void do_get(words w) {
  OUTCOME(result_result_option_text_option_text_get_result_json_error, workflow_support_get_result_json(id_in(w, 0)));
}

static void do_kind(words w) {
  OUTCOME(result_option_execution_failure_kind_get_result_json_error,
          workflow_support_get_execution_failure_kind(id_in(w, 0)));
}

static void do_last_call(words w) { (void)w; SHOW(option_execution_id, workflow_support_last_direct_call_id()); }
static void do_last_oneoff(words w) { (void)w; SHOW(option_response_id, workflow_support_last_oneoff_id()); }

static void do_call(words w) {
  OUTCOME(result_result_option_text_option_text_schedule_json_error,
          workflow_support_call_json(function_in(w, 0), w.word[2]));
}

static void do_schedule(words w) {
  OUTCOME(result_none_schedule_json_error,
          workflow_support_schedule_json(id_in(w, 0), w.at, function_in(w, 2), w.word[4]));
}

static void do_stub(words w) {
  OUTCOME(result_none_stub_json_error, workflow_support_stub_json(id_in(w, 0), w.word[1]));
}

static void do_sleep(words w) {
  option_text name = {option_text_none, {{0}}};
  if (w.word[1].length > 0) name = (option_text){option_text_some, {w.word[1]}};
  say(workflow_support_sleep(w.at, name).tag == result_datetime_none_ok ? "t" : "err");
}

static void do_u64(words w) {
  u64 min = number(w.word[0]), max = number(w.word[1]), drawn = workflow_support_random_u64(min, max);
  say(drawn >= min && drawn < max ? "drawn" : "out-of-range");
}

static void do_u64i(words w) {
  u64 min = number(w.word[0]), max = number(w.word[1]), drawn = workflow_support_random_u64_inclusive(min, max);
  say(drawn >= min && drawn <= max ? "drawn" : "out-of-range");
}

static void do_string(words w) {
  u16 min = (u16)number(w.word[0]), max = (u16)number(w.word[1]);
  text drawn = workflow_support_random_string(min, max);
  bool fits = drawn.length >= min && drawn.length < max;
  for (size_t i = 0; i < drawn.length; i++) {
    char c = drawn.bytes[i];
    fits = fits && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
  }
  say(fits ? "drawn" : "out-of-range");
}

static void do_x_submit(words w) { SHOW(execution_id, w.fn->submit(w.set, w.word[2])); }
static void do_x_next(words w) { w.fn->next(w.set); }
static void do_x_get(words w) { w.fn->get(id_in(w, 1)); }
static void do_x_schedule(words w) { SHOW(execution_id, w.fn->schedule(w.at, w.word[2])); }

static void do_x_stub(words w) {
  result_text_text result = {is(w.word[1], "ok") ? result_text_text_ok : result_text_text_err, {w.word[2]}};
  OUTCOME(result_none_stub_error, approval_approve_stub(id_in(w, 0), result));
}

static void do_direct(words w) { w.fn->call(w.word[1]); }

static const struct {
  const char *name;
  void (*say)(text message);
} levels[] = {{"trace", log_trace}, {"debug", log_debug}, {"info", log_info}, {"warn", log_warn}, {"error", log_error}};

static void do_log(words w) {
  for (size_t i = 0; i < COUNT(levels); i++)
    if (is(w.word[0], levels[i].name)) levels[i].say(w.word[1]);
  say("ok");
}

static void do_trap(words w) {
  (void)w;
  __builtin_trap();
}

/* What each word stands for: a join set (S), a slot for one (N), a time (T), a function (F) or one that can be scheduled
 * (f), `ok` or `err` (R), a level (L), anything (*). The last may hold spaces. */
static const struct operation {
  const char *name, *kinds;
  void (*run)(words w);
} operations[] = {
  {"id", "", do_id},
  {"generate", "", do_generate},
  {"create", "N", do_create},
  {"named", "N*", do_named},
  {"close", "S", do_close},
  {"drop", "S", do_drop},
  {"set-id", "S", do_set_id},
  {"last", "S", do_last},
  {"submit", "S***", do_submit},
  {"delay", "ST", do_delay},
  {"next", "S", do_next},
  {"try", "S", do_try},
  {"until-ready", "S", do_until_ready},
  {"get", "*", do_get},
  {"kind", "*", do_kind},
  {"last-call", "", do_last_call},
  {"last-oneoff", "", do_last_oneoff},
  {"call", "***", do_call},
  {"schedule", "*T***", do_schedule},
  {"stub", "**", do_stub},
  {"sleep", "T*", do_sleep},
  {"u64", "**", do_u64},
  {"u64i", "**", do_u64i},
  {"string", "**", do_string},
  {"x-submit", "SF*", do_x_submit},
  {"x-next", "SF", do_x_next},
  {"x-get", "F*", do_x_get},
  {"x-schedule", "Tf*", do_x_schedule},
  {"x-stub", "*R*", do_x_stub},
  {"direct", "F*", do_direct},
  {"log", "L*", do_log},
  {"trap", "", do_trap},
};

static const struct operation *find_operation(text name) {
  for (size_t i = 0; i < COUNT(operations); i++)
    if (is(name, operations[i].name)) return &operations[i];
  wrong("there is no operation ", name, "");
  return NULL;
}

/* The id that each line of the transcript gave; empty when it gave none. */
static text *ids;
static size_t line_count;

/* A word `$k` stands for the id that line k gave. */
static bool resolve(text *word) {
  if (word->length < 2 || word->bytes[0] != '$') return true;
  for (size_t i = 1; i < word->length; i++)
    if (word->bytes[i] < '0' || word->bytes[i] > '9') return true;
  u64 k = number(after(*word, 1));
  if (k == 0 || k > line_count || ids[k - 1].length == 0) return wrong("", *word, " is no id");
  *word = ids[k - 1];
  return true;
}

static bool read_word(char kind, text word, words *to) {
  join_set_handle *set = kind == 'S' || kind == 'N' ? find_set(word) : NULL;
  switch (kind) {
    case 'S':
      if (set == NULL) return wrong("there is no join set ", word, "");
      return to->set = *set, true;
    case 'N':
      return set == NULL || wrong("there is a join set ", word, " already");
    case 'T':
      return read_time(word, &to->at);
    case 'f':
    case 'F':
      if (!find_function(word, &to->fn)) return false;
      return kind == 'F' || to->fn->schedule != NULL || wrong("", word, " is not to be scheduled");
    case 'R':
      return is(word, "ok") || is(word, "err") || wrong("", word, " is neither ok nor err");
    case 'L':
      for (size_t i = 0; i < COUNT(levels); i++)
        if (is(word, levels[i].name)) return true;
      return wrong("there is no level ", word, "");
    default:
      return true;
  }
}

static bool read_words(const char *kinds, text rest, words *to) {
  for (size_t i = 0; kinds[i] != 0; i++) {
    to->word[i] = kinds[i + 1] == 0 ? rest : take(&rest, ' ');
    if (!resolve(&to->word[i])) return false;
  }
  for (size_t i = 0; kinds[i] != 0; i++)
    if (!read_word(kinds[i], to->word[i], to)) return false;
  return true;
}

/* Runs a line, `times` times when it is looped; false when there is a mistake in it. */
static bool run_line(text line, bool looped, u64 times) {
  text rest = line, name = take(&rest, ' ');
  const struct operation *operation = find_operation(name);
  words given_words = {0};
  if (operation == NULL || !read_words(operation->kinds, rest, &given_words)) return false;
  if (line_count > 0) say("\n");
  put(&transcript, name);
  say(": ");
  size_t answer_at = transcript.length;
  for (u64 i = 0; i < times; i++) {
    given = (text){0};
    transcript.length = answer_at;
    operation->run(given_words);
  }
  if (looped) {
    say(" x");
    put_number(&transcript, times);
  }
  ids = realloc(ids, (line_count + 1) * sizeof *ids);
  if (ids == NULL) __builtin_trap();
  ids[line_count++] = given;
  return true;
}

/* How a script has ended; without `return` or `err`, with its transcript. */
typedef struct {
  bool is_err, returned;
  text said;
} end;

static end run_script(text script) {
  own = workflow_support_execution_id_current().id;
  while (script.length > 0) {
    text line = take(&script, '\n'), rest = line, name = take(&rest, ' ');
    if (line.length == 0) continue;
    if (is(name, "return")) return (end){false, true, rest};
    if (is(name, "err")) return (end){true, true, rest};
    bool looped = is(name, "loop");
    if (!run_line(looped ? take(&script, '\n') : line, looped, looped ? number(rest) : 1))
      return (end){true, true, {mistake.bytes, mistake.length}};
  }
  return (end){false, false, {transcript.bytes, transcript.length}};
}

result_text_text export_script_run(text script) {
  end ended = run_script(script);
  return (result_text_text){ended.is_err ? result_text_text_err : result_text_text_ok, {ended.said}};
}

result_text_text export_script_run_cancellable(text script) { return export_script_run(script); }

result_u32_flow_error export_script_run_typed(text script) {
  end ended = run_script(script);
  if (ended.is_err)
    return (result_u32_flow_error){result_u32_flow_error_err, {.err = {flow_error_refused, {ended.said}}}};
  u32 value = ended.returned ? (u32)number(ended.said) : (u32)line_count;
  return (result_u32_flow_error){result_u32_flow_error_ok, {.ok = value}};
}

result_none_none export_script_bare(text script) {
  return (result_none_none){run_script(script).is_err ? result_none_none_err : result_none_none_ok};
}
