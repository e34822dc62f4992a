/* Stands between a process and its disk (LD_PRELOAD): notes what is written and synced in one folder, in order, and fails
 * the n-th write or sync there. The process steers it by opening names that begin with "disk:"; none of them exists.
 *
 *   disk:note DIR LOG      notes what happens below DIR to LOG from now on; none of its files may be open
 *   disk:mark N            notes a number
 *   disk:fail DIR OP N ERRNO TIMES
 *                          lets the N-th OP (write, sync) below DIR fail with ERRNO, and the TIMES-1 after it;
 *                          ERRNO 0 lets a write write the first half only
 *   disk:count             writes how many writes and syncs there were since `disk:fail` to the file LOG
 *   disk:stop              neither notes nor fails any more
 *
 * An entry of the log: operation, file number, offset, length (4 x 8 bytes, native), then the bytes: a name of an opened
 * file, what was written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, UNLINK, MARK, SYNC_DIR, SYNC_FAILED, FIND };
enum { FILES = 4096, NAME = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[512];
static int log_fd = -1;

/* Files by number: each creation of a name is a file of its own. */
static char names[FILES][NAME];
static int files = 0;
static int file_of[65536]; /* by descriptor; 0 for none, else number + 1 */

static struct { char op; long at, times, error, seen; } fail;
static long writes, syncs;

static void entry(uint64_t op, uint64_t file, uint64_t offset, uint64_t length, const void *bytes) {
  if (log_fd < 0) return;
  uint64_t head[4] = {op, file, offset, length};
  syscall(SYS_write, log_fd, head, sizeof head);
  if (bytes != NULL) syscall(SYS_write, log_fd, bytes, length);
}

static const char *inside(const char *path) {
  size_t length = strlen(dir);
  if (length == 0 || strncmp(path, dir, length) != 0 || path[length] != '/') return NULL;
  return path + length + 1;
}

/* The file that has the name now; -1 for none. */
static int named(const char *name) {
  for (int i = files - 1; i >= 0; i--)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

static int add(const char *name) {
  if (files == FILES || strlen(name) >= NAME) return -1;
  strcpy(names[files], name);
  return files++;
}

static void command(const char *text) {
  char path[512];
  long n;
  char op[16];
  if (sscanf(text, "note %511s %511s", dir, path) == 2) {
    files = 0;
    memset(file_of, 0, sizeof file_of);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  } else if (sscanf(text, "mark %ld", &n) == 1) {
    entry(MARK, 0, (uint64_t)n, 0, NULL);
  } else if (sscanf(text, "fail %511s %15s %ld %ld %ld", path, op, &fail.at, &fail.error, &fail.times) == 5) {
    fail.op = op[0];
    fail.seen = writes = syncs = 0;
    if (strcmp(path, dir) == 0) return;
    strcpy(dir, path);
    files = 0;
    memset(file_of, 0, sizeof file_of);
  } else if (sscanf(text, "count %511s", path) == 1) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    char line[64];
    int length = snprintf(line, sizeof line, "%ld %ld", writes, syncs);
    syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
  } else if (strcmp(text, "stop") == 0) {
    if (log_fd >= 0) syscall(SYS_close, log_fd);
    log_fd = -1;
    dir[0] = 0;
    fail.op = 0;
  }
}

/* Whether this operation is one that is to fail. */
static int fails(char op) {
  if (op == 'w') writes++;
  else syncs++;
  if (fail.op != op) return 0;
  long n = ++fail.seen;
  return n >= fail.at && n < fail.at + fail.times;
}

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  if (strncmp(path, "disk:", 5) == 0) {
    pthread_mutex_lock(&lock);
    command(path + 5);
    pthread_mutex_unlock(&lock);
    errno = ENOENT;
    return -1;
  }
  const char *name = inside(path);
  struct stat before;
  int existed = name == NULL || stat(path, &before) == 0;
  int fd = real(path, flags, mode);
  if (fd < 0 || fd >= 65536) return fd;
  pthread_mutex_lock(&lock);
  file_of[fd] = 0;
  if (name != NULL) {
    int file = named(name);
    if (!existed || file < 0) {
      file = add(name);
      entry(existed ? FIND : CREATE, (uint64_t)file, 0, strlen(name), name);
    }
    if (existed && (flags & O_TRUNC)) entry(TRUNCATE, (uint64_t)file, 0, 0, NULL);
    file_of[fd] = file + 1;
  } else if (strcmp(path, dir) == 0) {
    file_of[fd] = -1;
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPEN(name)                                     \
  int name(const char *path, int flags, ...) {         \
    REAL(name);                                        \
    va_list rest;                                      \
    va_start(rest, flags);                             \
    mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                      \
    return opened(real, path, flags, mode);            \
  }
OPEN(open)
OPEN(open64)

static int file_at(int fd) { return fd >= 0 && fd < 65536 ? file_of[fd] : 0; }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL(pwrite64);
  int file = file_at(fd);
  if (file <= 0) return real(fd, bytes, length, offset);
  pthread_mutex_lock(&lock);
  ssize_t got;
  if (fails('w')) {
    errno = (int)fail.error;
    got = fail.error != 0 ? -1 : real(fd, bytes, length / 2, offset);
  } else {
    got = real(fd, bytes, length, offset);
  }
  int kept = errno;
  if (got > 0) entry(WRITE, (uint64_t)(file - 1), (uint64_t)offset, (uint64_t)got, bytes);
  errno = kept;
  pthread_mutex_unlock(&lock);
  return got;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  int file = file_at(fd);
  if (file <= 0) return syscall(SYS_write, fd, bytes, length);
  off64_t offset = lseek64(fd, 0, SEEK_CUR);
  pthread_mutex_lock(&lock);
  ssize_t got = syscall(SYS_write, fd, bytes, length);
  if (got > 0) entry(WRITE, (uint64_t)(file - 1), (uint64_t)offset, (uint64_t)got, bytes);
  pthread_mutex_unlock(&lock);
  return got;
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  int file = file_at(fd);
  int got = real(fd, length);
  if (file > 0 && got == 0) {
    pthread_mutex_lock(&lock);
    entry(TRUNCATE, (uint64_t)(file - 1), (uint64_t)length, 0, NULL);
    pthread_mutex_unlock(&lock);
  }
  return got;
}

static int synced(int (*real)(int), int fd) {
  int file = file_at(fd);
  if (file == 0) return real(fd);
  pthread_mutex_lock(&lock);
  int got = fails('s') ? (errno = (int)fail.error, -1) : real(fd);
  int kept = errno;
  int operation = file < 0 ? SYNC_DIR : got == 0 ? SYNC : SYNC_FAILED;
  if (got == 0 || file > 0) entry((uint64_t)operation, (uint64_t)(file > 0 ? file - 1 : 0), 0, 0, NULL);
  errno = kept;
  pthread_mutex_unlock(&lock);
  return got;
}

int fsync(int fd) {
  REAL(fsync);
  return synced(real, fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return synced(real, fd);
}

int unlink(const char *path) {
  REAL(unlink);
  int got = real(path);
  pthread_mutex_lock(&lock);
  const char *name = got == 0 ? inside(path) : NULL;
  int file = name == NULL ? -1 : named(name);
  if (file >= 0) {
    entry(UNLINK, (uint64_t)file, 0, 0, NULL);
    names[file][0] = 0;
  }
  pthread_mutex_unlock(&lock);
  return got;
}

int close(int fd) {
  if (fd >= 0 && fd < 65536) file_of[fd] = 0;
  return (int)syscall(SYS_close, fd);
}
