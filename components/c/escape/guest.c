/* Tries to get out, by name: what it may try is in `attempts` at the end. */
#include <string.h>

#include "../guest.h"
#include "imports.h"

#define AT(pointer) ((u32)(uintptr_t)(pointer))

/* Room for any result that the host writes. */
static _Alignas(8) u8 answer[256];
static result returned;
static char said[256];
static size_t said_length;

static void say(const char *words) {
  size_t length = strlen(words);
  if (said_length + length > sizeof said) __builtin_trap();
  memcpy(said + said_length, words, length);
  said_length += length;
}

static void say_number(u32 number) {
  char digits[11], *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  say(at);
}

static u32 number_of(text from) {
  u32 number = 0;
  for (size_t i = 0; i < from.length; i++) number = number * 10 + (u32)(from.bytes[i] - '0');
  return number;
}

static u32 word(size_t at) { return *(u32 *)(answer + at); }

static void say_listed(void (*list)(u32)) {
  list(AT(answer));
  say_number(word(4));
}

static void environment(text _) { (void)_, say_listed(get_environment); }
static void directories(text _) { (void)_, say_listed(get_directories); }

static void open_with(text path) {
  for (u32 handle = 0; handle < 64; handle++) open_at(handle, 1, AT(path.bytes), path.length, 0, 1, AT(answer));
  say("opened");
}

static void say_refused(u32 code_at) {
  say(answer[0] ? "refused " : "given ");
  say_number(answer[code_at]);
}

static void new_socket(text family) { create_tcp_socket(number_of(family), AT(answer)), say_refused(4); }

static void resolve(text name) {
  resolve_addresses(instance_network(), AT(name.bytes), name.length, AT(answer));
  say_refused(4);
}

static void connect(text _) {
  (void)_;
  for (u32 socket = 0; socket < 64; socket++) start_connect(socket, 1, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, AT(answer));
  say("connected");
}

static u32 request_to(text authority) {
  u32 request = new_request(new_fields());
  size_t host = 0;
  while (host < authority.length && authority.bytes[host] != '/') host++;
  if (set_scheme(request, 1, 0, 0, 0) || set_authority(request, 1, AT(authority.bytes), host) ||
      set_path(request, host < authority.length, AT(authority.bytes + host), authority.length - host))
    return 0;
  return request;
}

/* `host:port/path`, by GET. */
static void dial(text authority) {
  u32 request = request_to(authority);
  if (request == 0) return say("no such address");
  handle(request, 0, 0, AT(answer));
  if (answer[0]) return say("refused at once");
  u32 future = word(8);
  pollable_block(future_subscribe(future));
  future_get(future, AT(answer));
  /* Within an option, a result that was not taken yet, and the result of the request. */
  if (!answer[0] || answer[8] || answer[16]) return say("refused");
  say("answered ");
  say_number(response_status(word(24)));
}

static void give_twice(text authority) {
  u32 request = request_to(authority);
  handle(request, 0, 0, AT(answer));
  handle(request, 0, 0, AT(answer));
  say("sent twice");
}

static void hoard(text _) {
  (void)_;
  u32 pages = 0;
  while (__builtin_wasm_memory_grow(0, 1) != (size_t)-1) pages++;
  say_number(pages);
}

static volatile u32 turns;
static void spin(text _) {
  (void)_;
  for (;;) turns++;
}

static u32 descend(u32 depth);
static u32 (*volatile below)(u32) = descend;
static u32 descend(u32 depth) { return 1 + below(depth + 1); }
static void recurse(text _) { (void)_, say_number(descend(0)); }

static void flood(text lines) {
  static char line[1000];
  memset(line, 'x', sizeof line);
  for (u32 left = number_of(lines); left > 0; left--) log_info(AT(line), sizeof line);
  say("flooded");
}

static void forge(text handle) { pollable_block(number_of(handle)), say("held"); }

static void forge_kind(text _) {
  (void)_;
  u32 stream = get_stdout();
  pollable_block(stream);
  say("held");
}

static void drop_twice(text _) {
  (void)_;
  u32 pollable = subscribe_duration(0);
  pollable_drop(pollable);
  pollable_drop(pollable);
  say("dropped twice");
}

static void use_dropped(text _) {
  (void)_;
  u32 pollable = subscribe_duration(0);
  pollable_drop(pollable);
  pollable_block(pollable);
  say("used");
}

static void hoard_handles(text _) {
  (void)_;
  for (;;) subscribe_duration(1000000000000);
}

static void bad_text(text _) { (void)_, log_info(AT("\xff\xfe"), 2), say("logged"); }
static void surrogate(text _) { (void)_, log_info(AT("\xed\xa0\x80"), 3), say("logged"); }
static void long_text(text _) { (void)_, log_info(16, 0xffffffff), say("logged"); }
static void far_text(text _) { (void)_, log_info(0xfffffff0, 8), say("logged"); }
static void long_write(text _) { (void)_, stream_write(get_stdout(), 0, 0xffffffff, AT(answer)), say("written"); }
static void far_answer(text _) { (void)_, stream_write(get_stdout(), 0, 1, 0xfffffffc), say("written"); }
static void unaligned_answer(text _) { (void)_, stream_write(get_stdout(), 0, 1, AT(answer) + 1), say("written"); }
static void unaligned_list(text _) { (void)_, poll_list(AT(answer) + 1, 1, AT(answer) + 8), say("polled"); }
static void long_list(text _) { (void)_, poll_list(0, 0x40000000, AT(answer) + 8), say("polled"); }
static void odd_case(text _) { (void)_, set_scheme(new_request(new_fields()), 1, 77, 0, 0), say("set"); }
static void odd_option(text _) { (void)_, set_scheme(new_request(new_fields()), 2, 0, 0, 0), say("set"); }

/* The answer over the very values that are being asked with. */
static void overlap(text _) {
  (void)_;
  u32 pollables[4] = {subscribe_duration(0), subscribe_duration(0), subscribe_duration(0), 0};
  poll_list(AT(pollables), 3, AT(pollables));
  say_number(pollables[1]);
}

static void leave(text status) { wasi_exit(number_of(status)), say("still here"); }
static void echo(text words) {
  if (words.length > sizeof said) __builtin_trap();
  memcpy(said, words.bytes, said_length = words.length);
}

/* What it returns, as the last thing that it tries. */
static result *whole(void) { return &returned; }
static result *beyond(void) { return (result *)0xfffffff0; }
static result *unaligned(void) { return (result *)((u8 *)&returned + 1); }
static result *no_case(void) { return returned.is_err = 9, &returned; }
static result *endless(void) { return returned.string.length = 0xffffffff, &returned; }
static result *not_utf8(void) { return returned.string = (text){"\xc3\x28", 2}, &returned; }

static void nothing(text _) { (void)_; }

static const struct {
  const char *name;
  void (*act)(text argument);
  result *(*give)(void);
} attempts[] = {
    {"echo", echo, whole},
    {"environment", environment, whole},
    {"directories", directories, whole},
    {"open", open_with, whole},
    {"socket", new_socket, whole},
    {"resolve", resolve, whole},
    {"connect", connect, whole},
    {"dial", dial, whole},
    {"give-twice", give_twice, whole},
    {"hoard", hoard, whole},
    {"hoard-handles", hoard_handles, whole},
    {"spin", spin, whole},
    {"recurse", recurse, whole},
    {"flood", flood, whole},
    {"forge", forge, whole},
    {"forge-kind", forge_kind, whole},
    {"drop-twice", drop_twice, whole},
    {"use-dropped", use_dropped, whole},
    {"bad-text", bad_text, whole},
    {"surrogate", surrogate, whole},
    {"long-text", long_text, whole},
    {"far-text", far_text, whole},
    {"long-write", long_write, whole},
    {"far-answer", far_answer, whole},
    {"unaligned-answer", unaligned_answer, whole},
    {"unaligned-list", unaligned_list, whole},
    {"long-list", long_list, whole},
    {"odd-case", odd_case, whole},
    {"odd-option", odd_option, whole},
    {"overlap", overlap, whole},
    {"exit", leave, whole},
    {"return-beyond", nothing, beyond},
    {"return-unaligned", nothing, unaligned},
    {"return-no-case", nothing, no_case},
    {"return-endless", nothing, endless},
    {"return-not-utf8", nothing, not_utf8},
};

EXPORT("test:escape/attempts#attempt")
result *attempt(const char *what, size_t what_length, const char *argument, size_t argument_length) {
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    if (strlen(attempts[i].name) != what_length || memcmp(attempts[i].name, what, what_length) != 0) continue;
    said_length = 0;
    attempts[i].act((text){argument, argument_length});
    returned = (result){.is_err = 0, .string = {said, said_length}};
    return attempts[i].give();
  }
  returned = (result){.is_err = 1, .string = {"nothing is tried by that name", 29}};
  return &returned;
}
