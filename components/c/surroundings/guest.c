/* What wasi-libc has, through the adapter from its preview 1. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../allocator.h"
#include "guest.h"

static result_text_text ok(const char *said) {
  return (result_text_text){.tag = result_text_text_ok, .as.ok = {said, strlen(said)}};
}

static result_text_text err(const char *why) {
  return (result_text_text){.tag = result_text_text_err, .as.err = {why, strlen(why)}};
}

static result_text_text failed(void) { return err(strerror(errno)); }

static const char *decimal(unsigned long long number) {
  static char digits[24];
  char *at = digits + sizeof digits - 1;
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  return at;
}

static unsigned long long nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static result_text_text rest_of(FILE *file) {
  static char contents[4096];
  if (file == NULL) return failed();
  contents[fread(contents, 1, sizeof contents - 1, file)] = 0;
  return ok(contents);
}

static result_text_text list(const char *path) {
  static char names[4096];
  DIR *folder = opendir(path);
  if (folder == NULL) return failed();
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    strcat(names, entry->d_name);
    strcat(names, " ");
  }
  return ok(names);
}

static result_text_text sleep_for(const char *ms) {
  struct timespec time = {.tv_nsec = strtol(ms, NULL, 10) * 1000000};
  unsigned long long before = nanoseconds(CLOCK_MONOTONIC);
  nanosleep(&time, NULL);
  return ok(nanoseconds(CLOCK_MONOTONIC) - before >= (unsigned long long)time.tv_nsec ? "true" : "false");
}

static result_text_text line_on(FILE *stream, const char *line) {
  return fputs(line, stream) < 0 || fputs("\n", stream) < 0 || fflush(stream) < 0 ? failed() : ok("");
}

static const char *terminated(text from) {
  char *copy = malloc(from.length + 1);
  memcpy(copy, from.bytes, from.length);
  copy[from.length] = 0;
  return copy;
}

result_text_text export_surroundings_attempt(text named, text argument) {
  const char *what = terminated(named), *with = terminated(argument);
#define IS(name) (strcmp(what, name) == 0)
  if (IS("env")) {
    const char *value = getenv(with);
    return value == NULL ? err("not set") : ok(value);
  }
  if (IS("now")) return ok(decimal(nanoseconds(CLOCK_REALTIME) / 1000000000));
  if (IS("sleep")) return sleep_for(with);
  if (IS("random")) {
    unsigned long long drawn;
    return getentropy(&drawn, sizeof drawn) == 0 ? ok(decimal(drawn)) : failed();
  }
  if (IS("say")) return line_on(stdout, with);
  if (IS("complain")) return line_on(stderr, with);
  if (IS("hear")) return rest_of(stdin);
  if (IS("read")) return rest_of(fopen(with, "r"));
  if (IS("write")) {
    FILE *file = fopen(with, "w");
    return file == NULL || fputs("x", file) < 0 || fclose(file) != 0 ? failed() : ok("");
  }
  if (IS("list")) return list(with);
  if (IS("panic")) abort();
  if (IS("exit")) exit((int)strtol(with, NULL, 10));
  static char no[64];
  return err(strcat(strcpy(no, "no "), what));
}
